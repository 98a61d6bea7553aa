import { gcm } from '@noble/ciphers/aes.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { VaultError } from './errors.ts';
import { ascii, concat } from './labelledBytes.ts';
import type { Shelf } from './shelves.ts';

/** Random bytes of a given length, from a source fit for keys. */
export type Random = (lengthBytes: number) => Uint8Array;

/** The key of a shelf: 32 random bytes. */
export interface ShelfKey {
  readonly shelf: Shelf;
  readonly bytes: Uint8Array;
}

/**
 * Turns records into what the store holds and back.
 *
 * `name` is what the store knows the record by. `serial` is the number of the batch that wrote it, read back by `open`.
 */
export interface RecordCipher {
  seal(key: ShelfKey, name: string, serial: number, plaintext: Uint8Array): Uint8Array;
  /** Throws `RECORD_DAMAGED`, or `UNSUPPORTED_FORMAT` for a version this build does not know. */
  open(key: ShelfKey, name: string, sealed: Uint8Array): OpenedRecord;
  /** Overwrites what it derived: from one key, or from all. */
  forget(key?: ShelfKey): void;
}

/** AES-256-GCM with a 12-byte nonce; the tag is at the end. */
export interface Aes256Gcm {
  seal(key: Uint8Array, nonce: Uint8Array, associated: Uint8Array, plaintext: Uint8Array): Uint8Array;
  /** `undefined` when the tag does not fit. */
  open(
    key: Uint8Array,
    nonce: Uint8Array,
    associated: Uint8Array,
    sealed: Uint8Array,
  ): Uint8Array | undefined;
}

/** In JavaScript, for wherever there is nothing faster that answers at once. */
const nobleAes256Gcm: Aes256Gcm = {
  seal: (key, nonce, associated, plaintext) => gcm(key, nonce, associated).encrypt(plaintext),
  open(key, nonce, associated, sealed) {
    try {
      return gcm(key, nonce, associated).decrypt(sealed);
    } catch {
      return undefined;
    }
  },
};

export interface OpenedRecord {
  readonly serial: number;
  readonly plaintext: Uint8Array;
}

const VERSION = 3;
const SESSION_BYTES = 16;
const SERIAL_BYTES = 8;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const NONCE_AT = 1 + SESSION_BYTES;
const HEADER_BYTES = NONCE_AT + NONCE_BYTES;

/**
 * What one data key may seal. NIST SP 800-38D allows 2^32 random nonces; at 2^20 the chance that two are equal
 * is under 2^-57, so that a data key is simply replaced long before the limit comes into sight.
 */
const RECORDS_PER_SESSION = 2 ** 20;
/** Derived keys kept at hand: one per shelf and opening of the store that wrote it; 100,000 messages in eight rooms have some 400. */
const CACHED_KEYS = 1_024;

export const ROOT_KEY_BYTES = 32;

/**
 * AES-256-GCM under keys derived from the shelf's, with the record's name as associated data:
 *
 * `0x03 || session (16) || nonce (12) || encrypted: serial (8, big-endian), plaintext || tag (16)`
 *
 * The data key is HKDF-SHA256 of the shelf key, with the session as salt. The session is drawn anew whenever a store
 * is opened, and after 2^20 records, so that random nonces never come near their limit, and a cloned profile does not
 * go on under the clone's key.
 *
 * Synchronous on purpose: 60 µs for a 600-byte record, where WebCrypto takes 100 µs for its round trip, and the
 * same order of events on every run of a simulation.
 *
 * @param aes the platform's own where it has one that answers at once (OpenSSL in Node); noble's where left out
 */
export function aesRecordCipher(random: Random, aes: Aes256Gcm = nobleAes256Gcm): RecordCipher {
  const keys = new Map<string, Uint8Array>();
  /** Not by the shelf's name: what was derived from an old key must never seal under a new one. */
  const numbers = new WeakMap<ShelfKey, number>();
  let nextNumber = 0;
  let session = random(SESSION_BYTES);
  let sealedInSession = 0;

  const numberOf = (key: ShelfKey): number => {
    const number = numbers.get(key) ?? nextNumber++;
    numbers.set(key, number);
    return number;
  };

  const dataKey = (shelfKey: ShelfKey, salt: Uint8Array): Uint8Array => {
    const cacheKey = `${numberOf(shelfKey)}#${salt.join()}`;
    const cached = keys.get(cacheKey);
    if (cached !== undefined) return cached;
    const key = hkdf(sha256, shelfKey.bytes, salt, ascii('sotto/vault-record-key-v3'), 32);
    if (keys.size >= CACHED_KEYS) {
      const oldest = keys.keys().next().value!;
      keys.get(oldest)!.fill(0);
      keys.delete(oldest);
    }
    keys.set(cacheKey, key);
    return key;
  };

  return {
    seal(key, name, serial, plaintext) {
      if (sealedInSession === RECORDS_PER_SESSION) {
        session = random(SESSION_BYTES);
        sealedInSession = 0;
      }
      sealedInSession++;
      const nonce = random(NONCE_BYTES);
      const inside = new Uint8Array(SERIAL_BYTES + plaintext.length);
      new DataView(inside.buffer).setBigUint64(0, BigInt(serial));
      inside.set(plaintext, SERIAL_BYTES);
      const sealed = new Uint8Array(HEADER_BYTES + inside.length + TAG_BYTES);
      sealed[0] = VERSION;
      sealed.set(session, 1);
      sealed.set(nonce, NONCE_AT);
      const aad = associatedData(sealed.subarray(0, NONCE_AT), name);
      sealed.set(aes.seal(dataKey(key, session), nonce, aad, inside), HEADER_BYTES);
      return sealed;
    },

    open(key, name, sealed) {
      if (sealed.length > 0 && sealed[0] !== VERSION) {
        throw new VaultError('UNSUPPORTED_FORMAT', 'a record of another version');
      }
      if (sealed.length < HEADER_BYTES + SERIAL_BYTES + TAG_BYTES) throw damaged(name);
      const secret = dataKey(key, sealed.slice(1, NONCE_AT));
      const aad = associatedData(sealed.subarray(0, NONCE_AT), name);
      const nonce = sealed.subarray(NONCE_AT, HEADER_BYTES);
      const inside = aes.open(secret, nonce, aad, sealed.subarray(HEADER_BYTES));
      if (inside === undefined) throw damaged(name);
      const serial = new DataView(inside.buffer, inside.byteOffset).getBigUint64(0);
      return { serial: Number(serial), plaintext: inside.subarray(SERIAL_BYTES) };
    },

    forget(shelfKey) {
      for (const [name, key] of keys) {
        if (shelfKey !== undefined && !name.startsWith(`${numberOf(shelfKey)}#`)) continue;
        key.fill(0);
        keys.delete(name);
      }
    },
  };
}

function associatedData(header: Uint8Array, name: string): Uint8Array {
  return concat(ascii('sotto/vault-record-v3\0'), header, ascii(name));
}

function damaged(name: string): VaultError {
  return new VaultError('RECORD_DAMAGED', `record ${name} does not open`);
}
