import { MlsError } from '../errors.ts';

/** The largest message, tree or record that is decoded, in bytes: a hybrid tree of 4,096 members fits twice. */
export const MAX_INPUT_BYTES = 32 * 1024 * 1024;

/**
 * Reads the TLS presentation language (RFC 9420 §2.1) from bytes, front to back.
 *
 * Every length is checked against what is left before anything is allocated, so that the memory taken is bounded by
 * the input. All failures are `MlsError` with code `MALFORMED` (or `TOO_LARGE`).
 */
export class Reader {
  readonly #bytes: Uint8Array;
  #at: number;
  readonly #end: number;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    if (end - start > MAX_INPUT_BYTES) {
      throw new MlsError('TOO_LARGE', 'input is over the cap', { sizeBytes: end - start });
    }
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  /** Where the next byte stands in the input. */
  get position(): number {
    return this.#at;
  }

  get remainingBytes(): number {
    return this.#end - this.#at;
  }

  #take(count: number): number {
    const at = this.#at;
    if (count > this.#end - at) throw malformed('input ends too early');
    this.#at = at + count;
    return at;
  }

  uint8(): number {
    return this.#bytes[this.#take(1)] as number;
  }

  uint16(): number {
    const at = this.#take(2);
    return ((this.#bytes[at] as number) << 8) | (this.#bytes[at + 1] as number);
  }

  uint32(): number {
    return this.uint16() * 0x1_0000 + this.uint16();
  }

  uint64(): bigint {
    return (BigInt(this.uint32()) << 32n) | BigInt(this.uint32());
  }

  /** A copy of the next bytes. */
  bytes(count: number): Uint8Array {
    const at = this.#take(count);
    return this.#bytes.slice(at, at + count);
  }

  /** A window onto the next bytes: it lives and changes with the input. */
  view(count: number): Uint8Array {
    const at = this.#take(count);
    return this.#bytes.subarray(at, at + count);
  }

  /** The header of a variable-size vector (§2.1.2), in its only allowed, shortest form. */
  vectorLength(): number {
    const first = this.uint8();
    switch (first >> 6) {
      case 0:
        return first;
      case 1: {
        const length = ((first & 0x3f) << 8) | this.uint8();
        if (length < 64) throw malformed('vector length is not in its shortest form');
        return length;
      }
      case 2: {
        const length = ((first & 0x3f) << 24) | (this.uint8() << 16) | this.uint16();
        if (length < 16384) throw malformed('vector length is not in its shortest form');
        return length;
      }
      default:
        throw malformed('vector length has an invalid prefix');
    }
  }

  /** `opaque x<V>`, copied. */
  opaque(): Uint8Array {
    return this.bytes(this.vectorLength());
  }

  /** `opaque x<V>` as a window onto the input. */
  opaqueView(): Uint8Array {
    return this.view(this.vectorLength());
  }

  /** A reader for the contents of the vector that comes next; this one goes on behind it. */
  vector(): Reader {
    const length = this.vectorLength();
    const at = this.#take(length);
    return new Reader(this.#bytes, at, at + length);
  }

  /** Presence of an optional value (§2.1.1). */
  present(): boolean {
    const flag = this.uint8();
    if (flag > 1) throw malformed('presence of an optional value is neither 0 nor 1');
    return flag === 1;
  }

  /** What has been read since that position, copied. */
  since(position: number): Uint8Array {
    return this.#bytes.slice(position, this.#at);
  }

  /** Refuses trailing bytes. */
  end(): void {
    if (this.#at !== this.#end) throw malformed('bytes are left over');
  }
}

/** The error of every decoder. */
export function malformed(message: string): MlsError {
  return new MlsError('MALFORMED', message);
}
