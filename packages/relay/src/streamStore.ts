import type {
  Append,
  CreateInvite,
  DeviceId,
  Entry,
  InviteStatus,
  InviteToken,
  StreamAction,
  StreamId,
  StreamStatus,
} from '@sotto/protocol';

/** Who asks, and when by the relay's clock. */
export interface Caller {
  readonly deviceId: DeviceId;
  readonly nowMs: number;
  /**
   * Devices that the caller's account lists or has revoked, where it is one of them: these it admits and removes
   * without being an admin, and an admin's are admitted as admins.
   */
  readonly ownDeviceIds?: readonly DeviceId[];
}

/** A stream as one device sees it, with what the relay alone has to know of it. */
export interface Subscription extends StreamStatus {
  /** The device was removed by the entry with this seq and reads no further; 0 while it is subscribed. */
  readonly endsAtSeq: number;
}

/** An entry that landed in a device's inbox. */
export interface InboxDelivery {
  readonly deviceId: DeviceId;
  readonly streamId: StreamId;
  readonly entry: Entry;
}

export interface InviteChange {
  readonly token: InviteToken;
  readonly ownerId: DeviceId;
  readonly status: InviteStatus;
}

/** What an append did. Of a repeated append only `seq` and `receivedAtMs` are told: the rest was done before. */
export interface Appending {
  readonly seq: number;
  readonly receivedAtMs: number;
  readonly repeated: boolean;
  readonly deliveries: readonly InboxDelivery[];
  readonly admittedIds: readonly DeviceId[];
  /** Devices whose subscription ends at `seq`. */
  readonly removedIds: readonly DeviceId[];
  /** Devices that are admins since, or no longer. */
  readonly adminChangedIds: readonly DeviceId[];
  readonly inviteChanges: readonly InviteChange[];
}

export interface InviteRecord {
  readonly token: InviteToken;
  readonly ownerId: DeviceId;
  readonly streamId: StreamId;
  readonly status: InviteStatus;
  readonly expiresAtMs: number;
  /** 0 for as many as come. */
  readonly maxUses: number;
  readonly uses: number;
  readonly sealedCard: Uint8Array;
}

export interface Sweep {
  readonly nowMs: number;
  readonly retentionMs: number;
}

export interface Swept {
  readonly deletedEntries: number;
  readonly deletedStreams: number;
}

export interface StoreCounts {
  readonly streams: number;
  readonly entries: number;
  readonly invites: number;
}

/**
 * Where streams live: append-only logs with dense seqs, a cursor per subscribed device, and invites.
 *
 * Every write is one transaction: all of it is durable when the promise resolves, and none of it happened when
 * it rejects. Writes take effect in the order they were called. Rejections: `Refusal` with the code for the
 * client; `Refusal` `UNAVAILABLE` when the disk would not take it. A caller sees only streams it is subscribed
 * to and its own inbox; all else is `NOT_FOUND`. Every adapter passes `streamStoreContract`.
 */
export interface StreamStore {
  /** Makes a conversation with the caller as its admin. `CONFLICT` when the id is taken, unless by this very call. */
  createStream(caller: Caller, streamId: StreamId): Promise<Subscription>;
  /**
   * Puts an entry on a conversation, with its admissions, removals and admins; whoever is no admin any more, or no
   * subscriber, loses its invites. In this order: `NOT_FOUND` without a
   * subscription; the first seq again for a known dedupe id; `FORBIDDEN`, `STREAM_ENDED`, `STREAM_PAUSED`,
   * `EPOCH_CONFLICT`, `INVITE_*`, `TOO_LARGE` for too many members, `STREAM_FULL` for a conversation, or the inbox
   * of a device that is admitted, in which too much waits.
   */
  append(caller: Caller, append: Append): Promise<Appending>;
  /** Cumulative. `MALFORMED` beyond the head; less than before changes nothing. Deletes what all have acknowledged. */
  acknowledge(caller: Caller, streamId: StreamId, seq: number): Promise<void>;
  /** By admins. The same again changes nothing. `STREAM_ENDED` for any but END on an ended stream. */
  control(caller: Caller, streamId: StreamId, action: StreamAction): Promise<readonly InviteChange[]>;
  /** Gives up a subscription; the last to leave takes the stream along. */
  leave(caller: Caller, streamId: StreamId): Promise<readonly InviteChange[]>;
  /** By admins of the stream. `CONFLICT` when the token is taken, unless by this very call. */
  createInvite(caller: Caller, invite: CreateInvite): Promise<void>;
  /** By the owner of the invite or an admin of its stream; again changes nothing. */
  closeInvite(caller: Caller, token: InviteToken): Promise<readonly InviteChange[]>;
  /** Puts a request into the inbox of the invite's owner. `INVITE_*`, `KNOCK_BLOCKED`, `RATE_LIMITED` at the cap. */
  knock(
    caller: Caller,
    knock: { token: InviteToken; dedupeId: Entry['dedupeId']; payload: Uint8Array },
  ): Promise<InboxDelivery | undefined>;
  /** By the owner of the invite: puts an answer into the inbox of a device that knocked. `STREAM_FULL` at its cap. */
  answerKnock(
    caller: Caller,
    answer: {
      token: InviteToken;
      deviceId: DeviceId;
      dedupeId: Entry['dedupeId'];
      payload: Uint8Array;
      block: boolean;
    },
  ): Promise<InboxDelivery | undefined>;
  /**
   * Puts a sealed message into the inbox of each of these devices that has room, once by its dedupe id. `RATE_LIMITED`
   * when none has.
   */
  deliverSealed(delivery: {
    readonly deviceIds: readonly DeviceId[];
    readonly dedupeId: Entry['dedupeId'];
    readonly payload: Uint8Array;
    readonly nowMs: number;
  }): Promise<readonly InboxDelivery[]>;
  /** To which of the devices `deliverSealed` would deliver a payload of that size. `RATE_LIMITED` where it would be. */
  takersOfSealed(delivery: {
    readonly deviceIds: readonly DeviceId[];
    readonly dedupeId: Entry['dedupeId'];
    readonly payloadBytes: number;
  }): Promise<readonly DeviceId[]>;

  /** The stream as the device sees it, or `undefined` when it is not subscribed. */
  status(deviceId: DeviceId, streamId: StreamId): Promise<Subscription | undefined>;
  /** All that the device is subscribed to, its inbox first. */
  statuses(deviceId: DeviceId): Promise<readonly Subscription[]>;
  /** Entries after `afterSeq` and after the device's cursor, up to both caps but at least one if there is one. */
  entries(deviceId: DeviceId, streamId: StreamId, page: EntriesPage): Promise<readonly Entry[]>;
  /** Devices with a subscription that has not ended. */
  subscribers(streamId: StreamId): Promise<readonly DeviceId[]>;
  invite(token: InviteToken, nowMs: number): Promise<InviteRecord | undefined>;
  /** Whether the device has a conversation, a knock or something unread in its inbox. */
  knows(deviceId: DeviceId): Promise<boolean>;
  counts(): Promise<StoreCounts>;

  /** Closes the invites that have expired since. */
  expireInvites(nowMs: number): Promise<readonly InviteChange[]>;
  /** Deletes what is past its retention or its end, and streams that nobody is left to read. */
  sweep(sweep: Sweep): Promise<Swept>;
  /** Makes what was deleted unreadable in the files, as far as the platform allows. */
  erase(): Promise<void>;
  /** Writes that were called before are done first; later calls reject with `UNAVAILABLE`. */
  close(): Promise<void>;
}

export interface EntriesPage {
  readonly afterSeq: number;
  readonly maxEntries: number;
  /** Of payloads. */
  readonly maxBytes: number;
}
