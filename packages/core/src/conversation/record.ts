import { concatBytes, utf8 } from '../bytes.ts';
import { CoreError } from '../errors.ts';

/** One field of a stored record. Numbers are integers below 2^53. */
type Field = number | string | Uint8Array;

const decoder = new TextDecoder('utf-8', { fatal: true });

/** Writes a record of this device's own store: a version byte, then the fields in order. */
export function writeRecord(version: number, fields: readonly Field[]): Uint8Array {
  return concatBytes(Uint8Array.of(version), ...fields.flatMap(encodeField));
}

/** Reads what `writeRecord` wrote, field by field in the same order. Every method throws `BAD_STATE`. */
export class RecordReader {
  private at = 1;

  constructor(
    private readonly bytes: Uint8Array,
    version: number,
  ) {
    if (bytes[0] !== version) throw new CoreError('BAD_STATE', 'stored record of another version');
  }

  number(): number {
    const value = Number(this.view(8).getBigUint64(0));
    if (!Number.isSafeInteger(value)) throw new CoreError('BAD_STATE', 'stored number is too large');
    return value;
  }

  bytesField(): Uint8Array {
    const sizeBytes = this.view(4).getUint32(0);
    return this.take(sizeBytes).slice();
  }

  text(): string {
    return decoder.decode(this.bytesField());
  }

  /** As many items as were written, their count first. */
  list<T>(read: () => T): readonly T[] {
    const count = this.number();
    if (count > this.bytes.length) throw new CoreError('BAD_STATE', 'stored list is too long');
    return Array.from({ length: count }, read);
  }

  /** Nothing may be left. */
  end(): void {
    if (this.at !== this.bytes.length) throw new CoreError('BAD_STATE', 'stored record is too long');
  }

  private take(sizeBytes: number): Uint8Array {
    const end = this.at + sizeBytes;
    if (end > this.bytes.length) throw new CoreError('BAD_STATE', 'stored record is cut short');
    const part = this.bytes.subarray(this.at, end);
    this.at = end;
    return part;
  }

  private view(sizeBytes: number): DataView {
    const part = this.take(sizeBytes);
    return new DataView(part.buffer, part.byteOffset, part.length);
  }
}

/** The fields of a list, with its count before them. */
export function listFields<T>(
  items: readonly T[],
  fieldsOf: (item: T) => readonly Field[],
): readonly Field[] {
  return [items.length, ...items.flatMap(fieldsOf)];
}

function encodeField(field: Field): readonly Uint8Array[] {
  if (typeof field === 'number') return [uint64(field)];
  const bytes = typeof field === 'string' ? utf8(field) : field;
  return [uint32(bytes.length), bytes];
}

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

function uint64(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
}
