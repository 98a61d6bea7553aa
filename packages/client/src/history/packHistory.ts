import type { DeviceId } from '@sotto/protocol';
import { isInside } from '../account/ownDevices.ts';
import { archivedItem } from '../engine/archivedItem.ts';
import type { Rooms } from '../engine/rooms.ts';
import { KEYS, numberOf } from '../records/keys.ts';
import { decodeRecord } from '../records/recordCodec.ts';
import type { TimelineRecord } from '../records/roomRecords.ts';
import type { RoomActor } from '../room/roomActor.ts';
import type { RoomContext } from '../room/roomContext.ts';
import { viewOf } from '../room/roomState.ts';
import type { PlacedItem } from '../room/roomStep.ts';
import { givenFile } from './givenFile.ts';
import type { GivenItem, HistoryPart } from './historyPart.ts';
import type { PlannedPart } from './historyRecords.ts';

/** Records of one part together, as long as it has more than one: what both devices hold of it in memory. */
const PART_BYTES = 192 * 1024;
const PAGE = 200;

/** What would go to another own device. */
export interface HistoryPlan {
  readonly parts: readonly PlannedPart[];
  readonly conversations: number;
  readonly messages: number;
  readonly sizeBytes: number;
}

/** Rooms that own devices share, as soon as they are brought in. */
export function sharedRooms(rooms: Rooms): readonly RoomActor[] {
  return rooms.shown
    .map(({ actor }) => actor)
    .filter(room => isInside(room) && viewOf(room.state)?.self.guest === false);
}

export function holds(room: RoomActor, deviceId: DeviceId): boolean {
  return viewOf(room.state)?.members.some(member => member.deviceId === deviceId) ?? false;
}

/**
 * Divides what is to go into parts: the rooms with the newest activity first, and of each the newest first. What stands
 * behind the other device's own coming is its own already.
 */
export async function planHistory(
  context: RoomContext,
  shared: readonly RoomActor[],
  to: DeviceId,
): Promise<HistoryPlan> {
  const newestFirst = [...shared].sort(
    (a, b) => b.state.record.lastActivityMs - a.state.record.lastActivityMs,
  );
  const plans: HistoryPlan[] = [];
  for (const room of newestFirst) {
    plans.push(await planRoom(context, room, to));
    await context.giveWay?.();
  }
  const sum = (of: (plan: HistoryPlan) => number) => plans.reduce((all, plan) => all + of(plan), 0);
  return {
    parts: plans.flatMap(({ parts }) => parts),
    conversations: plans.filter(({ messages }) => messages > 0).length,
    messages: sum(({ messages }) => messages),
    sizeBytes: sum(({ sizeBytes }) => sizeBytes),
  };
}

async function planRoom(context: RoomContext, room: RoomActor, to: DeviceId): Promise<HistoryPlan> {
  const { streamId } = room.state.record;
  let parts: PlannedPart[] = [];
  let part: PlannedPart | undefined;
  let [partBytes, sizeBytes, messages] = [0, 0, 0];
  for await (const { order, record, recordBytes } of itemsOf(context, room, { reverse: true })) {
    if (record.kind === 'event' && record.event.type === 'device-added' && record.event.deviceId === to) {
      [parts, part, partBytes, sizeBytes, messages] = [[], undefined, 0, 0, 0];
      continue;
    }
    if (!goesAlong(context, record)) continue;
    if (part !== undefined && partBytes + recordBytes > PART_BYTES) {
      parts.push(part);
      [part, partBytes] = [undefined, 0];
    }
    part = { streamId: streamId!, from: order, to: part?.to ?? order };
    partBytes += recordBytes;
    sizeBytes += recordBytes;
    if (record.kind === 'message') messages++;
  }
  if (part !== undefined) parts.push(part);
  // Where nobody said anything, who came and went is nothing to be read.
  return { parts: messages === 0 ? [] : parts, conversations: 1, messages, sizeBytes };
}

/** What stands in a stretch now: what was deleted since it was planned is not in it. */
export async function packPart(
  context: RoomContext,
  rooms: Rooms,
  { streamId, from, to }: PlannedPart,
): Promise<HistoryPart> {
  const room = rooms.byStream(streamId)?.actor;
  const items: GivenItem[] = [];
  if (room === undefined) return { streamId, items };
  for await (const { order, record } of itemsOf(context, room, { from, to })) {
    const item = goesAlong(context, record) ? archivedItem(context, room.state, order, record) : undefined;
    if (item === undefined) continue;
    const goes = record.kind === 'message' ? goesOf(context, record) : undefined;
    const file = record.kind === 'message' && record.file ? givenFile(record.file) : undefined;
    items.push({ item, ...(goes && { goes }), ...(file && { file }) });
  }
  return { streamId, items };
}

function goesAlong(context: RoomContext, record: TimelineRecord): boolean {
  if (record.kind !== 'message') return true;
  const { goneAtMs = Number.POSITIVE_INFINITY } = record;
  return record.deleted !== true && goneAtMs > context.clock.nowMs();
}

function goesOf(
  { clock }: RoomContext,
  { disappearAfterS: afterS, goneAtMs: atMs }: Extract<TimelineRecord, { kind: 'message' }>,
) {
  if (afterS === undefined) return undefined;
  if (atMs === undefined) return { afterS };
  return { afterS, counts: { leftMs: Math.min(afterS * 1_000, atMs - clock.nowMs()), atMs } };
}

interface Stretch {
  readonly from?: number;
  readonly to?: number;
  readonly reverse?: boolean;
}

/** Page by page: never the whole of it in memory. */
async function* itemsOf(
  { vault }: RoomContext,
  { roomId }: RoomActor,
  { from, to, reverse = false }: Stretch,
): AsyncGenerator<PlacedItem & { readonly recordBytes: number }> {
  let after = from === undefined || from === 0 ? undefined : KEYS.item(roomId, from - 1);
  let before = to === undefined ? undefined : KEYS.item(roomId, to + 1);
  for (;;) {
    const page = await vault.scan({
      prefix: KEYS.timeline(roomId),
      limit: PAGE,
      reverse,
      ...(after !== undefined && { after }),
      ...(before !== undefined && { before }),
    });
    for (const { key, value } of page)
      yield { order: numberOf(key), record: decodeRecord<TimelineRecord>(value), recordBytes: value.length };
    if (page.length < PAGE) return;
    if (reverse) before = page.at(-1)!.key;
    else after = page.at(-1)!.key;
  }
}
