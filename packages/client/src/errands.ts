import type { ClientBody } from '@sotto/protocol';
import type { Vault } from '@sotto/vault';
import type { Clock, Random } from './ports.ts';
import { KEYS, numberOf } from './records/keys.ts';
import type { StepWrites } from './records/plainStep.ts';
import { decodeRecord } from './records/recordCodec.ts';
import { scanAll } from './records/scanAll.ts';
import { backoffMs } from './relay/backoff.ts';
import { RelayFailure } from './relay/relayFailure.ts';
import type { RelayLink } from './relay/relayLink.ts';

/** Requests that can be made again without harm, and whose answer changes nothing here. */
export type ErrandBody = Extract<
  ClientBody,
  { type: 'answerKnock' | 'closeInvite' | 'controlStream' | 'deleteBlob' | 'leaveStream' }
>;

interface Errand {
  readonly number: number;
  readonly body: ErrandBody;
}

/**
 * What the relay is still to be told, kept until it has answered: one after another, through restarts.
 */
export class Errands {
  #waiting: Errand[] = [];
  #nextNumber = 1;
  #running = false;
  #closed = false;
  #attempt = 0;
  #cancelTimer: () => void = () => undefined;

  constructor(
    private readonly vault: Vault,
    private readonly link: Pick<RelayLink, 'online' | 'request'>,
    private readonly clock: Clock,
    private readonly random: Random,
  ) {}

  async load(): Promise<void> {
    const records = await scanAll(this.vault, KEYS.errands);
    this.#waiting = records.map(({ key, value }) => ({
      number: numberOf(key),
      body: decodeRecord<ErrandBody>(value),
    }));
    this.#nextNumber = (this.#waiting.at(-1)?.number ?? 0) + 1;
  }

  /** Whether the relay is still to be told something. */
  get waiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** To be done once the step is stored. */
  add(step: StepWrites, body: ErrandBody): void {
    const number = this.#nextNumber++;
    step.write(KEYS.errand(number), body);
    step.afterwards(() => {
      this.#waiting.push({ number, body });
      this.wake();
    });
  }

  /** Goes on where it can: called whenever the relay is reached. */
  wake(): void {
    if (!this.#running && !this.#closed && this.link.online) void this.#run();
  }

  close(): void {
    this.#closed = true;
    this.#cancelTimer();
  }

  async #run(): Promise<void> {
    this.#running = true;
    try {
      for (let errand = this.#waiting[0]; errand !== undefined && !this.#closed; errand = this.#waiting[0]) {
        if (!(await this.#done(errand))) break;
        await this.vault.commit([{ key: KEYS.errand(errand.number), value: null }]);
        this.#waiting.shift();
      }
    } catch {
      // The store failed: the errand stays on it, and is done again after the next start.
    } finally {
      this.#running = false;
    }
  }

  /** Whether there is nothing more to do about it. */
  async #done({ body }: Errand): Promise<boolean> {
    try {
      await this.link.request(body);
      this.#attempt = 0;
      return true;
    } catch (error) {
      if (!(error instanceof RelayFailure)) return false;
      if (error.code !== 'RATE_LIMITED' && error.code !== 'UNAVAILABLE') return true;
      const waitMs = Math.max(error.retryAfterMs, backoffMs(this.#attempt++, this.random));
      this.#cancelTimer();
      this.#cancelTimer = this.clock.setTimer(waitMs, () => this.wake());
      return false;
    }
  }
}
