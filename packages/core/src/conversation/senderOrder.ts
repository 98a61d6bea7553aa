import { LIMITS, MessageId, type ReceiptMark } from '@sotto/protocol';
import { concatBytes, equalBytes } from '../bytes.ts';
import { CoreError } from '../errors.ts';
import { listFields, RecordReader, writeRecord } from './record.ts';

/** Counters that have not come, both ends included. */
interface Hole {
  readonly from: number;
  readonly to: number;
}

/**
 * What this device has of one sender, in constant space: the highest counter, the few holes below it, and the last
 * message ids. Counters are dense, so the holes are all there is to know of older ones.
 */
export interface SenderOrder {
  readonly highest: number;
  readonly holes: readonly Hole[];
  /** The newest first, 16 bytes each: they are written with every message, so they stay bytes. */
  readonly recentIds: Uint8Array;
}

/** Where a message stands in the order of its sender. */
export type CounterOrder =
  | { readonly place: 'next' }
  /** `missing` messages of this sender before it have not come. */
  | { readonly place: 'after-gap'; readonly missing: number }
  /** It fills a gap reported before: it came late. */
  | { readonly place: 'late' }
  /**
   * This counter was seen before, under an id that is no longer remembered: a second copy of an old message, or a
   * sender whose state was rolled back. Show it unless the history has this author's `messageId`.
   */
  | { readonly place: 'repeated' };

/** Of a sender that joins while this device is in the room: its first message must be number 1. */
export const NOTHING_YET: SenderOrder = { highest: 0, holes: [], recentIds: new Uint8Array() };

/** Enough for what a sender has in flight; older copies are `repeated`, and the history knows them. */
const RECENT_IDS = 16;
const MAX_HOLES = 16;
const RECORD_VERSION = 1;

/**
 * Takes a message into the order of its sender; `undefined` for one whose id is remembered. `order` is `undefined` for
 * a sender who was in the room before this device: its first message sets the beginning.
 */
export function takeCounter(
  order: SenderOrder | undefined,
  messageId: MessageId,
  counter: number,
): { readonly order: SenderOrder; readonly place: CounterOrder } | undefined {
  const id = MessageId.toBytes(messageId);
  const known = order?.recentIds ?? NOTHING_YET.recentIds;
  if (isAmong(known, id)) return undefined;
  const recentIds = concatBytes(id, known.subarray(0, (RECENT_IDS - 1) * MessageId.sizeBytes));
  if (order === undefined) {
    return { order: { highest: counter, holes: [], recentIds }, place: { place: 'next' } };
  }
  const { highest, holes } = order;
  if (counter > highest) {
    const missing = counter - highest - 1;
    const grown = missing === 0 ? holes : bounded([...holes, { from: highest + 1, to: counter - 1 }]);
    const place: CounterOrder = missing === 0 ? { place: 'next' } : { place: 'after-gap', missing };
    return { order: { highest: counter, holes: grown, recentIds }, place };
  }
  const filled = holes.findIndex(({ from, to }) => from <= counter && counter <= to);
  if (filled < 0) return { order: { highest, holes, recentIds }, place: { place: 'repeated' } };
  return { order: { highest, holes: fill(holes, filled, counter), recentIds }, place: { place: 'late' } };
}

/** A message that was authenticated but cannot be read took a counter, too: most likely the next one. */
export function takeUnread(order: SenderOrder | undefined): SenderOrder | undefined {
  return order && { ...order, highest: Math.min(order.highest + 1, Number.MAX_SAFE_INTEGER) };
}

/** What a receipt says of this sender: everything up to a counter, with what is missing below it. */
export function markOf(order: SenderOrder): Pick<ReceiptMark, 'counter' | 'missing'> {
  const missing: number[] = [];
  for (const { from, to } of order.holes) {
    for (let counter = from; counter <= to; counter++) {
      // More than a mark can name: say less than is here, never more.
      if (missing.length === LIMITS.missingPerMark) return { counter: counter - 1, missing };
      missing.push(counter);
    }
  }
  return { counter: order.highest, missing };
}

export function encodeSenderOrder(order: SenderOrder): Uint8Array {
  return writeRecord(RECORD_VERSION, [
    order.highest,
    ...listFields(order.holes, ({ from, to }) => [from, to]),
    order.recentIds,
  ]);
}

/** Throws `BAD_STATE`. */
export function decodeSenderOrder(bytes: Uint8Array): SenderOrder {
  const reader = new RecordReader(bytes, RECORD_VERSION);
  const highest = reader.number();
  const holes = reader.list(() => ({ from: reader.number(), to: reader.number() }));
  const recentIds = reader.bytesField();
  reader.end();
  if (holes.some(({ from, to }) => from > to || to > highest)) {
    throw new CoreError('BAD_STATE', 'holes lie beyond the highest counter');
  }
  if (recentIds.length % MessageId.sizeBytes !== 0) {
    throw new CoreError('BAD_STATE', 'stored message ids are cut short');
  }
  return { highest, holes, recentIds };
}

function isAmong(ids: Uint8Array, id: Uint8Array): boolean {
  for (let at = 0; at < ids.length; at += MessageId.sizeBytes) {
    if (equalBytes(ids.subarray(at, at + MessageId.sizeBytes), id)) return true;
  }
  return false;
}

function fill(holes: readonly Hole[], place: number, counter: number): readonly Hole[] {
  const { from, to } = holes[place]!;
  const rest = [
    { from, to: counter - 1 },
    { from: counter + 1, to },
  ].filter(hole => hole.from <= hole.to);
  return bounded([...holes.slice(0, place), ...rest, ...holes.slice(place + 1)]);
}

/** Forgets where the two oldest holes end and begin once there are too many: what lay between counts as missing. */
function bounded(holes: readonly Hole[]): readonly Hole[] {
  if (holes.length <= MAX_HOLES) return holes;
  const [first, second, ...rest] = holes;
  return [{ from: first!.from, to: second!.to }, ...rest];
}
