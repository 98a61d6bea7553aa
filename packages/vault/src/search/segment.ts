import { VaultError } from '../errors.ts';
import { AdaptiveDecoder, AdaptiveEncoder } from './adaptiveCoder.ts';
import { CAPS } from './caps.ts';
import { checksumOf } from './checksum.ts';
import { damaged } from './damaged.ts';
import type { SearchableMessage } from './searchableMessage.ts';
import { readPostings, readTerms, termsByMessage, writePostings, writeTerms } from './segmentTerms.ts';
import { termsOf } from './terms.ts';

/*
 * A segment, in bytes: the format (1), a CRC-32 of the rest in four bytes, then coded by what each context has shown
 * so far (`adaptiveCoder.ts`), column by column:
 *   messages    count; orders as gaps; times as differences to the one before; attachment bits; authors
 *   terms       sorted, each by how much it shares with the one before and the rest (`segmentTerms.ts`)
 *   postings    for each term in which messages it is
 * It holds neither texts nor message ids: an order leads to the record.
 */
const FORMAT = 1;
const HEAD_BYTES = 5;

const CONTEXT = {
  count: 1,
  gap: 2,
  time: 3,
  attachment: 4,
  authorLength: 5,
  authorUnit: 6,
  author: 7,
} as const;
const UNIT_BITS = 16;
const UNITS_PER_AUTHOR_ID = 256;

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
  /** How many messages each term is in. */
  readonly counts: Uint32Array;
  /** Message `i` has the terms `termsOf[starts[i]]` up to `termsOf[starts[i + 1] - 1]`: positions in `terms`. */
  readonly starts: Uint32Array;
  readonly termsOf: Uint32Array;
}

/**
 * The searchable part of a block of messages, to be kept encrypted: its terms tell what was said. Equal messages give
 * equal bytes on every platform, whatever order they come in; of two with one `order` the later counts. Throws
 * `RangeError` for more than `CAPS.messagesPerSegment` messages, orders that are no safe integers of 0 or more, and
 * author ids over 256 UTF-16 units.
 */
export async function buildSegment(messages: readonly SearchableMessage[]): Promise<Uint8Array> {
  const byOrder = new Map(messages.map(message => [message.order, message]));
  const sorted = [...byOrder.values()].sort((a, b) => a.order - b.order);
  if (sorted.length > CAPS.messagesPerSegment)
    throw new RangeError('too many messages for one search segment');
  const encoder = new AdaptiveEncoder();
  writeMessages(encoder, sorted);
  const postings = postingsOf(sorted);
  const terms = [...postings.keys()].sort((a, b) => (a < b ? -1 : 1));
  writeTerms(encoder, terms);
  writePostings(
    encoder,
    terms.map(term => postings.get(term)!),
    sorted.length,
  );
  return framed(encoder.finish());
}

/** What `buildSegment` put in. Throws `VaultError`: `RECORD_DAMAGED`, or `UNSUPPORTED_FORMAT` of a newer version. */
export function readSegment(bytes: Uint8Array): SegmentContent {
  if (bytes.length < HEAD_BYTES) throw damaged('ends early');
  if (bytes.length > CAPS.segmentBytes) throw damaged('is too large');
  if (bytes[0] !== FORMAT) throw new VaultError('UNSUPPORTED_FORMAT', 'search segment of a newer version');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(1) !== checksumOf(bytes, HEAD_BYTES)) throw damaged('has another checksum');
  const decoder = new AdaptiveDecoder(bytes, HEAD_BYTES);
  const messages = readMessages(decoder);
  const terms = readTerms(decoder);
  const postings = readPostings(decoder, terms.length, messages.orders.length);
  const { counts } = postings;
  return { ...messages, terms, counts, ...termsByMessage(postings, messages.orders.length) };
}

/** Coded columns with their head. */
export function framed(coded: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(HEAD_BYTES + coded.length);
  bytes[0] = FORMAT;
  bytes.set(coded, HEAD_BYTES);
  new DataView(bytes.buffer).setUint32(1, checksumOf(coded, 0));
  return bytes;
}

/** Throws `RangeError` for what is no safe integer of 0 or more. */
export function checkedOrder(order: number): number {
  if (Number.isSafeInteger(order) && order >= 0 && order < Number.MAX_SAFE_INTEGER) return order;
  throw new RangeError('no order of a message');
}

/** Times are kept in whole milliseconds, from 1970 for some 70,000 years. */
export function wholeTime(timeMs: number): number {
  return Number.isNaN(timeMs) ? 0 : Math.trunc(Math.min(2 ** 51, Math.max(0, timeMs)));
}

/** For each term the positions of the messages that have it, ascending. */
function postingsOf(messages: readonly SearchableMessage[]): Map<string, number[]> {
  const postings = new Map<string, number[]>();
  let units = 0;
  messages.forEach((message, i) => {
    if (units > CAPS.termUnitsPerSegment) return;
    for (const { text } of termsOf(message.text)) {
      units += text.length;
      const known = postings.get(text);
      if (known === undefined) postings.set(text, [i]);
      else if (known.at(-1) !== i) known.push(i);
    }
  });
  return postings;
}

function writeMessages(encoder: AdaptiveEncoder, messages: readonly SearchableMessage[]): void {
  encoder.number(CONTEXT.count, messages.length);
  let order = -1;
  for (const message of messages) {
    if (!Number.isSafeInteger(message.order) || message.order < 0)
      throw new RangeError('no order of a message');
    encoder.number(CONTEXT.gap, message.order - order - 1);
    order = message.order;
  }
  let timeMs = 0;
  for (const message of messages) {
    const sentAtMs = wholeTime(message.sentAtMs);
    const difference = sentAtMs - timeMs;
    encoder.number(CONTEXT.time, difference >= 0 ? difference * 2 : -difference * 2 - 1);
    timeMs = sentAtMs;
  }
  for (const message of messages) encoder.symbol(CONTEXT.attachment, 1, message.hasAttachment ? 1 : 0);
  writeAuthors(encoder, messages);
}

function writeAuthors(encoder: AdaptiveEncoder, messages: readonly SearchableMessage[]): void {
  const authors = [...new Set(messages.map(message => message.authorId))];
  encoder.number(CONTEXT.count, authors.length);
  for (const authorId of authors) {
    if (authorId.length > UNITS_PER_AUTHOR_ID) throw new RangeError('an author id is too long');
    encoder.number(CONTEXT.authorLength, authorId.length);
    for (let at = 0; at < authorId.length; at += 1) {
      encoder.symbol(CONTEXT.authorUnit, UNIT_BITS, authorId.charCodeAt(at));
    }
  }
  const numbers = new Map(authors.map((authorId, i) => [authorId, i]));
  for (const message of messages) encoder.number(CONTEXT.author, numbers.get(message.authorId)!);
}

function readMessages(
  decoder: AdaptiveDecoder,
): Omit<SegmentContent, 'terms' | 'counts' | 'starts' | 'termsOf'> {
  const count = decoder.numberUpTo(CONTEXT.count, CAPS.messagesPerSegment);
  const orders = new Float64Array(count);
  let order = -1;
  for (let i = 0; i < count; i += 1) {
    order += decoder.number(CONTEXT.gap) + 1;
    if (order > Number.MAX_SAFE_INTEGER) throw damaged('an order is too large');
    orders[i] = order;
  }
  const timesMs = new Float64Array(count);
  let timeMs = 0;
  for (let i = 0; i < count; i += 1) {
    const difference = decoder.number(CONTEXT.time);
    timeMs += difference % 2 === 0 ? difference / 2 : -(difference + 1) / 2;
    if (timeMs !== wholeTime(timeMs)) throw damaged('a time cannot be');
    timesMs[i] = timeMs;
  }
  const attachments = Uint8Array.from({ length: count }, () => decoder.symbol(CONTEXT.attachment, 1));
  return { orders, timesMs, attachments, ...readAuthors(decoder, count) };
}

function readAuthors(
  decoder: AdaptiveDecoder,
  messageCount: number,
): Pick<SegmentContent, 'authors' | 'authorOf'> {
  const authors = Array.from({ length: decoder.numberUpTo(CONTEXT.count, messageCount) }, () => {
    const length = decoder.numberUpTo(CONTEXT.authorLength, UNITS_PER_AUTHOR_ID);
    return String.fromCharCode(
      ...Array.from({ length }, () => decoder.symbol(CONTEXT.authorUnit, UNIT_BITS)),
    );
  });
  const authorOf = Uint32Array.from({ length: messageCount }, () =>
    decoder.numberUpTo(CONTEXT.author, authors.length - 1),
  );
  return { authors, authorOf };
}
