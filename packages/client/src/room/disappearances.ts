import { deleteMessage } from './deleteMessage.ts';
import { dueMessages } from './disappearing.ts';
import type { RoomContext } from './roomContext.ts';
import type { RoomState } from './roomState.ts';
import type { RoomStep } from './roomStep.ts';

/** A machine that slept: its timers stood still, and its clock did not. */
const LOOK_AGAIN_MS = 60_000;
const TRY_AGAIN_MS = 60_000;
/** Messages that go in one transaction. */
const PER_STEP = 100;

/**
 * Takes messages off this device when their time is over, by its own clock. If that clock is put forward, they go
 * earlier by as much; if it is put back, they stay longer by as much.
 */
export class Disappearances {
  #cancelTimer: (() => void) | undefined;
  #awaitedMs: number | undefined;
  #closed = false;

  constructor(
    private readonly context: RoomContext,
    private readonly room: {
      readonly state: RoomState;
      transact<T>(job: (step: RoomStep) => Promise<T> | T): Promise<T>;
    },
  ) {}

  /** Sets the timer for the next message: called after every step. */
  consider(): void {
    const { nextGoneAtMs } = this.room.state.record;
    if (nextGoneAtMs === this.#awaitedMs) return;
    this.#cancel();
    if (nextGoneAtMs === undefined) return;
    const delayMs = Math.max(0, nextGoneAtMs - this.context.clock.nowMs());
    this.#lookIn(Math.min(LOOK_AGAIN_MS, delayMs));
  }

  /** When it resolves, no message is in the log whose time is over. Its bytes are gone as after every deletion. */
  async takeAway(): Promise<void> {
    while (this.#isDue) await this.room.transact(step => this.#takeSome(step));
  }

  close(): void {
    this.#closed = true;
    this.#cancel();
  }

  get #isDue(): boolean {
    const { nextGoneAtMs } = this.room.state.record;
    return nextGoneAtMs !== undefined && nextGoneAtMs <= this.context.clock.nowMs();
  }

  #lookIn(delayMs: number): void {
    if (this.#closed) return;
    this.#cancel();
    this.#awaitedMs = this.room.state.record.nextGoneAtMs;
    this.#cancelTimer = this.context.clock.setTimer(delayMs, () => {
      this.#cancel();
      this.takeAway().then(
        () => this.consider(),
        () => this.#lookIn(TRY_AGAIN_MS),
      );
    });
  }

  #cancel(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#awaitedMs = undefined;
  }

  async #takeSome(step: RoomStep): Promise<void> {
    const { due, nextGoneAtMs } = await dueMessages(this.context, step, PER_STEP);
    for (const { key, order, record } of due) {
      step.write(key, null);
      if (record !== undefined) await deleteMessage(this.context, step, { order, record }, 'nothing');
    }
    if (nextGoneAtMs === undefined) step.clear('nextGoneAtMs');
    else step.set({ nextGoneAtMs });
  }
}
