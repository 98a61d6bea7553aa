import type { Clock } from '../ports.ts';
import type { RoomState } from './roomState.ts';
import type { RoomStep } from './roomStep.ts';

/** What others delete comes in bursts: one change of keys for all of it. Short, because a page may go any time. */
const DELAY_MS = 250;

/**
 * Makes unreadable what was deleted: taking a record away leaves its bytes on the disk, so the keys that it was under
 * are changed. What is owed is written down with the deletion, and is paid after a crash, too.
 */
export class Erasures {
  #cancelTimer: (() => void) | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly room: { readonly state: RoomState; transact<T>(job: (step: RoomStep) => T): Promise<T> },
  ) {}

  /** Sets the timer if something is owed: called after every step. */
  consider(): void {
    if (this.room.state.record.owesErasure === undefined || this.#cancelTimer !== undefined) return;
    this.#cancelTimer = this.clock.setTimer(DELAY_MS, () => {
      this.#cancelTimer = undefined;
      void this.pay().catch(() => undefined);
    });
  }

  /** When it resolves, nothing that was deleted can be read any more by anyone who has the disk and the passphrase. */
  pay(): Promise<void> {
    return this.room.transact(step => {
      if (step.state.record.owesErasure !== undefined) step.payErasure();
    });
  }

  close(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }
}
