import { openEphemeral, sealEphemeral } from '@sotto/core';
import type { DeviceId } from '@sotto/protocol';
import type { RoomContext } from './roomContext.ts';
import { type RoomState, viewOf } from './roomState.ts';
import { sendingBlockedOf } from './sendingBlocked.ts';

/** Said again this often while somebody types, and forgotten after twice that. */
const REPEAT_MS = 3_000;
const EXPIRES_MS = 6_500;

/** Who is writing right now. Lives in memory only, on both sides; never waits and never fails. */
export class Typing {
  readonly #others = new Map<DeviceId, () => void>();
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
    const { conversation, record } = this.room.state;
    if (conversation === undefined || record.streamId === undefined || record.condition !== 'open') return;
    if (!this.context.link.online || !this.#maySay()) return;
    const atMs = this.context.clock.nowMs();
    const last = this.#lastSaid;
    if (last?.active === active && (!active || atMs - last.atMs < REPEAT_MS)) return;
    if (last === undefined && !active) return;
    this.#lastSaid = { active, atMs };
    const payload = sealEphemeral(this.context.env, conversation, this.context.identity, {
      type: 'typing',
      active,
    });
    this.context.link.tell({ type: 'ephemeral', streamId: record.streamId, payload });
  }

  /** Everyone in the room would hear it: it is not said where somebody is who is blocked. */
  #maySay(): boolean {
    const { people } = this.context;
    if (!people.privacy.typing || sendingBlockedOf(people, this.room.state) !== undefined) return false;
    return !(viewOf(this.room.state)?.members ?? []).some(({ accountId }) => people.isBlocked(accountId));
  }

  /** A signal from the relay. */
  receive(payload: Uint8Array): void {
    const { conversation } = this.room.state;
    const opened = conversation && openEphemeral(this.context.env, conversation, payload);
    if (opened?.body.type !== 'typing' || opened.author.deviceId === this.context.identity.deviceId) return;
    const { deviceId, accountId } = opened.author;
    if (this.context.people.isBlocked(accountId)) return;
    this.#others.get(deviceId)?.();
    if (opened.body.active) {
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
    for (const cancel of this.#others.values()) cancel();
    this.#others.clear();
  }
}
