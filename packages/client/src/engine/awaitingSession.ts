import { ClientError } from '../intents.ts';
import type { Clock } from '../ports.ts';

/** How long somebody who has just signed in waits for a session. */
const WITHIN_MS = 20_000;

/** Those who wait for a session with the relay. */
export class AwaitingSession {
  readonly #waiting = new Set<() => void>();

  constructor(private readonly clock: Clock) {}

  /** Rejects with `OFFLINE` where none comes in time. */
  wait(): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = () => {
        cancel();
        this.#waiting.delete(done);
        resolve();
      };
      const cancel = this.clock.setTimer(WITHIN_MS, () => {
        this.#waiting.delete(done);
        reject(new ClientError('OFFLINE', 'the relay cannot be reached', { retryable: true }));
      });
      this.#waiting.add(done);
    });
  }

  /** It stands. */
  came(): void {
    for (const done of [...this.#waiting]) done();
  }
}
