import type { Clock, Random } from '../ports.ts';
import { backoffMs } from '../relay/backoff.ts';

/**
 * Work that goes over everything there is to do, one pass at a time: again when it was woken meanwhile, and later, with
 * growing patience, when something of it was refused for now.
 */
export class Passes {
  #running: Promise<void> | undefined;
  #again = false;
  #stopped = false;
  #attempt = 0;
  #cancelRetry: (() => void) | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly random: Random,
    private readonly pass: () => Promise<void>,
  ) {}

  get stopped(): boolean {
    return this.#stopped;
  }

  /** There may be something to do. While it waits for its time, nothing hurries it. */
  wake(): void {
    if (this.#stopped || this.#cancelRetry !== undefined) return;
    this.#again = true;
    this.#running ??= this.#run();
  }

  /** Whatever refused is another now, or a person asks: waits for nothing. */
  wakeNow(): void {
    this.#cancelRetry?.();
    this.#cancelRetry = undefined;
    this.wake();
  }

  /** Something got through. */
  wentWell(): void {
    this.#attempt = 0;
  }

  /** A pass later, in at least so long. */
  retry(atLeastMs: number): void {
    this.#cancelRetry?.();
    if (this.#stopped) return;
    const delayMs = Math.max(atLeastMs, backoffMs(this.#attempt++, this.random));
    this.#cancelRetry = this.clock.setTimer(delayMs, () => this.wakeNow());
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelRetry?.();
    this.#cancelRetry = undefined;
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    try {
      while (this.#again && !this.#stopped) {
        this.#again = false;
        await this.pass();
      }
    } catch {
      // The store failed, or the engine closes; what is to be done is written down.
    } finally {
      this.#running = undefined;
    }
  }
}
