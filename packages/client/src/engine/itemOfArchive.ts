import { DeviceId, MessageId } from '@sotto/protocol';
import type { ArchivedItem } from '@sotto/vault/archive';
import { ClientError } from '../intents.ts';
import type { FileRecord } from '../records/fileRecords.ts';
import type { EventRecord, TimelineRecord } from '../records/roomRecords.ts';

/** What stands in the log for it, with the file as it is kept here. Throws `ARCHIVE_DAMAGED` for ids that are none. */
export function recordOfArchived(item: ArchivedItem, file?: FileRecord): TimelineRecord {
  if (item.kind === 'gap') {
    const { kind, atMs, cause, count } = item;
    return { kind, atMs, cause, count };
  }
  if (item.kind === 'event') return { kind: 'event', atMs: item.atMs, event: eventOf(item.event) };
  const { text, sentAtMs, author, deleted, replyTo } = item;
  return {
    kind: 'message',
    messageId: knownId(MessageId, item.messageId),
    author: { ...author, deviceId: knownId(DeviceId, author.deviceId) },
    counter: 0,
    text,
    ...(replyTo && { replyTo: { ...replyTo, messageId: knownId(MessageId, replyTo.messageId) } }),
    sentAtMs,
    ...(file && { file }),
    saw: { head: new Uint8Array(0), sizeBytes: 0, epoch: 0 },
    ...(deleted && { deleted }),
  };
}

type ArchivedEvent = Extract<ArchivedItem, { kind: 'event' }>['event'];

function eventOf(event: ArchivedEvent): EventRecord {
  const device = (who: { readonly deviceId: string }) => knownId(DeviceId, who.deviceId);
  switch (event.type) {
    case 'created':
      return { type: 'created' };
    case 'joined':
      return { type: 'joined', deviceId: device(event.who), guest: event.guest, self: event.self };
    case 'left':
      return { type: 'left', deviceId: device(event.who), self: event.self };
    case 'removed':
      return { type: 'removed', deviceId: device(event.who), by: device(event.by), self: event.self };
    case 'timer':
      return {
        type: 'timer',
        by: device(event.by),
        self: event.self,
        ...(event.seconds > 0 && { seconds: event.seconds }),
      };
    case 'title':
      return { type: 'title', by: device(event.by), title: event.title, self: event.self };
    case 'picture':
      return { type: 'picture', by: device(event.by), on: event.on, self: event.self };
    default:
      return { type: event.type, by: device(event.by) };
  }
}

/** Archives hold text; what is no id of ours was not written by us. */
export function knownId<Id extends string>(codec: { is(text: string): text is Id }, text: string): Id {
  if (codec.is(text)) return text;
  throw new ClientError('ARCHIVE_DAMAGED', 'an id that is none');
}
