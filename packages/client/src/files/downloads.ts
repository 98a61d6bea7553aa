import { CoreError, openBlobChunk } from '@sotto/core';
import { VaultError } from '@sotto/vault';
import type { Rooms } from '../engine/rooms.ts';
import type { FileRecord, FileWork } from '../records/fileRecords.ts';
import { KEYS } from '../records/keys.ts';
import { getChunks } from '../relay/blobTransfer.ts';
import { ConnectionLost, RelayFailure } from '../relay/relayFailure.ts';
import { messageInLog } from '../room/deleteMessage.ts';
import type { RoomActor } from '../room/roomActor.ts';
import type { RoomContext } from '../room/roomContext.ts';
import type { PlacedItem } from '../room/roomStep.ts';
import { dropChunks, missingChunks, openChunks } from './fileChunks.ts';
import type { FileGate } from './fileGate.ts';
import { Passes } from './passes.ts';
import { Progress } from './progress.ts';

/** What became of a file, as its message says from then on. */
type Outcome = Pick<FileRecord, 'here' | 'gone' | 'trouble'>;

/**
 * Fetches files, one after another. Chunks are stored as they come, so that after a stop it goes on with what is
 * missing; each must open with the file's key, and only when all together are what was sent the file is here.
 */
export class Downloads {
  /** When it goes on. */
  readonly passes: Passes;

  constructor(
    private readonly context: RoomContext,
    private readonly rooms: Rooms,
    private readonly gate: FileGate,
  ) {
    this.passes = new Passes(context.clock, context.random, () => this.#pass());
  }

  async #pass(): Promise<void> {
    let refusedMs: number | undefined;
    for (const work of this.gate.works) {
      if (this.passes.stopped) return;
      if (work.what === 'dropping') await this.#drop(work);
      if (work.what !== 'fetching') continue;
      const refused = await this.#fetch(work);
      if (refused !== undefined) refusedMs = Math.max(refusedMs ?? 0, refused);
    }
    if (refusedMs !== undefined) this.passes.retry(refusedMs);
  }

  async #drop(work: FileWork): Promise<void> {
    await dropChunks(this.context, work);
    // It may be wanted again by now.
    if (this.gate.workOf(work.keptAs) === work) this.gate.end(work.keptAs);
  }

  /** In how many milliseconds it may be tried again, at least, where it was refused for now. */
  async #fetch(work: FileWork): Promise<number | undefined> {
    const room = this.rooms.find(work.roomId)?.actor;
    const message = room && (await room.transact(step => messageInLog(this.context, step, work.keptAs)));
    const file = message?.record.file;
    if (room === undefined || message === undefined || file === undefined || file.here) {
      await this.#forget(work);
      return undefined;
    }
    // Who is not in it any more gets nothing of it from the relay.
    if (room.state.record.membership !== 'member') {
      await this.#settle(room, work, { gone: true });
      return undefined;
    }
    if (!this.#isReady(room, work)) return undefined;
    try {
      const outcome = await this.#get(room, work, { ...message, file });
      await this.#settle(room, work, outcome);
      this.passes.wentWell();
      return undefined;
    } catch (error) {
      return await this.#failed(room, work, error);
    }
  }

  /** Nothing is fetched for a stranger's room by itself: that it was would tell them something. */
  #isReady({ state }: RoomActor, { asked }: FileWork): boolean {
    return this.context.link.online && (asked === true || state.record.request === undefined);
  }

  async #get(
    room: RoomActor,
    work: FileWork,
    message: PlacedItem & { readonly file: FileRecord },
  ): Promise<Outcome> {
    const { env, link, vault, clock } = this.context;
    const { order, record, file } = message;
    const { blob, keptAs } = file;
    const { roomId } = room;
    const { chunkCount, sizeBytes } = blob;
    const missing = await missingChunks(this.context, { roomId, keptAs, chunkCount });
    const items = [{ order, record }];
    const progress = new Progress(clock, this.gate, { roomId, keptAs, sizeBytes, items });
    let left = missing.length;
    progress.left(left, chunkCount);
    await getChunks(link, blob.blobId, missing, async (index, bytes) => {
      this.#assertWanted(work);
      openBlobChunk(env, blob, index, bytes);
      await vault.commit([{ key: KEYS.fileChunk(roomId, keptAs, index), value: bytes }]);
      this.#assertWanted(work);
      progress.left(--left, chunkCount);
    });
    const content = await openChunks(this.context, roomId, file);
    this.#assertWanted(work);
    return content === undefined ? { trouble: 'wrong-bytes' } : { here: true };
  }

  #assertWanted(work: FileWork): void {
    if (this.passes.stopped || this.gate.workOf(work.keptAs) !== work) throw new NotWanted();
  }

  async #failed(room: RoomActor, work: FileWork, error: unknown): Promise<number | undefined> {
    // What is to become of it instead is written down.
    if (error instanceof NotWanted) return undefined;
    // With a connection it goes on at once.
    if (error instanceof ConnectionLost) return 0;
    if (error instanceof CoreError) await this.#settle(room, work, { trouble: 'wrong-bytes' });
    else if (error instanceof VaultError && error.code === 'QUOTA_EXCEEDED')
      await this.#settle(room, work, { trouble: 'storage-full' });
    else if (!(error instanceof RelayFailure)) throw error;
    else if (error.code === 'RATE_LIMITED' || error.code === 'UNAVAILABLE') return error.retryAfterMs;
    else await this.#settle(room, work, { gone: true });
    return undefined;
  }

  /** The message says what became of its file. Where that is not here, nothing of it stays. */
  async #settle(room: RoomActor, work: FileWork, outcome: Outcome): Promise<void> {
    const { keptAs } = work;
    if (this.gate.workOf(keptAs) !== work) return;
    if (outcome.here === undefined) await dropChunks(this.context, work);
    await room.transact(async step => {
      // Deleted meanwhile: its chunks are on their way out.
      if (this.gate.workOf(keptAs) !== work) return;
      const message = await messageInLog(this.context, step, keptAs);
      step.write(KEYS.fileWork(keptAs), null);
      step.afterwards(() => this.gate.end(keptAs));
      if (message?.record.file === undefined) return;
      const { order, record } = message;
      step.changeUnsaid({
        order,
        record: { ...record, file: { ...plainFile(message.record.file), ...outcome } },
      });
    });
  }

  async #forget({ keptAs }: FileWork): Promise<void> {
    await this.context.vault.commit([{ key: KEYS.fileWork(keptAs), value: null }]);
    this.gate.end(keptAs);
  }
}

/** Another work took its place, or the engine stops. */
class NotWanted extends Error {}

function plainFile({ here: _here, gone: _gone, trouble: _trouble, ...file }: FileRecord): FileRecord {
  return file;
}
