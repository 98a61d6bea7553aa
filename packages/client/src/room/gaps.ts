import type { CounterOrder, RoomMember } from '@sotto/core';
import { KEYS, numberOf } from '../records/keys.ts';
import { decodeRecord } from '../records/recordCodec.ts';
import type { TimelineRecord } from '../records/roomRecords.ts';
import type { SealedRefusal } from '../sealedIntents.ts';
import type { RoomContext } from './roomContext.ts';
import type { PlacedItem, RoomStep } from './roomStep.ts';

/** Gaps of one sender that late messages can still fill. */
const GAPS_PER_PEER = 16;

/**
 * Shows that something is missing: in the gap at the end of the log, if there is one of the same cause, else in one of
 * its own. What is `missing` never joins another: a sender's late messages may still fill that.
 */
export async function putGap(
  context: RoomContext,
  step: RoomStep,
  seq: number,
  cause: Extract<TimelineRecord, { kind: 'gap' }>['cause'],
  count: number,
  reason?: SealedRefusal,
): Promise<void> {
  const last = cause === 'missing' ? undefined : await lastInLog(context, step);
  const joins = last?.record.kind === 'gap' && last.record.cause === cause && last.record.reason === reason;
  if (joins && last.record.kind === 'gap')
    step.changeItem({ order: last.order, record: { ...last.record, count: last.record.count + count } });
  else
    step.putItem(seq, {
      kind: 'gap',
      atMs: context.clock.nowMs(),
      cause,
      count,
      ...(reason !== undefined && { reason }),
    });
}

/** The newest item of the log, as it will be after this step. */
async function lastInLog(context: RoomContext, step: RoomStep): Promise<PlacedItem | undefined> {
  const inStep = step.items.toSorted((a, b) => b.order - a.order)[0];
  const removed = new Set(step.removedOrders);
  const [stored] = (
    await context.vault.scan({
      prefix: KEYS.timeline(step.state.record.roomId),
      limit: removed.size + 1,
      reverse: true,
    })
  ).filter(({ key }) => !removed.has(numberOf(key)));
  const storedOrder = stored === undefined ? -1 : numberOf(stored.key);
  if (stored === undefined || (inStep !== undefined && inStep.order >= storedOrder)) return inStep;
  return { order: storedOrder, record: decodeRecord<TimelineRecord>(stored.value) };
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
