/** What can be wrong with foreign bytes or text before they mean anything. */
export type ProtocolErrorCode =
  /** Text or bytes that are not an id of the expected kind. */
  | 'BAD_ID'
  /** Bytes that do not decode: truncated, trailing, wrong types, unknown enum, missing field. */
  | 'MALFORMED'
  /** Over a limit of `LIMITS`. */
  | 'TOO_LARGE'
  /** A version or kind that this build does not know; shown, never guessed. */
  | 'UNSUPPORTED';

/** Thrown by every decoder of this package; nothing has been changed when it is. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  constructor(
    readonly code: ProtocolErrorCode,
    message: string,
  ) {
    super(message);
  }
}

/** What a relay answers when it does not do what was asked: the `code` of a `Failure` frame. */
export type WireErrorCode =
  | 'MALFORMED'
  | 'TOO_LARGE'
  | 'UNSUPPORTED_VERSION'
  /** Not authenticated yet, or the proof does not fit; the connection is closed. */
  | 'UNAUTHENTICATED'
  /** No such thing, or not yours: the relay does not say which. */
  | 'NOT_FOUND'
  | 'FORBIDDEN'
  /** The stream is at another epoch: `epoch` and the newest commit's `seq` come with it. */
  | 'EPOCH_CONFLICT'
  | 'STREAM_PAUSED'
  | 'STREAM_ENDED'
  /** As much waits in the stream as its relay keeps: it has room again when those who are behind have read on. */
  | 'STREAM_FULL'
  | 'INVITE_EXPIRED'
  | 'INVITE_USED_UP'
  | 'INVITE_REVOKED'
  | 'INVITE_ENDED'
  | 'KNOCK_BLOCKED'
  | 'RATE_LIMITED'
  /** The id is taken by something else. */
  | 'CONFLICT'
  /** Not the client's fault and nothing was stored: try again later. */
  | 'UNAVAILABLE';

/** WebSocket close codes of the relay (4000-4999 are ours by RFC 6455 §7.4.2). */
export const CLOSE = {
  MALFORMED: 4400,
  UNAUTHENTICATED: 4401,
  /** No proof came in time; come back. */
  TIMED_OUT: 4408,
  /** The same device opened a newer connection. */
  REPLACED: 4409,
  TOO_LARGE: 4413,
  RATE_LIMITED: 4429,
  /** The relay is shutting down; come back. */
  GOING_AWAY: 4503,
} as const;
