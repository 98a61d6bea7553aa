import { gcm } from '@noble/ciphers/aes.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { type EpochKey, writeEpochKey } from './epochKeys.ts';
import type { KeySlots } from './keys/keySlots.ts';
import { ascii, concat } from './labelledBytes.ts';
import type { Random } from './recordCipher.ts';
import { type Shelf, shelfOf } from './shelves.ts';
import type { StoreWrite, VaultStore } from './vaultStore.ts';

/** A record, and the number of the batch that wrote it. */
export interface OldRecord {
  readonly key: string;
  readonly value: Uint8Array;
  readonly serial: number;
}

/** A store as format 2 left it, with names in clear, byte by byte: never changed, whatever the format becomes. */
export async function writeInClear(
  store: VaultStore,
  slots: KeySlots,
  { rootKey, random, records }: { rootKey: Uint8Array; random: Random; records: readonly OldRecord[] },
): Promise<void> {
  const epoch = await writeEpochKey(slots, random, rootKey, { epoch: 3, bytes: random(32) });
  const shelfKeys = new Map<Shelf, Uint8Array>();
  const session = random(16);
  const rows: StoreWrite[] = [];
  for (const { key, value, serial } of records) {
    // Of a purpose that is not known there was one shelf for all owners.
    const shelf = key.startsWith('strange') ? 'other/strange' : shelfOf(key);
    const shelfKey = shelfKeys.get(shelf) ?? random(32);
    shelfKeys.set(shelf, shelfKey);
    const clear = concat(Uint8Array.of(2), session, bigEndian(serial));
    const dataKey = hkdf(sha256, shelfKey, session, ascii('sotto/vault-record-key-v2'), 32);
    const nonce = random(12);
    const sealed = gcm(dataKey, nonce, concat(ascii('sotto/vault-record-v2\0'), clear, ascii(key))).encrypt(
      value,
    );
    rows.push({ key, value: concat(clear, nonce, sealed) });
  }
  for (const [shelf, shelfKey] of shelfKeys) {
    const nonce = random(12);
    const wrapped = gcm(epoch.bytes, nonce, ascii(`sotto/vault-shelf-v2\0${shelf}`)).encrypt(shelfKey);
    rows.push({ key: `!k/${shelf}`, value: concat(Uint8Array.of(2), nonce, wrapped) });
  }
  const serial = Math.max(0, ...records.map(record => record.serial));
  await store.commit([...rows, { key: '!head', value: oldHead(epoch, serial, random) }]);
}

function oldHead({ epoch, bytes }: EpochKey, serial: number, random: Random): Uint8Array {
  const clear = concat(Uint8Array.of(2), bigEndian(epoch), bigEndian(serial));
  const key = hkdf(sha256, bytes, undefined, ascii('sotto/vault-head-v2'), 32);
  const nonce = random(12);
  const tag = gcm(key, nonce, concat(ascii('sotto/vault-head-v2\0'), clear)).encrypt(new Uint8Array(0));
  return concat(clear, nonce, tag);
}

function bigEndian(number: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(number));
  return bytes;
}
