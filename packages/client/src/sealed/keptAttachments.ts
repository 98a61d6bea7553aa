import { type NoteAttachment, newBlob } from '@sotto/core';
import { MessageId } from '@sotto/protocol';
import { dropChunks, storeFile } from '../files/fileChunks.ts';
import type { RoomId } from '../projection.ts';
import type { FileRecord, FileWork } from '../records/fileRecords.ts';
import { KEYS } from '../records/keys.ts';
import type { StepWrites } from '../records/plainStep.ts';
import type { RoomContext } from '../room/roomContext.ts';

/** A file of a sealed message on this device, before any message points to it. */
interface KeptAttachment {
  readonly file: FileRecord;
  readonly work: FileWork;
}

/**
 * The files of a sealed message, kept as every file is: under a key of their own that stands with the message, and goes
 * with it. They came with the message, so the relay is never asked for them.
 */
export class KeptAttachments {
  private constructor(
    private readonly context: RoomContext,
    private readonly kept: readonly KeptAttachment[],
  ) {}

  /** All of them, or none. Rejects with `VaultError`. */
  static async keep(
    context: RoomContext,
    roomId: RoomId,
    attachments: readonly NoteAttachment[],
  ): Promise<KeptAttachments> {
    const kept: KeptAttachment[] = [];
    try {
      for (const attachment of attachments) kept.push(await keepOne(context, roomId, attachment));
    } catch (error) {
      await new KeptAttachments(context, kept).drop();
      throw error;
    }
    return new KeptAttachments(context, kept);
  }

  get files(): readonly FileRecord[] {
    return this.kept.map(({ file }) => file);
  }

  /** Into the transaction that puts the messages which point to them. */
  settle(step: StepWrites): void {
    for (const { file } of this.kept) step.write(KEYS.fileWork(file.keptAs), null);
  }

  /** No message points to them after all. What cannot be taken away now is at the next start. */
  async drop(): Promise<void> {
    for (const { work } of this.kept) await dropChunks(this.context, work).catch(() => undefined);
  }
}

async function keepOne(
  context: RoomContext,
  roomId: RoomId,
  { name, mediaType, bytes }: NoteAttachment,
): Promise<KeptAttachment> {
  const sealed = newBlob(context.env, bytes);
  const keptAs = MessageId.fromBytes(context.random(MessageId.sizeBytes));
  const file = { keptAs, name, mediaType, blob: sealed.reference, here: true } as const;
  return { file, work: await storeFile(context, roomId, file, sealed) };
}
