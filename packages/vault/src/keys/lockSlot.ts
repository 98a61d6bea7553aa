import { gcm } from '@noble/ciphers/aes.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { VaultError } from '../errors.ts';
import { ascii, concat } from '../labelledBytes.ts';
import { type Random, ROOT_KEY_BYTES } from '../recordCipher.ts';
import { type Argon2Cost, isBearableCost } from './argon2.ts';
import { KEY_SLOTS } from './keySlots.ts';

/*
 * A lock in its slot of 1024 bytes, numbers big-endian:
 *
 *      0  version: 1
 *      1  kind: 0 open, 1 passphrase, 2 recovery code, 3 passkey
 *      2  flags: bit 0, all locks of this root key had been written
 *      3  zero
 *      4  ring (4): the number of this root key, from 1
 *      8  root check (16): HKDF-SHA256 of the root key; all locks of one root key have the same
 *     24  id (16)
 *     40  replaces (16): the id of the lock whose place this one takes, or zeros
 *     56  time of making (8), ms
 *     64  salt (16)
 *     80  passphrase: memory in KiB (4), passes (4), lanes (4)
 *         passkey: PRF salt (32), length of the credential id (2), credential id
 *         zeros up to
 *    932  nonce (12) and AES-256-GCM of the root key under the key that the lock leads to (48), everything before the
 *         nonce being associated data; an open lock has the root key itself here, and zeros
 *    992  SHA-256 of a label and everything before: a slot that a crash tore, or that holds random, is no lock
 */
const VERSION = 1;
const KINDS = ['open', 'passphrase', 'recovery-code', 'passkey'] as const;
const FLAGS_AT = 2;
const FLAG_COMPLETE = 1;
const RING_AT = 4;
const ROOT_CHECK_AT = 8;
const ID_AT = 24;
const REPLACES_AT = 40;
const CREATED_AT = 56;
const SALT_AT = 64;
const COST_AT = 80;
const PRF_SALT_AT = 80;
const CREDENTIAL_LENGTH_AT = 112;
const CREDENTIAL_AT = 114;
const WRAPPED_AT = 932;
const CHECKSUM_AT = 992;
const NONCE_BYTES = 12;
const NO_ID = '0'.repeat(32);

export const LOCK_ID_BYTES = 16;
export const LOCK_SALT_BYTES = 16;
/** What Sotto gives the PRF of WebAuthn, and what it gets. */
export const PRF_BYTES = 32;
/** Authenticators in use have ids of 16 to 250 bytes; WebAuthn allows 1023. */
export const CREDENTIAL_ID_MAX_BYTES = WRAPPED_AT - CREDENTIAL_AT;

/** 32 hexadecimal digits. */
export type LockId = string & { readonly __lockId: true };

/** What is in clear about a lock, by its kind. */
export type LockDetails =
  /** No lock at all: the root key lies beside it. */
  | { readonly kind: 'open' }
  | { readonly kind: 'passphrase'; readonly cost: Argon2Cost }
  | { readonly kind: 'recovery-code' }
  | { readonly kind: 'passkey'; readonly credentialId: Uint8Array; readonly prfSalt: Uint8Array };

/** All of a lock but the root key in it. */
export interface LockHead {
  readonly id: LockId;
  readonly details: LockDetails;
  /** A whole number, not negative. */
  readonly createdAtMs: number;
  /** The number of the root key that it opens: how many this ring has had so far. */
  readonly ring: number;
  /** Whether this lock was written as the last of its root key, so that the root keys before it are out of use. */
  readonly isComplete: boolean;
  /** 32 hexadecimal digits that say which root key it opens, and nothing else about that key. */
  readonly rootCheck: string;
  readonly replaces: LockId | undefined;
  readonly salt: Uint8Array;
}

/** A lock as it was read: its head, and the slot's bytes for `openLock`. */
export interface LockSlot extends LockHead {
  readonly bytes: Uint8Array;
}

/** The slot of a lock. `key` is the 32 bytes that the lock's secret leads to; `undefined` for an open one. */
export function sealLock(
  head: LockHead,
  rootKey: Uint8Array,
  key: Uint8Array | undefined,
  random: Random,
): Uint8Array {
  const bytes = new Uint8Array(KEY_SLOTS.sizeBytes);
  writeHead(bytes, head);
  if (key === undefined) {
    bytes.set(rootKey, WRAPPED_AT);
  } else {
    const nonce = random(NONCE_BYTES);
    bytes.set(nonce, WRAPPED_AT);
    bytes.set(gcm(key, nonce, associatedData(bytes)).encrypt(rootKey), WRAPPED_AT + NONCE_BYTES);
  }
  bytes.set(checksumOf(bytes), CHECKSUM_AT);
  return bytes;
}

/**
 * The lock in a slot; `undefined` where none was ever completely written.
 *
 * Throws `UNSUPPORTED_FORMAT` for what was written on purpose and is not understood: another version, kind or flag, or
 * an argon2id cost that this build would not bear. Such a slot is not to be overwritten.
 */
export function readLock(slot: Uint8Array): LockSlot | undefined {
  if (slot.length !== KEY_SLOTS.sizeBytes) return undefined;
  if (!equal(checksumOf(slot), slot.subarray(CHECKSUM_AT))) return undefined;
  const bytes = slot.slice();
  const view = viewOf(bytes);
  const flags = bytes[FLAGS_AT]!;
  if (bytes[0] !== VERSION || (flags & ~FLAG_COMPLETE) !== 0 || bytes[FLAGS_AT + 1] !== 0)
    throw unsupported();
  const replaces = toHex(bytes.subarray(REPLACES_AT, REPLACES_AT + LOCK_ID_BYTES));
  return {
    id: lockIdOf(bytes.subarray(ID_AT, ID_AT + LOCK_ID_BYTES)),
    details: readDetails(bytes),
    createdAtMs: Number(view.getBigUint64(CREATED_AT)),
    ring: view.getUint32(RING_AT),
    isComplete: flags === FLAG_COMPLETE,
    rootCheck: toHex(bytes.subarray(ROOT_CHECK_AT, ID_AT)),
    replaces: replaces === NO_ID ? undefined : (replaces as LockId),
    salt: bytes.slice(SALT_AT, SALT_AT + LOCK_SALT_BYTES),
    bytes,
  };
}

/** The root key, or `undefined` where `key` (none for an open lock) is not the lock's. */
export function openLock(lock: LockSlot, key: Uint8Array | undefined): Uint8Array | undefined {
  const wrapped = lock.bytes.subarray(WRAPPED_AT, CHECKSUM_AT);
  const rootKey = key === undefined ? wrapped.slice(0, ROOT_KEY_BYTES) : unwrap(key, wrapped, lock.bytes);
  // GCM does not bind to one key alone; the check does.
  return rootKey !== undefined && rootCheckOf(rootKey) === lock.rootCheck ? rootKey : undefined;
}

/** Says which root key a lock opens; see `LockHead.rootCheck`. */
export function rootCheckOf(rootKey: Uint8Array): string {
  return toHex(hkdf(sha256, rootKey, undefined, ascii('sotto/lock-root-check-v1'), ID_AT - ROOT_CHECK_AT));
}

/** An id from 16 bytes. */
export function lockIdOf(bytes: Uint8Array): LockId {
  return toHex(bytes) as LockId;
}

function unwrap(key: Uint8Array, wrapped: Uint8Array, slot: Uint8Array): Uint8Array | undefined {
  try {
    return gcm(key, wrapped.subarray(0, NONCE_BYTES), associatedData(slot)).decrypt(
      wrapped.subarray(NONCE_BYTES),
    );
  } catch {
    return undefined;
  }
}

function writeHead(bytes: Uint8Array, head: LockHead): void {
  const view = viewOf(bytes);
  bytes[0] = VERSION;
  bytes[1] = KINDS.indexOf(head.details.kind);
  bytes[FLAGS_AT] = head.isComplete ? FLAG_COMPLETE : 0;
  view.setUint32(RING_AT, head.ring);
  bytes.set(fromHex(head.rootCheck), ROOT_CHECK_AT);
  bytes.set(fromHex(head.id), ID_AT);
  bytes.set(fromHex(head.replaces ?? NO_ID), REPLACES_AT);
  view.setBigUint64(CREATED_AT, BigInt(head.createdAtMs));
  bytes.set(head.salt, SALT_AT);
  writeDetails(bytes, head.details);
}

function writeDetails(bytes: Uint8Array, details: LockDetails): void {
  const view = viewOf(bytes);
  if (details.kind === 'passphrase') {
    view.setUint32(COST_AT, details.cost.memoryKiB);
    view.setUint32(COST_AT + 4, details.cost.passes);
    view.setUint32(COST_AT + 8, details.cost.lanes);
  } else if (details.kind === 'passkey') {
    bytes.set(details.prfSalt, PRF_SALT_AT);
    view.setUint16(CREDENTIAL_LENGTH_AT, details.credentialId.length);
    bytes.set(details.credentialId, CREDENTIAL_AT);
  }
}

function readDetails(bytes: Uint8Array): LockDetails {
  const view = viewOf(bytes);
  const kind = KINDS[bytes[1]!];
  switch (kind) {
    case 'open':
    case 'recovery-code':
      return { kind };
    case 'passphrase': {
      const cost = {
        memoryKiB: view.getUint32(COST_AT),
        passes: view.getUint32(COST_AT + 4),
        lanes: view.getUint32(COST_AT + 8),
      };
      if (!isBearableCost(cost)) throw unsupported();
      return { kind, cost };
    }
    case 'passkey': {
      const length = view.getUint16(CREDENTIAL_LENGTH_AT);
      if (length === 0 || length > CREDENTIAL_ID_MAX_BYTES) throw unsupported();
      return {
        kind,
        credentialId: bytes.slice(CREDENTIAL_AT, CREDENTIAL_AT + length),
        prfSalt: bytes.slice(PRF_SALT_AT, PRF_SALT_AT + PRF_BYTES),
      };
    }
    default:
      throw unsupported();
  }
}

function associatedData(slot: Uint8Array): Uint8Array {
  return concat(ascii('sotto/lock-v1\0'), slot.subarray(0, WRAPPED_AT));
}

function checksumOf(slot: Uint8Array): Uint8Array {
  return sha256(concat(ascii('sotto/lock-slot-v1\0'), slot.subarray(0, CHECKSUM_AT)));
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('');
}

function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g)!, pair => Number.parseInt(pair, 16));
}

function unsupported(): VaultError {
  return new VaultError('UNSUPPORTED_FORMAT', 'a lock made by a newer version');
}
