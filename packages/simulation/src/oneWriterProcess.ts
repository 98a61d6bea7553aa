import type { Clock } from '@sotto/client';
import type { SimulatedClock } from './simulatedClock.ts';
import { SimulatedProcess } from './simulatedProcess.ts';

/**
 * The page or the worker of a tab: dies as by kill -9, and can be frozen by its browser. What comes to a frozen one
 * (timers, messages, locks, frames) is heard when it thaws, in its order.
 */
export class TabProcess extends SimulatedProcess {
  override readonly clock: Clock;
  #frozen = false;
  #draining = false;
  #operationsLeft = Number.POSITIVE_INFINITY;
  readonly #unheard: (() => void)[] = [];

  constructor(
    private readonly trueTime: SimulatedClock,
    /** What else goes when this dies in the middle of its work. */
    private readonly dies: () => void,
  ) {
    super(trueTime, () => 0);
    this.clock = {
      nowMs: () => trueTime.nowMs(),
      setTimer: (delayMs, run) => {
        let cancelled = false;
        const cancel = trueTime.setTimer(delayMs, () => this.hear(() => !cancelled && run()));
        return () => {
          cancelled = true;
          cancel();
        };
      },
    };
  }

  get frozen(): boolean {
    return this.#frozen;
  }

  /** Something comes from outside: heard now, later, or never. */
  hear(run: () => void): void {
    if (!this.alive) return;
    if (!this.#frozen && this.#unheard.length === 0) run();
    else this.#unheard.push(run);
  }

  freeze(): void {
    this.#frozen = true;
  }

  thaw(): void {
    this.#frozen = false;
    this.#drain();
  }

  /** Dies at the operation of its store that comes after `operations` others. */
  dieAfter(operations: number): void {
    this.#operationsLeft = operations;
  }

  /** Called at each operation of the store: whether it is the last. */
  get isLastOperation(): boolean {
    return this.#operationsLeft-- <= 0;
  }

  /** Takes with it whatever dies with it. */
  die(): void {
    this.dies();
    this.kill();
  }

  /** One thing at a time: each comes to rest before the next is heard. */
  #drain(): void {
    if (this.#draining || this.#unheard.length === 0) return;
    this.#draining = true;
    this.trueTime.setTimer(0, () => {
      this.#draining = false;
      if (this.#frozen || !this.alive) return;
      this.#unheard.shift()?.();
      this.#drain();
    });
  }
}
