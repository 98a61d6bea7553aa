import { damaged } from './byteColumns.ts';

/** Deflates (RFC 1951). The same bytes for the same input on the same platform. */
export async function pack(bytes: Uint8Array): Promise<Uint8Array> {
  return collect(through(bytes, new CompressionStream('deflate-raw')), Number.POSITIVE_INFINITY);
}

/** Inflates to exactly `length` bytes, or throws `VaultError` `RECORD_DAMAGED`; never holds many more than that. */
export async function unpack(bytes: Uint8Array, length: number): Promise<Uint8Array> {
  const unpacked = await collect(through(bytes, new DecompressionStream('deflate-raw')), length);
  if (unpacked.length !== length) throw damaged('has another length than it says');
  return unpacked;
}

function through(
  bytes: Uint8Array,
  transform: CompressionStream | DecompressionStream,
): ReadableStream<Uint8Array> {
  const writer = transform.writable.getWriter();
  // A failure comes out of the readable side too, where it is caught.
  writer.write(bytes as Uint8Array<ArrayBuffer>).catch(() => {});
  writer.close().catch(() => {});
  return transform.readable;
}

async function collect(stream: ReadableStream<Uint8Array>, limit: number): Promise<Uint8Array> {
  const reader = stream.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const next = await reader.read().catch(cause => {
      throw damaged('does not unpack', cause);
    });
    if (next.done) break;
    chunks.push(next.value);
    length += next.value.length;
    if (length > limit) {
      reader.cancel().catch(() => {});
      throw damaged('is longer than it says');
    }
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
