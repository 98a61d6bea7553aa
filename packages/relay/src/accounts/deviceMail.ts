import type {
  LeaveDeviceAnswer,
  LeaveDeviceOffer,
  DeviceMail as Mail,
  ReadDeviceMail,
} from '@sotto/protocol';
import { Refusal } from '../refusal.ts';
import type { RelayContext } from '../session/context.ts';
import type { Asker } from './accounts.ts';

interface Waiting {
  readonly offer: Uint8Array;
  readonly answer?: Uint8Array;
  readonly expiresAtMs: number;
}

const LIFETIME_MS = 10 * 60_000;
/** With the largest of answers, 26 MB. */
const MAX_WAITING = 1_000;
const NOTHING = new Uint8Array(0);

/**
 * What a new device and one that is in leave for each other: an offer and its answer, each once, both sealed under a key
 * that only they have. Who knows the token reads. In memory only: after a restart it is not there, which both are told,
 * and a new code is made in a second.
 */
export class DeviceMail {
  /** Oldest first. */
  readonly #waiting = new Map<string, Waiting>();

  constructor(private readonly context: Pick<RelayContext, 'quotas' | 'nowMs'>) {}

  /** The same again changes nothing. Throws `CONFLICT`, `UNAVAILABLE` where too many wait: none has to go for a new one. */
  leaveOffer({ token, sealed }: LeaveDeviceOffer, { remoteAddress }: Asker): void {
    this.context.quotas.deviceMail(remoteAddress);
    const waiting = this.#at(token);
    if (waiting !== undefined) {
      if (Buffer.compare(waiting.offer, sealed) === 0) return;
      throw new Refusal('CONFLICT', 'something else waits there');
    }
    if (this.#waiting.size >= MAX_WAITING) throw new Refusal('UNAVAILABLE', 'too many wait to be added');
    this.#waiting.set(keyOf(token), { offer: sealed, expiresAtMs: this.context.nowMs() + LIFETIME_MS });
  }

  /** Throws `NOT_FOUND`, also once it was answered: a code is good for one device. */
  readOffer({ token }: ReadDeviceMail, { remoteAddress }: Asker): Mail {
    this.context.quotas.deviceMail(remoteAddress);
    const waiting = this.#at(token);
    if (waiting === undefined || waiting.answer !== undefined) throw nothingWaits();
    return { sealed: waiting.offer };
  }

  /** The same again changes nothing. Throws `NOT_FOUND`, `CONFLICT` where it was answered otherwise. */
  leaveAnswer({ token, sealed }: LeaveDeviceAnswer, { remoteAddress }: Asker): void {
    this.context.quotas.deviceMail(remoteAddress);
    const waiting = this.#at(token);
    if (waiting === undefined) throw nothingWaits();
    if (waiting.answer === undefined) this.#waiting.set(keyOf(token), { ...waiting, answer: sealed });
    else if (Buffer.compare(waiting.answer, sealed) !== 0) throw new Refusal('CONFLICT', 'answered already');
  }

  /** Empty until there is one. It stays until its time is over, for whoever did not hear it. Throws `NOT_FOUND`. */
  readAnswer({ token }: ReadDeviceMail, { remoteAddress }: Asker): Mail {
    this.context.quotas.deviceMailLook(remoteAddress);
    const waiting = this.#at(token);
    if (waiting === undefined) throw nothingWaits();
    return { sealed: waiting.answer ?? NOTHING };
  }

  forgetExpired(): void {
    const nowMs = this.context.nowMs();
    for (const [key, { expiresAtMs }] of this.#waiting) {
      if (expiresAtMs > nowMs) return;
      this.#waiting.delete(key);
    }
  }

  get size(): number {
    return this.#waiting.size;
  }

  #at(token: Uint8Array): Waiting | undefined {
    this.forgetExpired();
    return this.#waiting.get(keyOf(token));
  }
}

const keyOf = (token: Uint8Array): string => Buffer.from(token).toString('base64url');

function nothingWaits(): Refusal {
  return new Refusal('NOT_FOUND', 'nothing waits there');
}
