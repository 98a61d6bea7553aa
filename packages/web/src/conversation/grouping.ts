import type { TimelineItem } from '@sotto/client';
import { timeOf } from '../timeline.ts';
import { sameDay } from '../when.ts';

/** Messages of one person belong together when they came within this time. */
const GROUP_WITHIN_MS = 5 * 60_000;

/** How an item stands among its neighbours; worked out when it is drawn, so a log of any length costs nothing. */
export interface Place {
  /** The first of its day: the day's name stands above it. */
  readonly opensDay: boolean;
  /** The first and last of a group of messages by one person. */
  readonly first: boolean;
  readonly last: boolean;
}

export function placeOf(items: readonly TimelineItem[], index: number, unreadKey?: string): Place {
  const item = items[index]!;
  const before = items[index - 1];
  const after = items[index + 1];
  return {
    opensDay: before === undefined || !sameDay(timeOf(before), timeOf(item)),
    first: before === undefined || item.key === unreadKey || !together(before, item),
    last: after === undefined || after.key === unreadKey || !together(item, after),
  };
}

function together(a: TimelineItem, b: TimelineItem): boolean {
  return (
    a.kind === 'message' &&
    b.kind === 'message' &&
    a.author.deviceId === b.author.deviceId &&
    a.author.name === b.author.name &&
    a.send?.state !== 'failed' &&
    Math.abs(b.sentAtMs - a.sentAtMs) <= GROUP_WITHIN_MS &&
    sameDay(a.sentAtMs, b.sentAtMs)
  );
}
