import type { DeviceId } from '@sotto/protocol';
import type { RoomEvent, TimelineItem } from '../projection.ts';
import type { EventRecord, OutRecord, TimelineRecord } from '../records/roomRecords.ts';
import { fileView } from './messageFile.ts';
import { orderOf, orderOnItsWay } from './order.ts';
import type { RoomFiles } from './roomFiles.ts';
import { nameOf, type RoomState, type ShownBy, viewOf } from './roomState.ts';
import { sendStateInLog, sendStateOnItsWay } from './sendState.ts';

/** Who looks at the log, and what moves in it. */
export interface ShownItemsBy extends ShownBy {
  readonly files: RoomFiles;
}

/** An item of the log as it is shown now: names and send states are those of this moment. */
export function itemInLog(
  state: RoomState,
  by: ShownItemsBy,
  order: number,
  record: TimelineRecord,
): TimelineItem {
  switch (record.kind) {
    case 'gap':
      return {
        kind: 'gap',
        key: `g:${order}`,
        order,
        atMs: record.atMs,
        cause: record.cause,
        count: record.count,
        ...(record.reason !== undefined && { reason: record.reason }),
      };
    case 'event':
      return {
        kind: 'event',
        key: `e:${order}`,
        order,
        atMs: record.atMs,
        event: eventOf(state, by, record.event),
      };
    case 'message': {
      const { author, messageId } = record;
      const name = authorName(state, by, author);
      return {
        kind: 'message',
        key: `m:${messageId}`,
        order,
        messageId,
        author: { ...author, name },
        text: record.text,
        ...(record.file && { file: fileView(by.files, record.file, false) }),
        ...(record.replyTo && { replyTo: record.replyTo }),
        sentAtMs: record.sentAtMs,
        ...(record.disappearAfterS !== undefined && { disappearAfterS: record.disappearAfterS }),
        ...(record.goneAtMs !== undefined && { goneAtMs: record.goneAtMs }),
        // How far what another device of one's own said has come is that device's to know.
        ...(author.deviceId === by.identity.deviceId && {
          send: sendStateInLog(state, by.identity, record.counter),
        }),
        ...(record.deleted && { deleted: true }),
      };
    }
  }
}

/** An own message that is not in the log yet, or never will be; `undefined` for what is not shown. */
export function itemOnItsWay(state: RoomState, by: ShownItemsBy, item: OutRecord): TimelineItem | undefined {
  if (item.purpose !== 'text' || item.text === undefined) return undefined;
  const { messageId, sentAtMs } = item.draft;
  const { deviceId, kind } = by.identity;
  return {
    kind: 'message',
    key: `m:${messageId}`,
    order: item.appended === undefined ? orderOnItsWay(item.number) : orderOf(item.appended.seq, 0),
    messageId,
    author: {
      deviceId,
      name: by.selfName,
      guest: kind === 'guest',
      role: viewOf(state)?.self.role ?? (kind === 'guest' ? 'guest' : 'owner'),
      self: true,
    },
    text: item.text,
    ...(item.file && { file: fileView(by.files, item.file, item.uploading === true) }),
    ...(item.replyTo && { replyTo: item.replyTo }),
    sentAtMs,
    ...(item.disappearAfterS !== undefined && { disappearAfterS: item.disappearAfterS }),
    send: sendStateOnItsWay(item),
  };
}

/** The name somebody has now; the one they had when they wrote, where nothing newer is known. */
export function authorName(
  state: RoomState,
  by: ShownBy,
  author: { readonly deviceId: DeviceId; readonly name: string; readonly self: boolean },
): string {
  if (author.self) return by.selfName;
  const known = state.peers.get(author.deviceId)?.name ?? '';
  return known === '' ? author.name : nameOf(state, by, author.deviceId);
}

function eventOf(state: RoomState, by: ShownBy, event: EventRecord): RoomEvent {
  const name = (deviceId: DeviceId) => nameOf(state, by, deviceId);
  switch (event.type) {
    case 'keys-changed':
      return { type: 'keys-changed', name: name(event.deviceId) };
    case 'created':
      return { type: 'created' };
    case 'joined':
      return { type: 'joined', name: name(event.deviceId), guest: event.guest, self: event.self };
    case 'left':
      return { type: 'left', name: name(event.deviceId), self: event.self };
    case 'removed':
      return { type: 'removed', name: name(event.deviceId), byName: name(event.by), self: event.self };
    case 'device-added':
    case 'device-removed':
    case 'account-made':
    case 'fell-out':
    case 'added-again':
      return { type: event.type, name: name(event.deviceId), self: event.self };
    case 'role-changed':
      return {
        type: event.type,
        name: name(event.deviceId),
        role: event.role,
        byName: name(event.by),
        self: event.self,
      };
    case 'announcements':
      return { type: event.type, on: event.on, byName: name(event.by) };
    case 'title':
      return { type: event.type, title: event.title, byName: name(event.by), self: event.self };
    case 'picture':
      return { type: event.type, on: event.on, byName: name(event.by), self: event.self };
    case 'paused':
    case 'resumed':
    case 'ended':
      return { type: event.type, byName: name(event.by) };
    case 'timer':
      return { type: 'timer', byName: name(event.by), seconds: event.seconds, self: event.self };
  }
}
