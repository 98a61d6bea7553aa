import { ClientError, type ClientErrorCode } from '../intents.ts';
import type { JoinFailure } from '../projection.ts';

/** Why something was not done. Those of the engine, and those of connecting. */
export type SottoErrorCode =
  | ClientErrorCode
  /** The relay's certificate is not one that this computer trusts: `facts.fingerprint` is to be compared and given. */
  | 'CERTIFICATE_UNTRUSTED'
  /** It is another than the one that was given, with another key: a relay set up anew, or somebody in between. */
  | 'CERTIFICATE_CHANGED'
  /** No relay is known: neither an address nor a link was given, and the folder is new. */
  | 'RELAY_NEEDED'
  /** The link is of another relay than the device in this folder belongs to. */
  | 'OTHER_RELAY'
  /** What the folder keeps is locked, and no passphrase was given. */
  | 'PASSPHRASE_NEEDED'
  /** Whoever was asked at the door did not open it: `facts.reason` says why. */
  | 'NOT_LET_IN'
  /** The relay does not have the file any more. */
  | 'FILE_GONE'
  /** What the relay gave is not the file that was sent. */
  | 'FILE_DAMAGED'
  | 'SAVE_FAILED'
  /** A message will not arrive. */
  | 'MESSAGE_FAILED'
  /** It did not happen within the time that was given. */
  | 'TIMED_OUT';

/** What is known about a failure, beside its code. */
export interface SottoErrorFacts {
  /** Whether the same may go well later. */
  readonly retryable?: boolean;
  readonly retryAfterMs?: number;
  readonly limitBytes?: number;
  /** SHA-256 of the certificate that the relay showed: hex with colons. */
  readonly fingerprint?: string;
  /** Of `NOT_LET_IN`. */
  readonly reason?: JoinFailure;
}

/** What every call of the SDK rejects with. It has then changed nothing. */
export class SottoError extends Error {
  override readonly name = 'SottoError';
  constructor(
    readonly code: SottoErrorCode,
    message: string,
    readonly facts: SottoErrorFacts = {},
  ) {
    super(message);
  }
}

/** The engine's errors as the SDK's. */
export async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ClientError) throw new SottoError(error.code, error.message, error.facts);
    throw error;
  }
}
