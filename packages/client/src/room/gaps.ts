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

/** Shows what a sender's counters tell: messages that did not come, or that came after all. */
export function notePlaceInOrder(
  context: RoomContext,
  step: RoomStep,
  seq: number,
  author: RoomMember,
  order: CounterOrder,
): void {
  const peer = step.peer(author.deviceId);
  if (order.place === 'after-gap') {
    // An unreadable entry was shown when it came, without a sender: count it once.
    const { unattributedGaps } = step.state.record;
    const shownBefore = Math.min(order.missing, unattributedGaps);
    if (shownBefore > 0) step.set({ unattributedGaps: unattributedGaps - shownBefore });
    const count = order.missing - shownBefore;
    if (count === 0) return;
    const gapOrder = step.putItem(seq, { kind: 'gap', atMs: context.clock.nowMs(), cause: 'missing', count });
    step.putPeer({ ...peer, gaps: [...peer.gaps, { order: gapOrder, count }].slice(-GAPS_PER_PEER) });
  }
  if (order.place === 'late') {
    const [oldest, ...others] = peer.gaps;
    if (oldest === undefined) return;
    const count = oldest.count - 1;
    step.putPeer({ ...peer, gaps: count === 0 ? others : [{ ...oldest, count }, ...others] });
    if (count === 0) step.removeItem(oldest.order);
    else {
      const record = { kind: 'gap', atMs: context.clock.nowMs(), cause: 'missing', count } as const;
      step.changeItem({ order: oldest.order, record });
    }
  }
}
