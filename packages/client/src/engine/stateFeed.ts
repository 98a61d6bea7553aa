import type { Clock } from '../ports.ts';

/** Screens draw sixty times a second: more states than that nobody sees. */
const SHORTEST_PAUSE_MS = 16;

/** Tells that the state is another: at once after a quiet time, and at most every 16 ms. */
export class StateFeed {
  #cancelPause: (() => void) | undefined;
  #dirty = false;

  constructor(
    private readonly clock: Clock,
    private readonly emit: () => void,
  ) {}

  changed(): void {
    if (this.#cancelPause !== undefined) {
      this.#dirty = true;
      return;
    }
    this.#cancelPause = this.clock.setTimer(SHORTEST_PAUSE_MS, () => {
      this.#cancelPause = undefined;
      if (!this.#dirty) return;
      this.#dirty = false;
      this.changed();
    });
    this.emit();
  }

  close(): void {
    this.#cancelPause?.();
    this.#cancelPause = () => undefined;
  }
}
