import { VaultError } from '../errors.ts';
import { damaged, foreign } from './ageFile.ts';
import { base64Of, bytesOfBase64 } from './base64.ts';
import { PIECE_BYTES } from './fileBytes.ts';
import { ARCHIVE_VERSION, type ArchiveVersion, type HistoryRecord } from './history.ts';
import {
  decodeConversation,
  decodeItem,
  type Fields,
  fieldsOf,
  textIn,
  UnfitRecord,
  wholeIn,
} from './historyCodec.ts';

/**
 * What is inside the age file: JSON Lines. A header, then every conversation followed by its items, a file in lines
 * after the message that brought it, then a trailer that counts them and has the SHA-256 of all bytes before it. A line has exactly the form that writing gives it.
 */

export const FORMAT = 'sotto-archive';
/** A conversation with 4,096 members whose names are all escapes, and some. */
export const LINE_BYTES = 4 * 1_048_576;
/** The header line: longer ones are no archive of ours, whatever the version. */
export const FIRST_LINE_BYTES = 4_096;

const PIECE_UNITS = (PIECE_BYTES * 4) / 3;

/** The first line. `items` is what was known when the export began. */
export interface ArchiveHeader {
  readonly version: ArchiveVersion;
  readonly createdAtMs: number;
  readonly conversations: number;
  readonly items: number;
}

/** The last line. */
export interface ArchiveTrailer {
  readonly conversations: number;
  readonly items: number;
  /** Hex. */
  readonly sha256: string;
}

export function headerLine({ version, createdAtMs, conversations, items }: ArchiveHeader): string {
  return JSON.stringify({ format: FORMAT, version, createdAtMs, conversations, items });
}

export function recordLine(record: HistoryRecord): string {
  if (record.kind === 'item') return JSON.stringify(record.item);
  if (record.kind === 'bytes') return JSON.stringify({ kind: 'bytes', bytes: base64Of(record.bytes) });
  return JSON.stringify({ kind: 'conversation', ...record.conversation });
}

export function trailerLine({ conversations, items, sha256 }: ArchiveTrailer): string {
  return JSON.stringify({ kind: 'end', conversations, items, sha256 });
}

/** Throws `ARCHIVE_FOREIGN` for a line of anything else, `ARCHIVE_TOO_NEW` for a version that is not known here. */
export function parseHeader(line: string): ArchiveHeader {
  const fields = parsed(line);
  if (fields?.format !== FORMAT || !Number.isSafeInteger(fields.version)) {
    throw foreign('The file opened, and something else is in it.');
  }
  const version = fields.version;
  if (version !== 1 && version !== ARCHIVE_VERSION) {
    throw new VaultError('ARCHIVE_TOO_NEW', 'The archive was made by a newer version of Sotto.');
  }
  return canonical(line, headerLine, () => ({
    version,
    createdAtMs: wholeIn(fields, 'createdAtMs'),
    conversations: wholeIn(fields, 'conversations'),
    items: wholeIn(fields, 'items'),
  }));
}

export type ArchiveLine = HistoryRecord | { readonly kind: 'end'; readonly trailer: ArchiveTrailer };

/** Any line after the first, of an archive of that version. Throws `ARCHIVE_DAMAGED`. */
export function parseLine(line: string, version: ArchiveVersion): ArchiveLine {
  const fields = parsed(line);
  if (fields === undefined) throw damaged();
  if (fields.kind === 'conversation') {
    return canonical(line, recordLine, () => ({
      kind: 'conversation',
      conversation: decodeConversation(fields),
    }));
  }
  if (fields.kind === 'end') {
    const trailer = canonical(line, trailerLine, () => ({
      conversations: wholeIn(fields, 'conversations'),
      items: wholeIn(fields, 'items'),
      sha256: textIn(fields, 'sha256', 64),
    }));
    return { kind: 'end', trailer };
  }
  // The first version had no files.
  if (version === 1 && (fields.kind === 'bytes' || fields.file !== undefined)) throw damaged();
  if (fields.kind === 'bytes')
    return canonical(line, recordLine, () => ({
      kind: 'bytes',
      bytes: bytesOfBase64(textIn(fields, 'bytes', PIECE_UNITS)),
    }));
  return canonical(line, recordLine, () => ({ kind: 'item', item: decodeItem(fields) }));
}

function parsed(line: string): Fields | undefined {
  try {
    return fieldsOf(JSON.parse(line), 'line');
  } catch {
    return undefined;
  }
}

function canonical<T>(line: string, write: (value: T) => string, decode: () => T): T {
  try {
    const value = decode();
    if (write(value) !== line) throw new UnfitRecord('not the form that writing gives');
    return value;
  } catch (cause) {
    throw cause instanceof UnfitRecord ? damaged(cause) : cause;
  }
}
