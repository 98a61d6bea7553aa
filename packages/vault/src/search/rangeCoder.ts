import { damaged } from './damaged.ts';
import { grown } from './grown.ts';

/*
 * Binary arithmetic coding: every bit is written with the chance it was given, so that what was to be expected costs
 * next to nothing. The interval [low, high] of 32 bits narrows with each bit; leading bytes that both ends share are
 * out. Whole numbers only: every platform gives the same bytes.
 */
export const CHANCE_BITS = 12;
export const TOP_BYTE = 0xff000000;
const BYTES_OF_INTERVAL = 4;
/** Places of the interval's ends, and of what is read within it: an array of 32-bit words is the fastest home for them. */
export const LOW = 0;
export const HIGH = 1;
export const VALUE = 2;

/** Writes bits. */
export class RangeEncoder {
  readonly #ends = Uint32Array.of(0, 0xffffffff);
  #bytes: Uint8Array = new Uint8Array(16_384);
  #length = 0;

  /** `chanceOfOne`: 1 to 4,095 of 4,096. */
  bit(bit: number, chanceOfOne: number): void {
    const ends = this.#ends;
    const low = ends[LOW]!;
    const middle = (low + Math.imul((ends[HIGH]! - low) >>> CHANCE_BITS, chanceOfOne)) >>> 0;
    if (bit === 1) ends[HIGH] = middle;
    else ends[LOW] = middle + 1;
    while (((ends[LOW]! ^ ends[HIGH]!) & TOP_BYTE) === 0) this.#shift();
  }

  /** What was written. Nothing can be written any more. */
  finish(): Uint8Array {
    for (let i = 0; i < BYTES_OF_INTERVAL; i += 1) this.#shift();
    return this.#bytes.slice(0, this.#length);
  }

  #shift(): void {
    if (this.#length === this.#bytes.length) this.#bytes = grown(this.#bytes, this.#length + 1);
    this.#bytes[this.#length] = this.#ends[LOW]! >>> 24;
    this.#length += 1;
    this.#ends[LOW] = this.#ends[LOW]! << 8;
    this.#ends[HIGH] = (this.#ends[HIGH]! << 8) | 0xff;
  }
}

/** Reads what a `RangeEncoder` wrote, given the same chances. */
export class RangeDecoder {
  readonly ends: Uint32Array = Uint32Array.of(0, 0xffffffff, 0);
  #at: number;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, from: number) {
    this.#bytes = bytes;
    this.#at = from;
    for (let i = 0; i < BYTES_OF_INTERVAL; i += 1) this.ends[VALUE] = (this.ends[VALUE]! << 8) | this.next();
  }

  /** Throws `VaultError` `RECORD_DAMAGED` where there is nothing more to read. */
  bit(chanceOfOne: number): number {
    const { ends } = this;
    const low = ends[LOW]!;
    const middle = (low + Math.imul((ends[HIGH]! - low) >>> CHANCE_BITS, chanceOfOne)) >>> 0;
    const bit = ends[VALUE]! <= middle ? 1 : 0;
    if (bit === 1) ends[HIGH] = middle;
    else ends[LOW] = middle + 1;
    while (((ends[LOW]! ^ ends[HIGH]!) & TOP_BYTE) === 0) {
      ends[LOW] = ends[LOW]! << 8;
      ends[HIGH] = (ends[HIGH]! << 8) | 0xff;
      ends[VALUE] = (ends[VALUE]! << 8) | this.next();
    }
    return bit;
  }

  /** The next byte. */
  next(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw damaged('ends early');
    this.#at += 1;
    return byte;
  }
}
