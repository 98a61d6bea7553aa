import type { BadSealedReason } from '@sotto/core';
import type { AccountId, SourceId } from '@sotto/protocol';

/**
 * What a person does about sealed messages: RSA keys, and sources that post with a token. Each rejects with
 * `ClientError` and then has changed nothing. Such messages have no forward secrecy, and whoever loses the account's
 * keys loses them: screens say so.
 */
export interface SealedIntents {
  /** Makes RSA keys and publishes them. Throws `HAS_SEALED_KEYS`, `NO_ACCOUNT`, `OFFLINE`. */
  makeSealedKeys(options: SealedKeyOptions): Promise<void>;
  /** Other keys take the place of the current ones; what was encrypted to the old ones can still be read. Throws `NO_SEALED_KEYS`. */
  rotateSealedKeys(options?: Pick<SealedKeyOptions, 'bits'>): Promise<void>;
  /** Whether people without an account may leave messages. Throws `NO_SEALED_KEYS`. */
  allowStrangers(allowed: boolean): Promise<void>;
  /** The public keys as PEM, and both as a JWK set in JSON (RFC 7517 §5). Throws `NO_SEALED_KEYS`. */
  sealedKeysPem(): Promise<{
    readonly encryption: string;
    readonly signature: string;
    readonly jwks: string;
  }>;
  /** A program may post. Its token is shown now and never again. Throws `BAD_NAME`, `NO_SEALED_KEYS`, `TOO_MANY_SOURCES`. */
  makeSource(options: { readonly name: string; readonly perHour?: number }): Promise<NewSource>;
  /** Throws `UNKNOWN_SOURCE`, `BAD_NAME`. */
  changeSource(sourceId: SourceId, change: SourceChange): Promise<void>;
  /** Another token for it: the one before is worth nothing any more. Throws `UNKNOWN_SOURCE`. */
  renewSourceToken(sourceId: SourceId): Promise<NewSource>;
  /** It posts no more; what it said stays. */
  revokeSource(sourceId: SourceId): Promise<void>;
}

export interface SealedKeyOptions {
  /** 3072 where it is left out. */
  readonly bits?: 3072 | 4096;
  /** Whether people without an account may leave messages. */
  readonly strangers: boolean;
}

export interface NewSource {
  readonly sourceId: SourceId;
  /** To be kept by the program that posts. */
  readonly token: string;
  /** Behind the relay's origin: where it posts to, and where it gets the keys to encrypt with. */
  readonly path: string;
  /** In base64url: what it checks those keys with. */
  readonly accountKey: string;
}

export interface SourceChange {
  readonly name?: string;
  readonly muted?: boolean;
  readonly perHour?: number;
}

/** What this account has published for sealed messages, and who may post. */
export interface SealedView {
  /** Absent until keys are made. */
  readonly keys?: SealedKeysView;
  /** The oldest first. */
  readonly sources: readonly SourceView[];
}

export interface SealedKeysView {
  readonly strangers: boolean;
  /** Where anyone finds them, behind the relay's origin. */
  readonly path: string;
  /** Six groups of five digits that tell this account from every other: whoever leaves a message compares them. */
  readonly fingerprint: readonly string[];
  readonly encryption: SealedKeyView;
  readonly signature: SealedKeyView;
  /** Old ones to read with. */
  readonly old: number;
}

export interface SealedKeyView {
  /** The RFC 7638 thumbprint. */
  readonly kid: string;
  readonly bits: 3072 | 4096;
  readonly createdAtMs: number;
}

export interface SourceView {
  readonly sourceId: SourceId;
  /** Empty where this device cannot read it. */
  readonly name: string;
  readonly muted: boolean;
  readonly perHour: number;
  readonly createdAtMs: number;
}

/** Where sealed messages stand: no room at the relay, and nothing can be answered, but for a `conversation`. */
export type SealedRoomView =
  /** What people without an account left. */
  | { readonly kind: 'strangers' }
  /** What a program posts with its token. */
  | { readonly kind: 'source'; readonly sourceId: SourceId }
  /** What somebody with an account signed and left. */
  | { readonly kind: 'person'; readonly accountId: AccountId }
  /** A live conversation of two accounts, by RSA. */
  | { readonly kind: 'conversation'; readonly accountId: AccountId };

/** Why a sealed message is shown as a gap. */
export type SealedRefusal = BadSealedReason;
