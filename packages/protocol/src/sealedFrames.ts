import { ProtocolError } from './errors.ts';
import { AccountId, BlobId, SourceId } from './ids.ts';
import { LIMITS } from './limits.ts';
import {
  bytes,
  exactBytes,
  id,
  list,
  nested,
  optionalId,
  optionalNested,
  someBytes,
  uint32,
  uint64,
} from './wire/field.ts';
import { type BodyAlternatives, decode, encode, message, versionedMessage } from './wire/message.ts';

/** What a device asks about sealed messages. Meanings: frames.proto. */
export type SealedRequest =
  /** By a listed device: keys with a higher counter, else `SEALED_KEYS_OLD`. The same again changes nothing. */
  | ({ readonly type: 'putSealedKeys' } & PutSealedKeys)
  /** Answered with `sealedKeys`: of those accounts that have published any, in the order asked for. */
  | { readonly type: 'getSealedKeys'; readonly accountIds: readonly AccountId[] }
  /** By a listed device: a source, or another token, name or limit for it. */
  | ({ readonly type: 'putSealedSource' } & PutSealedSource)
  /** By a listed device. Answered with `sealedSources`. */
  | { readonly type: 'listSealedSources' }
  /** By a listed device: its token is good for nothing any more. Again changes nothing. */
  | { readonly type: 'revokeSealedSource'; readonly sourceId: SourceId };

export interface PutSealedKeys {
  /** An encoded `SignedSealedKeys`. */
  readonly signedSealedKeys: Uint8Array;
  /** The private keys, wrapped under a key that only the account's devices have: given to nobody else. */
  readonly wrappedKeys: Uint8Array;
}

export interface PutSealedSource {
  readonly sourceId: SourceId;
  /**
   * SHA-256 of the token, 32 bytes: the relay never has the token itself before somebody posts with it. Empty: the source
   * keeps the one it has.
   */
  readonly tokenHash: Uint8Array;
  /** What the source is called, for the account's own devices. */
  readonly sealedAbout: Uint8Array;
  /** Messages an hour: 1 to `LIMITS.sealedPerHour`. */
  readonly perHour: number;
}

/** What a relay tells about sealed messages. */
export type SealedAnswer =
  | { readonly type: 'sealedKeys'; readonly found: readonly FoundSealedKeys[] }
  | { readonly type: 'sealedSources'; readonly sources: readonly SealedSource[] }
  /** Pushed to the account's other devices: keys or sources are others. */
  | { readonly type: 'sealedChanged' };

/** The relay's word: that the key is behind the AccountId asked for, and the keys signed by it, is for the client to check. */
export interface FoundSealedKeys {
  /** Ed25519, 32 bytes. */
  readonly accountKey: Uint8Array;
  /** An encoded `SignedSealedKeys`. */
  readonly signedSealedKeys: Uint8Array;
  /** Of one's own account only; empty otherwise. */
  readonly wrappedKeys: Uint8Array;
}

export interface SealedSource {
  readonly sourceId: SourceId;
  readonly sealedAbout: Uint8Array;
  readonly perHour: number;
  readonly createdAtMs: number;
}

/** The payload of an entry of kind `sealed`: the message itself, or where it lies. */
export type SealedDelivery = {
  /** By whose token it came, by the relay's word; absent: by nobody's. */
  readonly sourceId?: SourceId | undefined;
} & (
  | {
      /** A compact JWE, as it was posted. */
      readonly message: Uint8Array;
      readonly stored?: undefined;
    }
  | { readonly message?: undefined; readonly stored: StoredSealedMessage }
);

/** A compact JWE that is too large for an entry: a blob of the inbox, in chunks of `LIMITS.blobChunkBytes`. */
export interface StoredSealedMessage {
  readonly blobId: BlobId;
  readonly sizeBytes: number;
  /** SHA-256; 32 bytes. */
  readonly hash: Uint8Array;
}

const signedSealedKeys = (number: number) => someBytes(number, LIMITS.signedSealedKeysBytes);

const found = message<FoundSealedKeys>({
  accountKey: exactBytes(1, 32),
  signedSealedKeys: signedSealedKeys(2),
  wrappedKeys: bytes(3, LIMITS.wrappedSealedKeysBytes),
});

const source = message<SealedSource>({
  sourceId: id(1, SourceId),
  sealedAbout: someBytes(2, LIMITS.sealedAboutBytes),
  perHour: uint32(3),
  createdAtMs: uint64(4),
});

export const sealedRequests: BodyAlternatives<SealedRequest> = {
  putSealedKeys: [
    50,
    message<PutSealedKeys>({
      signedSealedKeys: signedSealedKeys(1),
      wrappedKeys: someBytes(2, LIMITS.wrappedSealedKeysBytes),
    }),
  ],
  getSealedKeys: [51, message({ accountIds: list(id(1, AccountId), LIMITS.accountsPerLookUp) })],
  putSealedSource: [
    52,
    message<PutSealedSource>({
      sourceId: id(1, SourceId),
      tokenHash: bytes(2, 32),
      sealedAbout: someBytes(3, LIMITS.sealedAboutBytes),
      perHour: uint32(4),
    }),
  ],
  listSealedSources: [53, message<object>({})],
  revokeSealedSource: [54, message({ sourceId: id(1, SourceId) })],
};

export const sealedAnswers: BodyAlternatives<SealedAnswer> = {
  sealedKeys: [50, message({ found: list(nested(1, found), LIMITS.accountsPerLookUp) })],
  sealedSources: [51, message({ sources: list(nested(1, source), LIMITS.sealedSourcesPerAccount) })],
  sealedChanged: [52, message<object>({})],
};

const stored = message<StoredSealedMessage>({
  blobId: id(1, BlobId),
  sizeBytes: uint32(2),
  hash: exactBytes(3, 32),
});

interface DeliveryFields {
  readonly sourceId: SourceId | undefined;
  /** Empty where it lies elsewhere. */
  readonly message: Uint8Array;
  readonly stored: StoredSealedMessage | undefined;
}

export const sealedDeliveryCodec = versionedMessage<DeliveryFields>({
  sourceId: optionalId(2, SourceId),
  message: bytes(3, LIMITS.sealedMessageBytes),
  stored: optionalNested(4, stored),
});

/** Throws `ProtocolError` for what `decodeSealedDelivery` would refuse. */
export function encodeSealedDelivery(delivery: SealedDelivery): Uint8Array {
  const { sourceId, message: inEntry = new Uint8Array(0), stored: elsewhere } = delivery;
  const fields = { sourceId, message: inEntry, stored: elsewhere };
  deliveryOf(fields);
  return encode(sealedDeliveryCodec, fields, LIMITS.payloadBytes);
}

/** Throws `ProtocolError`, also for a stored message of a size that none has. */
export function decodeSealedDelivery(payload: Uint8Array): SealedDelivery {
  return deliveryOf(decode(sealedDeliveryCodec, payload, LIMITS.payloadBytes));
}

function deliveryOf({ sourceId, message: inEntry, stored: elsewhere }: DeliveryFields): SealedDelivery {
  if (inEntry.length > 0 === (elsewhere !== undefined))
    throw new ProtocolError('MALFORMED', 'a message, or where it lies');
  if (elsewhere === undefined) return { sourceId, message: inEntry };
  const { sizeBytes } = elsewhere;
  if (sizeBytes <= LIMITS.sealedMessageBytes || sizeBytes > LIMITS.sealedPostBytes)
    throw new ProtocolError('MALFORMED', 'a stored message of an impossible size');
  return { sourceId, stored: elsewhere };
}
