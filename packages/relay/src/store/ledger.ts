import {
  type Append,
  type CreateInvite,
  type DeviceId,
  type Entry,
  type InviteToken,
  LIMITS,
  type StreamAction,
  type StreamId,
} from '@sotto/protocol';
import { inboxIdOf } from '../identity.ts';
import { notFound, Refusal } from '../refusal.ts';
import type {
  Appending,
  Caller,
  EntriesPage,
  InboxDelivery,
  InviteChange,
  InviteRecord,
  StreamStore,
  Subscription,
  Sweep,
  Swept,
} from '../streamStore.ts';
import { inviteStatusAt, refuseUnlessOpen, spendUses } from './invites.ts';
import type { InviteRow, StreamRow, SubscriptionRow, Tables } from './tables.ts';

type Reads = 'status' | 'statuses' | 'entries' | 'subscribers' | 'invite' | 'knows';
type Writes =
  | 'createStream'
  | 'append'
  | 'acknowledge'
  | 'control'
  | 'leave'
  | 'createInvite'
  | 'closeInvite'
  | 'knock'
  | 'answerKnock'
  | 'expireInvites'
  | 'sweep';
type Synchronous<Method> = Method extends (...args: infer Args) => Promise<infer Result>
  ? (...args: Args) => Result
  : never;

/** `StreamStore` without the waiting. */
type SynchronousStore = { readonly [Name in Reads | Writes]: Synchronous<StreamStore[Name]> };

/** Requests that wait in one inbox before more are turned away. */
const MAX_QUEUED_IN_INBOX = 1_000;
/** Open invites of one stream. */
const MAX_INVITES_PER_STREAM = 1_000;

interface Subscribed {
  readonly stream: StreamRow;
  readonly subscription: SubscriptionRow;
}

/**
 * The rules of streams, once for all adapters: each method reads and writes `Tables` inside one transaction of
 * the adapter. A method that throws a `Refusal` has not written anything.
 */
export class Ledger implements SynchronousStore {
  constructor(private readonly tables: Tables) {}

  createStream({ deviceId }: Caller, streamId: StreamId): Subscription {
    const taken = this.tables.stream('conversation', streamId);
    if (taken !== undefined) {
      const mine = this.tables.subscription(taken.no, deviceId);
      if (mine?.admin && taken.headSeq === 0) return statusOf(taken, mine);
      throw new Refusal('CONFLICT', 'the stream id is taken');
    }
    this.#refuseBeyondStreamsOfDevice(deviceId);
    const stream = this.tables.insertStream(emptyStream('conversation', streamId));
    const subscription = subscriptionAt(stream, deviceId, 0, true);
    this.tables.putSubscription(subscription);
    return statusOf(stream, subscription);
  }

  append(caller: Caller, append: Append): Appending {
    const { stream, subscription } = this.#subscribed(caller.deviceId, append.streamId);
    const before = this.tables.appended(stream.no, append.dedupeId);
    if (before !== undefined) return { ...before, ...NOTHING_ELSE, repeated: true };
    refuseAppend(stream, subscription, append);
    const invites = this.#invitesSpent(stream, append, caller.nowMs);
    this.#refuseTooManyMembers(stream, append);

    const seq = stream.headSeq + 1;
    const receivedAtMs = caller.nowMs;
    const commit = append.kind === 'commit';
    const next = {
      ...stream,
      headSeq: seq,
      epoch: stream.epoch + (commit ? 1 : 0),
      commitSeq: commit ? seq : stream.commitSeq,
    };
    this.tables.updateStream(next);
    this.tables.insertEntry(stream.no, {
      ...append,
      seq,
      receivedAtMs,
      inviteToken: undefined,
      deviceId: undefined,
    });
    this.tables.putAppended({ streamNo: stream.no, dedupeId: append.dedupeId, seq, receivedAtMs });
    if (!commit) return { seq, receivedAtMs, ...NOTHING_ELSE, repeated: false };

    const removedIds = this.#remove(stream, append.removedDeviceIds, seq);
    const deliveries = append.admissions.map(({ deviceId, welcome }) => {
      this.tables.putSubscription(subscriptionAt(next, deviceId, seq, false));
      return this.#deliver(deviceId, {
        kind: 'welcome',
        dedupeId: append.dedupeId,
        payload: welcome,
        receivedAtMs,
      });
    });
    for (const invite of invites) this.tables.putInvite(invite);
    return {
      seq,
      receivedAtMs,
      repeated: false,
      deliveries,
      removedIds,
      admittedIds: append.admissions.map(({ deviceId }) => deviceId),
      inviteChanges: invites.filter(({ status }) => status !== 'open').map(changeOf),
    };
  }

  acknowledge({ deviceId }: Caller, streamId: StreamId, seq: number): void {
    const found = this.#find(deviceId, streamId);
    if (found === undefined) {
      if (streamId === inboxIdOf(deviceId) && seq === 0) return;
      throw notFound();
    }
    const { stream, subscription } = found;
    if (seq > readableHead(stream, subscription))
      throw new Refusal('MALFORMED', 'acknowledged what is not there');
    if (seq <= subscription.acknowledgedSeq) return;
    if (subscription.endsAtSeq > 0 && seq >= subscription.endsAtSeq)
      this.tables.deleteSubscription(subscription);
    else this.tables.putSubscription({ ...subscription, acknowledgedSeq: seq });
    // Only who was among the last can have kept entries from being deleted.
    if (subscription.acknowledgedSeq <= stream.floorSeq) this.#deleteAcknowledged(stream);
  }

  control({ deviceId, nowMs }: Caller, streamId: StreamId, action: StreamAction): readonly InviteChange[] {
    const { stream } = this.#administered(deviceId, streamId);
    if (action === 'end') return this.#end(stream, nowMs);
    if (stream.condition === 'ended') throw new Refusal('STREAM_ENDED', 'the stream has ended');
    this.tables.updateStream({ ...stream, condition: action === 'pause' ? 'paused' : 'open' });
    return [];
  }

  leave({ deviceId, nowMs }: Caller, streamId: StreamId): readonly InviteChange[] {
    const found = this.#find(deviceId, streamId);
    if (streamId === inboxIdOf(deviceId)) throw new Refusal('FORBIDDEN', 'an inbox cannot be left');
    if (found === undefined) throw notFound();
    const { stream, subscription } = found;
    this.tables.deleteSubscription(subscription);
    const changes = this.#closeInvites(stream, nowMs, invite => invite.ownerId === deviceId);
    if (this.tables.countSubscriptions(stream.no) === 0) this.tables.deleteStream(stream);
    else this.#deleteAcknowledged(stream);
    return changes;
  }

  createInvite({ deviceId, nowMs }: Caller, invite: CreateInvite): void {
    const { stream } = this.#administered(deviceId, invite.streamId);
    const taken = this.tables.invite(invite.token);
    if (taken !== undefined) {
      const same =
        taken.ownerId === deviceId &&
        taken.streamNo === stream.no &&
        taken.expiresAtMs === invite.expiresAtMs;
      if (same && taken.maxUses === invite.maxUses) return;
      throw new Refusal('CONFLICT', 'the token is taken');
    }
    if (stream.condition === 'ended') throw new Refusal('STREAM_ENDED', 'the stream has ended');
    if (invite.expiresAtMs <= nowMs || invite.expiresAtMs > nowMs + LIMITS.inviteLifetimeMs) {
      throw new Refusal('MALFORMED', 'an invite ends within 30 days from now');
    }
    const open = this.tables.invitesOf(stream.no).filter(({ status }) => status === 'open').length;
    if (open >= MAX_INVITES_PER_STREAM) throw new Refusal('RATE_LIMITED', 'too many open invites');
    const { token, expiresAtMs, maxUses, sealedCard } = invite;
    this.tables.putInvite({
      token,
      streamNo: stream.no,
      ownerId: deviceId,
      expiresAtMs,
      maxUses,
      uses: 0,
      sealedCard,
      status: 'open',
      closedAtMs: 0,
    });
  }

  closeInvite({ deviceId, nowMs }: Caller, token: InviteToken): readonly InviteChange[] {
    const invite = this.tables.invite(token);
    const admin = invite && this.tables.subscription(invite.streamNo, deviceId);
    if (invite === undefined || !(invite.ownerId === deviceId || (admin?.admin && admin.endsAtSeq === 0))) {
      throw notFound();
    }
    return this.#close(invite, 'revoked', nowMs);
  }

  knock(
    caller: Caller,
    { token, dedupeId, payload }: Parameters<StreamStore['knock']>[1],
  ): InboxDelivery | undefined {
    const invite = this.tables.invite(token);
    if (invite === undefined) throw notFound();
    const before = this.tables.knock(token, caller.deviceId);
    const inbox = this.tables.stream('inbox', inboxIdOf(invite.ownerId));
    if (before !== undefined && inbox !== undefined && this.tables.appended(inbox.no, dedupeId))
      return undefined;
    if (before?.blocked) throw new Refusal('KNOCK_BLOCKED', 'this device was turned away');
    refuseUnlessOpen(invite, caller.nowMs);
    if (inbox !== undefined && inbox.headSeq - inbox.floorSeq >= MAX_QUEUED_IN_INBOX) {
      throw new Refusal('RATE_LIMITED', 'too many wait at this door', { retryAfterMs: 60_000 });
    }
    this.tables.putKnock({ token, deviceId: caller.deviceId, blocked: false });
    return this.#deliver(invite.ownerId, {
      kind: 'request',
      dedupeId,
      payload,
      receivedAtMs: caller.nowMs,
      inviteToken: token,
      deviceId: caller.deviceId,
    });
  }

  answerKnock(
    caller: Caller,
    { token, deviceId, dedupeId, payload, block }: Parameters<StreamStore['answerKnock']>[1],
  ): InboxDelivery | undefined {
    const invite = this.tables.invite(token);
    const knock = this.tables.knock(token, deviceId);
    if (invite?.ownerId !== caller.deviceId || knock === undefined) throw notFound();
    const inbox = this.tables.stream('inbox', inboxIdOf(deviceId));
    if (inbox !== undefined && this.tables.appended(inbox.no, dedupeId)) return undefined;
    if (block) this.tables.putKnock({ ...knock, blocked: true });
    return this.#deliver(deviceId, { kind: 'answer', dedupeId, payload, receivedAtMs: caller.nowMs });
  }

  status(deviceId: DeviceId, streamId: StreamId): Subscription | undefined {
    const found = this.#find(deviceId, streamId);
    if (found !== undefined) return statusOf(found.stream, found.subscription);
    return streamId === inboxIdOf(deviceId) ? emptyInboxStatus(streamId) : undefined;
  }

  statuses(deviceId: DeviceId): readonly Subscription[] {
    const inboxId = inboxIdOf(deviceId);
    const conversations = this.tables
      .subscriptionsOfDevice(deviceId)
      .map(subscription => statusOf(this.tables.streamByNo(subscription.streamNo)!, subscription))
      .filter(({ kind }) => kind === 'conversation');
    return [this.status(deviceId, inboxId)!, ...conversations];
  }

  entries(deviceId: DeviceId, streamId: StreamId, page: EntriesPage): readonly Entry[] {
    const found = this.#find(deviceId, streamId);
    if (found === undefined) {
      if (streamId === inboxIdOf(deviceId)) return [];
      throw notFound();
    }
    const { stream, subscription } = found;
    // What came before a member's time, or is on its disk already, is none of its business.
    const afterSeq = Math.max(page.afterSeq, subscription.acknowledgedSeq);
    return this.tables.entries(stream.no, { ...page, afterSeq, maxSeq: readableHead(stream, subscription) });
  }

  subscribers(streamId: StreamId): readonly DeviceId[] {
    const stream = this.tables.stream('conversation', streamId);
    if (stream === undefined) return [];
    return this.tables
      .subscriptionsOf(stream.no)
      .filter(({ endsAtSeq }) => endsAtSeq === 0)
      .map(({ deviceId }) => deviceId);
  }

  invite(token: InviteToken, nowMs: number): InviteRecord | undefined {
    const row = this.tables.invite(token);
    if (row === undefined) return undefined;
    const { ownerId, expiresAtMs, maxUses, uses, sealedCard } = row;
    const { streamId } = this.tables.streamByNo(row.streamNo)!;
    return {
      token,
      ownerId,
      streamId,
      status: inviteStatusAt(row, nowMs),
      expiresAtMs,
      maxUses,
      uses,
      sealedCard,
    };
  }

  knows(deviceId: DeviceId): boolean {
    if (this.tables.hasKnocked(deviceId)) return true;
    return this.statuses(deviceId).some(
      ({ kind, headSeq, acknowledgedSeq }) => kind === 'conversation' || headSeq > acknowledgedSeq,
    );
  }

  expireInvites(nowMs: number): readonly InviteChange[] {
    return this.tables.openInvitesExpiredAt(nowMs).flatMap(invite => this.#close(invite, 'expired', nowMs));
  }

  sweep({ nowMs, retentionMs }: Sweep): Swept {
    for (const { token } of this.tables.invitesClosedBefore(nowMs - retentionMs))
      this.tables.deleteInvite(token);
    const ended = this.tables.endedStreams(nowMs - LIMITS.endedNoticeMs);
    for (const stream of ended) this.tables.deleteStream(stream);
    let deletedEntries = 0;
    for (const stream of this.tables.streamsWithEntries()) {
      const seq = this.tables.lastSeqBefore(stream.no, nowMs - retentionMs);
      if (seq > stream.floorSeq) deletedEntries += this.#lose(stream, seq);
    }
    this.tables.deleteAppendedBefore(nowMs - retentionMs);
    return { deletedEntries, deletedStreams: ended.length };
  }

  #find(deviceId: DeviceId, streamId: StreamId): Subscribed | undefined {
    return (
      this.#findIn('conversation', deviceId, streamId) ??
      (streamId === inboxIdOf(deviceId) ? this.#findIn('inbox', deviceId, streamId) : undefined)
    );
  }

  #findIn(kind: StreamRow['kind'], deviceId: DeviceId, streamId: StreamId): Subscribed | undefined {
    const stream = this.tables.stream(kind, streamId);
    const subscription = stream && this.tables.subscription(stream.no, deviceId);
    return subscription && { stream: stream!, subscription };
  }

  /** A subscription that has not ended. */
  #subscribed(deviceId: DeviceId, streamId: StreamId): Subscribed {
    const found = this.#find(deviceId, streamId);
    if (found !== undefined && found.subscription.endsAtSeq === 0) return found;
    if (found === undefined && streamId === inboxIdOf(deviceId)) throw new Refusal('FORBIDDEN', 'an inbox');
    throw notFound();
  }

  #administered(deviceId: DeviceId, streamId: StreamId): Subscribed {
    const found = this.#subscribed(deviceId, streamId);
    if (!found.subscription.admin) throw new Refusal('FORBIDDEN', 'for admins of the stream');
    return found;
  }

  /** The invites that the admissions of a commit came by, each with its uses spent. */
  #invitesSpent(stream: StreamRow, { admissions }: Append, nowMs: number): readonly InviteRow[] {
    const uses = new Map<InviteToken, number>();
    for (const { inviteToken } of admissions) {
      if (inviteToken !== undefined) uses.set(inviteToken, (uses.get(inviteToken) ?? 0) + 1);
    }
    return [...uses].map(([token, count]) => {
      const invite = this.tables.invite(token);
      if (invite?.streamNo !== stream.no) throw notFound();
      return spendUses(invite, count, nowMs);
    });
  }

  #refuseTooManyMembers(stream: StreamRow, { admissions }: Append): void {
    if (admissions.length === 0) return;
    const ids = new Set(admissions.map(({ deviceId }) => deviceId));
    if (ids.size < admissions.length) throw new Refusal('MALFORMED', 'a device is admitted twice');
    if (this.tables.countSubscriptions(stream.no) + admissions.length > LIMITS.membersPerStream) {
      throw new Refusal('TOO_LARGE', `a stream has at most ${LIMITS.membersPerStream} members`);
    }
    for (const deviceId of ids) {
      // A conversation under the id of somebody's inbox must not come to stand before that inbox.
      if (inboxIdOf(deviceId) === stream.streamId) throw new Refusal('CONFLICT', 'the stream id is taken');
      this.#refuseBeyondStreamsOfDevice(deviceId);
    }
  }

  #refuseBeyondStreamsOfDevice(deviceId: DeviceId): void {
    // One place is the inbox's.
    if (this.tables.countSubscriptionsOfDevice(deviceId) < LIMITS.streamsPerDevice - 1) return;
    throw new Refusal('TOO_LARGE', `a device has at most ${LIMITS.streamsPerDevice} streams`);
  }

  #remove(stream: StreamRow, deviceIds: readonly DeviceId[], seq: number): readonly DeviceId[] {
    return [...new Set(deviceIds)].filter(deviceId => {
      const subscription = this.tables.subscription(stream.no, deviceId);
      // Who left before has no subscription; the Commit that takes its leaf out names it all the same.
      if (subscription === undefined || subscription.endsAtSeq > 0) return false;
      this.tables.putSubscription({ ...subscription, admin: false, endsAtSeq: seq });
      return true;
    });
  }

  #deliver(deviceId: DeviceId, content: Omit<Entry, 'seq'>): InboxDelivery {
    const streamId = inboxIdOf(deviceId);
    const inbox = this.tables.stream('inbox', streamId) ?? this.#createInbox(deviceId, streamId);
    const entry = { ...content, seq: inbox.headSeq + 1 };
    this.tables.updateStream({ ...inbox, headSeq: entry.seq });
    this.tables.insertEntry(inbox.no, entry);
    const { dedupeId, seq, receivedAtMs } = entry;
    this.tables.putAppended({ streamNo: inbox.no, dedupeId, seq, receivedAtMs });
    return { deviceId, streamId, entry };
  }

  #createInbox(deviceId: DeviceId, streamId: StreamId): StreamRow {
    const inbox = this.tables.insertStream(emptyStream('inbox', streamId));
    this.tables.putSubscription(subscriptionAt(inbox, deviceId, 0, false));
    return inbox;
  }

  #deleteAcknowledged(stream: StreamRow): void {
    const acknowledged = this.tables.lowestAcknowledgedSeq(stream.no) ?? stream.headSeq;
    if (acknowledged <= stream.floorSeq) return;
    this.tables.deleteEntries(stream.no, stream.floorSeq + 1, acknowledged);
    this.tables.updateStream({ ...stream, floorSeq: acknowledged });
  }

  /** Deletes entries up to `seq`, read or not, and notes it for those who had not read them. */
  #lose(stream: StreamRow, seq: number): number {
    for (const subscription of this.tables.subscriptionsOf(stream.no)) {
      if (subscription.acknowledgedSeq >= seq) continue;
      if (subscription.endsAtSeq > 0 && subscription.endsAtSeq <= seq)
        this.tables.deleteSubscription(subscription);
      else this.tables.putSubscription({ ...subscription, lostUpToSeq: seq });
    }
    this.tables.updateStream({ ...stream, floorSeq: seq });
    return this.tables.deleteEntries(stream.no, stream.floorSeq + 1, seq);
  }

  #end(stream: StreamRow, nowMs: number): readonly InviteChange[] {
    if (stream.condition === 'ended') return [];
    const ended = { ...stream, condition: 'ended', endedAtMs: nowMs } as const;
    this.tables.updateStream(ended);
    if (stream.headSeq - 1 > stream.floorSeq) this.#lose(ended, stream.headSeq - 1);
    return this.#closeInvites(stream, nowMs, () => true);
  }

  #closeInvites(
    stream: StreamRow,
    nowMs: number,
    which: (invite: InviteRow) => boolean,
  ): readonly InviteChange[] {
    return this.tables
      .invitesOf(stream.no)
      .filter(which)
      .flatMap(invite => this.#close(invite, 'ended', nowMs));
  }

  #close(invite: InviteRow, status: 'expired' | 'revoked' | 'ended', nowMs: number): readonly InviteChange[] {
    // An end outlasts every other state: the door then says so to whoever still holds the link.
    if (invite.status !== 'open' && !(status === 'ended' && invite.status !== 'ended')) return [];
    const closed = { ...invite, status, closedAtMs: nowMs };
    this.tables.putInvite(closed);
    return [changeOf(closed)];
  }
}

const NOTHING_ELSE = { deliveries: [], admittedIds: [], removedIds: [], inviteChanges: [] } as const;

const changeOf = ({ token, ownerId, status }: InviteRow): InviteChange => ({ token, ownerId, status });

function refuseAppend(stream: StreamRow, { admin }: SubscriptionRow, append: Append): void {
  const { kind, expectEpoch, admissions, removedDeviceIds } = append;
  if (stream.kind !== 'conversation' || (kind !== 'message' && kind !== 'commit')) {
    throw new Refusal('FORBIDDEN', 'only messages and commits, and only to conversations');
  }
  if (expectEpoch === undefined) throw new Refusal('MALFORMED', 'expectEpoch is missing');
  const changesMembers = admissions.length > 0 || removedDeviceIds.length > 0;
  if (changesMembers && kind !== 'commit') throw new Refusal('MALFORMED', 'only a commit changes members');
  if (changesMembers && !admin) throw new Refusal('FORBIDDEN', 'for admins of the stream');
  if (stream.condition === 'ended') throw new Refusal('STREAM_ENDED', 'the stream has ended');
  if (stream.condition === 'paused' && !admin) throw new Refusal('STREAM_PAUSED', 'the stream is paused');
  if (expectEpoch !== stream.epoch) {
    throw new Refusal('EPOCH_CONFLICT', 'the stream is at another epoch', {
      epoch: stream.epoch,
      seq: stream.commitSeq,
    });
  }
}

function emptyStream(kind: StreamRow['kind'], streamId: StreamId): Omit<StreamRow, 'no'> {
  return { streamId, kind, condition: 'open', headSeq: 0, epoch: 0, commitSeq: 0, floorSeq: 0, endedAtMs: 0 };
}

function subscriptionAt(stream: StreamRow, deviceId: DeviceId, seq: number, admin: boolean): SubscriptionRow {
  return { streamNo: stream.no, deviceId, admin, acknowledgedSeq: seq, lostUpToSeq: 0, endsAtSeq: 0 };
}

/** The newest seq that this subscription may read. */
function readableHead(stream: StreamRow, { endsAtSeq }: SubscriptionRow): number {
  return endsAtSeq > 0 ? endsAtSeq : stream.headSeq;
}

function statusOf(stream: StreamRow, subscription: SubscriptionRow): Subscription {
  const { streamId, kind, condition, epoch } = stream;
  const { acknowledgedSeq, admin, lostUpToSeq } = subscription;
  return {
    streamId,
    kind,
    condition,
    headSeq: readableHead(stream, subscription),
    epoch,
    acknowledgedSeq,
    admin,
    lostUpToSeq: lostUpToSeq > acknowledgedSeq ? lostUpToSeq : 0,
    endsAtSeq: subscription.endsAtSeq,
  };
}

function emptyInboxStatus(streamId: StreamId): Subscription {
  return {
    streamId,
    kind: 'inbox',
    condition: 'open',
    headSeq: 0,
    epoch: 0,
    acknowledgedSeq: 0,
    admin: false,
    lostUpToSeq: 0,
    endsAtSeq: 0,
  };
}
