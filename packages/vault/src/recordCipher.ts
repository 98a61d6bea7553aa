import { gcm } from '@noble/ciphers/aes.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { VaultError } from './errors.ts';

/** Random bytes of a given length, from a source fit for keys. */
export type Random = (lengthBytes: number) => Uint8Array;

/**
 * Turns records into what the store holds and back.
 *
 * `serial` is the number of the batch that wrote the record; it is authenticated, and read back by `open`.
 */
export interface RecordCipher {
  seal(recordKey: string, serial: number, plaintext: Uint8Array): Uint8Array;
  /** Throws `RECORD_DAMAGED`, or `UNSUPPORTED_FORMAT` for a version this build does not know. */
  open(recordKey: string, sealed: Uint8Array): { readonly serial: number; readonly plaintext: Uint8Array };
  /** 16 bytes that say whether a store was made with this key, and nothing else about it. */
  readonly keyCheck: Uint8Array;
  /** Overwrites the keys that it holds. */
  wipe(): void;
}

const VERSION = 1;
const KEY_ID_BYTES = 16;
const SERIAL_BYTES = 8;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const SERIAL_AT = 1 + KEY_ID_BYTES;
const NONCE_AT = SERIAL_AT + SERIAL_BYTES;
const HEADER_BYTES = NONCE_AT + NONCE_BYTES;

/**
 * What one data key may seal. NIST SP 800-38D allows 2^32 random nonces; at 2^20 the chance that two are equal
 * is under 2^-57, so that a data key is simply replaced long before the limit comes into sight.
 */
const RECORDS_PER_DATA_KEY = 2 ** 20;
/** Derived keys kept at hand: one per purpose and opening of the store that wrote what is being read. */
const CACHED_KEYS = 128;

export const ROOT_KEY_BYTES = 32;

/**
 * AES-256-GCM under keys derived from a 32-byte root key, with the record's own key as associated data:
 *
 * `0x01 || data key id (16) || serial (8, big-endian) || nonce (12) || ciphertext || tag (16)`
 *
 * The data key is HKDF-SHA256 of the root key, with the data key id as salt and the purpose (the first segment
 * of the record key) in the info. The id is drawn anew whenever a store is opened, and after 2^20 records, so
 * that random nonces never come near their limit, and a cloned profile does not go on under the clone's key.
 *
 * Synchronous on purpose: 60 µs for a 600-byte record, where WebCrypto takes 100 µs for its round trip, and the
 * same order of events on every run of a simulation.
 */
export function aesRecordCipher(rootKey: Uint8Array, random: Random): RecordCipher {
  if (rootKey.length !== ROOT_KEY_BYTES) throw new VaultError('WRONG_KEY', 'a root key has 32 bytes');
  const root = rootKey.slice();
  const keys = new Map<string, Uint8Array>();
  let keyId = random(KEY_ID_BYTES);
  let sealedWithKey = 0;

  const dataKey = (id: Uint8Array, recordKey: string): Uint8Array => {
    const purpose = recordKey.split('/', 1)[0]!;
    const cacheKey = `${purpose}/${id.join()}`;
    const cached = keys.get(cacheKey);
    if (cached !== undefined) return cached;
    const key = hkdf(sha256, root, id, ascii(`sotto/vault/${purpose}-v1`), 32);
    if (keys.size >= CACHED_KEYS) {
      const oldest = keys.keys().next().value!;
      keys.get(oldest)!.fill(0);
      keys.delete(oldest);
    }
    keys.set(cacheKey, key);
    return key;
  };

  return {
    keyCheck: hkdf(sha256, root, undefined, ascii('sotto/vault-key-check-v1'), 16),

    seal(recordKey, serial, plaintext) {
      if (sealedWithKey === RECORDS_PER_DATA_KEY) {
        keyId = random(KEY_ID_BYTES);
        sealedWithKey = 0;
      }
      sealedWithKey++;
      const nonce = random(NONCE_BYTES);
      const sealed = new Uint8Array(HEADER_BYTES + plaintext.length + TAG_BYTES);
      sealed[0] = VERSION;
      sealed.set(keyId, 1);
      new DataView(sealed.buffer).setBigUint64(SERIAL_AT, BigInt(serial));
      sealed.set(nonce, NONCE_AT);
      const aad = associatedData(sealed.subarray(0, NONCE_AT), recordKey);
      sealed.set(gcm(dataKey(keyId, recordKey), nonce, aad).encrypt(plaintext), HEADER_BYTES);
      return sealed;
    },

    open(recordKey, sealed) {
      if (sealed.length > 0 && sealed[0] !== VERSION) {
        throw new VaultError('UNSUPPORTED_FORMAT', 'a record of another version');
      }
      if (sealed.length < HEADER_BYTES + TAG_BYTES) throw damaged(recordKey);
      const key = dataKey(sealed.slice(1, SERIAL_AT), recordKey);
      const aad = associatedData(sealed.subarray(0, NONCE_AT), recordKey);
      const view = new DataView(sealed.buffer, sealed.byteOffset);
      try {
        const plaintext = gcm(key, sealed.subarray(NONCE_AT, HEADER_BYTES), aad).decrypt(
          sealed.subarray(HEADER_BYTES),
        );
        return { serial: Number(view.getBigUint64(SERIAL_AT)), plaintext };
      } catch (cause) {
        throw damaged(recordKey, cause);
      }
    },

    wipe() {
      root.fill(0);
      for (const key of keys.values()) key.fill(0);
      keys.clear();
    },
  };
}

function associatedData(header: Uint8Array, recordKey: string): Uint8Array {
  const label = ascii('sotto/vault-record-v1\0');
  const name = ascii(recordKey);
  const aad = new Uint8Array(label.length + header.length + name.length);
  aad.set(label);
  aad.set(header, label.length);
  aad.set(name, label.length + header.length);
  return aad;
}

function damaged(recordKey: string, cause?: unknown): VaultError {
  return new VaultError('RECORD_DAMAGED', `record ${recordKey} does not open`, { cause });
}

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
