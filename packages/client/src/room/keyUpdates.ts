import { fraction } from '../relay/backoff.ts';
import type { CommitWishes } from './commitWishes.ts';
import type { RoomContext } from './roomContext.ts';
import { type RoomState, viewOf } from './roomState.ts';

/** After joining: soon, and not all who joined together at once. */
const AFTER_JOIN_MS = 2_000;
const AFTER_JOIN_SPREAD_MS = 6_000;
/** Otherwise weekly, within half a day. */
const WEEK_MS = 7 * 24 * 3_600_000;
const WEEK_SPREAD_MS = 12 * 3_600_000;
/** Timers reach no further than 2^31 ms in browsers, and a machine that slept wakes up late. */
const LOOK_AGAIN_MS = 3_600_000;

/** Sees to it that this device's leaf keys are fresh: after joining, and at least weekly (post-compromise security). */
export class KeyUpdates {
  #cancelTimer: (() => void) | undefined;

  constructor(
    private readonly context: RoomContext,
    private readonly room: { readonly state: RoomState },
    private readonly wishes: CommitWishes,
    private readonly ready: () => boolean,
    private readonly wake: () => void,
  ) {}

  /** Sets the timer for the next update: called after every step, and when the relay is reached. */
  consider(): void {
    if (this.#cancelTimer !== undefined || !this.ready() || this.room.state.sealed !== undefined) return;
    const view = viewOf(this.room.state);
    if (view === undefined || view.membership !== 'member' || this.wishes.has('update')) return;
    const dueMs = this.room.state.record.keyUpdateDue
      ? AFTER_JOIN_MS + AFTER_JOIN_SPREAD_MS * fraction(this.context.random)
      : view.keysUpdatedAtMs +
        WEEK_MS -
        this.context.clock.nowMs() -
        WEEK_SPREAD_MS * fraction(this.context.random);
    const far = dueMs > LOOK_AGAIN_MS;
    this.#cancelTimer = this.context.clock.setTimer(far ? LOOK_AGAIN_MS : Math.max(0, dueMs), () => {
      this.#cancelTimer = undefined;
      if (far) return this.consider();
      if (!this.ready() || this.wishes.has('update')) return;
      void this.wishes.add({ kind: 'update' }).catch(() => undefined);
      this.wake();
    });
  }

  close(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }
}
