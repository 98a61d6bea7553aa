import type { Clock } from '../ports.ts';

interface Timer {
  readonly atMs: number;
  readonly number: number;
  readonly run: () => void;
}

/** Lets everything that waits for no timer happen. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise<void>(resolve => setImmediate(resolve));
}

/** Time that stands still until a test moves it. */
export class FakeClock implements Clock {
  #nowMs = Date.UTC(2026, 0, 5, 9);
  #timers: Timer[] = [];
  #next = 1;

  nowMs(): number {
    return this.#nowMs;
  }

  setTimer(delayMs: number, run: () => void): () => void {
    const timer = { atMs: this.#nowMs + Math.max(0, Math.ceil(delayMs)), number: this.#next++, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter(({ number }) => number !== timer.number);
    };
  }

  /** Moves on by `ms`, running what becomes due in order. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    await settle();
    for (let next = this.#due(endMs); next !== undefined; next = this.#due(endMs)) {
      this.#run(next);
      await settle();
    }
    this.#nowMs = endMs;
  }

  /** As a machine that was asleep: much time has gone, and everything that was due comes now. */
  async sleep(ms: number): Promise<void> {
    this.#nowMs += ms;
    await this.advance(0);
  }

  /** As somebody who sets the clock, on or back: what waits does so as long as before. */
  set(byMs: number): void {
    this.#nowMs += byMs;
    this.#timers = this.#timers.map(timer => ({ ...timer, atMs: timer.atMs + byMs }));
  }

  /** Moves on from timer to timer until it holds; throws after `withinMs` of this clock. */
  async until(holds: () => boolean | Promise<boolean>, withinMs = 60_000): Promise<void> {
    const endMs = this.#nowMs + withinMs;
    await settle();
    while (!(await holds())) {
      const next = this.#due(endMs);
      if (next === undefined) throw new Error(`still not so after ${withinMs} ms: ${holds.toString()}`);
      this.#run(next);
      await settle();
    }
  }

  #due(endMs: number): Timer | undefined {
    return this.#timers
      .filter(({ atMs }) => atMs <= endMs)
      .sort((a, b) => a.atMs - b.atMs || a.number - b.number)[0];
  }

  #run(timer: Timer): void {
    this.#timers = this.#timers.filter(other => other !== timer);
    this.#nowMs = Math.max(this.#nowMs, timer.atMs);
    timer.run();
  }
}
