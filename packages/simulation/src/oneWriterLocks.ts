import type { Locks } from '../../client/src/browser/electedEngine.ts';
import type { TabProcess } from './oneWriterProcess.ts';
import type { SeededRandom } from './seededRandom.ts';
import type { SimulatedClock } from './simulatedClock.ts';

/** How the locks of a browser would be broken. */
export interface LockFaults {
  /** How many may hold this lock at once: one, if it is a lock. */
  readonly holders?: (name: string) => number;
  /** Whether a frozen holder is passed over. */
  readonly passOverFrozen?: boolean;
}

interface Request {
  readonly process: TabProcess;
  readonly run: () => Promise<void>;
  granted: boolean;
}

/** The Web Locks of one origin: first come, first served; a dead holder frees what it held. */
export class SimulatedLocks {
  readonly #requests = new Map<string, Request[]>();

  constructor(
    private readonly time: SimulatedClock,
    private readonly random: SeededRandom,
    private readonly faults: LockFaults = {},
  ) {}

  /** As one page or worker sees them. */
  of(process: TabProcess): Locks {
    return {
      request: (name, held) =>
        new Promise((resolve, reject) => {
          if (!process.alive) return;
          const request: Request = {
            process,
            granted: false,
            run: () =>
              held()
                .then(resolve, reject)
                .finally(() => this.#leave(name, request)),
          };
          const queue = this.#requests.get(name) ?? [];
          this.#requests.set(name, queue);
          queue.push(request);
          process.onKill(() => this.#leave(name, request));
          this.#grant(name);
        }),
    };
  }

  /** A process was frozen: nothing to a sound lock. */
  frozen(): void {
    if (this.faults.passOverFrozen === true) for (const name of this.#requests.keys()) this.#grant(name);
  }

  #leave(name: string, request: Request): void {
    const queue = this.#requests.get(name)?.filter(other => other !== request) ?? [];
    this.#requests.set(name, queue);
    this.#grant(name);
  }

  #grant(name: string): void {
    const queue = this.#requests.get(name) ?? [];
    const holders = this.faults.holders?.(name) ?? 1;
    const counts = ({ process }: Request) => this.faults.passOverFrozen !== true || !process.frozen;
    for (const request of queue.filter(counts).slice(0, holders)) {
      if (request.granted) continue;
      request.granted = true;
      this.time.setTimer(this.random.between(0, 3), () => request.process.hear(() => void request.run()));
    }
  }
}
