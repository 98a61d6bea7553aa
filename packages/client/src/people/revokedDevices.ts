import { revokedMembers, type VerifiedDeviceList } from '@sotto/core';
import type { AccountId, DeviceId } from '@sotto/protocol';
import type { Rooms } from '../engine/rooms.ts';
import type { RoomId } from '../projection.ts';
import { fraction } from '../relay/backoff.ts';
import type { RoomActor } from '../room/roomActor.ts';
import type { RoomContext } from '../room/roomContext.ts';
import { viewOf } from '../room/roomState.ts';

/** So long its person's own devices have to take it out; then anyone's does, and not all in one moment. */
const LEFT_TO_ITS_OWN_MS = 10 * 60_000;
const SPREAD_MS = 20 * 60_000;

/**
 * Devices that other people have revoked and that are in a room still, because nobody else of that account has come
 * since: any member that has the signed list takes them out, with the list for everyone to check.
 */
export class RevokedDevices {
  readonly #waiting = new Map<RoomId, () => void>();
  #closed = false;

  constructor(
    private readonly context: RoomContext,
    private readonly rooms: Rooms,
    /** The newest list of an account that this device has seen. */
    private readonly listOf: (accountId: AccountId) => VerifiedDeviceList | undefined,
  ) {}

  /** Called when somebody's list is another: all rooms are looked at. */
  consider(): void {
    for (const { actor } of this.rooms.all) this.#consider(actor);
  }

  close(): void {
    this.#closed = true;
    for (const cancel of this.#waiting.values()) cancel();
    this.#waiting.clear();
  }

  #consider(room: RoomActor): void {
    const { roomId } = room;
    if (this.#closed || this.#waiting.has(roomId) || this.#revokedIn(room).length === 0) return;
    const { clock, random } = this.context;
    const delayMs = LEFT_TO_ITS_OWN_MS + SPREAD_MS * fraction(random);
    const cancel = clock.setTimer(delayMs, () => {
      this.#waiting.delete(roomId);
      this.#takeOut(room);
    });
    this.#waiting.set(roomId, cancel);
  }

  #takeOut(room: RoomActor): void {
    const [list] = this.#revokedIn(room);
    if (this.#closed || list === undefined) return;
    const done = room.wishes.has('revoke') ? Promise.resolve() : room.wishes.add({ kind: 'revoke', list });
    room.wake();
    // One account at a time; where it was refused, or there are others, it is looked at again.
    void done.catch(() => undefined).then(() => this.#consider(room));
  }

  /** Lists by which somebody in this room is revoked. */
  #revokedIn(room: RoomActor): readonly VerifiedDeviceList[] {
    const { conversation, record } = room.state;
    const view = viewOf(room.state);
    const inside = record.membership === 'member' && record.condition !== 'ended';
    if (!inside || record.request !== undefined || record.fallenOut !== undefined) return [];
    if (conversation === undefined || view === undefined || view.self.guest) return [];
    const devices = new Map<AccountId, DeviceId[]>();
    for (const { accountId, deviceId } of view.members) {
      if (accountId === view.self.accountId) continue;
      devices.set(accountId, [...(devices.get(accountId) ?? []), deviceId]);
    }
    return [...devices].flatMap(([accountId, deviceIds]) => {
      const list = this.listOf(accountId);
      const some = list?.revokedDeviceIds.some(deviceId => deviceIds.includes(deviceId));
      return some && revokedMembers(conversation, [list!]).length > 0 ? [list!] : [];
    });
  }
}
