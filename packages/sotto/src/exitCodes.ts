import type { SottoErrorCode } from '@sotto/client/node';

/** What the command ends with; `sotto --help` lists them, and scripts may rely on them. */
export const EXIT = {
  done: 0,
  /** It could not be done, or `doctor` found something. */
  failed: 1,
  /** The call itself was wrong. */
  usage: 2,
  /** The server cannot be reached, or it did not happen in time. */
  unreachable: 3,
  /** Locked: the passphrase or password is missing or wrong. */
  locked: 4,
  /** Another process uses the folder. */
  inUse: 5,
  /** Not let in, not allowed, or nobody of that name. */
  refused: 6,
  /** The server's certificate is not trusted. */
  certificate: 7,
  /** Stopped by Ctrl-C. */
  interrupted: 130,
} as const;

const OF_CODE: Partial<Record<SottoErrorCode, number>> = {
  RELAY_NEEDED: EXIT.usage,
  BAD_LINK: EXIT.usage,
  BAD_NAME: EXIT.usage,
  OTHER_RELAY: EXIT.usage,
  OFFLINE: EXIT.unreachable,
  TIMED_OUT: EXIT.unreachable,
  RATE_LIMITED: EXIT.unreachable,
  LOCKED: EXIT.locked,
  PASSPHRASE_NEEDED: EXIT.locked,
  WRONG_SECRET: EXIT.locked,
  WEAK_PASSPHRASE: EXIT.locked,
  BAD_PASSWORD: EXIT.locked,
  SIGN_IN_FAILED: EXIT.locked,
  ARCHIVE_WRONG_PASSPHRASE: EXIT.locked,
  STORAGE_IN_USE: EXIT.inUse,
  NOT_LET_IN: EXIT.refused,
  NOT_ALLOWED: EXIT.refused,
  NOT_A_MEMBER: EXIT.refused,
  ROOM_ENDED: EXIT.refused,
  UNKNOWN_ROOM: EXIT.refused,
  PERSON_UNKNOWN: EXIT.refused,
  KEYS_CHANGED: EXIT.refused,
  NOT_VERIFIED: EXIT.refused,
  BLOCKED: EXIT.refused,
  CERTIFICATE_UNTRUSTED: EXIT.certificate,
  CERTIFICATE_CHANGED: EXIT.certificate,
};

/** The exit code for an error of the SDK. */
export function exitCodeOf(code: SottoErrorCode): number {
  return OF_CODE[code] ?? EXIT.failed;
}
