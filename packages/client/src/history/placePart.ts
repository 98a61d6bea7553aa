import { DeviceId, ProtocolError } from '@sotto/protocol';
import type { ArchivedItem } from '@sotto/vault/archive';
import { recordOfArchived } from '../engine/itemOfArchive.ts';
import { KEYS, numberOf } from '../records/keys.ts';
import { decodeRecord } from '../records/recordCodec.ts';
import type { PlaceRecord, TimelineRecord } from '../records/roomRecords.ts';
import { beginCounting } from '../room/disappearing.ts';
import { fetchSmall, wordsOf } from '../room/messageFile.ts';
import { orderOf, seqOf } from '../room/order.ts';
import type { RoomContext } from '../room/roomContext.ts';
import { viewOf } from '../room/roomState.ts';
import type { RoomStep } from '../room/roomStep.ts';
import { cleanedName, previewOf } from '../room/shownText.ts';
import { fileOfGiven } from './givenFile.ts';
import { damaged, type GivenItem, type Goes, type HistoryPart } from './historyPart.ts';

type MessageRecord = Extract<TimelineRecord, { kind: 'message' }>;

/**
 * Puts a part into the log of its room, before everything that this device could read itself: what it has, what was
 * deleted here and what stands at or behind its own beginning is passed over. Nobody hears of it, nothing counts as
 * unread. Throws `ARCHIVE_DAMAGED` where the part says what cannot be; then nothing of the step may be stored.
 */
export async function placePart(context: RoomContext, step: RoomStep, part: HistoryPart): Promise<void> {
  const { roomId } = step.state.record;
  const beganSeq = await beginningOf(context, step);
  if (beganSeq === undefined) return;
  assertAuthors(context, step, part);
  const { readTo = -1 } = step.state.record;
  // Nobody counts as unread, or sends receipts for, what was before.
  step.set({ beganSeq, readTo: Math.max(readTo, orderOf(beganSeq, 0) - 1) });
  step.putsOlder();
  const older = part.items.filter(({ item }) => item.order < orderOf(beganSeq, 0));
  const records = older.map(recordOfGiven);
  const taken = await context.vault.readMany(older.map(({ item }) => KEYS.item(roomId, item.order)));
  const places = await context.vault.readMany(
    records.map(record => KEYS.place(roomId, record.kind === 'message' ? record.messageId : NO_MESSAGE)),
  );
  const seen = new Set<string>();
  let newest: MessageRecord | undefined;
  for (const [i, { item, goes }] of older.entries()) {
    const record = records[i]!;
    if (taken[i] !== undefined || seen.has(`${item.order}`)) continue;
    seen.add(`${item.order}`);
    if (record.kind !== 'message') {
      step.putItemAt(item.order, record);
      continue;
    }
    if (seen.has(record.messageId) || isKnown(record, places[i])) continue;
    seen.add(record.messageId);
    if (!putMessage(context, step, item.order, record, goes)) continue;
    newest = record;
    if (record.file !== undefined) fetchSmall(context, step, record.file);
  }
  putNames(step, older);
  if (newest !== undefined && step.state.record.preview === undefined) {
    const { author, sentAtMs } = newest;
    step.set({ preview: { text: previewOf(wordsOf(newest)), own: author.self, atMs: sentAtMs } });
  }
}

/** Throws `ARCHIVE_DAMAGED` for what is no file of ours. */
function recordOfGiven({ item, file }: GivenItem): TimelineRecord {
  const record = recordOfArchived(item);
  if (record.kind !== 'message' || file === undefined) return record;
  try {
    return { ...record, file: fileOfGiven(record.messageId, { ...file }) };
  } catch (error) {
    if (error instanceof TypeError || error instanceof ProtocolError) throw damaged(error.message);
    throw error;
  }
}

/** No id has it: what stands for "no message". */
const NO_MESSAGE = '-' as MessageRecord['messageId'];

/** The first entry that this device could read; `undefined` where it does not know yet where its log begins. */
async function beginningOf({ vault }: RoomContext, step: RoomStep): Promise<number | undefined> {
  const { beganSeq, roomId } = step.state.record;
  if (beganSeq !== undefined) return beganSeq;
  const [first] = await vault.scan({ prefix: KEYS.timeline(roomId), limit: 1 });
  return first && seqOf(numberOf(first.key));
}

/** Whether it stands in the log, stood there, or was taken back by its author. */
function isKnown(record: MessageRecord, place: Uint8Array | undefined): boolean {
  if (place === undefined) return false;
  const at = decodeRecord<PlaceRecord>(place);
  return 'order' in at || at.deletedBy === record.author.deviceId;
}

/** Gives whether it stands there: the time of a message that disappears may be over by now. */
function putMessage(
  context: RoomContext,
  step: RoomStep,
  order: number,
  record: MessageRecord,
  goes: Goes | undefined,
): boolean {
  if (goes === undefined) {
    step.putItemAt(order, record);
    return true;
  }
  const stays = { ...record, disappearAfterS: goes.afterS };
  if (goes.counts === undefined) {
    step.putItemAt(order, stays);
    // Nothing of it is unread here, so that nothing would begin its time later.
    beginCounting(context, step, { order, record: stays });
    return true;
  }
  const nowMs = context.clock.nowMs();
  // The way here counts where the two clocks agree; a clock that is behind never makes it more than was left.
  const goneAtMs = Math.min(goes.counts.atMs, nowMs + goes.counts.leftMs);
  if (goneAtMs <= nowMs) return false;
  const { roomId, nextGoneAtMs = goneAtMs } = step.state.record;
  step.putItemAt(order, { ...stays, goneAtMs });
  step.write(KEYS.expiry(roomId, { goneAtMs, order }), {});
  step.set({ nextGoneAtMs: Math.min(goneAtMs, nextGoneAtMs) });
  return true;
}

/** Nobody's words become another's: not this device's, which was not there, and not those of one's own account. */
function assertAuthors({ identity }: RoomContext, step: RoomStep, { items }: HistoryPart): void {
  const members = new Map((viewOf(step.state)?.members ?? []).map(member => [member.deviceId, member]));
  for (const { item } of items) {
    if (item.kind !== 'message') continue;
    const deviceId = item.author.deviceId as DeviceId;
    const member = members.get(deviceId);
    if (deviceId === identity.deviceId) throw damaged('words of this device, which was not there');
    if (member !== undefined && (member.accountId === identity.accountId) !== item.author.self)
      throw damaged('words of somebody else');
  }
}

/** Of those who are no more in the room, nobody else says what they were called. */
function putNames(step: RoomStep, items: readonly GivenItem[]): void {
  const names = new Map(items.flatMap(({ item }) => namesIn(item)));
  const unknown = [...names].flatMap(([deviceId, said]) => {
    const name = cleanedName(said);
    if (name === undefined || !DeviceId.is(deviceId) || step.state.peers.has(deviceId)) return [];
    return [{ ...step.peer(deviceId), name }];
  });
  if (unknown.length > 0) step.putPeers(unknown);
}

function namesIn(item: ArchivedItem): readonly (readonly [string, string])[] {
  if (item.kind === 'message') return [[item.author.deviceId, item.author.name]];
  if (item.kind !== 'event') return [];
  const { event } = item;
  const named = ['who' in event ? event.who : undefined, 'by' in event ? event.by : undefined];
  return named.flatMap(one => (one === undefined ? [] : [[one.deviceId, one.name] as const]));
}
