import type { TimelineItem } from '@sotto/client';
import { describe, expect, it } from 'vitest';
import { placeOf } from './grouping.ts';

const start = new Date(2026, 2, 18, 12).getTime();

function message(key: string, minute: number, deviceId = 'mara', failed = false): TimelineItem {
  return {
    kind: 'message',
    key,
    order: minute,
    messageId: key as never,
    text: key,
    sentAtMs: start + minute * 60_000,
    author: { deviceId: deviceId as never, name: deviceId, guest: false, role: 'member', self: failed },
    ...(failed ? { send: { state: 'failed', reason: 'refused' } as const } : {}),
  };
}
const event = (minute: number): TimelineItem => ({
  kind: 'event',
  key: `e${minute}`,
  order: minute,
  atMs: start + minute * 60_000,
  event: { type: 'created' },
});
/** Groups as brackets: `[ab][c]`. */
function groups(items: readonly TimelineItem[], unreadKey?: string): string {
  return items
    .map((item, i) => {
      const place = placeOf(items, i, unreadKey);
      return `${place.opensDay ? '|' : ''}${place.first ? '[' : ''}${item.key}${place.last ? ']' : ''}`;
    })
    .join('');
}

describe('placeOf', () => {
  it('groups messages of one person within minutes', () => {
    expect(groups([message('a', 0), message('b', 4), message('c', 8), message('d', 20)])).toBe('|[abc][d]');
    expect(groups([message('a', 0), message('b', 1, 'noor'), message('c', 2, 'noor')])).toBe('|[a][bc]');
  });

  it('parts them at events, days, the unread line and after a failure', () => {
    expect(groups([message('a', 0), event(1), message('b', 2)])).toBe('|[a][e1][b]');
    expect(groups([message('a', 11 * 60 + 59), message('b', 12 * 60)])).toBe('|[a]|[b]');
    expect(groups([message('a', 0), message('b', 1)], 'b')).toBe('|[a][b]');
    expect(groups([message('a', 0, 'me', true), message('b', 1, 'me')])).toBe('|[a][b]');
  });
});
