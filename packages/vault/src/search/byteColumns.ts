import { VaultError } from '../errors.ts';
import { grown } from './grown.ts';

const FULL = 0x80;
const MAX_NUMBER_BYTES = 8;
const text = { encoder: new TextEncoder(), decoder: new TextDecoder('utf-8', { fatal: true }) };

/** Writes numbers of 0 to 2^53 - 1 in seven bits a byte, lowest first, and texts. */
export class ByteWriter {
  #bytes: Uint8Array = new Uint8Array(4_096);
  #length = 0;

  byte(value: number): void {
    if (this.#length >= this.#bytes.length) this.#bytes = grown(this.#bytes, this.#length + 1);
    this.#bytes[this.#length] = value;
    this.#length += 1;
  }

  number(value: number): void {
    let rest = value;
    while (rest >= FULL) {
      this.byte((rest % FULL) | FULL);
      rest = Math.floor(rest / FULL);
    }
    this.byte(rest);
  }

  text(value: string): void {
    const bytes = text.encoder.encode(value);
    this.number(bytes.length);
    this.append(bytes);
  }

  append(bytes: Uint8Array): void {
    this.#bytes = grown(this.#bytes, this.#length + bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  bytes(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }
}

/** Reads what a `ByteWriter` wrote. Every method throws `VaultError` `RECORD_DAMAGED` where it cannot be. */
export class ByteReader {
  #at = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  byte(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw damaged('ends early');
    this.#at += 1;
    return byte;
  }

  number(): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < MAX_NUMBER_BYTES; i += 1) {
      const byte = this.byte();
      value += (byte & (FULL - 1)) * scale;
      if (byte < FULL) {
        if (value > Number.MAX_SAFE_INTEGER) break;
        return value;
      }
      scale *= FULL;
    }
    throw damaged('a number is too large');
  }

  /** How many of something follow, of which each takes a byte or more. */
  count(): number {
    const count = this.number();
    if (count > this.left) throw damaged('says it has more than it has');
    return count;
  }

  text(): string {
    const length = this.count();
    const bytes = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    try {
      return text.decoder.decode(bytes);
    } catch (cause) {
      throw damaged('a text is no UTF-8', cause);
    }
  }
}

/** The error of bytes that are no segment. */
export function damaged(how: string, cause?: unknown): VaultError {
  return new VaultError(
    'RECORD_DAMAGED',
    `search segment: ${how}`,
    cause === undefined ? undefined : { cause },
  );
}
