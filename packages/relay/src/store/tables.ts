import type {
  DedupeId,
  DeviceId,
  Entry,
  InviteStatus,
  InviteToken,
  StreamCondition,
  StreamId,
  StreamKind,
} from '@sotto/protocol';
import type { EntriesPage, StoreCounts } from '../streamStore.ts';

export interface StreamRow {
  /** Local number of the stream; never used again. */
  readonly no: number;
  readonly streamId: StreamId;
  readonly kind: StreamKind;
  readonly condition: StreamCondition;
  readonly headSeq: number;
  readonly epoch: number;
  /** The seq of the newest commit; 0 for none. */
  readonly commitSeq: number;
  /** Every entry up to here has been deleted. */
  readonly floorSeq: number;
  /** What its entries take up, as `storedBytesOf` counts it. */
  readonly storedBytes: number;
  /** 0 while it has not ended. */
  readonly endedAtMs: number;
}

export interface SubscriptionRow {
  readonly streamNo: number;
  readonly deviceId: DeviceId;
  readonly admin: boolean;
  readonly acknowledgedSeq: number;
  /** Entries up to here were deleted before this device acknowledged them. */
  readonly lostUpToSeq: number;
  /** The device was removed by the entry with this seq and reads no further; 0 while it is subscribed. */
  readonly endsAtSeq: number;
}

export interface InviteRow {
  readonly token: InviteToken;
  readonly streamNo: number;
  readonly ownerId: DeviceId;
  readonly expiresAtMs: number;
  readonly maxUses: number;
  readonly uses: number;
  readonly sealedCard: Uint8Array;
  /** As last written: `open` may have expired since. */
  readonly status: InviteStatus;
  /** When the status left `open`; 0 before. */
  readonly closedAtMs: number;
}

export interface KnockRow {
  readonly token: InviteToken;
  readonly deviceId: DeviceId;
  readonly blocked: boolean;
}

export interface AppendedRow {
  readonly streamNo: number;
  readonly dedupeId: DedupeId;
  readonly seq: number;
  readonly receivedAtMs: number;
}

/**
 * Rows of streams and subscriptions, synchronous and inside a transaction that their owner keeps, and beside them
 * entries and invites. Rows are values: what was read is never changed, only put again.
 */
export interface Tables {
  readonly entries: EntryTables;
  readonly invites: InviteTables;

  stream(kind: StreamKind, streamId: StreamId): StreamRow | undefined;
  streamByNo(no: number): StreamRow | undefined;
  insertStream(row: Omit<StreamRow, 'no'>): StreamRow;
  updateStream(row: StreamRow): void;
  /** With its entries, appended rows, subscriptions, invites and their knocks. */
  deleteStream(row: StreamRow): void;
  /** Ended at or before `endedBeforeMs`. */
  endedStreams(endedBeforeMs: number): readonly StreamRow[];
  /** With entries that are not deleted. */
  streamsWithEntries(): readonly StreamRow[];
  /** Conversations without a subscription. */
  abandonedStreams(): readonly StreamRow[];
  /** Empty inboxes of which no dedupe id is remembered, of devices without a conversation and without a knock. */
  idleInboxes(): readonly StreamRow[];
  /** Inboxes that are made anew begin behind this seq; 0 at first. */
  inboxFloor(): number;
  /** Less than before changes nothing. */
  raiseInboxFloor(seq: number): void;

  subscription(streamNo: number, deviceId: DeviceId): SubscriptionRow | undefined;
  putSubscription(row: SubscriptionRow): void;
  deleteSubscription(row: SubscriptionRow): void;
  subscriptionsOf(streamNo: number): readonly SubscriptionRow[];
  subscriptionsOfDevice(deviceId: DeviceId): readonly SubscriptionRow[];
  countSubscriptions(streamNo: number): number;
  countSubscriptionsOfDevice(deviceId: DeviceId): number;
  /** `undefined` when there is no subscription. */
  lowestAcknowledgedSeq(streamNo: number): number | undefined;

  counts(): StoreCounts;
}

/** Entries, and what was appended before: that outlives the entries, so that a late repeat is known. */
export interface EntryTables {
  insert(streamNo: number, entry: Entry): void;
  /** In order, up to `maxSeq`. */
  page(streamNo: number, page: EntriesPage & { readonly maxSeq: number }): readonly Entry[];
  /** The newest entry of those at the beginning of the stream that all came before `beforeMs`; 0 for none. */
  lastSeqBefore(streamNo: number, beforeMs: number): number;
  /** From `fromSeq` to `toSeq`, both included. */
  delete(streamNo: number, fromSeq: number, toSeq: number): DeletedEntries;

  appended(streamNo: number, dedupeId: DedupeId): AppendedRow | undefined;
  /** Replaces one with the same dedupe id. */
  putAppended(row: AppendedRow): void;
  deleteAppendedBefore(beforeMs: number): void;
}

export interface DeletedEntries {
  readonly count: number;
  /** As `storedBytesOf` counts them. */
  readonly storedBytes: number;
}

/** Invites and the knocks on them. */
export interface InviteTables {
  invite(token: InviteToken): InviteRow | undefined;
  putInvite(row: InviteRow): void;
  /** With its knocks. */
  deleteInvite(token: InviteToken): void;
  ofStream(streamNo: number): readonly InviteRow[];
  openExpiredAt(nowMs: number): readonly InviteRow[];
  closedBefore(beforeMs: number): readonly InviteRow[];

  knock(token: InviteToken, deviceId: DeviceId): KnockRow | undefined;
  putKnock(row: KnockRow): void;
  hasKnocked(deviceId: DeviceId): boolean;
}
