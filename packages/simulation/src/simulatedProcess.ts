import type { Clock } from '@sotto/client';
import type { Mortal } from './faultyStore.ts';
import type { SimulatedClock } from './simulatedClock.ts';

/** A running program on a machine with a clock of its own. Killing it stops its timers, and with them all it does. */
export class SimulatedProcess implements Mortal {
  #alive = true;
  readonly #onKill: (() => void)[] = [];
  readonly clock: Clock;

  constructor(
    private readonly time: SimulatedClock,
    /** How far the machine's clock is ahead of true time. */
    private readonly skewMs: () => number,
  ) {
    this.clock = {
      nowMs: () => this.time.nowMs() + this.skewMs(),
      setTimer: (delayMs, run) =>
        this.time.setTimer(delayMs, () => {
          if (this.#alive) run();
        }),
    };
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** What the rest of the world does when this program is gone. */
  onKill(run: () => void): void {
    this.#onKill.push(run);
  }

  kill(): void {
    if (!this.#alive) return;
    this.#alive = false;
    for (const run of this.#onKill) run();
  }
}
