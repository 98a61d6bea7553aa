import type {
  ArchivedConversation,
  ArchivedItem,
  ArchivedPerson,
  ConversationSource,
} from '@sotto/vault/archive';
import { ClientError } from '../intents.ts';
import type { ExportedFile, ExportRequest } from '../projection.ts';
import { KEYS, numberOf } from '../records/keys.ts';
import { decodeRecord } from '../records/recordCodec.ts';
import type { ReplyQuote, TimelineRecord } from '../records/roomRecords.ts';
import type { RoomActor } from '../room/roomActor.ts';
import type { RoomContext } from '../room/roomContext.ts';
import { nameOf, shownBy, viewOf } from '../room/roomState.ts';
import { itemInLog } from '../room/timelineItem.ts';
import type { Rooms } from './rooms.ts';
import type { Tasks } from './tasks.ts';

const PAGE = 500;
const FORMATS = ['html', 'json', 'archive'] as const;
const EXTENSIONS = { html: 'html', json: 'json', archive: 'age' } as const;

/** Writes histories into a file: to be read by anyone, or encrypted, to be imported elsewhere. */
export class Exporting {
  constructor(
    private readonly context: RoomContext,
    private readonly rooms: Rooms,
    private readonly tasks: Tasks,
  ) {}

  exportHistory({ taskId, roomIds, format, passphrase }: ExportRequest): Promise<ExportedFile> {
    if (!FORMATS.includes(format)) throw new RangeError('no such format');
    const rooms = (roomIds?.map(roomId => this.rooms.get(roomId)) ?? this.rooms.shown)
      .map(({ actor }) => actor)
      .filter(({ state }) => state.record.membership !== 'joining');
    return this.tasks.run(taskId, async watched => {
      // Loaded by those only who export.
      const archive = await import('@sotto/vault/archive');
      const sources: ConversationSource[] = [];
      for (const room of rooms) sources.push(await this.#sourceOf(room));
      const exportedAtMs = this.context.clock.nowMs();
      const options = { exportedAtMs, ...watched };
      const chunks = {
        html: () => archive.exportPage(sources, options),
        json: () => archive.exportJson(sources, options),
        archive: () => archive.writeArchive(sources, assertPassphrase(passphrase), options),
      };
      const mediaTypes = {
        html: archive.PAGE_MEDIA_TYPE,
        json: archive.JSON_MEDIA_TYPE,
        archive: archive.ARCHIVE_MEDIA_TYPE,
      };
      const blob = await archive.wholeFile(chunks[format](), mediaTypes[format]);
      const day = new Date(exportedAtMs).toISOString().slice(0, 10);
      return { blob, fileName: `sotto-${day}.${EXTENSIONS[format]}` };
    });
  }

  async #sourceOf(room: RoomActor): Promise<ConversationSource> {
    const { record } = room.state;
    const [first] = await this.#page(room, undefined, 1);
    const conversation: ArchivedConversation = {
      id: record.importedFrom ?? record.streamId ?? record.roomId,
      title: viewOf(room.state)?.title ?? record.title ?? '',
      startedAtMs: first === undefined ? record.lastActivityMs : timeOf(first.record),
      condition: record.condition,
      members: this.#peopleOf(room),
    };
    return {
      conversation,
      itemCount: await this.context.vault.count(KEYS.timeline(room.roomId)),
      items: () => this.#itemsOf(room),
    };
  }

  #peopleOf(room: RoomActor): readonly ArchivedPerson[] {
    const { identity } = this.context;
    const people = (viewOf(room.state)?.members ?? []).map(({ deviceId, role, guest }) => ({
      deviceId: String(deviceId),
      name: nameOf(room.state, shownBy(this.context), deviceId),
      role,
      guest,
      self: deviceId === identity.deviceId,
    }));
    const known = new Set(people.map(({ deviceId }) => deviceId));
    const gone = [...room.state.peers.values()]
      .filter(({ deviceId }) => !known.has(deviceId))
      .map(({ deviceId, name }) => ({
        deviceId: String(deviceId),
        name,
        role: 'guest' as const,
        guest: true,
        self: false,
      }));
    return [...people, ...gone].slice(0, 4_096);
  }

  async *#itemsOf(room: RoomActor): AsyncGenerator<ArchivedItem> {
    for (let after: number | undefined; ; ) {
      const page = await this.#page(room, after, PAGE);
      for (const { order, record } of page) {
        // What is to be gone from every device goes into no file.
        if (record.kind === 'message' && record.disappearAfterS !== undefined) continue;
        const item = this.#itemOf(room, order, record);
        if (item !== undefined) yield item;
      }
      if (page.length < PAGE) return;
      after = page.at(-1)!.order;
    }
  }

  /** `undefined` for what says nothing to whoever reads it later: which of their devices people came and went with. */
  #itemOf(room: RoomActor, order: number, record: TimelineRecord): ArchivedItem | undefined {
    const shown = itemInLog(room.state, shownBy(this.context), order, record);
    if (record.kind === 'message' && shown.kind === 'message') {
      const { messageId, text, sentAtMs, replyTo, deleted } = record;
      const { deviceId, role, guest, self } = record.author;
      return {
        kind: 'message',
        order,
        messageId,
        author: { deviceId, name: shown.author.name, role, guest, self },
        text,
        sentAtMs,
        ...(replyTo && { replyTo: quoteOf(replyTo) }),
        ...(deleted && { deleted: true }),
      };
    }
    if (record.kind === 'gap') return { ...record, order };
    if (record.kind === 'event') {
      const event = this.#eventOf(room, record);
      return event && { kind: 'event', order, atMs: record.atMs, event };
    }
    throw new TypeError('an item of no kind');
  }

  #eventOf(room: RoomActor, { event }: Extract<TimelineRecord, { kind: 'event' }>) {
    const named = (deviceId: Parameters<typeof nameOf>[2]) => ({
      deviceId: String(deviceId),
      name: nameOf(room.state, shownBy(this.context), deviceId),
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

  async #page(room: RoomActor, after: number | undefined, limit: number) {
    const { roomId } = room;
    const found = await this.context.vault.scan({
      prefix: KEYS.timeline(roomId),
      limit,
      ...(after !== undefined && { after: KEYS.item(roomId, after) }),
    });
    return found.map(({ key, value }) => ({
      order: numberOf(key),
      record: decodeRecord<TimelineRecord>(value),
    }));
  }
}

/** A quote goes into a file only where what it quotes does. */
function quoteOf({ messageId, name, text, disappears }: ReplyQuote): ReplyQuote {
  return { messageId, name, text: disappears === true ? '' : text };
}

function timeOf(record: TimelineRecord): number {
  return record.kind === 'message' ? record.sentAtMs : record.atMs;
}

function assertPassphrase(passphrase: string | undefined): string {
  if (passphrase === undefined || Array.from(passphrase).length < 8)
    throw new ClientError('WEAK_PASSPHRASE', 'eight characters or more');
  return passphrase;
}
