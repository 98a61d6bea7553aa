import type { Failure, WireErrorCode } from '@sotto/protocol';

/** A `Failure` frame: the relay understood and did not do it; nothing was changed there. */
export class RelayFailure extends Error {
  override readonly name = 'RelayFailure';
  readonly code: WireErrorCode;
  /** `EPOCH_CONFLICT`: the epoch the stream is at, and the seq of its newest commit. */
  readonly epoch: number;
  readonly seq: number;
  /** `RATE_LIMITED`: wait this long; else 0. */
  readonly retryAfterMs: number;

  constructor(failure: Failure) {
    super(`${failure.code}: ${failure.message}`);
    this.code = failure.code;
    this.epoch = failure.epoch;
    this.seq = failure.seq;
    this.retryAfterMs = failure.retryAfterMs;
  }
}

/** The connection went (or was not there) before an answer came: it may have been done or not. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
}
