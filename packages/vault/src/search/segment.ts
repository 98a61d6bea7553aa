import { VaultError } from '../errors.ts';
import { ByteReader, ByteWriter, damaged } from './byteColumns.ts';
import { CAPS } from './caps.ts';
import { pack, unpack } from './packing.ts';
import type { SearchableMessage } from './searchableMessage.ts';
import { termsOf } from './terms.ts';

/*
 * A segment, in bytes: the format (1), the unpacked length, and deflated, column by column:
 *   messages    count; orders as gaps; times as differences to the one before; attachment bits; authors
 *   terms       count; sorted, each by the length of what it shares with the one before, the length of the rest, the rest
 *   messages of each term: their count, then their positions as gaps
 * It holds neither texts nor message ids: an order leads to the record.
 */
const FORMAT = 1;

/** The messages of a segment: column `i` of each array belongs to message `i`, in ascending order of `orders`. */
export interface SegmentContent {
  readonly orders: Float64Array;
  readonly timesMs: Float64Array;
  readonly attachments: Uint8Array;
  readonly authors: readonly string[];
  /** Positions in `authors`. */
  readonly authorOf: Uint32Array;
  /** Sorted, each once. */
  readonly terms: readonly string[];
  /** Message `i` has the terms `termsOf[starts[i]]` up to `termsOf[starts[i + 1] - 1]`: positions in `terms`. */
  readonly starts: Uint32Array;
  readonly termsOf: Uint32Array;
}

/**
 * The searchable part of a block of messages, to be kept encrypted: its terms tell what was said. Equal messages give
 * equal bytes whatever order they come in; of two with one `order` the later counts.
 */
export async function buildSegment(messages: readonly SearchableMessage[]): Promise<Uint8Array> {
  const byOrder = new Map(messages.map(message => [message.order, message]));
  const sorted = [...byOrder.values()].sort((a, b) => a.order - b.order);
  const columns = new ByteWriter();
  writeMessages(columns, sorted);
  writeTerms(columns, sorted);
  const content = columns.bytes();
  const segment = new ByteWriter();
  segment.byte(FORMAT);
  segment.number(content.length);
  segment.append(await pack(content));
  return segment.bytes();
}

/** What `buildSegment` put in. Throws `VaultError`: `RECORD_DAMAGED`, or `UNSUPPORTED_FORMAT` of a newer version. */
export async function readSegment(bytes: Uint8Array): Promise<SegmentContent> {
  const head = new ByteReader(bytes);
  if (head.byte() !== FORMAT) throw new VaultError('UNSUPPORTED_FORMAT', 'search segment of a newer version');
  const length = head.number();
  if (length > CAPS.segmentBytes) throw damaged('is too large');
  const columns = new ByteReader(await unpack(bytes.subarray(bytes.length - head.left), length));
  const messages = readMessages(columns);
  const { terms, starts, termsOf } = readTerms(columns, messages.orders.length);
  if (columns.left > 0) throw damaged('has something behind its end');
  return { ...messages, terms, starts, termsOf };
}

function writeMessages(columns: ByteWriter, messages: readonly SearchableMessage[]): void {
  columns.number(messages.length);
  let order = -1;
  for (const message of messages) {
    columns.number(message.order - order - 1);
    order = message.order;
  }
  let timeMs = 0;
  for (const message of messages) {
    const sentAtMs = wholeTime(message.sentAtMs);
    const difference = sentAtMs - timeMs;
    columns.number(difference >= 0 ? difference * 2 : -difference * 2 - 1);
    timeMs = sentAtMs;
  }
  for (const message of messages) columns.byte(message.hasAttachment ? 1 : 0);
  const authors = [...new Set(messages.map(message => message.authorId))];
  const authorNumbers = new Map(authors.map((authorId, i) => [authorId, i]));
  columns.number(authors.length);
  for (const authorId of authors) columns.text(authorId);
  for (const message of messages) columns.number(authorNumbers.get(message.authorId)!);
}

function readMessages(columns: ByteReader): Omit<SegmentContent, 'terms' | 'starts' | 'termsOf'> {
  const count = columns.count();
  const orders = new Float64Array(count);
  let order = -1;
  for (let i = 0; i < count; i += 1) {
    order += columns.number() + 1;
    if (order > Number.MAX_SAFE_INTEGER) throw damaged('an order is too large');
    orders[i] = order;
  }
  const timesMs = new Float64Array(count);
  let timeMs = 0;
  for (let i = 0; i < count; i += 1) {
    const folded = columns.number();
    timeMs += folded % 2 === 0 ? folded / 2 : -(folded + 1) / 2;
    if (timeMs !== wholeTime(timeMs)) throw damaged('a time cannot be');
    timesMs[i] = timeMs;
  }
  const attachments = new Uint8Array(count);
  for (let i = 0; i < count; i += 1) attachments[i] = columns.byte() === 0 ? 0 : 1;
  const authors = Array.from({ length: columns.count() }, () => columns.text());
  const authorOf = new Uint32Array(count);
  for (let i = 0; i < count; i += 1) {
    const author = columns.number();
    if (author >= authors.length) throw damaged('names an author it has not');
    authorOf[i] = author;
  }
  return { orders, timesMs, attachments, authors, authorOf };
}

function writeTerms(columns: ByteWriter, messages: readonly SearchableMessage[]): void {
  const positions = new Map<string, number[]>();
  let units = 0;
  messages.forEach((message, i) => {
    if (units > CAPS.termUnitsPerSegment) return;
    for (const { text } of termsOf(message.text)) {
      const known = positions.get(text);
      units += text.length;
      if (known === undefined) positions.set(text, [i]);
      else if (known.at(-1) !== i) known.push(i);
    }
  });
  const terms = [...positions.keys()].sort(byUnits);
  const shared = terms.map((term, i) => (i === 0 ? 0 : sharedLength(terms[i - 1]!, term)));
  columns.number(terms.length);
  for (const length of shared) columns.number(length);
  terms.forEach((term, i) => {
    columns.number(term.length - shared[i]!);
  });
  terms.forEach((term, i) => {
    for (let at = shared[i]!; at < term.length; at += 1) columns.number(term.charCodeAt(at));
  });
  for (const term of terms) columns.number(positions.get(term)!.length);
  for (const term of terms) {
    let last = -1;
    for (const position of positions.get(term)!) {
      columns.number(position - last - 1);
      last = position;
    }
  }
}

function readTerms(
  columns: ByteReader,
  messageCount: number,
): Pick<SegmentContent, 'terms' | 'starts' | 'termsOf'> {
  const terms = readFrontCoded(columns, columns.count());
  const counts = Uint32Array.from(terms, () => columns.count());
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total > columns.left) throw damaged('says it has more than it has');
  // Stored by term, wanted by message: counted first, so that each message's terms get their place at once.
  const positions = new Uint32Array(total);
  const starts = new Uint32Array(messageCount + 1);
  let at = 0;
  for (const count of counts) {
    let position = -1;
    for (let i = 0; i < count; i += 1) {
      position += columns.number() + 1;
      if (position >= messageCount) throw damaged('names a message it has not');
      positions[at] = position;
      starts[position + 1]! += 1;
      at += 1;
    }
  }
  for (let i = 0; i < messageCount; i += 1) starts[i + 1]! += starts[i]!;
  const free = starts.slice();
  const termsOfMessages = new Uint32Array(total);
  at = 0;
  counts.forEach((count, term) => {
    for (let i = 0; i < count; i += 1) {
      const position = positions[at]!;
      termsOfMessages[free[position]!] = term;
      free[position]! += 1;
      at += 1;
    }
  });
  return { terms, starts, termsOf: termsOfMessages };
}

function readFrontCoded(columns: ByteReader, count: number): string[] {
  const shared = Uint32Array.from({ length: count }, () => columns.number());
  const rests = Uint32Array.from({ length: count }, () => columns.number());
  const units = new Uint16Array(CAPS.unitsPerTerm);
  const terms: string[] = [];
  let before = 0;
  for (let i = 0; i < count; i += 1) {
    const from = shared[i]!;
    const to = from + rests[i]!;
    if (from > before || to > CAPS.unitsPerTerm || to === 0) throw damaged('a term has an impossible length');
    for (let at = from; at < to; at += 1) units[at] = columns.number();
    terms.push(String.fromCharCode(...units.subarray(0, to)));
    before = to;
  }
  return terms;
}

/** Times are kept in whole milliseconds, from 1970 for some 70,000 years. */
export function wholeTime(timeMs: number): number {
  return Number.isNaN(timeMs) ? 0 : Math.trunc(Math.min(2 ** 51, Math.max(0, timeMs)));
}

function byUnits(a: string, b: string): number {
  return a < b ? -1 : 1;
}

function sharedLength(a: string, b: string): number {
  const longest = Math.min(a.length, b.length);
  let length = 0;
  while (length < longest && a.charCodeAt(length) === b.charCodeAt(length)) length += 1;
  return length;
}
