import { newBlob } from '@sotto/core';
import { MessageId } from '@sotto/protocol';
import type { Rooms } from '../engine/rooms.ts';
import type { FileIntents, OutgoingFile } from '../fileIntents.ts';
import { ClientError } from '../intents.ts';
import type { RoomId } from '../projection.ts';
import type { FileRecord } from '../records/fileRecords.ts';
import { KEYS } from '../records/keys.ts';
import { alreadySaid } from '../room/alreadySaid.ts';
import { assertMaySay } from '../room/maySay.ts';
import { lineOf } from '../room/messageFile.ts';
import { queueFile } from '../room/queueFile.ts';
import { quoted } from '../room/receiveContent.ts';
import type { RoomContext } from '../room/roomContext.ts';
import type { RoomStep } from '../room/roomStep.ts';
import { timerOf } from '../room/roomTimer.ts';
import { dropChunks, storeFile } from './fileChunks.ts';
import { assertCaption, describedFile } from './outgoingFile.ts';

type Options = NonNullable<Parameters<FileIntents['sendFile']>[2]>;

/**
 * Takes a file that is to be sent: all its chunks first, then the message that points to them, in one transaction. What
 * a stop leaves in between is noted before it begins, and taken away at the next start.
 */
export class SendingFiles {
  constructor(
    private readonly context: RoomContext,
    private readonly rooms: Rooms,
  ) {}

  async send(
    roomId: RoomId,
    file: OutgoingFile,
    { text = '', replyTo, messageId: chosenId }: Options = {},
  ): Promise<{ messageId: MessageId }> {
    const { context } = this;
    const described = describedFile(file);
    assertCaption(text);
    if (chosenId !== undefined && !MessageId.is(chosenId))
      throw new ClientError('BAD_MESSAGE_ID', 'not the id of a message');
    const room = this.rooms.get(roomId).actor;
    const blob = newBlob(context.env, file.bytes);
    const messageId = chosenId ?? MessageId.fromBytes(context.random(MessageId.sizeBytes));
    const said = { messageId, text, replyTo, fileHash: blob.reference.hash };
    const isSaid = async (step: RoomStep) =>
      chosenId !== undefined && (await alreadySaid(context, step, said));
    // Nothing is stored for what will not be said, or was.
    const before = await room.transact(async step => {
      if (await isSaid(step)) return 'said';
      assertMaySay(context, step);
      return 'new';
    });
    if (before === 'said') return { messageId };
    const record = {
      ...described,
      keptAs: MessageId.fromBytes(context.random(MessageId.sizeBytes)),
      blob: blob.reference,
      here: true,
    } as const;
    const work = await storeFile(context, roomId, record, blob);
    try {
      await room.transact(async step => {
        // Asked twice at once: the other one was first.
        if (await isSaid(step)) throw new SaidMeanwhile();
        await this.#queue(step, record, { text, replyTo, messageId });
      });
    } catch (error) {
      await dropChunks(context, work).catch(() => undefined);
      if (!(error instanceof SaidMeanwhile)) throw error;
    }
    return { messageId };
  }

  async #queue(
    step: RoomStep,
    file: FileRecord,
    { text, replyTo, messageId }: { text: string; replyTo: MessageId | undefined; messageId: MessageId },
  ): Promise<void> {
    const { context } = this;
    assertMaySay(context, step);
    const disappearAfterS = timerOf(step.state);
    const shown = { text, file, ...(await quoted(context, step, replyTo)) };
    queueFile(
      context,
      step,
      { ...shown, ...(disappearAfterS !== undefined && { disappearAfterS }) },
      messageId,
    );
    step.write(KEYS.fileWork(file.keptAs), null);
    const atMs = context.clock.nowMs();
    step.set({ lastActivityMs: atMs, preview: { ...lineOf(shown), own: true, atMs } });
  }
}

class SaidMeanwhile extends Error {}
