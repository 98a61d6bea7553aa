import { gcm } from '@noble/ciphers/aes.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import type { EpochKey } from './epochKeys.ts';
import { VaultError } from './errors.ts';
import { ascii, concat } from './labelledBytes.ts';
import type { Random } from './recordCipher.ts';

/** The record that every batch writes: which epoch the store is in, and the number of its last batch. */
export const HEAD_KEY = '!head';

const FORMAT = 2;
const NONCE_AT = 1 + 8 + 8;
const SEALED_AT = NONCE_AT + 12;
const HEAD_BYTES = SEALED_AT + 16;

/** `0x02 || epoch (8, big-endian) || serial (8) || nonce (12) || tag (16)`: numbers in clear, authenticated. */
export function headOf(serial: number, epoch: EpochKey, random: Random): Uint8Array {
  const clear = new Uint8Array(NONCE_AT);
  clear[0] = FORMAT;
  const view = new DataView(clear.buffer);
  view.setBigUint64(1, BigInt(epoch.epoch));
  view.setBigUint64(9, BigInt(serial));
  const nonce = random(12);
  return concat(clear, nonce, gcm(headKey(epoch), nonce, associatedData(clear)).encrypt(new Uint8Array(0)));
}

/** The epoch that a head speaks of; not authenticated yet. Throws `UNSUPPORTED_FORMAT`, `RECORD_DAMAGED`. */
export function headEpoch(head: Uint8Array): number {
  if (head.length > 0 && head[0] !== FORMAT) {
    throw new VaultError('UNSUPPORTED_FORMAT', `a store of format ${head[0]}`);
  }
  if (head.length !== HEAD_BYTES) throw new VaultError('RECORD_DAMAGED', 'the head is cut short');
  return Number(viewOf(head).getBigUint64(1));
}

/** The number of the last batch. Throws `RECORD_DAMAGED` for a head that was not made under this epoch key. */
export function serialOf(head: Uint8Array, epoch: EpochKey): number {
  const clear = head.subarray(0, NONCE_AT);
  try {
    gcm(headKey(epoch), head.subarray(NONCE_AT, SEALED_AT), associatedData(clear)).decrypt(
      head.subarray(SEALED_AT),
    );
  } catch (cause) {
    throw new VaultError('RECORD_DAMAGED', 'the head does not open', { cause });
  }
  return Number(viewOf(head).getBigUint64(9));
}

const headKeys = new WeakMap<EpochKey, Uint8Array>();

function headKey(epoch: EpochKey): Uint8Array {
  const known = headKeys.get(epoch);
  if (known !== undefined) return known;
  const key = hkdf(sha256, epoch.bytes, undefined, ascii('sotto/vault-head-v2'), 32);
  headKeys.set(epoch, key);
  return key;
}

function associatedData(clear: Uint8Array): Uint8Array {
  return concat(ascii('sotto/vault-head-v2\0'), clear);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
