import { CoreError } from './errors.ts';

const LENGTH_BYTES = 4;

/**
 * `length || bytes || zeros`, up to the next multiple of `bucketBytes`: sealed, it tells its bucket only.
 */
export function padToBucket(bytes: Uint8Array, bucketBytes: number): Uint8Array {
  const sizeBytes = Math.ceil((LENGTH_BYTES + bytes.length) / bucketBytes) * bucketBytes;
  const padded = new Uint8Array(sizeBytes);
  new DataView(padded.buffer).setUint32(0, bytes.length);
  padded.set(bytes, LENGTH_BYTES);
  return padded;
}

/** What was padded. Throws `MALFORMED` where the length lies or the filling is not all zeros. */
export function unpad(padded: Uint8Array): Uint8Array {
  if (padded.length < LENGTH_BYTES) throw new CoreError('MALFORMED', 'padding is cut short');
  const length = new DataView(padded.buffer, padded.byteOffset, padded.length).getUint32(0);
  const end = LENGTH_BYTES + length;
  if (end > padded.length || padded.subarray(end).some(byte => byte !== 0)) {
    throw new CoreError('MALFORMED', 'padding does not fit');
  }
  return padded.slice(LENGTH_BYTES, end);
}
