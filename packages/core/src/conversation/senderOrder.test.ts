import { MessageId } from '@sotto/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CoreError } from '../errors.ts';
import {
  decodeSenderOrder,
  encodeSenderOrder,
  markOf,
  NOTHING_YET,
  type SenderOrder,
  takeCounter,
  takeUnread,
} from './senderOrder.ts';

function idOf(number: number): MessageId {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setUint32(12, number);
  return MessageId.fromBytes(bytes);
}

/** Takes messages whose id goes with their counter; gives where each stood, `duplicate` for one that was known. */
function take(counters: readonly number[], from: 'joined' | 'was-here' = 'joined') {
  let order: SenderOrder | undefined = from === 'joined' ? NOTHING_YET : undefined;
  const places = counters.map(counter => {
    const taken = takeCounter(order, idOf(counter), counter);
    if (taken === undefined) return 'duplicate';
    order = taken.order;
    return taken.place.place === 'after-gap' ? `gap of ${taken.place.missing}` : taken.place.place;
  });
  return { places, order: order! };
}

describe('the order of a sender', () => {
  it('threat 8: a message that comes again is a duplicate', () => {
    expect(take([1, 2, 2, 1, 3]).places).toEqual(['next', 'next', 'duplicate', 'duplicate', 'next']);
  });

  it('threat 10: a dropped message is seen when the next one comes', () => {
    expect(take([1, 4]).places).toEqual(['next', 'gap of 2']);
    expect(take([3]).places).toEqual(['gap of 2']);
  });

  it('threat 9: a message out of order fills its gap', () => {
    const { places, order } = take([1, 5, 3, 2, 4, 6]);
    expect(places).toEqual(['next', 'gap of 3', 'late', 'late', 'late', 'next']);
    expect(markOf(order)).toEqual({ counter: 6, missing: [] });
  });

  it('threat 57: a counter used again for another message is told, not dropped', () => {
    const { order } = take([1, 2, 3]);
    expect(takeCounter(order, idOf(99), 2)?.place).toEqual({ place: 'repeated' });
  });

  it('begins with what comes first from someone who was there before', () => {
    expect(take([7, 8, 10], 'was-here').places).toEqual(['next', 'next', 'gap of 1']);
  });

  it('names in a receipt what has not come', () => {
    expect(markOf(take([1, 2, 5, 8]).order)).toEqual({ counter: 8, missing: [3, 4, 6, 7] });
  });

  it('claims less rather than more when too much is missing to be named', () => {
    const mark = markOf(take([1, 1_000_000_000]).order);
    expect(mark.missing).toHaveLength(256);
    expect(mark.counter).toBe(mark.missing.at(-1));
  });

  it('counts what could not be read as the next', () => {
    const order = takeUnread(take([1, 2]).order)!;
    expect(takeCounter(order, idOf(4), 4)?.place).toEqual({ place: 'next' });
    expect(takeUnread(undefined)).toBeUndefined();
  });

  it('threat 44: stays small whatever a sender does, and reads back', () => {
    const counter = fc.oneof(
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    );
    fc.assert(
      fc.property(fc.array(counter, { maxLength: 120 }), counters => {
        const { order } = take(counters);
        const record = encodeSenderOrder(order);
        expect(record.length).toBeLessThan(1_000);
        expect(decodeSenderOrder(record)).toEqual(order);
      }),
    );
  });

  it('agrees with a list of everything, as long as the holes are few', () => {
    const shuffled = fc.shuffledSubarray(Array.from({ length: 14 }, (_, place) => place + 1));
    fc.assert(
      fc.property(shuffled, counters => {
        const { order } = take(counters);
        const highest = Math.max(0, ...counters);
        const missing = Array.from({ length: highest }, (_, place) => place + 1).filter(
          c => !counters.includes(c),
        );
        expect(markOf(order)).toEqual({ counter: highest, missing });
      }),
    );
  });

  it('refuses records that are no order', () => {
    const record = encodeSenderOrder(take([1, 5]).order);
    fc.assert(
      fc.property(fc.nat(record.length - 1), fc.nat(255), (at, byte) => {
        const damaged = record.slice();
        damaged[at] = byte;
        try {
          const order = decodeSenderOrder(damaged);
          expect(order.holes.every(({ from, to }) => from <= to && to <= order.highest)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(CoreError);
        }
      }),
    );
    expect(() => decodeSenderOrder(record.slice(0, -1))).toThrow(CoreError);
  });
});
