import type { SourceId, StoredSealedMessage } from '@sotto/protocol';
import type { SourceView } from '../sealedIntents.ts';

/** Published keys as they were signed, and the wrapped private ones: no key in it can be used without the account's. */
export interface OwnSealedRecord {
  readonly signed: Uint8Array;
  readonly wrapped: Uint8Array;
}

/** The newest keys that another account has published, as far as this device has seen. */
export interface KnownSealedRecord {
  readonly signed: Uint8Array;
}

export interface SourcesRecord {
  readonly sources: readonly SourceView[];
}

/** A large message that this device has taken note of: its inbox at the relay has no word of it any more. */
export interface WaitingRecord {
  readonly seq: number;
  readonly receivedAtMs: number;
  readonly sourceId: SourceId | undefined;
  readonly stored: StoredSealedMessage;
}
