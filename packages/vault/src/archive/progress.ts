import { VaultError } from '../errors.ts';

/** How far an export or import has come, in items. `total` may be corrected upwards on the way. */
export interface Progress {
  readonly done: number;
  readonly total: number;
}

export interface Watched {
  /** Called at most about a hundred times, whatever the size, and once at the end. */
  readonly onProgress?: (progress: Progress) => void;
  /** Once aborted, the next step throws `CANCELLED`. */
  readonly signal?: AbortSignal;
}

/** Throws `CANCELLED` where somebody cancelled. */
export function heed(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new VaultError('CANCELLED', 'It was cancelled.', { cause: signal.reason });
}

const TELLINGS = 100;
const FEWEST_ITEMS = 250;

/** Counts items and tells now and then. */
export class Meter {
  #done = 0;
  readonly #every: number;

  constructor(
    private readonly total: number,
    private readonly watched: Watched,
  ) {
    this.#every = Math.max(FEWEST_ITEMS, Math.ceil(total / TELLINGS));
  }

  /** One more; throws `CANCELLED`. */
  step(): void {
    heed(this.watched.signal);
    this.#done += 1;
    if (this.#done % this.#every === 0) this.#tell(Math.max(this.total, this.#done));
  }

  finish(): void {
    heed(this.watched.signal);
    this.#tell(this.#done);
  }

  #tell(total: number): void {
    this.watched.onProgress?.({ done: this.#done, total });
  }
}
