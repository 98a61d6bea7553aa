import { damaged, foreign } from './ageFile.ts';
import { FIRST_LINE_BYTES, LINE_BYTES } from './archiveLines.ts';

const NEWLINE = 0x0a;

/** A line with its bytes, the newline included. */
export interface Line {
  readonly text: string;
  readonly bytes: Uint8Array;
}

/**
 * Splits bytes at newlines. A line longer than any archive has is refused before it is put together.
 *
 * Throws `ARCHIVE_DAMAGED` for bytes that are not UTF-8 and for a last line without its newline; where it is the
 * first, `ARCHIVE_FOREIGN`.
 */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Line> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let parts: Uint8Array[] = [];
  let sizeBytes = 0;
  let first = true;
  const refusal = () => (first ? foreign('The file opened, and something else is in it.') : damaged());

  const add = (part: Uint8Array): void => {
    sizeBytes += part.length;
    if (sizeBytes > (first ? FIRST_LINE_BYTES : LINE_BYTES)) throw refusal();
    parts.push(part);
  };
  const take = (): Line => {
    const bytes = joined(parts, sizeBytes);
    parts = [];
    sizeBytes = 0;
    try {
      const text = decoder.decode(bytes.subarray(0, -1));
      first = false;
      return { text, bytes };
    } catch {
      throw refusal();
    }
  };

  for await (const chunk of chunks) {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      add(chunk.subarray(from, at + 1));
      from = at + 1;
      yield take();
    }
    if (from < chunk.length) add(chunk.subarray(from));
  }
  if (sizeBytes > 0 || first) throw refusal();
}

function joined(parts: readonly Uint8Array[], sizeBytes: number): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const bytes = new Uint8Array(sizeBytes);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
