/** Everything the engine refuses, one code each; nothing has been changed when it is thrown. */
export type MlsErrorCode =
  /** Bytes that are not what they should be: truncated, trailing, over a cap, unknown where it matters. */
  | 'MALFORMED'
  | 'TOO_LARGE'
  | 'UNSUPPORTED_VERSION'
  | 'UNSUPPORTED_SUITE'
  /** A credential type, extension or proposal that this group or this engine does not do. */
  | 'UNSUPPORTED_FEATURE'
  /** A primitive refused its input: wrong length, low-order point, non-canonical key. */
  | 'CRYPTO_INPUT'
  /** The message belongs to another group. */
  | 'WRONG_GROUP'
  /** The message belongs to an epoch whose keys are not held; facts: `messageEpoch`, `groupEpoch`. */
  | 'WRONG_EPOCH'
  /** The sender of the message is this member itself: what one sent is kept, never opened. */
  | 'OWN_MESSAGE'
  /** The generation was used before: the same message twice, or one whose key has been given up. */
  | 'REPLAYED'
  /** The generation lies further ahead than the cap; facts: `generation`, `nextGeneration`. */
  | 'TOO_FAR_AHEAD'
  | 'DECRYPT_FAILED'
  | 'BAD_SIGNATURE'
  /** The membership tag of a PublicMessage does not fit. */
  | 'BAD_MAC'
  /** The sender is no member of the group (or of a kind that is refused). */
  | 'UNKNOWN_SENDER'
  /** A leaf, key package or path that breaks RFC 9420 §7.3, §10.1 or §7.5; facts: `reason`. */
  | 'INVALID_LEAF'
  | 'INVALID_KEY_PACKAGE'
  /** A ratchet tree that breaks §7.9.2 or §12.4.3.1; facts: `reason`. */
  | 'INVALID_TREE'
  /** A proposal that breaks §12.1, or a list of them that breaks §12.2; facts: `reason`. */
  | 'INVALID_PROPOSAL'
  /** A Commit that breaks §12.4; facts: `reason`. */
  | 'INVALID_COMMIT'
  /** A Welcome or GroupInfo that breaks §12.4.3.1; facts: `reason`. */
  | 'INVALID_WELCOME'
  /** The Welcome has no secrets for this key package. */
  | 'WELCOME_NOT_FOR_US'
  /** The Authentication Service refused a credential (§5.3.1). */
  | 'NOT_AUTHENTICATED'
  /** The caller's `authorize` refused the Commit. */
  | 'NOT_AUTHORIZED'
  /** A pre-shared key that is not known here. */
  | 'PSK_UNKNOWN'
  /** This member was removed: its group state ends here. */
  | 'REMOVED'
  /** The group was re-initialised: nothing is sent or committed in it any more (§11.2). */
  | 'REINITIALIZED'
  /** What the caller asked for cannot be done; facts: `reason`. */
  | 'USAGE'
  /** Stored records that do not make up a group. */
  | 'BAD_STATE';

/** Thrown by every function of this package. */
export class MlsError extends Error {
  override readonly name = 'MlsError';
  constructor(
    readonly code: MlsErrorCode,
    message: string,
    /** What a caller may need to react: numbers and names, never secrets. */
    readonly facts: Readonly<Record<string, string | number>> = {},
  ) {
    super(message);
  }
}
