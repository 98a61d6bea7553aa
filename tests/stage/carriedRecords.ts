/** A record as a store holds it: sealed, under its name. */
export interface CarriedRecord {
  readonly key: string;
  readonly value: Uint8Array;
}

const LENGTH_BYTES = 4;

/** Records in one piece: of each its key and its value, with their lengths before them. */
export function packRecords(records: readonly CarriedRecord[]): Uint8Array<ArrayBuffer> {
  const parts = records.flatMap(({ key, value }) => [new TextEncoder().encode(key), value]);
  const packed = new Uint8Array(parts.reduce((sum, part) => sum + LENGTH_BYTES + part.length, 0));
  const view = new DataView(packed.buffer);
  let at = 0;
  for (const part of parts) {
    view.setUint32(at, part.length);
    packed.set(part, at + LENGTH_BYTES);
    at += LENGTH_BYTES + part.length;
  }
  return packed;
}

/** What `packRecords` was given. */
export function unpackRecords(packed: Uint8Array): readonly CarriedRecord[] {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  let at = 0;
  const part = () => {
    const from = at + LENGTH_BYTES;
    at = from + view.getUint32(at);
    return packed.slice(from, at);
  };
  const records: CarriedRecord[] = [];
  while (at < packed.length) records.push({ key: new TextDecoder().decode(part()), value: part() });
  return records;
}
