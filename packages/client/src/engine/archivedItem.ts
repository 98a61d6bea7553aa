import type { ArchivedItem } from '@sotto/vault/archive';
import type { ReplyQuote, TimelineRecord } from '../records/roomRecords.ts';
import type { RoomContext } from '../room/roomContext.ts';
import { nameOf, type RoomState, shownBy } from '../room/roomState.ts';
import { authorName } from '../room/timelineItem.ts';
import { archivedFile } from './archivedFile.ts';

type Looking = Pick<RoomContext, 'identity' | 'selfName' | 'people'>;

/**
 * An item of the log as plain data, to be read elsewhere. `undefined` for what says nothing to whoever reads it later:
 * which of their devices people came and went with.
 */
export function archivedItem(
  context: Looking,
  state: RoomState,
  order: number,
  record: TimelineRecord,
): ArchivedItem | undefined {
  if (record.kind === 'message') {
    const { messageId, text, sentAtMs, replyTo, file, deleted } = record;
    const { deviceId, role, guest, self } = record.author;
    return {
      kind: 'message',
      order,
      messageId,
      author: { deviceId, name: authorName(state, shownBy(context), record.author), role, guest, self },
      text,
      sentAtMs,
      ...(replyTo && { replyTo: quoteOf(replyTo) }),
      ...(file && !deleted && { file: archivedFile(file) }),
      ...(deleted && { deleted: true }),
    };
  }
  if (record.kind === 'gap') return { ...record, order };
  if (record.kind === 'event') {
    const event = eventOf(context, state, record);
    return event && { kind: 'event', order, atMs: record.atMs, event };
  }
  throw new TypeError('an item of no kind');
}

function eventOf(context: Looking, state: RoomState, { event }: Extract<TimelineRecord, { kind: 'event' }>) {
  const named = (deviceId: Parameters<typeof nameOf>[2]) => ({
    deviceId: String(deviceId),
    name: nameOf(state, shownBy(context), deviceId),
  });
  switch (event.type) {
    case 'created':
      return { type: 'created' } as const;
    case 'joined':
      return { type: 'joined', who: named(event.deviceId), guest: event.guest, self: event.self } as const;
    case 'left':
      return { type: 'left', who: named(event.deviceId), self: event.self } as const;
    case 'removed':
      return {
        type: 'removed',
        who: named(event.deviceId),
        by: named(event.by),
        self: event.self,
      } as const;
    case 'timer':
      return {
        type: 'timer',
        by: named(event.by),
        seconds: event.seconds ?? 0,
        self: event.self,
      } as const;
    case 'title':
      return { type: 'title', by: named(event.by), title: event.title, self: event.self } as const;
    case 'picture':
      return { type: 'picture', by: named(event.by), on: event.on, self: event.self } as const;
    case 'device-added':
    case 'device-removed':
    case 'account-made':
    case 'fell-out':
    case 'added-again':
    case 'keys-changed':
    case 'role-changed':
    case 'announcements':
      return undefined;
    default:
      return { type: event.type, by: named(event.by) } as const;
  }
}

/** A quote goes into a file only where what it quotes does. */
function quoteOf({ messageId, name, text, disappears }: ReplyQuote): ReplyQuote {
  return { messageId, name, text: disappears === true ? '' : text };
}
