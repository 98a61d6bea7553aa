import type { CounterOrder, RoomMember } from '@sotto/core';
import type { TimelineRecord } from '../records/roomRecords.ts';
import type { RoomContext } from './roomContext.ts';
import type { RoomStep } from './roomStep.ts';

/** Gaps of one sender that late messages can still fill. */
const GAPS_PER_PEER = 16;

/** Shows that something is missing. */
export function putGap(
  context: RoomContext,
  step: RoomStep,
  seq: number,
  cause: Extract<TimelineRecord, { kind: 'gap' }>['cause'],
  count: number,
): void {
  step.putItem(seq, { kind: 'gap', atMs: context.clock.nowMs(), cause, count });
}

/** Places kept behind a gap for what may still come: more than that are shown where they come. */
const PLACES_PER_GAP = 1_000;

/**
 * Shows what a sender's counters tell: messages that did not come, or that came after all. Returns the place of one
 * that came late: there is no order in which a relay can put one sender's messages but the one they were written in.
 */
export function notePlaceInOrder(
  context: RoomContext,
  step: RoomStep,
  seq: number,
  author: RoomMember,
  message: { readonly counter: number; readonly order: CounterOrder },
): number | undefined {
  const { counter, order } = message;
  if (order.place === 'after-gap')
    noteMissing(context, step, seq, author, counter - order.missing, order.missing);
  return order.place === 'late' ? fillGap(context, step, author, counter) : undefined;
}

function noteMissing(
  context: RoomContext,
  step: RoomStep,
  seq: number,
  author: RoomMember,
  from: number,
  missing: number,
): void {
  // An unreadable entry was shown when it came, without a sender: count it once.
  const { unattributedGaps } = step.state.record;
  const shownBefore = Math.min(missing, unattributedGaps);
  if (shownBefore > 0) step.set({ unattributedGaps: unattributedGaps - shownBefore });
  const count = missing - shownBefore;
  if (count === 0) return;
  const order = step.putItem(seq, { kind: 'gap', atMs: context.clock.nowMs(), cause: 'missing', count });
  const places = Math.min(missing, PLACES_PER_GAP);
  step.keepPlaces(seq, places);
  const peer = step.peer(author.deviceId);
  step.putPeer({ ...peer, gaps: [...peer.gaps, { order, count, from, places }].slice(-GAPS_PER_PEER) });
}

function fillGap(
  context: RoomContext,
  step: RoomStep,
  author: RoomMember,
  counter: number,
): number | undefined {
  const peer = step.peer(author.deviceId);
  const gap = peer.gaps.findLast(({ from }) => from <= counter);
  if (gap === undefined) return undefined;
  const count = gap.count - 1;
  const gaps = peer.gaps.flatMap(other => {
    if (other !== gap) return [other];
    return count === 0 ? [] : [{ ...gap, count }];
  });
  step.putPeer({ ...peer, gaps });
  if (count === 0) step.removeItem(gap.order);
  else {
    const record = { kind: 'gap', atMs: context.clock.nowMs(), cause: 'missing', count } as const;
    step.changeItem({ order: gap.order, record });
  }
  const place = counter - gap.from;
  return place < gap.places ? gap.order + 1 + place : undefined;
}
