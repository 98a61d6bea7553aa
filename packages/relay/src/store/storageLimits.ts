import type { Entry } from '@sotto/protocol';
import { Refusal } from '../refusal.ts';
import type { StreamRow } from './tables.ts';

/** How much waits in one stream for those who have not read it; beyond it an append is refused with `STREAM_FULL`. */
export interface StorageLimits {
  /** In one conversation. */
  readonly maxStreamBytes: number;
  /** In the inbox of one device; knocks get half of it, so that they cannot keep a Welcome out. */
  readonly maxInboxBytes: number;
}

const MIB = 1_048_576;

/** Some 200,000 short messages in a conversation, or 1,000 of the largest. */
export const DEFAULT_STORAGE_LIMITS: StorageLimits = { maxStreamBytes: 256 * MIB, maxInboxBytes: 64 * MIB };

/** Left to the admins of a full conversation, so that they can still remove someone, or say that it ends. */
const ADMIN_RESERVE_BYTES = 4 * MIB;

/** What an entry takes up beside its payload: its row, its ids, and what is remembered to know it when it is repeated. */
export const ENTRY_OVERHEAD_BYTES = 256;

/** What the cap counts for one entry. */
export function storedBytesOf({ payload }: Pick<Entry, 'payload'>): number {
  return payload.length + ENTRY_OVERHEAD_BYTES;
}

/** Throws `STREAM_FULL` when the entry has no room in the conversation. */
export function refuseFullStream(
  { maxStreamBytes }: StorageLimits,
  { storedBytes }: StreamRow,
  entry: Pick<Entry, 'payload'>,
  admin: boolean,
): void {
  const roomBytes = maxStreamBytes + (admin ? ADMIN_RESERVE_BYTES : 0);
  if (storedBytes + storedBytesOf(entry) <= roomBytes) return;
  throw new Refusal('STREAM_FULL', 'too much waits here for those who have not read it');
}

/** Throws `STREAM_FULL` when the entry has no room in the inbox, which may not be there yet. */
export function refuseFullInbox(
  { maxInboxBytes }: StorageLimits,
  inbox: StreamRow | undefined,
  entry: Pick<Entry, 'payload'>,
): void {
  if ((inbox?.storedBytes ?? 0) + storedBytesOf(entry) <= maxInboxBytes) return;
  throw new Refusal('STREAM_FULL', 'too much waits for that device');
}
