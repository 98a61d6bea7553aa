import { type CoreEnv, createIdentity, createLink, deriveLinkKeys, prepareKnock } from '@sotto/core';
import { nodeProvider } from '@sotto/mls/node';
import type { DeviceId } from '@sotto/protocol';
import { memoryKeySlots, Vault } from '@sotto/vault';
import { loadConversation, stateOf } from '../../../core/src/conversation/conversation.ts';
import { allWrites } from '../../../core/src/conversation/records.ts';
import { type ConversationState, readGroup, withEpochMark } from '../../../core/src/conversation/state.ts';
import { mlsEnvOf } from '../../../core/src/mlsEnv.ts';
import { commit, type Group, open } from '../../../mls/src/index.ts';
import { KEYS } from '../records/keys.ts';
import { encodeRecord } from '../records/recordCodec.ts';
import type { PeerRecord, RosterRecord } from '../records/roomRecords.ts';
import { scanAll } from '../records/scanAll.ts';
import type { Holder } from './longHistory.fixture.ts';
import type { Person, World } from './world.fixture.ts';

/**
 * Fills a room with devices that are never there, by one Commit that adds them all: written straight into the records
 * of those two who are, past the relay, which lets in a few at a time. The group is a real one, with every key package,
 * certificate and leaf; of the relay only the stream's epoch knows.
 */
export async function crowdAtOnce(
  world: World,
  { host, guest }: { readonly host: Holder; readonly guest: Holder },
  members: number,
): Promise<void> {
  const env: CoreEnv = {
    provider: nodeProvider,
    random: lengthBytes => world.random(lengthBytes),
    nowMs: () => world.clock.nowMs(),
  };
  const ofHost = await Inside.open(env, host);
  const ofGuest = await Inside.open(env, guest);
  const { group, seen } = ofHost.state;
  const adds = keyPackages(env, ofHost.state, members - seen.members.length);
  const made = commit(mlsEnvOf(env), group, { adds, forcePath: true, includePending: false });
  const opened = open(mlsEnvOf(env), ofGuest.state.group, made.commit, {});
  if (opened.kind !== 'commit') throw new Error(`the commit is a ${opened.kind}`);
  await ofHost.goOn(made.next);
  await ofGuest.goOn(opened.group);
  const row = world.tables.stream('conversation', seen.streamId)!;
  world.tables.updateStream({ ...row, epoch: row.epoch + 1 });
}

function keyPackages(env: CoreEnv, { seen }: ConversationState, count: number): readonly Uint8Array[] {
  const link = createLink(env, {
    inviterAccountKey: seen.self.accountKey,
    streamId: seen.streamId,
    password: false,
  });
  const keys = deriveLinkKeys(env, link, undefined);
  return Array.from({ length: count }, () => {
    const identity = createIdentity(env, { kind: 'guest' });
    return prepareKnock(env, { identity, link, keys, name: 'One of many' }).keyPackage;
  });
}

/** The conversation as one device has it on its disk. */
class Inside {
  private constructor(
    private readonly env: CoreEnv,
    private readonly vault: Vault,
    private readonly person: Person,
    readonly state: ConversationState,
  ) {}

  static async open(env: CoreEnv, { person, store }: Holder): Promise<Inside> {
    const vault = await Vault.open(store, {
      rootKey: person.rootKey,
      random: env.random,
      slots: memoryKeySlots(person.keys),
    });
    const prefix = KEYS.conversation(person.roomId!);
    const records = await scanAll(vault, prefix);
    const state = stateOf(
      loadConversation(
        env,
        records.map(({ key, value }) => [key.slice(prefix.length), value] as const),
      ),
    );
    return new Inside(env, vault, person, state);
  }

  /** Stores the next epoch, as if its commit had come by the stream. */
  async goOn(group: Group): Promise<void> {
    const { room, epochs } = this.state;
    const roomId = this.person.roomId!;
    const seen = readGroup(this.env, group);
    const next: ConversationState = {
      ...this.state,
      group,
      seen,
      epochs: withEpochMark(epochs, seen),
      room: { ...room, streamEpoch: room.streamEpoch + 1 },
    };
    const prefix = KEYS.conversation(roomId);
    const writes = new Map<string, Uint8Array | null>();
    for (const { key } of await scanAll(this.vault, prefix)) writes.set(key, null);
    for (const { key, value } of allWrites(next)) writes.set(prefix + key, value);
    const deviceIds = seen.members.map(({ deviceId }) => deviceId);
    for (const deviceId of deviceIds.filter(id => !this.#knows(id))) {
      const peer: PeerRecord = { deviceId, name: '', baseline: room.ownCounter, gaps: [] };
      writes.set(KEYS.peer(roomId, deviceId), encodeRecord(peer));
    }
    const roster: RosterRecord = { deviceIds };
    writes.set(KEYS.roster(roomId, seen.info.epoch), encodeRecord(roster));
    await this.vault.commit([...writes].map(([key, value]) => ({ key, value })));
  }

  #knows(deviceId: DeviceId): boolean {
    return this.state.seen.members.some(member => member.deviceId === deviceId);
  }
}
