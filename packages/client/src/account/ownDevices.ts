import { CoreError, revokedMembers, type VerifiedKeyPackage, verifyKeyPackages } from '@sotto/core';
import { base62Encode, type DeviceId } from '@sotto/protocol';
import type { Rooms } from '../engine/rooms.ts';
import type { RoomId } from '../projection.ts';
import { KEYS } from '../records/keys.ts';
import { decodeRecord, encodeRecord } from '../records/recordCodec.ts';
import { scanAll } from '../records/scanAll.ts';
import { fraction } from '../relay/backoff.ts';
import { ConnectionLost, RelayFailure } from '../relay/relayFailure.ts';
import type { RoomActor } from '../room/roomActor.ts';
import type { RoomContext } from '../room/roomContext.ts';
import { viewOf } from '../room/roomState.ts';
import { SerialQueue } from '../serialQueue.ts';
import type { OwnAccount } from './ownAccount.ts';

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 6 * 3_600_000;
/** As long as a relay keeps them: after that none of them can come again. */
const USED_KEPT_MS = 90 * 24 * 3_600_000;

/**
 * The account's devices in the rooms of this one: those that the newest list has come in, those that it revokes go
 * out, and a guest's own leaf becomes a member's. Any own device does it that is there; of several, one comes first.
 */
export class OwnDevices {
  readonly #queue = new SerialQueue();
  #used = new Set<string>();
  /** Rooms in which nothing is to do, and how they stood then. */
  readonly #settled = new Map<RoomId, string>();
  #attempt = 0;
  #cancelRetry: () => void = () => undefined;
  #looking = false;
  #closed = false;

  constructor(
    private readonly context: RoomContext,
    private readonly rooms: Rooms,
    private readonly account: OwnAccount,
  ) {}

  async load(): Promise<void> {
    const nowMs = this.context.clock.nowMs();
    const records = (await scanAll(this.context.vault, KEYS.usedKeyPackages)).map(({ key, value }) => ({
      key,
      usedAtMs: decodeRecord<{ usedAtMs: number }>(value).usedAtMs,
    }));
    const old = records.filter(({ usedAtMs }) => usedAtMs + USED_KEPT_MS < nowMs);
    if (old.length > 0) await this.context.vault.commit(old.map(({ key }) => ({ key, value: null })));
    this.#used = new Set(records.map(({ key }) => key));
  }

  /** Called when the list is another, and when the relay is reached: all rooms are looked at. */
  consider(): void {
    this.#settled.clear();
    this.#attempt = 0;
    this.#look();
  }

  /** Called after every step of a room: it is looked at where it is not as it was. */
  roomChanged(roomId: RoomId): void {
    const room = this.rooms.all.find(({ actor }) => actor.roomId === roomId)?.actor;
    if (room !== undefined && this.#settled.get(roomId) !== standingOf(room)) this.#look();
  }

  #look(): void {
    if (this.#closed || this.#looking) return;
    this.#looking = true;
    this.#cancelRetry();
    void this.#queue.run(() => this.#consider()).catch(() => undefined);
  }

  close(): void {
    this.#closed = true;
    this.#cancelRetry();
  }

  idle(): Promise<void> {
    return this.#queue.idle();
  }

  async #consider(): Promise<void> {
    this.#looking = false;
    if (this.#closed || !this.context.link.online) return;
    const without = new Set<DeviceId>();
    let missing = false;
    for (const { actor } of this.rooms.all) {
      if (actor.erasing) continue;
      const standing = standingOf(actor);
      if (this.#settled.get(actor.roomId) === standing) continue;
      this.#becomeMember(actor);
      this.#removeRevoked(actor);
      if (!(await this.#addMissing(actor, without))) missing = true;
      else this.#settled.set(actor.roomId, standing);
    }
    if (missing) this.#later();
  }

  #becomeMember(room: RoomActor): void {
    const { identity } = this.context;
    const view = viewOf(room.state);
    if (identity.kind !== 'member' || view?.self.guest !== true || !isInside(room)) return;
    if (!room.wishes.has('member')) wish(room, { kind: 'member', identity });
  }

  #removeRevoked(room: RoomActor): void {
    const { list } = this.account;
    const { conversation } = room.state;
    const view = viewOf(room.state);
    if (list === undefined || conversation === undefined || view?.self.guest !== false || !isInside(room))
      return;
    if (revokedMembers(conversation, [list]).length === 0 || room.wishes.has('revoke')) return;
    wish(room, { kind: 'revoke', list });
  }

  /** False where a device is missing still. `without`: those that have published nothing yet. */
  async #addMissing(room: RoomActor, without: Set<DeviceId>): Promise<boolean> {
    const { list } = this.account;
    const view = viewOf(room.state);
    if (list === undefined || view === undefined || view.self.guest || !isInside(room)) return true;
    const inside = new Set(view.members.map(({ deviceId }) => deviceId));
    const missing = new Set(list.devices.map(({ deviceId }) => deviceId).filter(id => !inside.has(id)));
    if (missing.size === 0) return true;
    const wanted = new Set([...missing].filter(deviceId => !without.has(deviceId)));
    if (room.wishes.has('add') || wanted.size === 0) return false;
    const keyPackages = await this.#claim(wanted);
    for (const deviceId of wanted) {
      if (!keyPackages.some(claimed => claimed.deviceId === deviceId)) without.add(deviceId);
    }
    if (keyPackages.length > 0) wish(room, { kind: 'add', keyPackages });
    return false;
  }

  async #claim(wanted: ReadonlySet<DeviceId>): Promise<readonly VerifiedKeyPackage[]> {
    const list = this.account.list!;
    try {
      const answer = await this.context.link.request({
        type: 'claimKeyPackages',
        accountId: list.accountId,
      });
      if (answer.type !== 'claimedKeyPackages') return [];
      const claimed = answer.keyPackages
        .filter(({ deviceId }) => wanted.has(deviceId))
        .map(({ keyPackage }) => keyPackage);
      const wasUsed = (ref: Uint8Array) => this.#used.has(keyOf(ref));
      const verified = verifyKeyPackages(this.context.env, { list, keyPackages: claimed, wasUsed });
      await this.#note(verified);
      return verified.filter(({ deviceId }) => wanted.has(deviceId));
    } catch (error) {
      // The relay hands out what it should not, or nothing: another time.
      if (error instanceof CoreError || error instanceof RelayFailure || error instanceof ConnectionLost)
        return [];
      throw error;
    }
  }

  async #note(keyPackages: readonly VerifiedKeyPackage[]): Promise<void> {
    const keys = keyPackages.filter(({ lastResort }) => !lastResort).map(({ ref }) => keyOf(ref));
    if (keys.length === 0) return;
    const value = encodeRecord({ usedAtMs: this.context.clock.nowMs() });
    await this.context.vault.commit(keys.map(key => ({ key, value })));
    for (const key of keys) this.#used.add(key);
  }

  #later(): void {
    this.#cancelRetry();
    // Closed while a room was looked at: a timer that is left keeps a program from ending.
    if (this.#closed) return;
    // Each time takes a KeyPackage from each of the account's devices: a device that never publishes any is not to
    // use up those of the others.
    const wholeMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(this.#attempt++, 20));
    const delayMs = wholeMs * (0.5 + fraction(this.context.random) / 2);
    this.#cancelRetry = this.context.clock.setTimer(delayMs, () => this.#look());
  }
}

/** What it depends on whether something is to do in a room. */
function standingOf(room: RoomActor): string {
  const { epoch, self } = viewOf(room.state) ?? {};
  return [epoch, self?.guest, isInside(room)].join();
}

/** Whether this device is in a room that goes on. */
export function isInside({ state, accepting }: RoomActor): boolean {
  const { membership, condition, request, leaving, fallenOut } = state.record;
  if (request !== undefined || leaving || fallenOut !== undefined) return false;
  return membership === 'member' && condition !== 'ended' && accepting;
}

function wish(room: RoomActor, wanted: Parameters<RoomActor['wishes']['add']>[0]): void {
  // Where it is refused, it is found to be missing again.
  room.wishes.add(wanted).catch(() => undefined);
  room.wake();
}

function keyOf(ref: Uint8Array): string {
  return KEYS.usedKeyPackage(base62Encode(ref.subarray(0, 16)));
}
