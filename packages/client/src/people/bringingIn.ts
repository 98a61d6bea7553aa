import { type RoomMember, type VerifiedKeyPackage, verifyKeyPackages } from '@sotto/core';
import { type AccountId, base62Encode, type DeviceId, LIMITS } from '@sotto/protocol';
import { ClientError } from '../intents.ts';
import { KEYS } from '../records/keys.ts';
import { encodeRecord } from '../records/recordCodec.ts';
import type { RoomActor } from '../room/roomActor.ts';
import type { RoomContext } from '../room/roomContext.ts';
import { viewOf } from '../room/roomState.ts';
import type { Directory, KnownAccount } from './directory.ts';

/** A commit of somebody else's may add some of them first: then the rest is added. */
const MOST_TRIES = 3;

/** Brings people into a room: all devices that their newest lists have, and no other. */
export class BringingIn {
  constructor(
    private readonly context: RoomContext,
    private readonly directory: Directory,
  ) {}

  /**
   * Resolves when each of them is in the room with a device; where that fails on the way, those before are in. Throws
   * `PERSON_UNKNOWN` where somebody has no account or no device that can be added now, `OFFLINE`, `ROOM_FULL`,
   * `NOT_ALLOWED`, `RATE_LIMITED`.
   */
  async bring(room: RoomActor, accountIds: readonly AccountId[]): Promise<void> {
    let outside = accountIds;
    for (let tries = 0; tries < MOST_TRIES && outside.length > 0; tries++) {
      const accounts = await this.directory.byIds(outside);
      const missing = missingDevices(room, accounts);
      let brought = false;
      for (const together of commitsFor(missing)) brought = (await this.#bring(room, together)) || brought;
      if (!brought) break;
      outside = missingDevices(room, accounts).map(({ account }) => account.accountId);
    }
    const inside = new Set(viewOf(room.state)?.members.map(({ accountId }) => accountId));
    if (!accountIds.every(accountId => inside.has(accountId)))
      throw new ClientError('PERSON_UNKNOWN', 'no device of theirs can be added now', { retryable: true });
  }

  /** Adds a device again that fell out, by one commit. Throws `PERSON_UNKNOWN`, `OFFLINE`, `NOT_ALLOWED`. */
  async bringAgain(room: RoomActor, member: Pick<RoomMember, 'accountId' | 'deviceId'>): Promise<void> {
    const { accountId, deviceId } = member;
    const [account] = await this.directory.byIds([accountId]);
    const listed = account?.list.devices.some(device => device.deviceId === deviceId);
    const keyPackages = listed
      ? await this.#claim({ account: account!, deviceIds: new Set([deviceId]) })
      : [];
    if (keyPackages.length === 0) throw new ClientError('PERSON_UNKNOWN', 'it cannot be added now');
    await this.#refuseUsed(keyPackages);
    const added = room.wishes.add({ kind: 'add', keyPackages, replaces: [deviceId] });
    room.wake();
    await added;
  }

  /** By one commit. False when none of them has a KeyPackage at the relay. */
  async #bring(room: RoomActor, people: readonly Missing[]): Promise<boolean> {
    const claimed = await Promise.all(people.map(person => this.#claim(person)));
    const keyPackages = claimed.flat();
    if (keyPackages.length === 0) return false;
    await this.#refuseUsed(keyPackages);
    const added = room.wishes.add({ kind: 'add', keyPackages });
    room.wake();
    await added;
    return true;
  }

  async #claim({ account: { accountId, list }, deviceIds }: Missing): Promise<readonly VerifiedKeyPackage[]> {
    const answer = await this.context.link.request({ type: 'claimKeyPackages', accountId });
    if (answer.type !== 'claimedKeyPackages') return [];
    const claimed = answer.keyPackages.filter(({ deviceId }) => deviceIds.has(deviceId));
    const verified = verifyKeyPackages(this.context.env, {
      list,
      keyPackages: claimed.map(({ keyPackage }) => keyPackage),
      wasUsed: () => false,
    });
    return verified.filter(({ deviceId }) => deviceIds.has(deviceId));
  }

  /** Each is used once, whatever the relay hands out. Throws `RELAY_REFUSED`. */
  async #refuseUsed(keyPackages: readonly VerifiedKeyPackage[]): Promise<void> {
    const { vault, clock } = this.context;
    const keys = keyPackages
      .filter(({ lastResort }) => !lastResort)
      .map(({ ref }) => KEYS.usedKeyPackage(base62Encode(ref.subarray(0, 16))));
    for (const key of keys) {
      if ((await vault.read(key)) !== undefined)
        throw new ClientError('RELAY_REFUSED', 'the relay hands out a key package again');
    }
    const value = encodeRecord({ usedAtMs: clock.nowMs() });
    if (keys.length > 0) await vault.commit(keys.map(key => ({ key, value })));
  }
}

/** Somebody with devices that are not in the room. */
interface Missing {
  readonly account: KnownAccount;
  readonly deviceIds: ReadonlySet<DeviceId>;
}

function missingDevices(room: RoomActor, accounts: readonly KnownAccount[]): readonly Missing[] {
  const inside = new Set(viewOf(room.state)?.members.map(({ deviceId }) => deviceId));
  return accounts
    .map(account => {
      const ids = account.list.devices.map(({ deviceId }) => deviceId);
      return { account, deviceIds: new Set(ids.filter(id => !inside.has(id))) };
    })
    .filter(({ deviceIds }) => deviceIds.size > 0);
}

/** As many as one commit may add, and nobody's devices in two. */
function commitsFor(missing: readonly Missing[]): readonly (readonly Missing[])[] {
  const commits: Missing[][] = [];
  let devices = 0;
  for (const person of missing) {
    devices += person.deviceIds.size;
    if (commits.length > 0 && devices <= LIMITS.admissionsPerAppend) commits.at(-1)!.push(person);
    else {
      commits.push([person]);
      devices = person.deviceIds.size;
    }
  }
  return commits;
}
