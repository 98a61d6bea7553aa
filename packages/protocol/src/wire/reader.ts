import { ProtocolError } from '../errors.ts';

/** Protobuf wire types (protobuf.dev/programming-guides/encoding); groups (3, 4) are refused. */
export const WIRE = { varint: 0, fixed64: 1, delimited: 2, fixed32: 5 } as const;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const malformed = (message: string): ProtocolError => new ProtocolError('MALFORMED', message);

/**
 * Reads protobuf's binary form from foreign bytes: bounded, copying, without BigInt.
 * Every method throws `ProtocolError` `MALFORMED` when the bytes do not hold what is asked for.
 */
export class WireReader {
  private at = 0;
  private end: number;

  constructor(private readonly bytes: Uint8Array) {
    this.end = bytes.length;
  }

  get done(): boolean {
    return this.at >= this.end;
  }

  /** An unsigned varint below 2^53 in its one shortest form. */
  varint(): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 8; i++) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (byte === 0 && i > 0) throw malformed('varint is not in its shortest form');
        if (value > Number.MAX_SAFE_INTEGER) break;
        return value;
      }
      scale *= 128;
    }
    throw malformed('integer of more than 53 bits');
  }

  uint32(): number {
    const value = this.varint();
    if (value > 0xffff_ffff) throw malformed('integer of more than 32 bits');
    return value;
  }

  bool(): boolean {
    const value = this.varint();
    if (value > 1) throw malformed('not a bool');
    return value === 1;
  }

  /** A copy of a length-delimited value; `TOO_LARGE` before anything is allocated. */
  copy(maxBytes: number): Uint8Array {
    const sizeBytes = this.length(maxBytes);
    const copy = new Uint8Array(sizeBytes);
    copy.set(this.bytes.subarray(this.at, this.at + sizeBytes));
    this.at += sizeBytes;
    return copy;
  }

  /** A length-delimited UTF-8 text of at most `maxBytes` bytes. */
  text(maxBytes: number): string {
    const sizeBytes = this.length(maxBytes);
    const view = this.bytes.subarray(this.at, this.at + sizeBytes);
    this.at += sizeBytes;
    try {
      return utf8.decode(view);
    } catch {
      throw malformed('not UTF-8');
    }
  }

  /** Reads a length-delimited message with `read`, which sees nothing beyond its end. */
  nested<T>(read: (reader: WireReader) => T): T {
    const sizeBytes = this.length(Number.MAX_SAFE_INTEGER);
    const outerEnd = this.end;
    this.end = this.at + sizeBytes;
    const value = read(this);
    this.end = outerEnd;
    return value;
  }

  /** Passes over the value of an unknown field. */
  skip(wireType: number): void {
    if (wireType === WIRE.varint) {
      for (let i = 0; this.byte() >= 0x80; i++) if (i === 9) throw malformed('varint of more than 10 bytes');
      return;
    }
    const sizeBytes = this.skippedBytes(wireType);
    this.at += sizeBytes;
    if (this.at > this.end) throw malformed('truncated');
  }

  private skippedBytes(wireType: number): number {
    if (wireType === WIRE.delimited) return this.length(Number.MAX_SAFE_INTEGER);
    if (wireType === WIRE.fixed64) return 8;
    if (wireType === WIRE.fixed32) return 4;
    throw malformed('unknown wire type');
  }

  private length(maxBytes: number): number {
    const sizeBytes = this.varint();
    if (sizeBytes > this.end - this.at) throw malformed('truncated');
    if (sizeBytes > maxBytes) throw new ProtocolError('TOO_LARGE', `a field holds at most ${maxBytes} bytes`);
    return sizeBytes;
  }

  private byte(): number {
    if (this.at >= this.end) throw malformed('truncated');
    return this.bytes[this.at++]!;
  }
}
