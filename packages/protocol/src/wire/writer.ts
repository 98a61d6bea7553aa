const utf8 = new TextEncoder();

/** UTF-8 bytes of a text; lone surrogates become U+FFFD. */
export function utf8Encode(text: string): Uint8Array {
  return utf8.encode(text);
}

/** Writes protobuf's binary form into one growing buffer. */
export class WireWriter {
  private buffer = new Uint8Array(256);
  private size = 0;

  /** An unsigned varint below 2^53. */
  varint(value: number): void {
    this.reserve(8);
    let rest = value;
    while (rest > 0x7f) {
      this.buffer[this.size++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    this.buffer[this.size++] = rest;
  }

  tag(fieldNumber: number, wireType: number): void {
    this.varint(fieldNumber * 8 + wireType);
  }

  delimited(bytes: Uint8Array): void {
    this.varint(bytes.length);
    this.reserve(bytes.length);
    this.buffer.set(bytes, this.size);
    this.size += bytes.length;
  }

  /** What `write` writes, with its length before it. */
  nested(write: (writer: WireWriter) => void): void {
    const start = this.size;
    write(this);
    const sizeBytes = this.size - start;
    this.varint(sizeBytes);
    const prefixBytes = this.size - start - sizeBytes;
    // The length was written behind the content, where its own size became known: swap the two.
    const prefix = this.buffer.slice(start + sizeBytes, this.size);
    this.buffer.copyWithin(start + prefixBytes, start, start + sizeBytes);
    this.buffer.set(prefix, start);
  }

  /** A copy of all that was written. */
  finish(): Uint8Array {
    return this.buffer.slice(0, this.size);
  }

  private reserve(sizeBytes: number): void {
    const needed = this.size + sizeBytes;
    if (needed <= this.buffer.length) return;
    const grown = new Uint8Array(Math.max(needed, this.buffer.length * 2));
    grown.set(this.buffer.subarray(0, this.size));
    this.buffer = grown;
  }
}
