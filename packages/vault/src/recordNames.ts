import { derivedMac } from './derivedMac.ts';
import { ascii } from './labelledBytes.ts';

/** Under which name the store keeps a record. */
export interface RecordNames {
  nameOf(recordKey: string): string;
  /**
   * What the names of all records beneath a prefix begin with. The prefix is empty or ends with `/`; one of a single
   * segment stands for the records directly beneath it, one of more for all that is beneath.
   */
  prefixOf(prefix: string): string;
  /** Overwrites what it was derived from; from then on it throws `CLOSED`. */
  forget(): void;
}

/** Every name of a record begins with it, and nothing else does. */
export const NAME_MARK = '~';

/** 64 characters in the order of their code units: six bits each, and names sort as what they stand for. */
const DIGITS = '-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz';
const TAG_BYTES = 12;
/** Such a segment keeps its place among its neighbours: `padded` writes them. */
const NUMBER = /^\d{16}$/;
/** Of four bits each: as many characters as a tag has. */
const NUMBER_DIGITS = 16;
const MARKS_PER_DIGIT = DIGITS.length;
/** Tags and tables kept at hand. */
const CACHED = 4096;

/**
 * Names that say nothing to whoever has no key: every segment of a record's key is replaced by 16 characters that
 * depend on the key and on all that stands before them. The first two segments of three or more become one.
 *
 * - A segment that is no number: 96 bits of HMAC-SHA256 over the path that it ends.
 * - A number of 16 digits: a code in the order of the numbers under the same path. A secret number of that path is
 *   added first, then each digit of four bits becomes one of 64 characters by a table drawn for the digits before it,
 *   the same for all numbers that begin with them: order shows, and of the numbers and the distances between them only
 *   about how large they are (decision 0014).
 */
export function keyedNames(key: Uint8Array): RecordNames {
  const macs = {
    tag: derivedMac(key, 'sotto/vault-name-tags-v1'),
    offset: derivedMac(key, 'sotto/vault-name-offsets-v1'),
    digit: derivedMac(key, 'sotto/vault-name-digits-v1'),
  };
  const tags = new Map<string, string>();
  const tables = new Map<string, Uint8Array>();
  const offsets = new Map<string, bigint>();
  const tagOf = (path: string): string =>
    kept(tags, path, () => inDigits(macs.tag.of(ascii(path)).subarray(0, TAG_BYTES)));

  const offsetOf = (path: string): bigint =>
    kept(offsets, path, () => {
      const bytes = macs.offset.of(ascii(path));
      // One bit short of what the digits hold: the sum with a number of 54 bits fits.
      return new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0) >> 1n;
    });

  const numberCode = (path: string, number: string): string => {
    const digits = (BigInt(number) + offsetOf(path)).toString(16).padStart(NUMBER_DIGITS, '0');
    let code = '';
    for (let at = 0; at < NUMBER_DIGITS; at++) {
      const before = `${path}\0${digits.slice(0, at)}`;
      const table = kept(tables, before, () => tableOf(macs.digit.of(ascii(before))));
      code += DIGITS[table[Number.parseInt(digits[at]!, 16)]!]!;
    }
    return code;
  };

  const segmentCode = (path: string, segment: string, end: string): string =>
    NUMBER.test(segment) ? numberCode(path, segment) : tagOf(path + segment + end);

  return {
    nameOf(recordKey) {
      const segments = recordKey.split('/');
      const last = segments.pop()!;
      const parent = segments.map(segment => `${segment}/`).join('');
      return this.prefixOf(parent) + segmentCode(parent, last, '');
    },

    prefixOf(prefix) {
      const segments = prefix.split('/').slice(0, -1);
      const owner = segments.slice(0, 2).map(segment => `${segment}/`);
      let path = owner.join('');
      let name = path === '' ? NAME_MARK : NAME_MARK + tagOf(path);
      for (const segment of segments.slice(2)) {
        name += segmentCode(path, segment, '/');
        path += `${segment}/`;
      }
      return name;
    },

    forget() {
      for (const mac of Object.values(macs)) mac.wipe();
      for (const table of tables.values()) table.fill(0);
      for (const cache of [tags, tables, offsets]) cache.clear();
    },
  };
}

/** Bytes as text that sorts as they do, six bits a character. */
export function inDigits(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const three = (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
    for (const shift of [18, 12, 6, 0]) text += DIGITS[(three >> shift) & 63]!;
  }
  return text;
}

/**
 * 16 rising numbers below 64. What lies between them is drawn so that a few wide gaps and many narrow ones are as
 * likely as any: from one of them, nobody can tell well which it is.
 */
function tableOf(random: Uint8Array): Uint8Array {
  const weights = Array.from(random.subarray(0, 17), byte => 2 ** (byte & 7));
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  const spare = MARKS_PER_DIGIT - 16;
  const table = new Uint8Array(16);
  let next = 0;
  for (const digit of table.keys()) {
    const at = next + Math.floor((spare * weights[digit]!) / whole);
    table[digit] = at;
    next = at + 1;
  }
  return table;
}

/** What is in the cache, or is made; the oldest goes when it is full. */
function kept<T>(cache: Map<string, T>, name: string, make: () => T): T {
  const known = cache.get(name);
  if (known !== undefined) return known;
  const made = make();
  if (cache.size >= CACHED) cache.delete(cache.keys().next().value!);
  cache.set(name, made);
  return made;
}
