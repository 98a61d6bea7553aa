import type { TimelineItem } from '@sotto/client';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyChange, EMPTY_TIMELINE, firstUnreadKey, type Timeline } from './timeline.ts';

const roomId = 'room' as never;

function item(key: string, order: number, self = false): TimelineItem {
  return {
    kind: 'message',
    key,
    order,
    messageId: key as never,
    text: `${key}@${order}`,
    sentAtMs: order,
    author: { deviceId: 'd' as never, name: 'N', guest: false, role: 'member', self },
  };
}
const change = (
  upserts: readonly TimelineItem[],
  more: { reset?: boolean; removedKeys?: readonly string[] } = {},
) =>
  ({ type: 'timeline', roomId, reset: false, removedKeys: [], hasOlder: false, upserts, ...more }) as const;
const keys = (timeline: Timeline) => timeline.items.map(({ key }) => key).join('');

describe('applyChange', () => {
  it('adds, replaces, moves and removes, and keeps the order', () => {
    let timeline = applyChange(EMPTY_TIMELINE, change([item('b', 2), item('a', 1)], { reset: true }));
    expect(keys(timeline)).toBe('ab');
    timeline = applyChange(timeline, change([item('d', 4), item('c', 3)]));
    expect(keys(timeline)).toBe('abcd');
    timeline = applyChange(timeline, change([item('a', 9)]));
    expect(keys(timeline)).toBe('bcda');
    timeline = applyChange(timeline, change([item('0', 0)], { removedKeys: ['c'] }));
    expect(keys(timeline)).toBe('0bda');
    expect(keys(applyChange(timeline, change([item('z', 1)], { reset: true })))).toBe('z');
  });

  it('does not touch the timeline it was given, nor items that did not change', () => {
    const before = applyChange(EMPTY_TIMELINE, change([item('a', 1), item('b', 2)], { reset: true }));
    const copy = [...before.items];
    const after = applyChange(before, change([item('b', 2), item('c', 3)]));
    expect(before.items).toEqual(copy);
    expect(after.items[0]).toBe(before.items[0]);
  });

  it('ends the same whatever the way the items come in', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 99 }))),
        pairs => {
          const last = new Map(pairs.map(([key, order]) => [String(key), item(String(key), order)]));
          const oneByOne = pairs.reduce(
            (timeline, [key, order]) => applyChange(timeline, change([item(String(key), order)])),
            EMPTY_TIMELINE,
          );
          expect(oneByOne.items.map(({ order }) => order)).toEqual(
            [...last.values()].map(({ order }) => order).sort((a, b) => a - b),
          );
          expect(new Set(oneByOne.items.map(({ key }) => key)).size).toBe(oneByOne.items.length);
        },
      ),
    );
  });
});

describe('firstUnreadKey', () => {
  const items = [item('a', 1), item('b', 2, true), item('c', 3), item('d', 4)];
  it('counts messages of others from the end', () => {
    expect(firstUnreadKey(items, 0)).toBeUndefined();
    expect(firstUnreadKey(items, 1)).toBe('d');
    expect(firstUnreadKey(items, 3)).toBe('a');
    expect(firstUnreadKey(items, 50)).toBe('a');
  });
});
