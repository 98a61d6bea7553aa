import type { Clock } from '../ports.ts';

/** Runs once nobody has been there for a while. */
export class IdleLock {
  #cancel: () => void = () => undefined;
  #afterMs: number | undefined;

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
    this.begin();
  }

  /** Somebody is there. */
  begin(): void {
    this.stop();
    if (this.#afterMs !== undefined) this.#cancel = this.clock.setTimer(this.#afterMs, this.run);
  }

  stop(): void {
    this.#cancel();
    this.#cancel = () => undefined;
  }
}
