/**
 * Records of the engine's own, as bytes: a JSON text, and behind it the byte arrays that it names.
 *
 * `length of the JSON (4, big-endian) || JSON || bytes…`; in the JSON `{"$":[offset,length]}` stands for an array.
 * Only what this device wrote and the vault authenticated is ever decoded.
 */
export function encodeRecord(value: object): Uint8Array {
  const arrays: Uint8Array[] = [];
  let size = 0;
  const json = JSON.stringify(value, (_, inner: unknown) => {
    if (!(inner instanceof Uint8Array)) return inner;
    arrays.push(inner);
    size += inner.length;
    return { $: [size - inner.length, inner.length] };
  });
  const head = new TextEncoder().encode(json);
  const record = new Uint8Array(4 + head.length + size);
  new DataView(record.buffer).setUint32(0, head.length);
  record.set(head, 4);
  let at = 4 + head.length;
  for (const array of arrays) {
    record.set(array, at);
    at += array.length;
  }
  return record;
}

/** What `encodeRecord` was given, except that absent and `undefined` fields are the same. */
export function decodeRecord<T extends object>(record: Uint8Array): T {
  const headBytes = new DataView(record.buffer, record.byteOffset, record.byteLength).getUint32(0);
  const bytesAt = 4 + headBytes;
  return JSON.parse(new TextDecoder().decode(record.subarray(4, bytesAt)), (_, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || !('$' in inner)) return inner;
    const [offset, length] = inner.$ as [number, number];
    return record.slice(bytesAt + offset, bytesAt + offset + length);
  }) as T;
}
