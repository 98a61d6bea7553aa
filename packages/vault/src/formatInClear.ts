import { gcm } from '@noble/ciphers/aes.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import type { EpochKey } from './epochKeys.ts';
import { VaultError } from './errors.ts';
import { FORMAT_IN_CLEAR } from './head.ts';
import { ascii, concat } from './labelledBytes.ts';
import type { NamedRecord } from './namedRecord.ts';
import type { ShelfKey } from './recordCipher.ts';
import { NAME_MARK } from './recordNames.ts';
import type { ShelfKeys } from './shelfKeys.ts';
import { type Shelf, shelfOf } from './shelves.ts';
import type { StoreWrite, VaultStore } from './vaultStore.ts';

/*
 * The format before: a record stood under its own key, and the wrapped key of a shelf under `!k/` and the shelf's name.
 * What is here reads it and is never changed.
 */

const SHELF_ROWS = '!k/';
/** Before every record of the old format, and behind the names that the vault keeps for itself. */
const BEFORE_RECORDS = '!~';
const SHELF_KEY_VERSION = 2;
const RECORD_VERSION = 2;
const SERIAL_AT = 17;
const NONCE_AT = 25;
const HEADER_BYTES = 37;
const PAGE = 100;

/** What the change needs of the vault that it is made for. */
export interface FormatChange {
  readonly epoch: EpochKey;
  readonly keys: ShelfKeys;
  /** What says from then on that the store is of the new format: the key of the names, and a head. */
  readonly beginning: () => readonly StoreWrite[];
  readonly seal: (shelfKey: ShelfKey, serial: number, record: NamedRecord) => StoreWrite;
  readonly rowOf: (shelfKey: ShelfKey) => StoreWrite;
}

/** Whether a store is of the format before, or was left on its way from there. */
export async function isInClear(store: VaultStore, head: Uint8Array): Promise<boolean> {
  return head[0] === FORMAT_IN_CLEAR || (await store.scan({ prefix: SHELF_ROWS, limit: 1 })).length > 0;
}

/**
 * Changes a store to keyed names: first the keys and the head, in one batch, so that no older program takes what is on
 * its way for its own; then records, page by page, each batch taking away what it puts elsewhere; last the old rows of
 * the shelf keys, by which the next opening sees that it was not done. Every record keeps the number of its batch.
 *
 * Throws `RECORD_DAMAGED`, `UNSUPPORTED_FORMAT`, or what the store throws; trying again goes on where it ended.
 */
export async function changeToKeyedNames(store: VaultStore, change: FormatChange): Promise<void> {
  const old = await shelfKeysInClear(store, change.epoch);
  const begun = await Promise.all([...old.values()].map(({ shelf }) => change.keys.find(shelf)));
  if (begun.some(key => key === undefined) || old.size === 0) {
    await store.commit([...[...old.values()].map(change.rowOf), ...change.beginning()]);
  }
  for (;;) {
    const page = await store.scan({ prefix: '', after: BEFORE_RECORDS, before: NAME_MARK, limit: PAGE });
    if (page.length > 0) await store.commit(await moved(page, old, change));
    if (page.length < PAGE) break;
  }
  await store.commit([...old.keys()].map(key => ({ key, value: null })));
  for (const { bytes } of old.values()) bytes.fill(0);
}

async function moved(
  page: readonly NamedRecord[],
  old: ReadonlyMap<string, ShelfKey>,
  { keys, seal, rowOf }: FormatChange,
): Promise<readonly StoreWrite[]> {
  const writes: StoreWrite[] = [];
  const made = new Map<Shelf, ShelfKey>();
  for (const { key, value } of page) {
    const { serial, plaintext } = opened(old.get(SHELF_ROWS + shelfInClear(key)), key, value);
    const shelf = shelfOf(key);
    let shelfKey = made.get(shelf) ?? (await keys.find(shelf));
    if (shelfKey === undefined) {
      shelfKey = keys.make(shelf).key;
      made.set(shelf, shelfKey);
      writes.push(rowOf(shelfKey));
    }
    writes.push(seal(shelfKey, serial, { key, value: plaintext }), { key, value: null });
  }
  return writes;
}

/** Of purposes that are not known, there was one shelf for all owners. */
function shelfInClear(key: string): Shelf {
  const shelf = shelfOf(key);
  return shelf.startsWith('other/') ? shelf.split('/').slice(0, 2).join('/') : shelf;
}

/** By the rows that they stood in. */
async function shelfKeysInClear(store: VaultStore, epoch: EpochKey): Promise<ReadonlyMap<string, ShelfKey>> {
  const found = new Map<string, ShelfKey>();
  for (let after: string | undefined; ; ) {
    const page = await store.scan({
      prefix: SHELF_ROWS,
      limit: PAGE,
      ...(after !== undefined && { after }),
    });
    for (const { key, value } of page) {
      const shelf = key.slice(SHELF_ROWS.length);
      found.set(key, { shelf, bytes: unwrapped(epoch, shelf, value) });
    }
    if (page.length < PAGE) return found;
    after = page.at(-1)!.key;
  }
}

/** `0x02 || nonce (12) || wrapped key (48)`, bound to the shelf's name. */
function unwrapped(epoch: EpochKey, shelf: Shelf, wrapped: Uint8Array): Uint8Array {
  if (wrapped[0] !== SHELF_KEY_VERSION) throw ofAnotherVersion();
  return decrypted(epoch.bytes, ascii(`sotto/vault-shelf-v2\0${shelf}`), wrapped.subarray(1), shelf);
}

/** `0x02 || session (16) || serial (8, big-endian) || nonce (12) || ciphertext || tag (16)`, bound to the record's key. */
function opened(shelfKey: ShelfKey | undefined, key: string, sealed: Uint8Array) {
  if (shelfKey === undefined) throw new VaultError('RECORD_DAMAGED', `record ${key} has no key`);
  if (sealed[0] !== RECORD_VERSION) throw ofAnotherVersion();
  if (sealed.length < HEADER_BYTES) throw new VaultError('RECORD_DAMAGED', `record ${key} is cut short`);
  const session = sealed.slice(1, SERIAL_AT);
  const dataKey = hkdf(sha256, shelfKey.bytes, session, ascii('sotto/vault-record-key-v2'), 32);
  const aad = concat(ascii('sotto/vault-record-v2\0'), sealed.subarray(0, NONCE_AT), ascii(key));
  const plaintext = decrypted(dataKey, aad, sealed.subarray(NONCE_AT), key);
  const view = new DataView(sealed.buffer, sealed.byteOffset);
  return { serial: Number(view.getBigUint64(SERIAL_AT)), plaintext };
}

function decrypted(key: Uint8Array, aad: Uint8Array, sealed: Uint8Array, what: string): Uint8Array {
  try {
    return gcm(key, sealed.subarray(0, 12), aad).decrypt(sealed.subarray(12));
  } catch (cause) {
    throw new VaultError('RECORD_DAMAGED', `${what} does not open`, { cause });
  }
}

function ofAnotherVersion(): VaultError {
  return new VaultError('UNSUPPORTED_FORMAT', 'a record of another version');
}
