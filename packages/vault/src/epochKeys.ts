import { gcm } from '@noble/ciphers/aes.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { VaultError } from './errors.ts';
import { KEY_SLOTS, type KeySlots } from './keys/keySlots.ts';
import { ascii, concat } from './labelledBytes.ts';
import { type Random, ROOT_KEY_BYTES, type ShelfKey } from './recordCipher.ts';

/** The slots that epoch keys take turns in; the others belong to the locks. */
const SLOTS = [0, 1] as const;
const MAGIC = ascii('SOTTOEK');
const VERSION = 1;
const KEY_CHECK_BYTES = 16;
const NONCE_BYTES = 12;
const KEY_BYTES = 32;
const WRAPPED_KEY_BYTES = KEY_BYTES + 16;
const EPOCH_AT = MAGIC.length + 1;
const CHECK_AT = EPOCH_AT + 8;
const NONCE_AT = CHECK_AT + KEY_CHECK_BYTES;
const SLOT_BYTES = NONCE_AT + NONCE_BYTES + WRAPPED_KEY_BYTES;
const SHELF_KEY_VERSION = 3;
/** Names of shelves are filled up to multiples of it, so that their keys all look alike. */
const SHELF_NAME_BYTES = 48;
const NAMES_KEY_VERSION = 1;
export const NAMES_KEY_BYTES = 32;

/** The key that wraps all shelf keys, and its number. */
export interface EpochKey {
  readonly epoch: number;
  readonly slot: number;
  readonly bytes: Uint8Array;
}

/**
 * The epoch keys that the slots hold for this root key: one, or two when a change of epoch was cut short.
 *
 * Throws `WRONG_KEY` when there are only such of another root key, `UNSUPPORTED_FORMAT` for a newer version.
 */
export async function readEpochKeys(slots: KeySlots, rootKey: Uint8Array): Promise<readonly EpochKey[]> {
  const all = await slots.readAll();
  const check = keyCheckOf(rootKey);
  let ofAnotherRoot = false;
  const found: EpochKey[] = [];
  for (const slot of SLOTS) {
    const bytes = all.subarray(slot * KEY_SLOTS.sizeBytes, slot * KEY_SLOTS.sizeBytes + SLOT_BYTES);
    if (!startsWith(bytes, MAGIC)) continue;
    if (bytes[MAGIC.length] !== VERSION) {
      throw new VaultError('UNSUPPORTED_FORMAT', 'keys made by a newer version');
    }
    if (!startsWith(bytes.subarray(CHECK_AT), check)) {
      ofAnotherRoot = true;
      continue;
    }
    const key = unwrap(wrappingKey(rootKey), bytes.subarray(0, NONCE_AT), bytes.subarray(NONCE_AT));
    // A slot that a crash tore: the change that was writing it has not happened.
    if (key === undefined) continue;
    found.push({ epoch: Number(viewOf(bytes).getBigUint64(EPOCH_AT)), slot, bytes: key });
  }
  if (found.length === 0 && ofAnotherRoot) {
    throw new VaultError('WRONG_KEY', 'this store was made with another root key');
  }
  return found;
}

/** Writes an epoch key under a root key into the slot that `current` is not in; durable when it resolves. */
export async function writeEpochKey(
  slots: KeySlots,
  random: Random,
  rootKey: Uint8Array,
  key: { readonly epoch: number; readonly bytes: Uint8Array },
  current?: EpochKey,
): Promise<EpochKey> {
  const slot = SLOTS.find(candidate => candidate !== current?.slot)!;
  const head = new Uint8Array(NONCE_AT);
  head.set(MAGIC);
  head[MAGIC.length] = VERSION;
  viewOf(head).setBigUint64(EPOCH_AT, BigInt(key.epoch));
  head.set(keyCheckOf(rootKey), CHECK_AT);
  await slots.write(slot, concat(head, wrap(wrappingKey(rootKey), random, head, key.bytes)));
  return { ...key, slot };
}

/** Overwrites every epoch slot but that of `current`, so that what was wrapped under their keys stays closed. */
export async function destroyOtherEpochs(slots: KeySlots, random: Random, current: EpochKey): Promise<void> {
  for (const slot of SLOTS) {
    if (slot !== current.slot) await slots.write(slot, random(KEY_SLOTS.sizeBytes));
  }
}

/** `0x03 || nonce (12) || wrapped: key (32), name of the shelf, zeros || tag (16)`, bound to the row that it stands in. */
export function wrapShelfKey(
  epoch: EpochKey,
  random: Random,
  row: string,
  { shelf, bytes }: ShelfKey,
): Uint8Array {
  const name = ascii(shelf);
  const filled = new Uint8Array(Math.ceil(name.length / SHELF_NAME_BYTES) * SHELF_NAME_BYTES);
  filled.set(name);
  const version = Uint8Array.of(SHELF_KEY_VERSION);
  return concat(version, wrap(epoch.bytes, random, shelfLabel(row), concat(bytes, filled)));
}

/** Throws `RECORD_DAMAGED`, `UNSUPPORTED_FORMAT`. */
export function unwrapShelfKey(epoch: EpochKey, row: string, wrapped: Uint8Array): ShelfKey {
  if (wrapped.length > 0 && wrapped[0] !== SHELF_KEY_VERSION) {
    throw new VaultError('UNSUPPORTED_FORMAT', 'a shelf key of another version');
  }
  const opened = unwrap(epoch.bytes, shelfLabel(row), wrapped.subarray(1));
  if (opened === undefined) throw new VaultError('RECORD_DAMAGED', `the shelf key ${row} does not open`);
  const end = opened.indexOf(0, KEY_BYTES);
  const name = opened.subarray(KEY_BYTES, end === -1 ? opened.length : end);
  return { shelf: new TextDecoder().decode(name), bytes: opened.slice(0, KEY_BYTES) };
}

/** The key that the names of records hang on: the same for as long as there is the store. 61 bytes. */
export function wrapNamesKey(epoch: EpochKey, random: Random, namesKey: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(NAMES_KEY_VERSION), wrap(epoch.bytes, random, NAMES_LABEL, namesKey));
}

/** Throws `RECORD_DAMAGED`, `UNSUPPORTED_FORMAT`. */
export function unwrapNamesKey(epoch: EpochKey, wrapped: Uint8Array): Uint8Array {
  if (wrapped.length > 0 && wrapped[0] !== NAMES_KEY_VERSION) {
    throw new VaultError('UNSUPPORTED_FORMAT', 'a key of names of another version');
  }
  const key = unwrap(epoch.bytes, NAMES_LABEL, wrapped.subarray(1));
  if (key?.length !== NAMES_KEY_BYTES) {
    throw new VaultError('RECORD_DAMAGED', 'the key of the names does not open');
  }
  return key;
}

function wrap(key: Uint8Array, random: Random, aad: Uint8Array, secret: Uint8Array): Uint8Array {
  const nonce = random(NONCE_BYTES);
  return concat(nonce, gcm(key, nonce, aad).encrypt(secret));
}

function unwrap(key: Uint8Array, aad: Uint8Array, wrapped: Uint8Array): Uint8Array | undefined {
  if (wrapped.length < NONCE_BYTES + WRAPPED_KEY_BYTES) return undefined;
  try {
    return gcm(key, wrapped.subarray(0, NONCE_BYTES), aad).decrypt(wrapped.subarray(NONCE_BYTES));
  } catch {
    return undefined;
  }
}

function wrappingKey(rootKey: Uint8Array): Uint8Array {
  return hkdf(sha256, rootKey, undefined, ascii('sotto/vault-epoch-wrap-v1'), 32);
}

/** 16 bytes that say whether a slot was made with this root key, and nothing else about it. */
function keyCheckOf(rootKey: Uint8Array): Uint8Array {
  if (rootKey.length !== ROOT_KEY_BYTES) throw new VaultError('WRONG_KEY', 'a root key has 32 bytes');
  return hkdf(sha256, rootKey, undefined, ascii('sotto/vault-key-check-v1'), KEY_CHECK_BYTES);
}

const NAMES_LABEL = ascii('sotto/vault-names-key-v1\0');

function shelfLabel(row: string): Uint8Array {
  return ascii(`sotto/vault-shelf-v3\0${row}`);
}

function startsWith(bytes: Uint8Array, start: Uint8Array): boolean {
  return start.every((byte, i) => bytes[i] === byte);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
