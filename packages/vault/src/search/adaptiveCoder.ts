import { damaged } from './damaged.ts';
import { RangeDecoder, RangeEncoder } from './rangeCoder.ts';

/** Chances are learnt to 1/65,536, and coded to 1/4,096. */
const EVEN_CHANCE = 2 ** 15;
const CODED_EVEN_CHANCE = 2 ** 11;
const DROPPED_BITS = 4;
const LEAST_CHANCE = 32;
/** How many times a context is met until it learns no slower any more. */
const SLOWEST = 60;
const CONTEXT_BITS = 18;
const MAX_NUMBER_BITS = 53;
/** Bits below the leading one that are learnt; those behind them are as good as random. */
const LEARNT_BITS = 2;

/** By how much of the distance (of 32,768) a chance moves towards a bit, the n-th time its context is met. */
const STEPS = Uint16Array.from({ length: SLOWEST + 1 }, (_, met) => Math.floor(32_768 / (met + 1.5)));

/** The chances of the bits met so far, each in its context. Starts anew with every segment. */
class Chances {
  readonly #chances = new Uint16Array(2 ** CONTEXT_BITS).fill(EVEN_CHANCE);
  readonly #met = new Uint8Array(2 ** CONTEXT_BITS);

  /** Two contexts may meet in one slot: that costs a little size and nothing else. */
  slot(context: number, node: number): number {
    return Math.imul(Math.imul(context, 0x9e3779b1) + node, 0x85ebca6b) >>> (32 - CONTEXT_BITS);
  }

  /** Of a one, as the range coder takes it. */
  of(slot: number): number {
    return this.#chances[slot]! >>> DROPPED_BITS;
  }

  learn(slot: number, bit: number): void {
    const chance = this.#chances[slot]!;
    const met = this.#met[slot]!;
    const step = STEPS[met]!;
    const target = bit === 1 ? 65_536 - LEAST_CHANCE : LEAST_CHANCE;
    this.#chances[slot] = chance + (((target - chance) * step) >> 15);
    if (met < SLOWEST) this.#met[slot] = met + 1;
  }
}

/** Writes symbols and numbers, learning as it goes which to expect. */
export class AdaptiveEncoder {
  readonly #coder = new RangeEncoder();
  readonly #chances = new Chances();

  /** A symbol of `bits` bits, most significant first. `context`: what stands for what is known before it. */
  symbol(context: number, bits: number, symbol: number): void {
    let node = 1;
    for (let place = bits - 1; place >= 0; place -= 1) {
      const bit = (symbol >>> place) & 1;
      this.#bit(context, node, bit);
      node = node * 2 + bit;
    }
  }

  /** A whole number of 0 to 2^53 - 2: its length in bits, then the bits. */
  number(context: number, value: number): void {
    const written = value + 1;
    const length = lengthInBits(written);
    for (let i = 1; i < length; i += 1) this.#bit(context, i, 1);
    if (length < MAX_NUMBER_BITS) this.#bit(context, length, 0);
    let node = 1;
    for (let place = length - 2; place >= 0; place -= 1) {
      const bit = Math.floor(written / 2 ** place) % 2;
      if (place >= length - 1 - LEARNT_BITS) this.#bit(context, length * 64 + node, bit);
      else this.#coder.bit(bit, CODED_EVEN_CHANCE);
      node = node * 2 + bit;
    }
  }

  finish(): Uint8Array {
    return this.#coder.finish();
  }

  #bit(context: number, node: number, bit: number): void {
    const slot = this.#chances.slot(context, node);
    this.#coder.bit(bit, this.#chances.of(slot));
    this.#chances.learn(slot, bit);
  }
}

/** Reads what an `AdaptiveEncoder` wrote, asked in the same order. Throws `VaultError` `RECORD_DAMAGED` at the end. */
export class AdaptiveDecoder {
  readonly #coder: RangeDecoder;
  readonly #chances = new Chances();

  constructor(bytes: Uint8Array, from: number) {
    this.#coder = new RangeDecoder(bytes, from);
  }

  symbol(context: number, bits: number): number {
    let node = 1;
    for (let place = bits - 1; place >= 0; place -= 1) node = node * 2 + this.#bit(context, node);
    return node - 2 ** bits;
  }

  number(context: number): number {
    let length = 1;
    while (length < MAX_NUMBER_BITS && this.#bit(context, length) === 1) length += 1;
    let written = 1;
    for (let place = length - 2; place >= 0; place -= 1) {
      const learnt = place >= length - 1 - LEARNT_BITS;
      written =
        written * 2 +
        (learnt ? this.#bit(context, length * 64 + written) : this.#coder.bit(CODED_EVEN_CHANCE));
    }
    return written - 1;
  }

  /** A number that must not be over `limit`. */
  numberUpTo(context: number, limit: number): number {
    const value = this.number(context);
    if (value > limit) throw damaged('a number is too large');
    return value;
  }

  #bit(context: number, node: number): number {
    const slot = this.#chances.slot(context, node);
    const bit = this.#coder.bit(this.#chances.of(slot));
    this.#chances.learn(slot, bit);
    return bit;
  }
}

function lengthInBits(value: number): number {
  return value < 2 ** 32 ? 32 - Math.clz32(value) : 64 - Math.clz32(Math.floor(value / 2 ** 32));
}
