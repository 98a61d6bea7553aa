import { CoreError, revokedMembers, type VerifiedKeyPackage, verifyKeyPackages } from '@sotto/core';
import type { DeviceId } from '@sotto/protocol';
import { base62Encode } from '@sotto/protocol';
import type { Rooms } from '../engine/rooms.ts';
import { KEYS } from '../records/keys.ts';
import { decodeRecord, encodeRecord } from '../records/recordCodec.ts';
import { scanAll } from '../records/scanAll.ts';
import { backoffMs } from '../relay/backoff.ts';
import { ConnectionLost, RelayFailure } from '../relay/relayFailure.ts';
import type { RoomActor } from '../room/roomActor.ts';
import type { RoomContext } from '../room/roomContext.ts';
import { viewOf } from '../room/roomState.ts';
import { SerialQueue } from '../serialQueue.ts';
import type { OwnAccount } from './ownAccount.ts';

/** As long as a relay keeps them: after that none of them can come again. */
const USED_KEPT_MS = 90 * 24 * 3_600_000;

/**
 * The account's devices in the rooms of this one: those that the newest list has come in, those that it revokes go
 * out, and a guest's own leaf becomes a member's. Any own device does it that is there; of several, one comes first.
 */
export class OwnDevices {
  readonly #queue = new SerialQueue();
  #used = new Set<string>();
  #attempt = 0;
  #cancelRetry: () => void = () => undefined;
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

  /** Called when the list is another, when the relay is reached, and when there is another room. */
  consider(): void {
    if (this.#closed) return;
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
    if (this.#closed || !this.context.link.online) return;
    let missing = false;
    for (const { actor } of this.rooms.shown) {
      this.#becomeMember(actor);
      this.#removeRevoked(actor);
      missing = !(await this.#addMissing(actor)) || missing;
    }
    if (missing) this.#later();
    else this.#attempt = 0;
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

  /** False where a device is missing still: it may have published nothing yet. */
  async #addMissing(room: RoomActor): Promise<boolean> {
    const { list } = this.account;
    const view = viewOf(room.state);
    if (list === undefined || view === undefined || view.self.guest || !isInside(room)) return true;
    const inside = new Set(view.members.map(({ deviceId }) => deviceId));
    const missing = new Set(list.devices.map(({ deviceId }) => deviceId).filter(id => !inside.has(id)));
    if (missing.size === 0) return true;
    if (room.wishes.has('add')) return false;
    const keyPackages = await this.#claim(missing);
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
    const delayMs = backoffMs(this.#attempt++, this.context.random);
    this.#cancelRetry = this.context.clock.setTimer(delayMs, () => this.consider());
  }
}

function isInside({ state, accepting }: RoomActor): boolean {
  const { membership, condition } = state.record;
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
