import { damaged } from './damaged.ts';
import { grown } from './grown.ts';

/*
 * Binary arithmetic coding: every bit is written with the chance it was given, so that what was to be expected costs
 * next to nothing. The interval [low, high] of 32 bits narrows with each bit; leading bytes that both ends share are
 * out. Whole numbers only: every platform gives the same bytes.
 */
const CHANCES = 2 ** 16;
const TOP_BYTE = 0xff000000;
const BYTES_OF_INTERVAL = 4;

/** Writes bits. */
export class RangeEncoder {
  #low = 0;
  #high = 0xffffffff;
  #bytes: Uint8Array = new Uint8Array(16_384);
  #length = 0;

  /** `chanceOfOne`: 1 to 65,535 of 65,536. */
  bit(bit: number, chanceOfOne: number): void {
    const middle = this.#low + Math.floor(((this.#high - this.#low) * chanceOfOne) / CHANCES);
    if (bit === 1) this.#high = middle;
    else this.#low = middle + 1;
    while (((this.#low ^ this.#high) & TOP_BYTE) === 0) this.#shift();
  }

  /** What was written. Nothing can be written any more. */
  finish(): Uint8Array {
    for (let i = 0; i < BYTES_OF_INTERVAL; i += 1) this.#shift();
    return this.#bytes.slice(0, this.#length);
  }

  #shift(): void {
    if (this.#length === this.#bytes.length) this.#bytes = grown(this.#bytes, this.#length + 1);
    this.#bytes[this.#length] = this.#low >>> 24;
    this.#length += 1;
    this.#low = (this.#low << 8) >>> 0;
    this.#high = ((this.#high << 8) | 0xff) >>> 0;
  }
}

/** Reads what a `RangeEncoder` wrote, given the same chances. */
export class RangeDecoder {
  #low = 0;
  #high = 0xffffffff;
  #value = 0;
  #at: number;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, from: number) {
    this.#bytes = bytes;
    this.#at = from;
    for (let i = 0; i < BYTES_OF_INTERVAL; i += 1) this.#value = ((this.#value << 8) | this.#next()) >>> 0;
  }

  /** Throws `VaultError` `RECORD_DAMAGED` where there is nothing more to read. */
  bit(chanceOfOne: number): number {
    const middle = this.#low + Math.floor(((this.#high - this.#low) * chanceOfOne) / CHANCES);
    const bit = this.#value <= middle ? 1 : 0;
    if (bit === 1) this.#high = middle;
    else this.#low = middle + 1;
    while (((this.#low ^ this.#high) & TOP_BYTE) === 0) {
      this.#low = (this.#low << 8) >>> 0;
      this.#high = ((this.#high << 8) | 0xff) >>> 0;
      this.#value = ((this.#value << 8) | this.#next()) >>> 0;
    }
    return bit;
  }

  #next(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw damaged('ends early');
    this.#at += 1;
    return byte;
  }
}
