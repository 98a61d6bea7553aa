const CHUNK_UNITS = 65_536;
/** A browser may keep a blob on the disk; what is not one yet is in memory. */
const PART_BYTES = 8 * 1_048_576;

/** Pieces of text as UTF-8, in chunks of about 64 KiB. */
export async function* utf8Chunks(
  pieces: AsyncIterable<string> | Iterable<string>,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder();
  let waiting: string[] = [];
  let units = 0;
  for await (const piece of pieces) {
    waiting.push(piece);
    units += piece.length;
    if (units < CHUNK_UNITS) continue;
    yield encoder.encode(waiting.join(''));
    waiting = [];
    units = 0;
  }
  if (units > 0) yield encoder.encode(waiting.join(''));
}

/** Made as it is read; cancelling it ends the source. */
export function streamOf<T>(source: AsyncIterable<T>): ReadableStream<T> {
  const iterator = source[Symbol.asyncIterator]();
  return new ReadableStream<T>(
    {
      async pull(controller) {
        const next = await iterator.next();
        if (next.done) controller.close();
        else controller.enqueue(next.value);
      },
      async cancel() {
        await iterator.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}

/** The chunks of a stream; leaving the loop early cancels it. */
export async function* chunksOf<T>(stream: ReadableStream<T>): AsyncGenerator<T> {
  const reader = stream.getReader();
  let ended = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) {
        ended = true;
        return;
      }
      yield value;
    }
  } finally {
    if (!ended) await reader.cancel().catch(() => undefined);
  }
}

/** All chunks as one file, given only once the last has come: a cancelled or failed export leaves none. */
export async function wholeFile(
  chunks: AsyncIterable<Uint8Array<ArrayBuffer>>,
  mediaType: string,
): Promise<Blob> {
  const done: Blob[] = [];
  let parts: Uint8Array<ArrayBuffer>[] = [];
  let sizeBytes = 0;
  for await (const chunk of chunks) {
    parts.push(chunk);
    sizeBytes += chunk.length;
    if (sizeBytes < PART_BYTES) continue;
    done.push(new Blob(parts));
    parts = [];
    sizeBytes = 0;
  }
  return new Blob([...done, ...parts], { type: mediaType });
}
