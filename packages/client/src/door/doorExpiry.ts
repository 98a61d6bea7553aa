import type { RoomContext } from '../room/roomContext.ts';
import type { RoomState } from '../room/roomState.ts';
import type { RoomStep } from '../room/roomStep.ts';
import { refuseKnock } from './refuseKnock.ts';

/** Timers reach no further than 2^31 ms in browsers. */
const LOOK_AGAIN_MS = 3_600_000;

/** Closes invites when their time is over, by this device's clock, and tells those who still wait. */
export class DoorExpiry {
  #cancelTimer: (() => void) | undefined;
  #dueAtMs = 0;

  constructor(
    private readonly context: RoomContext,
    private readonly room: { readonly state: RoomState; transact<T>(job: (step: RoomStep) => T): Promise<T> },
  ) {}

  /** Sets the timer for the next invite: called after every step. */
  consider(): void {
    const open = [...this.room.state.invites.values()].filter(({ status }) => status === 'open');
    const nextMs = Math.min(...open.map(({ expiresAtMs }) => expiresAtMs));
    if (this.#cancelTimer !== undefined && nextMs === this.#dueAtMs) return;
    this.close();
    if (!Number.isFinite(nextMs)) return;
    this.#dueAtMs = nextMs;
    const delayMs = Math.min(LOOK_AGAIN_MS, Math.max(0, nextMs - this.context.clock.nowMs()));
    this.#cancelTimer = this.context.clock.setTimer(delayMs, () => {
      this.#cancelTimer = undefined;
      void this.room.transact(step => this.#expire(step)).catch(() => undefined);
      if (nextMs > this.context.clock.nowMs()) this.consider();
    });
  }

  close(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #expire(step: RoomStep): void {
    const nowMs = this.context.clock.nowMs();
    for (const invite of step.state.invites.values()) {
      if (invite.status !== 'open' || nowMs < invite.expiresAtMs) continue;
      step.putInvite({ ...invite, status: 'expired' });
      for (const knock of step.state.knocks.values()) {
        if (knock.token !== invite.link.token || knock.state !== 'waiting') continue;
        refuseKnock(this.context, step, knock, { refusal: 'expired', triesLeft: 0 });
      }
    }
  }
}
