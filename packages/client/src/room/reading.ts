import type { DeviceId } from '@sotto/protocol';
import { KEYS, numberOf } from '../records/keys.ts';
import { decodeRecord } from '../records/recordCodec.ts';
import type { TimelineRecord } from '../records/roomRecords.ts';
import type { RoomContext } from './roomContext.ts';
import { viewOf } from './roomState.ts';
import type { RoomStep } from './roomStep.ts';

const PAGE = 500;

/** How far a person has read, and what is left. */
export interface Reading {
  readonly readTo: number;
  readonly unread: number;
  /** The last message of each device that was read now, by its author's counter. */
  readonly counters: 'all' | ReadonlyMap<DeviceId, number>;
}

/** What it means that a person has read up to a place of the log, or all of it: costs what is read now. */
export async function reading(
  context: RoomContext,
  step: RoomStep,
  upTo = Number.POSITIVE_INFINITY,
): Promise<Reading> {
  const { roomId, readTo = -1, unread } = step.state.record;
  const newest = await newestOrder(context, step);
  if (upTo >= newest) return { readTo: newest, unread: 0, counters: 'all' };
  const blocked = blockedDevices(context, step);
  const counters = new Map<DeviceId, number>();
  let read = 0;
  for (let after = readTo, more = upTo > readTo; more; ) {
    const page = await context.vault.scan({
      prefix: KEYS.timeline(roomId),
      limit: PAGE,
      before: KEYS.item(roomId, upTo + 1),
      ...(after >= 0 && { after: KEYS.item(roomId, after) }),
    });
    for (const { value } of page) {
      const record = decodeRecord<TimelineRecord>(value);
      if (record.kind !== 'message' || record.author.self) continue;
      const { deviceId } = record.author;
      counters.set(deviceId, Math.max(record.counter, counters.get(deviceId) ?? 0));
      if (!blocked.has(deviceId)) read += 1;
    }
    more = page.length === PAGE;
    if (more) after = numberOf(page.at(-1)!.key);
  }
  // What came late stands before what was read: it counts as unread until all is.
  return { readTo: Math.max(readTo, upTo), unread: Math.max(1, unread - read), counters };
}

async function newestOrder(context: RoomContext, step: RoomStep): Promise<number> {
  const { roomId } = step.state.record;
  const [newest] = await context.vault.scan({ prefix: KEYS.timeline(roomId), limit: 1, reverse: true });
  return newest === undefined ? -1 : numberOf(newest.key);
}

/** Their messages never counted as unread. */
function blockedDevices({ people }: RoomContext, { state }: RoomStep): ReadonlySet<DeviceId> {
  const members = viewOf(state)?.members ?? [];
  return new Set(
    members.filter(({ accountId }) => people.isBlocked(accountId)).map(({ deviceId }) => deviceId),
  );
}
