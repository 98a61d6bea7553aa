import { gcm } from '@noble/ciphers/aes.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import type { EpochKey } from './epochKeys.ts';
import { VaultError } from './errors.ts';
import { ascii, concat } from './labelledBytes.ts';
import type { Random } from './recordCipher.ts';

/** The record that every batch writes: which epoch the store is in, and the number of its last batch. */
export const HEAD_KEY = '!head';

/** Names of records are keyed. */
const FORMAT = 3;
/** Names of records stood in clear: such a store is changed when it is opened. */
export const FORMAT_IN_CLEAR = 2;
const NONCE_AT = 1 + 8 + 8;
const SEALED_AT = NONCE_AT + 12;
const HEAD_BYTES = SEALED_AT + 16;

/** `0x03 || epoch (8, big-endian) || serial (8) || nonce (12) || tag (16)`: numbers in clear, authenticated. */
export function headOf(serial: number, epoch: EpochKey, random: Random): Uint8Array {
  const clear = new Uint8Array(NONCE_AT);
  clear[0] = FORMAT;
  const view = new DataView(clear.buffer);
  view.setBigUint64(1, BigInt(epoch.epoch));
  view.setBigUint64(9, BigInt(serial));
  const nonce = random(12);
  const cipher = gcm(headKey(epoch, FORMAT), nonce, associatedData(clear));
  return concat(clear, nonce, cipher.encrypt(new Uint8Array(0)));
}

/** The epoch that a head speaks of; not authenticated yet. Throws `UNSUPPORTED_FORMAT`, `RECORD_DAMAGED`. */
export function headEpoch(head: Uint8Array): number {
  if (head.length > 0 && head[0] !== FORMAT && head[0] !== FORMAT_IN_CLEAR) {
    throw new VaultError('UNSUPPORTED_FORMAT', `a store of format ${head[0]}`);
  }
  if (head.length !== HEAD_BYTES) throw new VaultError('RECORD_DAMAGED', 'the head is cut short');
  return Number(viewOf(head).getBigUint64(1));
}

/** The number of the last batch. Throws `RECORD_DAMAGED` for a head that was not made under this epoch key. */
export function serialOf(head: Uint8Array, epoch: EpochKey): number {
  const clear = head.subarray(0, NONCE_AT);
  try {
    gcm(headKey(epoch, clear[0]!), head.subarray(NONCE_AT, SEALED_AT), associatedData(clear)).decrypt(
      head.subarray(SEALED_AT),
    );
  } catch (cause) {
    throw new VaultError('RECORD_DAMAGED', 'the head does not open', { cause });
  }
  return Number(viewOf(head).getBigUint64(9));
}

const headKeys = new WeakMap<EpochKey, Map<number, Uint8Array>>();

function headKey(epoch: EpochKey, format: number): Uint8Array {
  const keys = headKeys.get(epoch) ?? new Map<number, Uint8Array>();
  headKeys.set(epoch, keys);
  const key = keys.get(format) ?? hkdf(sha256, epoch.bytes, undefined, ascii(label(format)), 32);
  keys.set(format, key);
  return key;
}

function associatedData(clear: Uint8Array): Uint8Array {
  return concat(ascii(`${label(clear[0]!)}\0`), clear);
}

function label(format: number): string {
  return `sotto/vault-head-v${format}`;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
