import { AccountId, DeviceId } from './ids.ts';
import { LIMITS } from './limits.ts';
import {
  bool,
  boundedUint64,
  type Enumeration,
  enumeration,
  exactBytes,
  id,
  someBytes,
  text,
  uint64,
} from './wire/field.ts';
import { decode, encode, message, versionedMessage } from './wire/message.ts';

/** How sure one is that an account is the person one means. */
export type Certainty = 'unverified' | 'verified' | 'verified-by-link';

export const CERTAINTIES: Enumeration<Certainty> = [undefined, 'unverified', 'verified', 'verified-by-link'];

/** What one's own devices know of one contact, and take from one another. Meanings: content.proto. */
export interface TrustRecord {
  readonly accountId: AccountId;
  /** Ed25519, 32 bytes; `accountId` is its hash. */
  readonly accountKey: Uint8Array;
  readonly certainty: Certainty;
  /** When it was verified, by the clock of the device that did. */
  readonly verifiedAtMs?: number | undefined;
  /** The name one has given, or last seen of them. */
  readonly name: string;
  /** Empty when they have none. */
  readonly handle: string;
  readonly blocked: boolean;
  readonly muted: boolean;
  readonly updatedAtMs: number;
  /** One more than that of the record it replaces. */
  readonly counter: number;
  /** The device that wrote it. */
  readonly deviceId: DeviceId;
}

/** A record as it travels between one's own devices. Nothing is verified by decoding. */
export interface SignedTrustRecord {
  /** An encoded `TrustRecord`: exactly the bytes that were signed. */
  readonly record: Uint8Array;
  /** Ed25519 by the account key that one's devices share; 64 bytes. */
  readonly signature: Uint8Array;
}

const RECORD_BYTES = 1_024;

export const signedTrustRecordCodec = message<SignedTrustRecord>({
  record: someBytes(1, RECORD_BYTES),
  signature: exactBytes(2, 64),
});

export const trustRecordCodec = versionedMessage<TrustRecord>({
  accountId: id(2, AccountId),
  accountKey: exactBytes(3, 32),
  certainty: enumeration(4, CERTAINTIES),
  verifiedAtMs: boundedUint64(5, 1, Number.MAX_SAFE_INTEGER),
  name: text(6, LIMITS.nameBytes),
  handle: text(7, LIMITS.handleMaxChars),
  blocked: bool(8),
  muted: bool(9),
  updatedAtMs: uint64(10),
  counter: uint64(11),
  deviceId: id(12, DeviceId),
});

export function encodeTrustRecord(record: TrustRecord): Uint8Array {
  return encode(trustRecordCodec, record, RECORD_BYTES);
}

/** Parses what was signed; throws `ProtocolError`. */
export function decodeTrustRecord(bytes: Uint8Array): TrustRecord {
  return decode(trustRecordCodec, bytes, RECORD_BYTES);
}
