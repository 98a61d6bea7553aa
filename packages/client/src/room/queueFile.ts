import { DedupeId, MessageId } from '@sotto/protocol';
import type { FileRecord } from '../records/fileRecords.ts';
import type { OutRecord } from '../records/roomRecords.ts';
import type { RoomContext } from './roomContext.ts';
import type { RoomStep } from './roomStep.ts';

/** A message about a file, before the file is at the relay. */
type Said = Pick<OutRecord, 'text' | 'replyTo' | 'disappearAfterS'> & { readonly file: FileRecord };

/**
 * Writes down a message whose file is on this device. It gets its counter when the file is at the relay: nothing that
 * is said until then waits for it, and nobody sees a gap.
 */
export function queueFile(
  context: RoomContext,
  step: RoomStep,
  { text = '', replyTo, disappearAfterS, file }: Said,
  messageId: MessageId = MessageId.fromBytes(context.random(MessageId.sizeBytes)),
): MessageId {
  step.putOut({
    number: step.state.record.nextOut,
    purpose: 'text',
    draft: { messageId, counter: 0, sentAtMs: context.clock.nowMs(), content: new Uint8Array(0) },
    dedupeId: DedupeId.fromBytes(context.random(DedupeId.sizeBytes)),
    text,
    ...(replyTo && { replyTo }),
    ...(disappearAfterS !== undefined && { disappearAfterS }),
    file,
    uploading: true,
  });
  step.afterwards(() => context.files.beginUpload());
  return messageId;
}
