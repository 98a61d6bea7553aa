import type {
  ArchivedBytes,
  ArchivedConversation,
  ArchivedItem,
  ArchivedPerson,
  ConversationSource,
} from '@sotto/vault/archive';
import { openChunks } from '../files/fileChunks.ts';
import { ClientError } from '../intents.ts';
import type { ExportedFile, ExportRequest } from '../projection.ts';
import { KEYS, numberOf } from '../records/keys.ts';
import { decodeRecord } from '../records/recordCodec.ts';
import type { TimelineRecord } from '../records/roomRecords.ts';
import type { RoomActor } from '../room/roomActor.ts';
import type { RoomContext } from '../room/roomContext.ts';
import { nameOf, shownBy, viewOf } from '../room/roomState.ts';
import { withThumbnail } from './archivedFile.ts';
import { archivedItem } from './archivedItem.ts';
import type { Rooms } from './rooms.ts';
import type { Watched } from './tasks.ts';

const PAGE = 500;
const FORMATS = ['html', 'json', 'archive'] as const;
const EXTENSIONS = { html: 'html', json: 'json', archive: 'age' } as const;

/** Writes histories into a file: to be read by anyone, or encrypted, to be imported elsewhere. */
export class Exporting {
  constructor(
    private readonly context: RoomContext,
    private readonly rooms: Rooms,
  ) {}

  async exportHistory(
    { roomIds, format, passphrase }: ExportRequest,
    watched: Watched,
  ): Promise<ExportedFile> {
    if (!FORMATS.includes(format)) throw new RangeError('no such format');
    const rooms = (roomIds?.map(roomId => this.rooms.get(roomId)) ?? this.rooms.shown)
      .map(({ actor }) => actor)
      .filter(({ state }) => state.record.membership !== 'joining');
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
      items: withBytes => this.#itemsOf(room, withBytes),
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

  async *#itemsOf(room: RoomActor, withBytes: boolean): AsyncGenerator<ArchivedItem | ArchivedBytes> {
    const { piecesOf } = await import('@sotto/vault/archive');
    for (let after: number | undefined; ; ) {
      const page = await this.#page(room, after, PAGE);
      for (const { order, record } of page) {
        // What is to be gone from every device goes into no file.
        if (record.kind === 'message' && record.disappearAfterS !== undefined) continue;
        const item = archivedItem(this.context, room.state, order, record);
        if (item === undefined) continue;
        const kept = record.kind === 'message' ? record.file : undefined;
        if (!withBytes || kept === undefined || item.kind !== 'message' || item.file === undefined) {
          yield item;
          continue;
        }
        // One at a time, whole: what is deleted meanwhile is not begun.
        const content = kept.here && (await openChunks(this.context, room.roomId, kept));
        yield { ...item, file: withThumbnail(item.file, kept, content !== undefined) };
        if (content) for (const bytes of piecesOf(content)) yield { kind: 'bytes', bytes };
      }
      if (page.length < PAGE) return;
      after = page.at(-1)!.order;
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

function timeOf(record: TimelineRecord): number {
  return record.kind === 'message' ? record.sentAtMs : record.atMs;
}

function assertPassphrase(passphrase: string | undefined): string {
  if (passphrase === undefined || Array.from(passphrase).length < 8)
    throw new ClientError('WEAK_PASSPHRASE', 'eight characters or more');
  return passphrase;
}
