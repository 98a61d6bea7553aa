import type { WireErrorCode } from '@sotto/protocol';

/** What an `EPOCH_CONFLICT` or `RATE_LIMITED` says beside its code. */
export interface RefusalFacts {
  readonly epoch?: number;
  readonly seq?: number;
  readonly retryAfterMs?: number;
}

/** The relay understood and does not do it: nothing was changed. Becomes a `Failure` frame. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  constructor(
    readonly code: WireErrorCode,
    message: string,
    readonly facts: RefusalFacts = {},
  ) {
    super(message);
  }
}

/** The one answer for what is not there and for what is somebody else's, so that nobody can tell which. */
export function notFound(): Refusal {
  return new Refusal('NOT_FOUND', 'no such thing');
}
