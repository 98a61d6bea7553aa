import { createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import { Keyring, memoryKeySlots, memoryKeySlotsDisk } from '@sotto/vault';
import { wasmArgon2id } from '@sotto/vault/argon2id';
import type { DiskImage } from './diskImage.ts';

/*
 * An attacker who has every byte and may have the passphrase, and asks the store for nothing: wherever bytes look as
 * if they could be a lock, an epoch key, a wrapped shelf key or a record, every key found so far is tried on them.
 * Formats are those of lockSlot.ts, epochKeys.ts and recordCipher.ts, written down here a second time.
 */

export interface AttackOptions {
  /** What the person knows who was made to tell. */
  readonly passphrase?: string;
  /** Keys that the attacker has from elsewhere: a device's memory. */
  readonly rootKeys?: readonly Buffer[];
  /** Knows what makes sense: what is worth taking in the beginning of a record, which may also be noise. */
  readonly read: (opening: Buffer) => Iterable<string>;
}

export interface Loot {
  readonly rootKeys: readonly Buffer[];
  readonly epochKeys: readonly Buffer[];
  readonly shelfKeys: readonly Buffer[];
  /** All that `read` took out of records. */
  readonly texts: ReadonlySet<string>;
  /** Keys of records that stand in clear. */
  readonly recordKeys: ReadonlySet<string>;
}

/** Takes from an image what can be taken. `image`: with all its layers, see `layersOf`. */
export async function plunder(image: DiskImage, options: AttackOptions): Promise<Loot> {
  const files = [...image.values()];
  const rootKeys = distinct([
    ...(options.rootKeys ?? []),
    ...(await rootKeysIn(files, options.passphrase)),
    ...keysWrittenOut(files).filter(key => files.some(bytes => epochKeysIn(bytes, [key]).length > 0)),
  ]);
  const epochKeys = distinct(files.flatMap(bytes => epochKeysIn(bytes, rootKeys)));
  const shelfKeys = distinct(files.flatMap(bytes => shelfKeysIn(bytes, epochKeys)));
  return {
    rootKeys,
    epochKeys,
    shelfKeys,
    texts:
      shelfKeys.length === 0
        ? new Set()
        : textsOf(distinct(files.flatMap(recordsIn)), shelfKeys, options.read),
    recordKeys: new Set(files.flatMap(keysIn)),
  };
}

const SLOT_BYTES = 1024;
const CHECKSUM_AT = 992;

/** Every lock of the image, alone on a ring of its own: stale ones, copies and open ones count as well. */
async function rootKeysIn(files: readonly Buffer[], passphrase: string | undefined): Promise<Buffer[]> {
  const rootKeys: Buffer[] = [];
  for (const lock of distinct(files.flatMap(locksIn))) {
    const disk = memoryKeySlotsDisk();
    disk.bytes.set(lock, 4 * SLOT_BYTES);
    const ring = await Keyring.open(memoryKeySlots(disk), {
      random: randomBytes,
      nowMs: Date.now,
      stretch: wasmArgon2id,
    });
    const secrets = [
      { kind: 'open' } as const,
      ...(passphrase === undefined ? [] : [{ kind: 'passphrase', passphrase } as const]),
    ];
    for (const secret of secrets) {
      const rootKey = await ring.unlock(secret).catch(() => undefined);
      if (rootKey !== undefined) rootKeys.push(Buffer.from(rootKey));
    }
  }
  return distinct(rootKeys);
}

/** As a page would note a key of 32 bytes: 64 hexadecimal digits, of one byte or of two. */
function keysWrittenOut(files: readonly Buffer[]): Buffer[] {
  const digits = files.flatMap(bytes => {
    const text = bytes.toString('latin1');
    const wide = text.match(/(?:[0-9a-f]\0){64}/g) ?? [];
    return [...(text.match(/[0-9a-f]{64}/g) ?? []), ...wide.map(match => match.replaceAll('\0', ''))];
  });
  return distinct(digits.map(hex => Buffer.from(hex, 'hex')));
}

/** At any place: version 1, a kind, and the checksum over them. */
function locksIn(bytes: Buffer): Buffer[] {
  return placesOf(bytes, Buffer.of(1)).flatMap(at => {
    const slot = bytes.subarray(at, at + SLOT_BYTES);
    if (slot.length < SLOT_BYTES || slot[1]! > 3 || slot[2]! > 1 || slot[3] !== 0) return [];
    if (!looksRandom(slot.subarray(8, 24), 9)) return [];
    const hash = createHash('sha256').update('sotto/lock-slot-v1\0').update(slot.subarray(0, CHECKSUM_AT));
    return hash.digest().equals(slot.subarray(CHECKSUM_AT)) ? [slot] : [];
  });
}

function epochKeysIn(bytes: Buffer, rootKeys: readonly Buffer[]): Buffer[] {
  const wrapping = rootKeys.map(rootKey => hkdf(rootKey, Buffer.alloc(0), 'sotto/vault-epoch-wrap-v1'));
  return placesOf(bytes, Buffer.from('SOTTOEK\x01')).flatMap(at =>
    wrapping.flatMap(key => unwrapped(key, bytes.subarray(at + 32, at + 92), bytes.subarray(at, at + 32))),
  );
}

const WRAPPED_BYTES = 12 + 32 + 16;
const SHELF_NAME_BYTES = 48;
const SHELF = /^(?:self|(?:log|at|room|other)\/[\w/-]+)\0*$/;

/** Version 3 and what looks random: opened without asking GCM, a shelf key is followed by the name of a shelf. */
function shelfKeysIn(bytes: Buffer, epochKeys: readonly Buffer[]): Buffer[] {
  return placesOf(bytes, Buffer.of(3)).flatMap(at => {
    const wrapped = bytes.subarray(at + 1, at + 1 + WRAPPED_BYTES + SHELF_NAME_BYTES);
    if (wrapped.length < WRAPPED_BYTES + SHELF_NAME_BYTES || !looksRandom(wrapped, 60)) return [];
    return epochKeys.flatMap(epochKey => {
      const opened = inCounterMode(epochKey, wrapped.subarray(0, 12), wrapped.subarray(12, -16));
      return SHELF.test(opened.subarray(32).toString('latin1')) ? [opened.subarray(0, 32)] : [];
    });
  });
}

const NONCE_AT = 17;
const HEADER_BYTES = 29;
/** As much of a record is read as is enough to know it by. */
const READ_BYTES = 4096;

/** Version 3, then a session and a nonce that look random. */
function recordsIn(bytes: Buffer): Buffer[] {
  return placesOf(bytes, Buffer.of(3)).flatMap(at => {
    const record = bytes.subarray(at, at + HEADER_BYTES + READ_BYTES);
    return record.length > HEADER_BYTES && looksRandom(record.subarray(1, HEADER_BYTES), 19) ? [record] : [];
  });
}

/** GCM encrypts in counter mode from 2 on: its tag, and with it the record's end and name, are not needed to read. */
function textsOf(
  records: readonly Buffer[],
  shelfKeys: readonly Buffer[],
  read: AttackOptions['read'],
): ReadonlySet<string> {
  const texts = new Set<string>();
  const dataKeys = new Map<string, readonly Buffer[]>();
  for (const record of records) {
    const session = record.subarray(1, NONCE_AT);
    const name = session.toString('latin1');
    const keys = dataKeys.get(name) ?? shelfKeys.map(key => hkdf(key, session, 'sotto/vault-record-key-v3'));
    dataKeys.set(name, keys);
    const [nonce, body] = [record.subarray(NONCE_AT, HEADER_BYTES), record.subarray(HEADER_BYTES)];
    for (const key of keys) {
      if (!beginsWithSerial(inCounterMode(key, nonce, body.subarray(0, 16)))) continue;
      const opening = inCounterMode(key, nonce, body);
      for (const text of read(opening)) texts.add(text);
    }
  }
  return texts;
}

const KEY =
  /(?:self\/identity|(?:log|at|own|quote|expire|find|room|mls|peer|out|roster|invite|visitor|knock|join|draft)\/[\w-]{20,48})(?:\/[\w-]{1,48})*/g;

/** Keys of records and names of shelves, as SQLite writes them and as IndexedDB does (UTF-16, big-endian). */
function keysIn(bytes: Buffer): string[] {
  const text = bytes.toString('latin1');
  const wide = text.match(/(?:\0[\w/!~-]){4,}/g) ?? [];
  return [text, ...wide.map(match => match.replaceAll('\0', ''))].flatMap(place => place.match(KEY) ?? []);
}

/** The number of a batch, below 2^24. */
function beginsWithSerial(opening: Buffer): boolean {
  return opening.subarray(0, 5).every(byte => byte === 0);
}

function inCounterMode(key: Buffer, nonce: Buffer, sealed: Buffer): Buffer {
  const counter = Buffer.concat([nonce, Buffer.of(0, 0, 0, 2)]);
  return createDecipheriv('aes-256-ctr', key, counter).update(sealed);
}

function unwrapped(key: Buffer, wrapped: Buffer, aad: Buffer): Buffer[] {
  if (wrapped.length !== WRAPPED_BYTES) return [];
  const decipher = createDecipheriv('aes-256-gcm', key, wrapped.subarray(0, 12));
  decipher.setAAD(aad).setAuthTag(wrapped.subarray(-16));
  const opened = decipher.update(wrapped.subarray(12, -16));
  try {
    decipher.final();
    return [opened];
  } catch {
    return [];
  }
}

function hkdf(key: Buffer, salt: Buffer, info: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key, salt, info, 32));
}

function placesOf(bytes: Buffer, start: Buffer): number[] {
  const places: number[] = [];
  for (let at = bytes.indexOf(start); at !== -1; at = bytes.indexOf(start, at + 1)) places.push(at);
  return places;
}

/** Random bytes have few doubles among them: of 60, less than one in a million has under 38 distinct values. */
function looksRandom(bytes: Buffer, distinctValues: number): boolean {
  return new Set(bytes).size >= distinctValues;
}

function distinct(all: readonly Buffer[]): Buffer[] {
  return [...new Map(all.map(bytes => [bytes.toString('latin1'), bytes])).values()];
}
