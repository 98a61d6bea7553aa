import { expiryOf, KEYS, numberOf } from '../records/keys.ts';
import { decodeRecord } from '../records/recordCodec.ts';
import type { TimelineRecord } from '../records/roomRecords.ts';
import type { RoomContext } from './roomContext.ts';
import type { RoomStep } from './roomStep.ts';

type MessageRecord = Extract<TimelineRecord, { kind: 'message' }>;

/** Messages that begin to count in one transaction. */
const READ_PER_STEP = 200;

interface PlacedMessage {
  readonly order: number;
  readonly record: MessageRecord;
}

/** A received message that disappears stays until it is read: only then its time begins. */
export function awaitReading(step: RoomStep, { order, record }: PlacedMessage): void {
  if (record.disappearAfterS !== undefined)
    step.write(KEYS.unreadExpiry(step.state.record.roomId, order), {});
}

/**
 * The time of a message begins: an own one when the relay has it, a received one when it is read. Its end is a time of
 * this device's clock: nobody else's plays a part, the relay's least of all (threat 22).
 */
export function beginCounting(context: RoomContext, step: RoomStep, { order, record }: PlacedMessage): void {
  const { disappearAfterS } = record;
  if (disappearAfterS === undefined || record.goneAtMs !== undefined) return;
  const { roomId, nextGoneAtMs } = step.state.record;
  const goneAtMs = context.clock.nowMs() + disappearAfterS * 1_000;
  step.changeItem({ order, record: { ...record, goneAtMs } });
  step.write(KEYS.expiry(roomId, { goneAtMs, order }), {});
  step.set({ nextGoneAtMs: Math.min(goneAtMs, nextGoneAtMs ?? goneAtMs) });
}

/** The person has read what is in the log, all or up to a place: what waited for that begins to count. False when there is more of it. */
export async function beginCountingRead(
  context: RoomContext,
  step: RoomStep,
  upTo?: number,
): Promise<boolean> {
  const { roomId } = step.state.record;
  const waiting = await context.vault.scan({
    prefix: KEYS.unreadExpiries(roomId),
    limit: READ_PER_STEP,
    ...(upTo !== undefined && { before: KEYS.unreadExpiry(roomId, upTo + 1) }),
  });
  for (const { key } of waiting) {
    const order = numberOf(key);
    const record = await messageAt(context, step, order);
    step.write(key, null);
    if (record !== undefined) beginCounting(context, step, { order, record });
  }
  return waiting.length < READ_PER_STEP;
}

/** A message goes, by whatever way: nothing waits for its end any more. */
export function endCounting(step: RoomStep, { order, record }: PlacedMessage): void {
  const { roomId } = step.state.record;
  const { disappearAfterS, goneAtMs } = record;
  if (goneAtMs !== undefined) step.write(KEYS.expiry(roomId, { goneAtMs, order }), null);
  else if (disappearAfterS !== undefined) step.write(KEYS.unreadExpiry(roomId, order), null);
}

/** The first messages whose time is over, at most `limit` of them, and when the next one's is. */
export async function dueMessages(
  context: RoomContext,
  step: RoomStep,
  limit: number,
): Promise<{ readonly due: readonly DueMessage[]; readonly nextGoneAtMs: number | undefined }> {
  const { roomId } = step.state.record;
  const nowMs = context.clock.nowMs();
  const counting = (await context.vault.scan({ prefix: KEYS.expiries(roomId), limit: limit + 1 })).map(
    ({ key }) => ({ key, ...expiryOf(key) }),
  );
  const due = counting.slice(0, limit).filter(({ goneAtMs }) => goneAtMs <= nowMs);
  const messages = await Promise.all(
    due.map(async ({ key, goneAtMs, order }) => {
      const record = await messageAt(context, step, order);
      return { key, order, record: record?.goneAtMs === goneAtMs ? record : undefined };
    }),
  );
  return { due: messages, nextGoneAtMs: counting[due.length]?.goneAtMs };
}

interface DueMessage {
  readonly order: number;
  /** Of the record that says when it is over. */
  readonly key: string;
  /** `undefined` where there is none (any more). */
  readonly record: MessageRecord | undefined;
}

async function messageAt(
  context: RoomContext,
  step: RoomStep,
  order: number,
): Promise<MessageRecord | undefined> {
  const item = await step.read(context.vault, KEYS.item(step.state.record.roomId, order));
  const record = item === undefined ? undefined : decodeRecord<TimelineRecord>(item);
  return record?.kind === 'message' ? record : undefined;
}
