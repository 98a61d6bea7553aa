import { MlsError } from '../errors.ts';

const MAX_VECTOR_BYTES = 0x3fff_ffff;

/** Bytes of the header that a vector of that length gets (RFC 9420 §2.1.2). */
function vectorHeaderBytes(lengthBytes: number): 1 | 2 | 4 {
  if (lengthBytes < 64) return 1;
  return lengthBytes < 16384 ? 2 : 4;
}

/** Bytes that `opaque x<V>` takes, header and all. */
export function opaqueBytes(lengthBytes: number): number {
  return vectorHeaderBytes(lengthBytes) + lengthBytes;
}

/** Writes the TLS presentation language (RFC 9420 §2.1) into a buffer that grows. */
export class Writer {
  #bytes: Uint8Array;
  #at = 0;

  /** @param expectedBytes where it is the exact size, what was written is handed out without a copy */
  constructor(expectedBytes = 256) {
    this.#bytes = new Uint8Array(expectedBytes);
  }

  /** Makes room for so many bytes and says where. Call it before touching the buffer: growing replaces it. */
  #room(count: number): number {
    const at = this.#at;
    const needed = at + count;
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    this.#at = needed;
    return at;
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#at;
  }

  uint8(value: number): void {
    const at = this.#room(1);
    this.#bytes[at] = value;
  }

  uint16(value: number): void {
    const at = this.#room(2);
    this.#put16(at, value);
  }

  uint32(value: number): void {
    const at = this.#room(4);
    this.#put32(at, value);
  }

  uint64(value: bigint): void {
    this.uint32(Number(value >> 32n));
    this.uint32(Number(value & 0xffff_ffffn));
  }

  bytes(value: Uint8Array): void {
    const at = this.#room(value.length);
    this.#bytes.set(value, at);
  }

  zeros(count: number): void {
    const at = this.#room(count);
    this.#bytes.fill(0, at, at + count);
  }

  #put16(at: number, value: number): void {
    this.#bytes[at] = value >>> 8;
    this.#bytes[at + 1] = value;
  }

  #put32(at: number, value: number): void {
    this.#put16(at, value >>> 16);
    this.#put16(at + 2, value);
  }

  #putLength(at: number, length: number): void {
    if (length < 64) this.#bytes[at] = length;
    else if (length < 16384) this.#put16(at, 0x4000 | length);
    else if (length <= MAX_VECTOR_BYTES) this.#put32(at, 0x8000_0000 | length);
    else throw new MlsError('TOO_LARGE', 'vector is longer than its header can say', { sizeBytes: length });
  }

  vectorLength(length: number): void {
    this.#putLength(this.#room(vectorHeaderBytes(length)), length);
  }

  /** `opaque x<V>`. */
  opaque(value: Uint8Array): void {
    this.vectorLength(value.length);
    this.bytes(value);
  }

  /** A variable-size vector whose contents `writeContents` writes. */
  vector(writeContents: () => void): void {
    const headerAt = this.#room(1);
    writeContents();
    const length = this.#at - headerAt - 1;
    const headerBytes = vectorHeaderBytes(length);
    if (headerBytes > 1) {
      this.#room(headerBytes - 1);
      this.#bytes.copyWithin(headerAt + headerBytes, headerAt + 1, headerAt + 1 + length);
    }
    this.#putLength(headerAt, length);
  }

  /** What was written. The writer must not be used after this. */
  finish(): Uint8Array {
    return this.#at === this.#bytes.length ? this.#bytes : this.#bytes.slice(0, this.#at);
  }
}
