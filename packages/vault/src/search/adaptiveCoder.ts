import { damaged } from './damaged.ts';
import { CHANCE_BITS, HIGH, LOW, RangeDecoder, RangeEncoder, TOP_BYTE, VALUE } from './rangeCoder.ts';

/** Chances are learnt to 1/65,536, and coded to 1/4,096. */
const EVEN_CHANCE = 2 ** 15;
const CODED_EVEN_CHANCE = 2 ** 11;
const DROPPED_BITS = 4;
const LEAST_CHANCE = 32;
/** How many times a context is met until it learns no slower any more. */
const SLOWEST = 60;
const MET_BITS = 6;
const MET_MASK = 2 ** MET_BITS - 1;
const CONTEXT_BITS = 18;
const CONTEXT_FACTOR = 0x9e3779b1;
const SLOT_FACTOR = 0x85ebca6b;
const MAX_NUMBER_BITS = 53;
/** Bits below the leading one that are learnt; those behind them are as good as random. */
const LEARNT_BITS = 2;

/** By how much of the distance (of 32,768) a chance moves towards a bit, the n-th time its context is met. */
const STEPS = Uint16Array.from({ length: SLOWEST + 1 }, (_, met) => Math.floor(32_768 / (met + 1.5)));

/** What is known of the bits met so far, each in its context: the chance of a one, and in the lowest bits how often. */
function nothingMet(): Int32Array {
  return new Int32Array(2 ** CONTEXT_BITS).fill(EVEN_CHANCE << MET_BITS);
}

/** Two contexts may meet in one slot: that costs a little size and nothing else. */
function slotOf(context: number, node: number): number {
  return Math.imul(Math.imul(context, CONTEXT_FACTOR) + node, SLOT_FACTOR) >>> (32 - CONTEXT_BITS);
}

/** Of a one, as the range coder takes it. */
function chanceIn(known: number): number {
  return known >> (MET_BITS + DROPPED_BITS);
}

/** What is known after one bit more. */
function learnt(known: number, bit: number): number {
  const chance = known >> MET_BITS;
  const met = known & MET_MASK;
  const target = bit === 1 ? 65_536 - LEAST_CHANCE : LEAST_CHANCE;
  const moved = chance + (((target - chance) * STEPS[met]!) >> 15);
  return (moved << MET_BITS) | (met < SLOWEST ? met + 1 : met);
}

/** Writes symbols and numbers, learning as it goes which to expect. */
export class AdaptiveEncoder {
  readonly #coder = new RangeEncoder();
  readonly #known = nothingMet();

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
    const slot = slotOf(context, node);
    const known = this.#known[slot]!;
    this.#coder.bit(bit, chanceIn(known));
    this.#known[slot] = learnt(known, bit);
  }
}

/**
 * Reads what an `AdaptiveEncoder` wrote, asked in the same order. Throws `VaultError` `RECORD_DAMAGED` at the end.
 *
 * Some three hundred bits are read for every message of an index: the interval (`RangeDecoder`) stands in local
 * variables for as long as a symbol takes.
 */
export class AdaptiveDecoder {
  readonly #coder: RangeDecoder;
  readonly #known = nothingMet();

  constructor(bytes: Uint8Array, from: number) {
    this.#coder = new RangeDecoder(bytes, from);
  }

  symbol(context: number, bits: number): number {
    const known = this.#known;
    const coder = this.#coder;
    const { ends } = coder;
    const [chanceBits, topByte] = [CHANCE_BITS, TOP_BYTE];
    const salt = Math.imul(context, CONTEXT_FACTOR);
    let low = ends[LOW]!;
    let high = ends[HIGH]!;
    let value = ends[VALUE]!;
    let node = 1;
    for (let place = 0; place < bits; place += 1) {
      const slot = Math.imul(salt + node, SLOT_FACTOR) >>> (32 - CONTEXT_BITS);
      const before = known[slot]!;
      const middle = (low + Math.imul((high - low) >>> chanceBits, chanceIn(before))) >>> 0;
      const bit = value <= middle ? 1 : 0;
      if (bit === 1) high = middle;
      else low = (middle + 1) >>> 0;
      known[slot] = learnt(before, bit);
      node = node * 2 + bit;
      while (((low ^ high) & topByte) === 0) {
        low = (low << 8) >>> 0;
        high = ((high << 8) | 0xff) >>> 0;
        value = ((value << 8) | coder.next()) >>> 0;
      }
    }
    ends[LOW] = low;
    ends[HIGH] = high;
    ends[VALUE] = value;
    return node - 2 ** bits;
  }

  number(context: number): number {
    let length = 1;
    while (length < MAX_NUMBER_BITS && this.#bit(context, length) === 1) length += 1;
    let written = 1;
    for (let place = length - 2; place >= 0; place -= 1) {
      const isLearnt = place >= length - 1 - LEARNT_BITS;
      written =
        written * 2 +
        (isLearnt ? this.#bit(context, length * 64 + written) : this.#coder.bit(CODED_EVEN_CHANCE));
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
    const slot = slotOf(context, node);
    const known = this.#known[slot]!;
    const bit = this.#coder.bit(chanceIn(known));
    this.#known[slot] = learnt(known, bit);
    return bit;
  }
}

function lengthInBits(value: number): number {
  return value < 2 ** 32 ? 32 - Math.clz32(value) : 64 - Math.clz32(Math.floor(value / 2 ** 32));
}
