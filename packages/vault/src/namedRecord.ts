import { VaultError } from './errors.ts';
import { ascii, concat } from './labelledBytes.ts';

/** A record with the key that its name in the store does not tell. */
export interface NamedRecord {
  readonly key: string;
  readonly value: Uint8Array;
}

const LENGTH_BYTES = 2;

/** What is sealed: `length of the key (2, big-endian) || key || value`. */
export function packRecord({ key, value }: NamedRecord): Uint8Array {
  return concat(Uint8Array.of(key.length >> 8, key.length & 0xff), ascii(key), value);
}

/** Throws `RECORD_DAMAGED`. */
export function unpackRecord(packed: Uint8Array): NamedRecord {
  const length = packed.length < LENGTH_BYTES ? packed.length : (packed[0]! << 8) | packed[1]!;
  const valueAt = LENGTH_BYTES + length;
  if (packed.length < valueAt) throw new VaultError('RECORD_DAMAGED', 'a record without its key');
  const key = new TextDecoder().decode(packed.subarray(LENGTH_BYTES, valueAt));
  return { key, value: packed.slice(valueAt) };
}
