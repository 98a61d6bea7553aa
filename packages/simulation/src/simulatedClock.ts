import { settled } from './settled.ts';

/** Unix time at which every simulation begins. */
export const START_MS = Date.UTC(2026, 0, 15, 12);

interface Timer {
  readonly atMs: number;
  /** Timers of the same time run in the order they were set. */
  readonly order: number;
  readonly run: () => void;
  cancelled: boolean;
}

/**
 * Virtual time: it stands still while something happens and leaps to the next timer when nothing does. One timer
 * runs at a time, and everything that it set off by promises has come to rest before the next one runs.
 */
export class SimulatedClock {
  #nowMs = START_MS;
  #nextOrder = 0;
  readonly #heap: Timer[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  /** Runs once after `delayMs`, unless the returned function is called before. */
  setTimer(delayMs: number, run: () => void): () => void {
    const timer = {
      // Clocks that are read tell whole milliseconds.
      atMs: this.#nowMs + Math.max(0, Math.ceil(delayMs)),
      order: this.#nextOrder++,
      run,
      cancelled: false,
    };
    this.#push(timer);
    return () => {
      timer.cancelled = true;
    };
  }

  /** Lets time pass, and everything happen that is due in it. */
  async advance(durationMs: number): Promise<void> {
    const untilMs = this.#nowMs + durationMs;
    await this.advanceUntil(() => false, untilMs);
    this.#nowMs = untilMs;
  }

  /** Lets time pass until `done` says so, or until `untilMs`. Returns whether `done` did. */
  async advanceUntil(done: () => boolean, untilMs: number): Promise<boolean> {
    await settled();
    while (!done()) {
      const next = this.#heap[0];
      if (next === undefined || next.atMs > untilMs) return false;
      this.#pop();
      if (next.cancelled) continue;
      this.#nowMs = next.atMs;
      next.run();
      await settled();
    }
    return true;
  }

  #push(timer: Timer): void {
    const heap = this.#heap;
    let at = heap.push(timer) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (before(heap[parent]!, timer)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = timer;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
      if (before(last, heap[child]!)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
  }
}

function before(a: Timer, b: Timer): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
