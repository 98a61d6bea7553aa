import type { MessageId } from '@sotto/protocol';
import { KEYS, numberOf } from '../records/keys.ts';
import { decodeRecord } from '../records/recordCodec.ts';
import type { PlaceRecord, TimelineRecord } from '../records/roomRecords.ts';
import { endCounting } from './disappearing.ts';
import type { RoomContext } from './roomContext.ts';
import type { RoomStep } from './roomStep.ts';
import { previewOf } from './shownText.ts';

type MessageRecord = Extract<TimelineRecord, { kind: 'message' }>;

/** Messages looked at for a new preview: receipts and events are none of them. */
const PREVIEW_SEARCH = 50;

/** A message of the log, or `undefined` where there is none. */
export async function messageInLog(
  context: RoomContext,
  step: RoomStep,
  messageId: MessageId,
): Promise<{ readonly order: number; readonly record: MessageRecord } | undefined> {
  const { roomId } = step.state.record;
  const place = await step.read(context.vault, KEYS.place(roomId, messageId));
  const at = place === undefined ? undefined : decodeRecord<PlaceRecord>(place);
  if (at === undefined || !('order' in at)) return undefined;
  const item = await step.read(context.vault, KEYS.item(roomId, at.order));
  const record = item === undefined ? undefined : decodeRecord<TimelineRecord>(item);
  return record?.kind === 'message' ? { order: at.order, record } : undefined;
}

/**
 * Takes a message out of the log, with everything that repeats its words: quotes, the preview, the search segment.
 * `leave`: a mark where it stood, or nothing; its id stays either way, so that it is not shown again when it comes
 * again. Its bytes are gone once the erasure that this step owes is paid.
 */
export async function deleteMessage(
  context: RoomContext,
  step: RoomStep,
  { order, record }: { readonly order: number; readonly record: MessageRecord },
  leave: 'mark' | 'nothing',
): Promise<void> {
  const { messageId, replyTo: _quoted, disappearAfterS: _stays, goneAtMs: _counts, ...rest } = record;
  const saw = { ...record.saw, head: new Uint8Array(0) };
  if (leave === 'mark')
    step.changeItem({ order, record: { ...rest, messageId, text: '', saw, deleted: true } });
  else step.removeItem(order);
  endCounting(step, { order, record });
  step.oweErasure(KEYS.item(step.state.record.roomId, order));
  await deleteQuotes(context, step, messageId);
  await newPreview(context, step, record);
}

async function deleteQuotes(context: RoomContext, step: RoomStep, messageId: MessageId): Promise<void> {
  const { roomId } = step.state.record;
  const prefix = KEYS.quotesOf(roomId, messageId);
  for (let after: string | undefined; ; ) {
    const page = await context.vault.scan({ prefix, limit: 100, ...(after !== undefined && { after }) });
    for (const { key } of page) await deleteQuote(context, step, messageId, numberOf(key));
    if (page.length < 100) break;
    after = page.at(-1)!.key;
  }
  for (const item of step.state.outbox) {
    if (item.replyTo?.messageId === messageId)
      step.putOut({ ...item, replyTo: { ...item.replyTo, text: '' } });
  }
}

async function deleteQuote(
  context: RoomContext,
  step: RoomStep,
  messageId: MessageId,
  order: number,
): Promise<void> {
  const { roomId } = step.state.record;
  const item = await step.read(context.vault, KEYS.item(roomId, order));
  const record = item === undefined ? undefined : decodeRecord<TimelineRecord>(item);
  if (record?.kind !== 'message' || record.replyTo?.messageId !== messageId) return;
  step.changeItem({ order, record: { ...record, replyTo: { ...record.replyTo, text: '' } } });
  step.oweErasure(KEYS.item(roomId, order));
}

/** Where the list shows this message, it shows the newest that is left from now on. */
async function newPreview(context: RoomContext, step: RoomStep, deleted: MessageRecord): Promise<void> {
  const { roomId, preview } = step.state.record;
  if (preview === undefined || preview.text !== previewOf(deleted.text)) return;
  const found = await context.vault.scan({
    prefix: KEYS.timeline(roomId),
    limit: PREVIEW_SEARCH + step.removedOrders.length,
    reverse: true,
  });
  for (const { key } of found) {
    // As it will be after this step, which may delete several.
    const item = await step.read(context.vault, key);
    const record = item === undefined ? undefined : decodeRecord<TimelineRecord>(item);
    if (record?.kind !== 'message' || record.deleted === true) continue;
    const { text, author, sentAtMs } = record;
    return step.set({ preview: { text: previewOf(text), own: author.self, atMs: sentAtMs } });
  }
  step.clear('preview');
}
