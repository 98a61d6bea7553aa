import type { EngineEvent, TimelineItem } from '@sotto/client';

/** The part of a room's log that this window holds, oldest first. Never changed in place. */
export interface Timeline {
  readonly items: readonly TimelineItem[];
  /** Whether older items can be asked for. */
  readonly hasOlder: boolean;
  /** Whether newer ones can: the window is at an older place of the log. */
  readonly hasNewer: boolean;
  /** False until the engine has sent the first items: an empty log and one that has not come look different. */
  readonly loaded: boolean;
}

export const EMPTY_TIMELINE: Timeline = { items: [], hasOlder: false, hasNewer: false, loaded: false };

type TimelineChange = Extract<EngineEvent, { type: 'timeline' }>;

/** The timeline after a change. Linear in its length at worst; a message at the end costs one copy. */
export function applyChange(timeline: Timeline, change: TimelineChange): Timeline {
  const before = change.reset ? [] : timeline.items;
  const upserts = new Map(change.upserts.map(item => [item.key, item]));
  const removed = new Set(change.removedKeys);
  const kept: TimelineItem[] = [];
  for (const item of before) {
    if (removed.has(item.key)) continue;
    const update = upserts.get(item.key);
    if (update === undefined) kept.push(item);
    else if (update.order === item.order) {
      kept.push(update);
      upserts.delete(item.key);
    }
  }
  const inserted = [...upserts.values()].filter(item => !removed.has(item.key));
  inserted.sort((a, b) => a.order - b.order);
  return {
    items: merge(kept, inserted),
    hasOlder: change.hasOlder,
    hasNewer: change.hasNewer ?? false,
    loaded: true,
  };
}

function merge(a: readonly TimelineItem[], b: readonly TimelineItem[]): readonly TimelineItem[] {
  if (b.length === 0) return a;
  const merged: TimelineItem[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const takeA = j >= b.length || (i < a.length && a[i]!.order <= b[j]!.order);
    merged.push(takeA ? a[i++]! : b[j++]!);
  }
  return merged;
}

/** When an item was written or happened, by the clock of whoever did it. */
export function timeOf(item: TimelineItem): number {
  return item.kind === 'message' ? item.sentAtMs : item.atMs;
}

/** The key of the first of the newest `unread` messages of others, where the "New" line stands. */
export function firstUnreadKey(items: readonly TimelineItem[], unread: number): string | undefined {
  let left = unread;
  let key: string | undefined;
  for (let i = items.length - 1; i >= 0 && left > 0; i--) {
    const item = items[i]!;
    if (item.kind !== 'message' || item.author.self) continue;
    key = item.key;
    left--;
  }
  return key;
}
