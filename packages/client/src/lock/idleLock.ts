import type { Clock } from '../ports.ts';

/** A machine that sleeps stops its timers: the clock is looked at this often. */
const LOOK_MS = 30_000;

/** Runs once nobody has been there for a while, by the clock: time asleep counts. */
export class IdleLock {
  #cancel: () => void = () => undefined;
  #afterMs: number | undefined;
  #lastSeenMs = 0;

  constructor(
    private readonly clock: Clock,
    private readonly run: () => void,
  ) {}

  get afterMs(): number | undefined {
    return this.#afterMs;
  }

  /** `undefined`: never. The time begins anew. */
  set(afterMs: number | undefined): void {
    this.#afterMs = afterMs;
    this.#lastSeenMs = this.clock.nowMs();
    this.#look();
  }

  /** Somebody is there; too late where the time was over already. */
  begin(): void {
    if (this.#leftMs > 0) this.#lastSeenMs = this.clock.nowMs();
    this.#look();
  }

  stop(): void {
    this.#cancel();
    this.#cancel = () => undefined;
  }

  get #leftMs(): number {
    const idleMs = this.clock.nowMs() - this.#lastSeenMs;
    // A clock that was put back says nothing of how long it was.
    return this.#afterMs === undefined || idleMs < 0 ? Number.POSITIVE_INFINITY : this.#afterMs - idleMs;
  }

  #look(): void {
    this.stop();
    if (this.#afterMs === undefined) return;
    const leftMs = this.#leftMs;
    if (leftMs <= 0) this.run();
    else this.#cancel = this.clock.setTimer(Math.min(leftMs, LOOK_MS), () => this.#look());
  }
}
