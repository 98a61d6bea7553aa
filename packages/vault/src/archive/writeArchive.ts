import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { VaultError } from '../errors.ts';
import { ageEncrypted } from './ageFile.ts';
import { headerLine, LINE_BYTES, recordLine, trailerLine } from './archiveLines.ts';
import { utf8Chunks } from './chunks.ts';
import type { ExportOptions } from './exportJson.ts';
import { ARCHIVE_VERSION, type ConversationSource } from './history.ts';
import { itemsIn, walk } from './walk.ts';

export const ARCHIVE_MEDIA_TYPE = 'application/octet-stream';

export interface ArchiveOptions extends ExportOptions {
  /** Base-2 logarithm of scrypt's cost, 18 unless a test wants it cheap. */
  readonly workFactor?: number;
}

/**
 * A history encrypted with a passphrase, as a file that `readArchive` reads and `age --decrypt` opens.
 *
 * The passphrase is used in Unicode form NFC. Its scrypt takes about a second of the thread and 256 MiB. Throws
 * `CANCELLED`, `WEAK_PASSPHRASE` for an empty one, or `RECORD_DAMAGED` for an item that does not fit.
 */
export function writeArchive(
  sources: readonly ConversationSource[],
  passphrase: string,
  options: ArchiveOptions,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  return ageEncrypted(plaintextOf(sources, options), passphrase, options.workFactor);
}

async function* plaintextOf(
  sources: readonly ConversationSource[],
  options: ExportOptions,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const digest = sha256.create();
  const counts = { conversations: 0, items: 0 };
  for await (const chunk of utf8Chunks(linesOf(sources, options, counts))) {
    digest.update(chunk);
    yield chunk;
  }
  const trailer = trailerLine({ ...counts, sha256: bytesToHex(digest.digest()) });
  yield new TextEncoder().encode(`${trailer}\n`);
}

async function* linesOf(
  sources: readonly ConversationSource[],
  options: ExportOptions,
  counts: { conversations: number; items: number },
): AsyncGenerator<string> {
  const { exportedAtMs } = options;
  const items = itemsIn(sources);
  yield `${headerLine({ version: ARCHIVE_VERSION, createdAtMs: exportedAtMs, conversations: sources.length, items })}\n`;
  for await (const record of walk(sources, options, true)) {
    if (record.kind === 'item') counts.items += 1;
    else if (record.kind === 'conversation') counts.conversations += 1;
    const line = `${recordLine(record)}\n`;
    // A unit has three bytes at most.
    if (line.length * 3 > LINE_BYTES && new TextEncoder().encode(line).length > LINE_BYTES) {
      throw new VaultError('RECORD_DAMAGED', 'a record is too large for an archive');
    }
    yield line;
  }
}
