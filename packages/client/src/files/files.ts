import type { MessageId } from '@sotto/protocol';
import type { Rooms } from '../engine/rooms.ts';
import type { FileIntents, ReadFile } from '../fileIntents.ts';
import { ClientError } from '../intents.ts';
import type { RoomId } from '../projection.ts';
import type { FileRecord, FileWork } from '../records/fileRecords.ts';
import { deleteFailed, messageInLog } from '../room/deleteMessage.ts';
import type { RoomActor } from '../room/roomActor.ts';
import type { RoomContext } from '../room/roomContext.ts';
import { beginFileWork } from '../room/roomFiles.ts';
import type { RoomStep } from '../room/roomStep.ts';
import { Downloads } from './downloads.ts';
import { openChunks } from './fileChunks.ts';
import type { FileGate } from './fileGate.ts';
import { SendingFiles } from './sendingFiles.ts';
import { Uploads } from './uploads.ts';

/** What a person does with files, and the movers of their bytes. Loaded where there are any. */
export class Files implements FileIntents {
  readonly #sending: SendingFiles;
  readonly #uploads: Uploads;
  readonly #downloads: Downloads;

  constructor(
    private readonly context: RoomContext,
    private readonly rooms: Rooms,
    private readonly gate: FileGate,
  ) {
    this.#sending = new SendingFiles(context, rooms);
    this.#uploads = new Uploads(context, rooms, gate);
    this.#downloads = new Downloads(context, rooms, gate);
  }

  sendFile(...args: Parameters<FileIntents['sendFile']>) {
    return this.#sending.send(...args);
  }

  async cancelFile(roomId: RoomId, messageId: MessageId): Promise<void> {
    const room = this.rooms.get(roomId).actor;
    const item = await room.transact(async step => {
      const own = step.state.outbox.find(({ draft }) => draft.messageId === messageId);
      if (own?.uploading) return deleteFailed(this.context, step, own);
      const message = await messageInLog(this.context, step, messageId);
      const file = message?.record.file;
      if (file === undefined || this.gate.workOf(file.keptAs)?.what !== 'fetching') return undefined;
      this.#begin(step, file, 'dropping');
      return message;
    });
    await room.erasures.pay();
    if (item !== undefined) this.gate.tell(roomId, [item]);
  }

  async fetchFile(roomId: RoomId, messageId: MessageId): Promise<void> {
    const room = this.rooms.get(roomId).actor;
    const item = await room.transact(async step => {
      if (inOutbox(room, messageId) !== undefined) return undefined;
      const message = await messageInLog(this.context, step, messageId);
      const file = message?.record.file;
      if (file === undefined) throw new ClientError('UNKNOWN_MESSAGE', 'there is no such file');
      // What no archive brought along is nowhere to be had.
      if (file.here || step.state.record.importedFrom !== undefined) return undefined;
      this.#begin(step, file, 'fetching', true);
      return message;
    });
    if (item === undefined) return;
    this.gate.tell(roomId, [item]);
    this.#downloads.passes.wakeNow();
  }

  async readFile(roomId: RoomId, messageId: MessageId): Promise<ReadFile | undefined> {
    const room = this.rooms.get(roomId).actor;
    const file =
      inOutbox(room, messageId) ??
      (await room.transact(step => messageInLog(this.context, step, messageId)))?.record.file;
    if (file === undefined) throw new ClientError('UNKNOWN_MESSAGE', 'there is no such file');
    if (!file.here) return undefined;
    const bytes = await openChunks(this.context, roomId, file);
    return bytes && { name: file.name, mediaType: file.mediaType, bytes };
  }

  wake(): void {
    this.#uploads.passes.wake();
    this.#downloads.passes.wake();
  }

  /** The relay is reached again. */
  wakeNow(): void {
    this.#uploads.passes.wakeNow();
    this.#downloads.passes.wakeNow();
  }

  stop(): void {
    this.#uploads.passes.stop();
    this.#downloads.passes.stop();
  }

  async idle(): Promise<void> {
    await this.#uploads.passes.idle();
    await this.#downloads.passes.idle();
  }

  #begin(step: RoomStep, file: FileRecord, what: FileWork['what'], asked?: true): void {
    const { roomId } = step.state.record;
    const { keptAs, blob } = file;
    beginFileWork(this.gate, step, {
      what,
      roomId,
      keptAs,
      chunkCount: blob.chunkCount,
      ...(asked && { asked }),
    });
  }
}

function inOutbox({ state }: RoomActor, messageId: MessageId): FileRecord | undefined {
  return state.outbox.find(({ draft }) => draft.messageId === messageId)?.file;
}
