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
  /** Registration: choose another handle. Somebody has it, or one that looks like it, or had it until lately. */
  | 'HANDLE_TAKEN'
  /** Registration: choose another handle. Nobody gets this one: it would pose as the operator or as Sotto. */
  | 'HANDLE_RESERVED'
  /** Registration: this relay takes no new accounts. */
  | 'REGISTRATION_CLOSED'
  /** Registration: ask whoever runs the relay for a code. None was shown, or it is unknown, used or too old. */
  | 'INVITATION_NEEDED'
  /** The one answer to every sign-in and recovery that does not succeed: no such handle, wrong password, too late. */
  | 'SIGN_IN_FAILED'
  /** No such account here. */
  | 'ACCOUNT_UNKNOWN'
  /** The relay has a list with the same counter or a higher one: look it up, and make the next from it. */
  | 'DEVICE_LIST_OLD'
  /** The list has more devices, or names more revoked ones, than a list may: take one off first. */
  | 'TOO_MANY_DEVICES'
  /** This device was taken off its account's list and does not come back; make a new device and sign in. */
  | 'DEVICE_REVOKED'
  /** The relay has published keys with the same counter or a higher one: look them up, and make the next from them. */
  | 'SEALED_KEYS_OLD'
  /** The id is taken by something else. */
  | 'CONFLICT'
  /** Not the client's fault and nothing was stored: try again later. */
  | 'UNAVAILABLE';

/** WebSocket close codes of the relay (4000-4999 are ours by RFC 6455 §7.4.2). */
export const CLOSE = {
  MALFORMED: 4400,
  UNAUTHENTICATED: 4401,
  /** The device was taken off its account's list: it is not let in again. */
  DEVICE_REVOKED: 4403,
  /** No proof came in time; come back. */
  TIMED_OUT: 4408,
  /** The same device opened a newer connection. */
  REPLACED: 4409,
  /** The account was deleted from another of its devices. */
  ACCOUNT_DELETED: 4410,
  TOO_LARGE: 4413,
  RATE_LIMITED: 4429,
  /** The relay is shutting down; come back. */
  GOING_AWAY: 4503,
} as const;
