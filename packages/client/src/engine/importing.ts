import { DeviceId, StreamId } from '@sotto/protocol';
import type { StoreWrite } from '@sotto/vault';
import type { ArchivedConversation, ArchivedItem, HistoryRecord } from '@sotto/vault/archive';
import { ClientError } from '../intents.ts';
import type { Imported, ImportRequest, RoomId } from '../projection.ts';
import type { FileRecord } from '../records/fileRecords.ts';
import { KEYS } from '../records/keys.ts';
import { decodeRecord, encodeRecord } from '../records/recordCodec.ts';
import type { PeerRecord, RoomRecord, TimelineRecord } from '../records/roomRecords.ts';
import { eraseRoom } from '../room/eraseRoom.ts';
import { lineOf } from '../room/messageFile.ts';
import { orderOnItsWay, seqOf } from '../room/order.ts';
import type { RoomContext } from '../room/roomContext.ts';
import { emptyRoom, type RoomState } from '../room/roomState.ts';
import { absentFile, storedFile } from './archivedFile.ts';
import { knownId, recordOfArchived } from './itemOfArchive.ts';
import type { Rooms } from './rooms.ts';
import type { Watched } from './tasks.ts';

const WRITES_PER_BATCH = 500;

interface Room {
  readonly roomId: RoomId;
  readonly conversation: ArchivedConversation;
  readonly peers: readonly PeerRecord[];
  messages: number;
  lastOrder: number;
  lastMessage: Extract<TimelineRecord, { kind: 'message' }> | undefined;
}

/** A message whose file is on its way out of the archive, which holds it against its hash. */
interface ComingFile {
  readonly item: ArchivedItem;
  readonly file: FileRecord;
  readonly content: Uint8Array;
  gotBytes: number;
}

/**
 * Puts the conversations of an archive beside those of this device, to be read. The archive is read through first; the
 * rooms' own records come with the last transaction, so that there is all of it or nothing to be seen, and what a crash
 * left of an import is taken away at the next start.
 */
export class Importing {
  constructor(
    private readonly context: RoomContext,
    private readonly rooms: Rooms,
    private readonly addRoom: (state: RoomState) => void,
  ) {}

  async importArchive({ file, passphrase }: ImportRequest, watched: Watched): Promise<Imported> {
    const { openArchive } = await import('@sotto/vault/archive');
    const archive = await openArchive(file, passphrase, { signal: watched.signal });
    const begun: RoomId[] = [];
    try {
      return await this.#take(archive.records(watched), begun);
    } catch (error) {
      await this.#undo(begun);
      throw error;
    }
  }

  /** Takes away what an import left that did not come to its end. */
  async tidy(): Promise<void> {
    const left = await this.context.vault.read(KEYS.importing);
    if (left !== undefined) await this.#undo(decodeRecord<{ roomIds: RoomId[] }>(left).roomIds);
  }

  async #take(records: AsyncIterable<HistoryRecord>, begun: RoomId[]): Promise<Imported> {
    const { vault } = this.context;
    const rooms: Room[] = [];
    let skipped = 0;
    let room: Room | undefined;
    let waiting: StoreWrite[] = [];
    let coming: ComingFile | undefined;
    for await (const record of records) {
      if (record.kind === 'conversation') {
        room = this.#has(record.conversation.id) ? undefined : this.#begin(record.conversation);
        if (room === undefined) {
          skipped++;
          continue;
        }
        rooms.push(room);
        begun.push(room.roomId);
        await vault.commit([
          { key: KEYS.importing, value: encodeRecord({ roomIds: begun }) },
          ...room.peers.map(peer => ({
            key: KEYS.peer(room!.roomId, peer.deviceId),
            value: encodeRecord(peer),
          })),
        ]);
      } else if (room !== undefined) {
        const taken = await this.#placed(room, record, coming);
        coming = taken.coming;
        waiting.push(...taken.writes);
        if (waiting.length < WRITES_PER_BATCH) continue;
        await vault.commit(waiting);
        waiting = [];
      }
    }
    const states = rooms.map(done => stateOf(done, this.context.clock.nowMs()));
    await vault.commit([
      ...waiting,
      ...states.map(({ record }) => ({ key: KEYS.room(record.roomId), value: encodeRecord(record) })),
      { key: KEYS.importing, value: null },
    ]);
    for (const state of states) this.addRoom(state);
    const messages = rooms.reduce((sum, done) => sum + done.messages, 0);
    return { conversations: rooms.length, messages, skipped };
  }

  /** What is written for it: of a message whose file follows only with the last of the file. */
  async #placed(
    room: Room,
    record: Exclude<HistoryRecord, { kind: 'conversation' }>,
    coming: ComingFile | undefined,
  ): Promise<{ readonly writes: readonly StoreWrite[]; readonly coming?: ComingFile }> {
    if (record.kind === 'item') {
      const { item } = record;
      const said = item.kind === 'message' ? item.file : undefined;
      const file = said && absentFile(this.context, said);
      if (file === undefined || !said?.included) return { writes: writesOf(room, item, file) };
      return { writes: [], coming: { item, file, content: new Uint8Array(said.sizeBytes), gotBytes: 0 } };
    }
    if (coming === undefined) throw new ClientError('ARCHIVE_DAMAGED', 'bytes of no file');
    const { item, file, content } = coming;
    content.set(record.bytes, coming.gotBytes);
    coming.gotBytes += record.bytes.length;
    if (coming.gotBytes < content.length) return { writes: [], coming };
    const here = await storedFile(this.context, room.roomId, file, content);
    return { writes: writesOf(room, item, here) };
  }

  async #undo(roomIds: readonly RoomId[]): Promise<void> {
    for (const roomId of roomIds) await eraseRoom(this.context.vault, roomId, 'room');
    await this.context.vault.commit([{ key: KEYS.importing, value: null }]);
  }

  #has(id: string): boolean {
    return this.rooms.all.some(({ actor: { state } }) =>
      [state.record.importedFrom, state.record.streamId, state.record.roomId].includes(id as RoomId),
    );
  }

  #begin(conversation: ArchivedConversation): Room {
    const roomId = StreamId.fromBytes(this.context.random(StreamId.sizeBytes));
    const peers = conversation.members.map(({ deviceId, name }) => ({
      deviceId: knownId(DeviceId, deviceId),
      name,
      baseline: 0,
      gaps: [],
    }));
    return { roomId, conversation, peers, messages: 0, lastOrder: 0, lastMessage: undefined };
  }
}

function writesOf(room: Room, item: ArchivedItem, file: FileRecord | undefined): readonly StoreWrite[] {
  const { roomId } = room;
  const { order } = item;
  // What lies beyond any log was made by nobody's hand.
  if (order >= orderOnItsWay(0)) return [];
  const record = recordOfArchived(item, file);
  room.lastOrder = order;
  const writes: StoreWrite[] = [{ key: KEYS.item(roomId, order), value: encodeRecord(record) }];
  if (record.kind !== 'message') return writes;
  room.messages++;
  if (record.deleted !== true) room.lastMessage = record;
  writes.push({ key: KEYS.place(roomId, record.messageId), value: encodeRecord({ order }) });
  if (record.replyTo !== undefined)
    writes.push({ key: KEYS.quote(roomId, record.replyTo.messageId, order), value: encodeRecord({}) });
  return writes;
}

function stateOf(room: Room, nowMs: number): RoomState {
  const { roomId, conversation, lastMessage } = room;
  const empty = emptyRoom(roomId, nowMs);
  const record: RoomRecord = {
    ...empty.record,
    membership: 'left',
    created: true,
    condition: 'ended',
    title: conversation.title,
    importedFrom: conversation.id,
    cursorSeq: seqOf(room.lastOrder),
    ...(lastMessage && {
      lastActivityMs: lastMessage.sentAtMs,
      preview: {
        ...lineOf(lastMessage),
        own: lastMessage.author.self,
        atMs: lastMessage.sentAtMs,
      },
    }),
  };
  return { ...empty, record, peers: new Map(room.peers.map(peer => [peer.deviceId, peer])) };
}
