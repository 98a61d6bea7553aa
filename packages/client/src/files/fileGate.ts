import type { MessageId } from '@sotto/protocol';
import type { Rooms } from '../engine/rooms.ts';
import type { RoomId } from '../projection.ts';
import type { FileWork } from '../records/fileRecords.ts';
import { KEYS } from '../records/keys.ts';
import { decodeRecord } from '../records/recordCodec.ts';
import { scanAll } from '../records/scanAll.ts';
import type { RoomContext, TimelineChange } from '../room/roomContext.ts';
import type { RoomFiles } from '../room/roomFiles.ts';
import type { Files } from './files.ts';

/** What is under way with files, and the way to the code that moves them: loaded where there are any. */
export class FileGate implements RoomFiles {
  readonly #works = new Map<MessageId, FileWork>();
  readonly #doneBytes = new Map<MessageId, number>();
  #uploads = false;
  #loading: Promise<Files> | undefined;
  #loaded: Files | undefined;
  #closed = false;

  constructor(
    private readonly context: RoomContext,
    private readonly rooms: Rooms,
    private readonly shown: (roomId: RoomId, change: TimelineChange) => void,
  ) {}

  /** What a stop in between left to be done. The rooms are there already. */
  async load(): Promise<void> {
    for (const { value } of await scanAll(this.context.vault, KEYS.fileWorks)) {
      const work = decodeRecord<FileWork>(value);
      // What was being stored has no message.
      this.#note(work.what === 'storing' ? { ...work, what: 'dropping' } : work);
    }
    this.#uploads = this.rooms.all.some(({ actor }) => actor.state.outbox.some(({ uploading }) => uploading));
    this.wake();
  }

  /** The code itself. */
  files(): Promise<Files> {
    this.#loading ??= import('../engine/later.ts').then(({ Files: Loaded }) => {
      this.#loaded = new Loaded(this.context, this.rooms, this);
      if (this.#closed) this.#loaded.stop();
      return this.#loaded;
    });
    return this.#loading;
  }

  /** Goes on where it can: called whenever that may be, and for nothing where there is nothing to do. */
  wake(): void {
    if (this.#closed || (this.#works.size === 0 && !this.#uploads)) return;
    if (this.#loaded !== undefined) this.#loaded.wake();
    else
      this.files().then(
        files => files.wake(),
        // Its code did not come: it is asked for again at the next occasion.
        () => {
          this.#loading = undefined;
        },
      );
  }

  /** A session with the relay stands. */
  online(): void {
    this.#loaded?.wakeNow();
    this.wake();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#loaded?.stop();
    await this.#loaded?.idle();
  }

  get works(): readonly FileWork[] {
    return [...this.#works.values()];
  }

  workOf(keptAs: MessageId): FileWork | undefined {
    return this.#works.get(keptAs);
  }

  doneBytesOf(keptAs: MessageId): number | undefined {
    return this.#doneBytes.get(keptAs);
  }

  begin(work: FileWork): void {
    this.#note(work);
    this.wake();
  }

  beginUpload(): void {
    this.#uploads = true;
    this.wake();
  }

  /** Nothing is to be put at the relay any more. */
  endUploads(): void {
    this.#uploads = false;
  }

  end(keptAs: MessageId): void {
    this.#works.delete(keptAs);
    this.#doneBytes.delete(keptAs);
  }

  /** How far it has come; `undefined`: it is not on its way any more. */
  progress(keptAs: MessageId, doneBytes: number | undefined): void {
    if (doneBytes === undefined) this.#doneBytes.delete(keptAs);
    else this.#doneBytes.set(keptAs, doneBytes);
  }

  /** A window that looks there sees it as it is now. */
  tell(roomId: RoomId, items: TimelineChange['items'] = []): void {
    this.shown(roomId, { items, removedOrders: [], marks: false, names: false });
  }

  #note(work: FileWork): void {
    this.#works.set(work.keptAs, work);
    if (work.what === 'fetching' && work.asked && !this.#doneBytes.has(work.keptAs))
      this.#doneBytes.set(work.keptAs, 0);
    if (work.what === 'dropping') this.#doneBytes.delete(work.keptAs);
  }
}
