import { composeContent, composeInSealedRoom, type SealedRoom, sealDraft, withdrawDraft } from '@sotto/core';
import { type ContentBody, DedupeId, type MessageId } from '@sotto/protocol';
import type { OutPurpose, OutRecord } from '../records/roomRecords.ts';
import type { RoomContext } from './roomContext.ts';
import type { RoomStep } from './roomStep.ts';

/** How an outbox item is shown, where it is. */
type Shown = Pick<OutRecord, 'text' | 'file' | 'replyTo' | 'disappearAfterS' | 'timer' | 'notice'>;

/**
 * Writes down what this device says, with its id and its place in this device's order: the first of the two
 * transactions of sending. `messageId`: as chosen by the caller. Throws what `composeContent` throws.
 */
export function queueContent(
  context: RoomContext,
  step: RoomStep,
  purpose: OutPurpose,
  body: ContentBody,
  shown: Shown = {},
  messageId?: MessageId,
): OutRecord | undefined {
  const { record } = step.state;
  const composed = compose(context, step, body, messageId);
  if (composed === undefined) return undefined;
  const item: OutRecord = {
    number: record.nextOut,
    purpose,
    draft: composed.draft,
    dedupeId: DedupeId.fromBytes(context.random(DedupeId.sizeBytes)),
    ...shown,
  };
  step.putOut(item);
  return item;
}

function compose(context: RoomContext, step: RoomStep, body: ContentBody, messageId: MessageId | undefined) {
  const { conversation, sealed } = step.state;
  if (sealed !== undefined) {
    const composed = composeInSealedRoom(context.env, sealed, body, messageId);
    step.advanceSealed(composed);
    return composed;
  }
  if (conversation === undefined) return undefined;
  const composed = composeContent(context.env, conversation, body, messageId);
  step.advance(composed);
  return composed;
}

/**
 * Encrypts an item for the epoch that the room is in: the second transaction. The advanced ratchet is stored beside
 * the ciphertext before that may leave (invariants I1 and I2); an item that was encrypted for an older epoch is
 * encrypted again, under a key of the new one.
 */
export async function sealItem(context: RoomContext, step: RoomStep, item: OutRecord): Promise<OutRecord> {
  const { conversation } = step.state;
  if (step.state.sealed !== undefined) return sealInSealed(context, step, step.state.sealed, item);
  if (conversation === undefined) return item;
  const sealed = sealDraft(context.env, conversation, item.draft);
  step.advance(sealed);
  const { payload, expectEpoch, epoch } = sealed;
  const ready: OutRecord = { ...item, sealed: { payload, expectEpoch, epoch } };
  step.putOut(ready);
  return ready;
}

/** There is no ratchet: what was encrypted stays as it is, whatever epoch the stream is at. */
async function sealInSealed(
  context: RoomContext,
  step: RoomStep,
  room: SealedRoom,
  item: OutRecord,
): Promise<OutRecord> {
  const payload = item.sealed?.payload ?? (await context.sealedTalk()?.seal(room, item.draft));
  if (payload === undefined) return item;
  const ready: OutRecord = { ...item, sealed: { payload, expectEpoch: room.streamEpoch, epoch: 0 } };
  step.putOut(ready);
  return ready;
}

/** What still has to go out, in order. */
export function unsent(outbox: readonly OutRecord[]): readonly OutRecord[] {
  return outbox.filter(
    item => item.appended === undefined && item.failed === undefined && item.uploading === undefined,
  );
}

/**
 * An item that the relay refuses for good. Its counter goes to a withdrawal, so that the others see no gap; a text
 * stays where the person sees it, as failed.
 */
export function failItem(
  context: RoomContext,
  step: RoomStep,
  item: OutRecord,
  failed: NonNullable<OutRecord['failed']>,
): void {
  if (item.purpose === 'withdrawal') {
    step.dropOut(item.number);
    return;
  }
  const { sealed: _sealed, ...unsealed } = item;
  step.putOut({
    number: item.number,
    purpose: 'withdrawal',
    draft: withdrawDraft(context.env, item.draft),
    dedupeId: DedupeId.fromBytes(context.random(DedupeId.sizeBytes)),
  });
  if (item.purpose === 'text') step.putOut({ ...unsealed, number: step.state.record.nextOut, failed });
}
