import type { MessageId } from '@sotto/protocol';
import { KEYS, numberOf } from '../records/keys.ts';
import { decodeRecord } from '../records/recordCodec.ts';
import type {
  OutRecord,
  PlaceRecord,
  ReplyQuote,
  RoomRecord,
  TimelineRecord,
} from '../records/roomRecords.ts';
import { endCounting } from './disappearing.ts';
import { dropFile, lineOf, wordsOf } from './messageFile.ts';
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
 * Takes a message out of the log, with its file and everything that repeats its words: quotes, the preview, the search
 * segment.
 * `leave`: a mark where it stood, or nothing; its id stays either way, so that it is not shown again when it comes
 * again. Its bytes are gone once the erasure that this step owes is paid.
 */
export async function deleteMessage(
  context: RoomContext,
  step: RoomStep,
  { order, record }: { readonly order: number; readonly record: MessageRecord },
  leave: 'mark' | 'nothing',
): Promise<void> {
  const { messageId, file, replyTo: _quoted, disappearAfterS: _stays, goneAtMs: _counts, ...rest } = record;
  const saw = { ...record.saw, head: new Uint8Array(0) };
  if (leave === 'mark')
    step.changeItem({ order, record: { ...rest, messageId, text: '', saw, deleted: true } });
  else step.removeItem(order);
  endCounting(step, { order, record });
  if (file !== undefined) dropFile(context, step, file, record.author.deviceId === context.identity.deviceId);
  step.oweErasure(KEYS.item(step.state.record.roomId, order));
  await deleteQuotes(context, step, messageId);
  await newPreview(context, step, wordsOf(record));
}

/**
 * Takes away an own message that failed, or whose file is not at the relay yet: it is in no log, and the preview may still show it. Its bytes are gone once the
 * erasure that this step owes is paid.
 */
export async function deleteFailed(context: RoomContext, step: RoomStep, failed: OutRecord): Promise<void> {
  step.dropOut(failed.number);
  step.oweErasure();
  if (failed.file !== undefined) dropFile(context, step, failed.file, true);
  await newPreview(context, step, wordsOf(failed));
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
    if (item.replyTo?.messageId === messageId) step.putOut({ ...item, replyTo: emptied(item.replyTo) });
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
  step.changeItem({ order, record: { ...record, replyTo: emptied(record.replyTo) } });
  step.oweErasure(KEYS.item(roomId, order));
}

/** A quote that says no longer what it quoted, nor what its file is called. */
function emptied({ file: _named, ...quote }: ReplyQuote): ReplyQuote {
  return { ...quote, text: '' };
}

/** Where the list shows what is deleted, it shows the newest that is left from now on. */
async function newPreview(context: RoomContext, step: RoomStep, deletedText: string): Promise<void> {
  const { preview } = step.state.record;
  if (preview === undefined || preview.text !== previewOf(deletedText)) return;
  const own = newestInOutbox(step);
  const logged = await newestInLog(context, step);
  const newest = own === undefined || (logged && logged.atMs > own.atMs) ? logged : own;
  if (newest === undefined) step.clear('preview');
  else step.set({ preview: newest });
}

type Preview = NonNullable<RoomRecord['preview']>;

/** Of what is on its way, or has failed. */
function newestInOutbox({ state }: RoomStep): Preview | undefined {
  const item = state.outbox.findLast(({ text }) => text !== undefined);
  if (item?.text === undefined) return undefined;
  return { ...lineOf(item), own: true, atMs: item.draft.sentAtMs };
}

async function newestInLog(context: RoomContext, step: RoomStep): Promise<Preview | undefined> {
  const found = await context.vault.scan({
    prefix: KEYS.timeline(step.state.record.roomId),
    limit: PREVIEW_SEARCH + step.removedOrders.length,
    reverse: true,
  });
  for (const { key } of found) {
    // As it will be after this step, which may delete several.
    const item = await step.read(context.vault, key);
    const record = item === undefined ? undefined : decodeRecord<TimelineRecord>(item);
    if (record?.kind !== 'message' || record.deleted === true) continue;
    const { author, sentAtMs } = record;
    return { ...lineOf(record), own: author.self, atMs: sentAtMs };
  }
  return undefined;
}
