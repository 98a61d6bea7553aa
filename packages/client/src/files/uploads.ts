import { CoreError } from '@sotto/core';
import type { Rooms } from '../engine/rooms.ts';
import type { FileRecord } from '../records/fileRecords.ts';
import type { OutRecord } from '../records/roomRecords.ts';
import { putBlob } from '../relay/blobTransfer.ts';
import { ConnectionLost, RelayFailure } from '../relay/relayFailure.ts';
import { queueContent } from '../room/outbox.ts';
import type { RoomActor } from '../room/roomActor.ts';
import type { RoomContext } from '../room/roomContext.ts';
import type { RoomStep } from '../room/roomStep.ts';
import { isSilent } from '../room/sendingBlocked.ts';
import { readChunk } from './fileChunks.ts';
import type { FileGate } from './fileGate.ts';
import { Passes } from './passes.ts';
import { Progress } from './progress.ts';

type Uploading = OutRecord & { readonly file: FileRecord };

/** What the relay may take later: until then the message waits. */
const FOR_NOW = ['RATE_LIMITED', 'UNAVAILABLE', 'STREAM_FULL', 'STREAM_PAUSED'];

/**
 * Puts files at the relay, one after another, and says each message once its file is there: whoever reads it finds
 * what it points to. What was put stays there; after a stop or without a connection it goes on where it was.
 */
export class Uploads {
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
    for (const { actor: room } of this.rooms.all) {
      for (let item = firstOf(room); item !== undefined && this.#isReady(room); item = firstOf(room)) {
        const refused = await this.#upload(room, item);
        if (refused === undefined) continue;
        refusedMs = Math.max(refusedMs ?? 0, refused);
        break;
      }
    }
    if (refusedMs !== undefined) this.passes.retry(refusedMs);
    if (!this.rooms.all.some(({ actor }) => firstOf(actor) !== undefined)) this.gate.endUploads();
  }

  #isReady({ state, caughtUp, accepting }: RoomActor): boolean {
    const { membership, condition } = state.record;
    if (this.passes.stopped || !this.context.link.online || !caughtUp || !accepting) return false;
    return membership === 'member' && condition !== 'ended' && !isSilent(this.context.people, state);
  }

  /** One of them. In how many milliseconds it may be tried again, at least, where it was refused for now. */
  async #upload(room: RoomActor, item: Uploading): Promise<number | undefined> {
    const { file } = item;
    const { blob, keptAs } = file;
    const { roomId } = room;
    const progress = new Progress(this.context.clock, this.gate, {
      roomId,
      keptAs,
      sizeBytes: blob.sizeBytes,
    });
    const given = {
      reference: blob,
      chunk: async (index: number) => {
        const chunk = await readChunk(this.context, { roomId, keptAs, chunkCount: blob.chunkCount }, index);
        if (chunk === undefined) throw new TakenBack();
        return chunk;
      },
    };
    try {
      await putBlob(this.context.link, room.state.record.streamId!, given, chunksLeft => {
        if (this.passes.stopped || !isWanted(room, item)) throw new TakenBack();
        progress.left(chunksLeft, blob.chunkCount);
      });
      await room.transact(step => this.#say(step, item));
      this.gate.progress(keptAs, undefined);
      this.passes.wentWell();
    } catch (error) {
      return await this.#failed(room, item, error);
    }
    await room.sealQueued();
    room.wake();
    return undefined;
  }

  /** The file is there: only now the message gets its place among what this device says. */
  #say(step: RoomStep, { number }: Uploading): void {
    const item = step.state.outbox.find(out => out.number === number && out.uploading);
    if (item?.file === undefined) return;
    const { draft, file, text = '', replyTo, disappearAfterS } = item;
    const { name, mediaType, width = 0, height = 0, thumbnail, blob } = file;
    const said = { text, ...(disappearAfterS !== undefined && { disappearAfterS }) };
    step.dropOut(number);
    queueContent(
      this.context,
      step,
      'text',
      {
        type: 'attachment',
        blob,
        name,
        mediaType,
        width,
        height,
        thumbnail,
        ...said,
        replyTo: replyTo?.messageId,
      },
      { ...said, file, ...(replyTo && { replyTo }) },
      draft.messageId,
    );
  }

  async #failed(room: RoomActor, item: Uploading, error: unknown): Promise<number | undefined> {
    if (error instanceof TakenBack) return isWanted(room, item) ? this.#refuse(room, item) : undefined;
    // With a connection it goes on at once.
    if (error instanceof ConnectionLost) return 0;
    if (error instanceof RelayFailure && FOR_NOW.includes(error.code)) return error.retryAfterMs;
    if (error instanceof RelayFailure || error instanceof CoreError) return this.#refuse(room, item);
    throw error;
  }

  /** It will never be taken: it stays where the person sees it, as failed. */
  async #refuse(room: RoomActor, { number, file }: Uploading): Promise<undefined> {
    if (this.passes.stopped) return undefined;
    this.gate.progress(file.keptAs, undefined);
    await room.transact(step => {
      const item = step.state.outbox.find(out => out.number === number && out.uploading);
      if (item !== undefined) step.putOut({ ...item, failed: 'refused' });
    });
    return undefined;
  }
}

/** Its person took it back meanwhile, or its bytes are not there any more. */
class TakenBack extends Error {}

function firstOf(room: RoomActor): Uploading | undefined {
  return room.state.outbox.find(
    (item): item is Uploading =>
      item.uploading === true && item.failed === undefined && item.file !== undefined,
  );
}

function isWanted(room: RoomActor, { number }: OutRecord): boolean {
  return room.state.outbox.some(item => item.number === number && item.uploading && !item.failed);
}
