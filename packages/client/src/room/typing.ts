import { openEphemeral, type RoomMember, type SealedRoom, sealEphemeral } from '@sotto/core';
import type { DeviceId } from '@sotto/protocol';
import type { RoomContext } from './roomContext.ts';
import { type RoomState, viewOf } from './roomState.ts';
import { sendingBlockedOf } from './sendingBlocked.ts';

/** Said again this often while somebody types, and forgotten after twice that. */
const REPEAT_MS = 3_000;
const EXPIRES_MS = 6_500;
/** By RSA each costs time to open: more at once are passed over. */
const MOST_AT_ONCE = 4;

/** Who is writing right now. Lives in memory only, on both sides; never waits and never fails. */
export class Typing {
  readonly #others = new Map<DeviceId, () => void>();
  /** By RSA: when the last signal of each was sent. */
  readonly #sentAtMs = new Map<DeviceId, number>();
  #opening = 0;
  #closed = false;
  #lastSaid: { readonly active: boolean; readonly atMs: number } | undefined;

  constructor(
    private readonly context: RoomContext,
    private readonly room: { readonly state: RoomState },
    private readonly changed: () => void,
  ) {}

  get devices(): readonly DeviceId[] {
    return [...this.#others.keys()];
  }

  /** This device's person types, or stopped. */
  say(active: boolean): void {
    const { conversation, sealed, record } = this.room.state;
    if (record.streamId === undefined || record.condition !== 'open') return;
    if (conversation === undefined && sealed === undefined) return;
    if (!this.context.link.online || !this.#maySay()) return;
    const atMs = this.context.clock.nowMs();
    const last = this.#lastSaid;
    if (last?.active === active && (!active || atMs - last.atMs < REPEAT_MS)) return;
    if (last === undefined && !active) return;
    this.#lastSaid = { active, atMs };
    if (sealed !== undefined) void this.#saySealed(sealed, this.#lastSaid).catch(() => undefined);
    if (conversation === undefined) return;
    const payload = sealEphemeral(this.context.env, conversation, this.context.identity, {
      type: 'typing',
      active,
    });
    this.context.link.tell({ type: 'ephemeral', streamId: record.streamId, payload });
  }

  async #saySealed(room: SealedRoom, said: { readonly active: boolean }): Promise<void> {
    const { streamId } = room;
    const payload = await this.context.sealedTalk()?.sealTyping(room, said.active);
    // Meanwhile somebody may have been blocked, or something else been said.
    if (payload === undefined || this.#lastSaid !== said || !this.context.link.online || !this.#maySay())
      return;
    this.context.link.tell({ type: 'ephemeral', streamId, payload });
  }

  /** Everyone in the room would hear it: it is not said where somebody is who is blocked. */
  #maySay(): boolean {
    const { people } = this.context;
    if (!people.privacy.typing || sendingBlockedOf(people, this.room.state) !== undefined) return false;
    return !(viewOf(this.room.state)?.members ?? []).some(({ accountId }) => people.isBlocked(accountId));
  }

  /** A signal from the relay. */
  receive(payload: Uint8Array): void {
    const { conversation, sealed } = this.room.state;
    if (sealed !== undefined) void this.#receiveSealed(sealed, payload).catch(() => undefined);
    const opened = conversation && openEphemeral(this.context.env, conversation, payload);
    if (opened?.body.type !== 'typing' || opened.author.deviceId === this.context.identity.deviceId) return;
    this.#take(opened.author, opened.body.active);
  }

  async #receiveSealed(room: SealedRoom, payload: Uint8Array): Promise<void> {
    if (this.#opening >= MOST_AT_ONCE) return;
    this.#opening += 1;
    try {
      const lastOf = ({ deviceId }: RoomMember) => this.#sentAtMs.get(deviceId);
      const opened = await this.context.sealedTalk()?.openTyping(room, payload, lastOf);
      if (opened === undefined || this.#closed || this.room.state.sealed === undefined) return;
      const { author, active, sentAtMs } = opened;
      // Two that are opened at once may end in another order.
      if (sentAtMs <= (lastOf(author) ?? 0)) return;
      this.#sentAtMs.set(author.deviceId, sentAtMs);
      this.#take(author, active);
    } finally {
      this.#opening -= 1;
    }
  }

  #take({ deviceId, accountId }: RoomMember, active: boolean): void {
    if (this.context.people.isBlocked(accountId)) return;
    this.#others.get(deviceId)?.();
    if (active) {
      this.#others.set(
        deviceId,
        this.context.clock.setTimer(EXPIRES_MS, () => this.stopped(deviceId)),
      );
    } else this.#others.delete(deviceId);
    this.changed();
  }

  /** Somebody's message came: they have stopped. */
  stopped(deviceId: DeviceId): void {
    const cancel = this.#others.get(deviceId);
    if (cancel === undefined) return;
    cancel();
    this.#others.delete(deviceId);
    this.changed();
  }

  close(): void {
    this.#closed = true;
    for (const cancel of this.#others.values()) cancel();
    this.#others.clear();
  }
}
