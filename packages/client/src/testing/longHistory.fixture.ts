import { DeviceId, MessageId, type StreamId } from '@sotto/protocol';
import {
  MemoryStore,
  memoryKeySlots,
  ORDERS_PER_BLOCK,
  type StoreScan,
  type StoreWrite,
  Vault,
  type VaultStore,
} from '@sotto/vault';
import type { RoomId } from '../projection.ts';
import { KEYS } from '../records/keys.ts';
import { decodeRecord, encodeRecord } from '../records/recordCodec.ts';
import type { RoomRecord, TimelineRecord } from '../records/roomRecords.ts';
import { scanAll } from '../records/scanAll.ts';
import { orderOf } from '../room/order.ts';
import { SAW_HEAD_BYTES } from '../room/ownEntry.ts';
import type { Person, World } from './world.fixture.ts';

const WRITES_PER_BATCH = 1_000;
/** As if every message had been answered by one receipt: it has a place in the stream, and shows nothing. */
export const ENTRIES_PER_MESSAGE = 2;

/** More than two blocks of the log. */
const SEALED = 600;

export interface LongHistory {
  readonly messagesPerRoom: number;
  readonly text: () => string;
  /**
   * The newest so many go through the vault. What was before them is noise of the same size under the same kind of
   * names, written quickly: for those who want a long log and never read that far.
   */
  readonly sealed?: number;
  /** Whether search has its segments already; else they are made by and by. */
  readonly indexed: boolean;
  readonly sentAtMs: number;
}

/**
 * Makes rooms look as if much had been said in them: `holder` has it all on its disk, everyone's cursors and the
 * relay stand behind it. Everybody is stopped, and has nothing under way. Returns how many records were written.
 */
export async function giveLongHistory(
  world: World,
  {
    holder,
    store,
    others,
  }: { readonly holder: Person; readonly store: VaultStore; readonly others: readonly Person[] },
  history: LongHistory,
): Promise<number> {
  const shift = history.messagesPerRoom * ENTRIES_PER_MESSAGE;
  const streams = new Set<StreamId>();
  let written = 0;
  for (const person of [holder, ...others]) {
    const vault = await Vault.open(person === holder ? store : new MemoryStore(person.disk), {
      rootKey: person.rootKey,
      random: length => world.random(length),
      slots: memoryKeySlots(person.keys),
    });
    for (const { value } of await scanAll(vault, KEYS.rooms)) {
      const record = decodeRecord<RoomRecord>(value);
      const { streamId, cursorSeq } = record;
      if (streamId === undefined || cursorSeq === undefined) continue;
      streams.add(streamId);
      if (person === holder)
        written += await writeHistory(world, { vault, store }, record.roomId, cursorSeq, history);
      const moved = cursorSeq + shift;
      const indexedTo = Math.floor(orderOf(moved, 0) / ORDERS_PER_BLOCK);
      const next: RoomRecord = { ...record, cursorSeq: moved, ...(history.indexed && { indexedTo }) };
      await vault.commit([{ key: KEYS.room(record.roomId), value: encodeRecord(next) }]);
    }
  }
  for (const streamId of streams) moveStream(world, streamId, shift);
  return written;
}

async function writeHistory(
  world: World,
  { vault, store }: { readonly vault: Vault; readonly store: VaultStore },
  roomId: RoomId,
  afterSeq: number,
  { messagesPerRoom, text, sentAtMs, sealed = messagesPerRoom }: LongHistory,
): Promise<number> {
  const authors = [0, 1, 2].map(n => ({
    deviceId: DeviceId.fromBytes(world.random(DeviceId.sizeBytes)),
    name: `Author ${n}`,
    guest: true,
    role: 'guest' as const,
    self: false,
  }));
  const head = world.random(SAW_HEAD_BYTES);
  const [noise, noisyPlace] = [world.random(900), world.random(80)];
  let waiting: StoreWrite[] = [];
  let written = 0;
  for (let i = 0; i < messagesPerRoom; i++) {
    const seq = afterSeq + 1 + i * ENTRIES_PER_MESSAGE;
    const order = orderOf(seq, 0);
    if (i < messagesPerRoom - sealed) {
      const number = String(i).padStart(16, '0');
      waiting.push(
        { key: KEYS.item(roomId, order), value: noise },
        { key: `${KEYS.places(roomId)}${number}`, value: noisyPlace },
      );
      if (waiting.length < WRITES_PER_BATCH && i < messagesPerRoom - sealed - 1) continue;
      await store.commit(waiting);
      written += waiting.length;
      waiting = [];
      continue;
    }
    const messageId = MessageId.fromBytes(world.random(MessageId.sizeBytes));
    const atMs = sentAtMs + i * 60_000;
    const record: TimelineRecord = {
      kind: 'message',
      messageId,
      author: authors[i % authors.length]!,
      counter: i,
      text: text(),
      sentAtMs: atMs,
      saw: { head, sizeBytes: 512, seq, receivedAtMs: atMs, epoch: 3 },
    };
    waiting.push(
      { key: KEYS.item(roomId, order), value: encodeRecord(record) },
      { key: KEYS.place(roomId, messageId), value: encodeRecord({ order }) },
    );
    if (waiting.length < WRITES_PER_BATCH && i < messagesPerRoom - 1) continue;
    await vault.commit(waiting);
    written += waiting.length;
    waiting = [];
  }
  return written;
}

/** The relay has had all of it, and everyone has read it. */
function moveStream({ tables }: World, streamId: StreamId, shift: number): void {
  const row = tables.stream('conversation', streamId)!;
  tables.entries.delete(row.no, row.floorSeq + 1, row.headSeq);
  tables.updateStream({
    ...row,
    headSeq: row.headSeq + shift,
    floorSeq: row.headSeq + shift,
    storedBytes: 0,
  });
  for (const subscription of tables.subscriptionsOf(row.no)) {
    const acknowledgedSeq = row.headSeq + shift;
    tables.putSubscription({ ...subscription, acknowledgedSeq });
  }
}

/** Fills a room with guests who asked to come in and went away again. `host` has it open, its door stands open. */
export async function crowd(world: World, host: Person, members: number): Promise<void> {
  const link = host.link;
  while (host.room.members.length < members) {
    const wanted = Math.min(50, members - host.room.members.length);
    const goal = host.room.members.length + wanted;
    for (let i = 0; i < wanted; i++) {
      const guest = world.person('guest', 'One of many');
      await guest.start();
      await guest.knock(link);
      await world.until(() => {
        const { join, membership } = guest.room;
        return membership === 'member' || (join?.step === 'waiting' && join.delivered);
      }, 600_000);
      await guest.stop();
      // As fast as the relay lets people knock.
      await world.clock.advance(1_000);
    }
    await world.until(() => host.room.members.length >= goal, 600_000);
  }
}

/** Messages that come one after the other, each answered by a receipt before the next. */
export async function receiveOneByOne(
  world: World,
  { from, to }: { readonly from: Person; readonly to: Person },
  texts: readonly string[],
): Promise<void> {
  for (const text of texts) {
    await from.say(text);
    await world.until(() => to.texts.includes(text));
    await world.clock.advance(10_000);
  }
}

/** What is handed to a store, counted: writes, and the bytes of keys and values. */
export class CountingStore implements VaultStore {
  writes = 0;
  bytes = 0;
  constructor(private readonly inner: VaultStore) {}

  async commit(writes: readonly StoreWrite[]): Promise<void> {
    this.writes += writes.length;
    for (const { key, value } of writes) this.bytes += key.length + (value?.length ?? 0);
    await this.inner.commit(writes);
  }

  read(key: string) {
    return this.inner.read(key);
  }

  readMany(keys: readonly string[]) {
    return this.inner.readMany(keys);
  }

  scan(query: StoreScan) {
    return this.inner.scan(query);
  }

  close() {
    return this.inner.close();
  }

  destroy() {
    return this.inner.destroy();
  }
}

/** Somebody of a room, who is stopped, and where their records are. */
export interface Holder {
  readonly person: Person;
  readonly store: VaultStore;
}

/** Fills a room, past the relay, up to so many members. */
export type Crowding = (
  world: World,
  inside: { readonly host: Holder; readonly guest: Holder },
  members: number,
) => Promise<void>;

/**
 * A host and a guest who talk, in a room with others who are away, and with what was said before. The others knocked
 * and went away again, or came by `crowdBy` while nobody is there.
 */
export async function roomWith(
  world: World,
  openStore: () => Promise<VaultStore>,
  {
    members,
    messages,
    crowdBy,
  }: { readonly members: number; readonly messages: number; readonly crowdBy?: Crowding },
): Promise<{ readonly host: Person; readonly gil: Person; readonly store: CountingStore }> {
  const host = await world.person('host', 'Hana').start(await openStore());
  await host.port.setName('Hana');
  await host.startRoom();
  const gil = await world.person('guest', 'Gil').start();
  await gil.enter(host.link);
  const there = crowdBy === undefined ? members : 2;
  await crowd(world, host, there);
  await world.until(() => gil.room.members.length === there, 600_000);
  await world.clock.advance(60_000);
  await host.stop();
  await gil.stop();
  const filled = await openStore();
  const guest = { person: gil, store: new MemoryStore(gil.disk) };
  await crowdBy?.(world, { host: { person: host, store: filled }, guest }, members);
  const text = () => 'as long as such texts are';
  await giveLongHistory(
    world,
    { holder: host, store: filled, others: [gil] },
    {
      messagesPerRoom: messages,
      sealed: Math.min(messages, SEALED),
      text,
      indexed: true,
      sentAtMs: world.clock.nowMs(),
    },
  );
  // Opened anew: what follows is not measured with a log file that filling has left.
  await filled.close();
  const store = new CountingStore(await openStore());
  await host.start(store);
  await gil.start();
  await world.until(() => host.online && gil.online);
  return { host, gil, store };
}
