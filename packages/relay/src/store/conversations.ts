import { type Append, type DeviceId, LIMITS, type StreamAction, type StreamId } from '@sotto/protocol';
import { inboxIdOf } from '../identity.ts';
import { notFound, Refusal } from '../refusal.ts';
import type { Appending, Caller, InviteChange, Subscription } from '../streamStore.ts';
import { changeOf, type Door } from './door.ts';
import { refuseFullStream, type StorageLimits, storedBytesOf } from './storageLimits.ts';
import type { StreamLog } from './streamLog.ts';
import { emptyStream, readableHead, statusOf, subscriptionAt } from './subscriptions.ts';
import type { StreamRow, SubscriptionRow, Tables } from './tables.ts';

/** What devices do to conversations: begin, append, acknowledge, pause, end, leave. */
export class Conversations {
  constructor(
    private readonly tables: Tables,
    private readonly log: StreamLog,
    private readonly door: Door,
    private readonly limits: StorageLimits,
  ) {}

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
    const { stream, subscription } = this.log.subscribed(caller.deviceId, append.streamId);
    const before = this.tables.entries.appended(stream.no, append.dedupeId);
    if (before !== undefined) return { ...before, ...NOTHING_ELSE, repeated: true };
    const own = new Set(caller.ownDeviceIds);
    refuseAppend(stream, subscription, append, own);
    const invites = this.door.spent(stream, append, caller.nowMs);
    this.#refuseTooManyMembers(stream, append);
    this.#refuseWithoutRoom(stream, subscription, append);

    const seq = stream.headSeq + 1;
    const receivedAtMs = caller.nowMs;
    const commit = append.kind === 'commit';
    const next = {
      ...stream,
      headSeq: seq,
      storedBytes: stream.storedBytes + storedBytesOf(append),
      epoch: stream.epoch + (commit ? 1 : 0),
      commitSeq: commit ? seq : stream.commitSeq,
    };
    this.tables.updateStream(next);
    this.tables.entries.insert(stream.no, {
      ...append,
      seq,
      receivedAtMs,
      inviteToken: undefined,
      deviceId: undefined,
    });
    this.tables.entries.putAppended({ streamNo: stream.no, dedupeId: append.dedupeId, seq, receivedAtMs });
    if (!commit) return { seq, receivedAtMs, ...NOTHING_ELSE, repeated: false };

    const removedIds = this.#remove(stream, append.removedDeviceIds, seq);
    const deliveries = append.admissions.map(({ deviceId, welcome }) => {
      const admin = subscription.admin && own.has(deviceId);
      this.tables.putSubscription(subscriptionAt(next, deviceId, seq, admin));
      return this.log.deliver(deviceId, {
        kind: 'welcome',
        dedupeId: append.dedupeId,
        payload: welcome,
        receivedAtMs,
      });
    });
    for (const invite of invites) this.tables.invites.putInvite(invite);
    const adminChangedIds = this.#setAdmins(next, append.adminDeviceIds);
    return {
      seq,
      receivedAtMs,
      repeated: false,
      deliveries,
      removedIds,
      admittedIds: append.admissions.map(({ deviceId }) => deviceId),
      adminChangedIds,
      inviteChanges: [
        ...invites.filter(({ status }) => status !== 'open').map(changeOf),
        ...this.#closeInvitesOf(next, [...removedIds, ...adminChangedIds], caller.nowMs),
      ],
    };
  }

  acknowledge({ deviceId }: Caller, streamId: StreamId, seq: number): void {
    const found = this.log.find(deviceId, streamId);
    if (found === undefined) {
      // An inbox that is not there, perhaps no more: the cursor of its device can be no further than the floor.
      if (streamId === inboxIdOf(deviceId) && seq <= this.tables.inboxFloor()) return;
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
    if (subscription.acknowledgedSeq <= stream.floorSeq) this.log.deleteAcknowledged(stream);
  }

  control({ deviceId, nowMs }: Caller, streamId: StreamId, action: StreamAction): readonly InviteChange[] {
    const { stream } = this.log.administered(deviceId, streamId);
    if (action === 'end') return this.#end(stream, nowMs);
    if (stream.condition === 'ended') throw new Refusal('STREAM_ENDED', 'the stream has ended');
    this.tables.updateStream({ ...stream, condition: action === 'pause' ? 'paused' : 'open' });
    return [];
  }

  leave({ deviceId, nowMs }: Caller, streamId: StreamId): readonly InviteChange[] {
    const found = this.log.find(deviceId, streamId);
    if (streamId === inboxIdOf(deviceId)) throw new Refusal('FORBIDDEN', 'an inbox cannot be left');
    if (found === undefined) throw notFound();
    const { stream, subscription } = found;
    this.tables.deleteSubscription(subscription);
    const changes = this.door.closeInvites(stream, nowMs, invite => invite.ownerId === deviceId);
    if (this.tables.countSubscriptions(stream.no) === 0) this.tables.deleteStream(stream);
    else this.log.deleteAcknowledged(stream);
    return changes;
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

  #refuseWithoutRoom(stream: StreamRow, { admin }: SubscriptionRow, append: Append): void {
    refuseFullStream(this.limits, stream, append, admin);
    for (const { deviceId, welcome } of append.admissions) {
      this.log.refuseFullInbox(deviceId, { payload: welcome });
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

  /** Takes the admins that a commit names; gives those for whom that is new. */
  #setAdmins(stream: StreamRow, adminDeviceIds: readonly DeviceId[]): readonly DeviceId[] {
    if (adminDeviceIds.length === 0) return [];
    const admins = new Set(adminDeviceIds);
    const changed = this.tables
      .subscriptionsOf(stream.no)
      .filter(({ admin, deviceId, endsAtSeq }) => endsAtSeq === 0 && admin !== admins.has(deviceId));
    for (const subscription of changed) {
      this.tables.putSubscription({ ...subscription, admin: !subscription.admin });
    }
    return changed.map(({ deviceId }) => deviceId);
  }

  /** Ends the invites of those among these devices who could let nobody in by them any more. */
  #closeInvitesOf(stream: StreamRow, deviceIds: readonly DeviceId[], nowMs: number): readonly InviteChange[] {
    const gone = new Set(
      deviceIds.filter(deviceId => this.tables.subscription(stream.no, deviceId)?.admin !== true),
    );
    if (gone.size === 0) return [];
    return this.door.closeInvites(stream, nowMs, ({ ownerId }) => gone.has(ownerId));
  }

  #end(stream: StreamRow, nowMs: number): readonly InviteChange[] {
    if (stream.condition === 'ended') return [];
    const ended = { ...stream, condition: 'ended', endedAtMs: nowMs } as const;
    this.tables.updateStream(ended);
    if (stream.headSeq - 1 > stream.floorSeq) this.log.lose(ended, stream.headSeq - 1);
    return this.door.closeInvites(stream, nowMs, () => true);
  }
}

const NOTHING_ELSE = {
  deliveries: [],
  admittedIds: [],
  removedIds: [],
  adminChangedIds: [],
  inviteChanges: [],
} as const;

function refuseAppend(
  stream: StreamRow,
  { admin }: SubscriptionRow,
  append: Append,
  own: ReadonlySet<DeviceId>,
): void {
  const { kind, payload, expectEpoch, admissions, removedDeviceIds, adminDeviceIds } = append;
  if (stream.kind !== 'conversation' || (kind !== 'message' && kind !== 'commit')) {
    throw new Refusal('FORBIDDEN', 'only messages and commits, and only to conversations');
  }
  if (expectEpoch === undefined) throw new Refusal('MALFORMED', 'expectEpoch is missing');
  if (kind === 'message' && payload.length > LIMITS.payloadBytes)
    throw new Refusal('TOO_LARGE', `a message has at most ${LIMITS.payloadBytes} bytes`);
  const changesMembers = admissions.length > 0 || removedDeviceIds.length > 0;
  if ((changesMembers || adminDeviceIds.length > 0) && kind !== 'commit')
    throw new Refusal('MALFORMED', 'only a commit changes members and admins');
  const changed = [...admissions.map(({ deviceId }) => deviceId), ...removedDeviceIds];
  if (!admin && adminDeviceIds.length > 0)
    throw new Refusal('FORBIDDEN', 'the admins of the stream name its admins');
  if (!admin && !changed.every(deviceId => own.has(deviceId)))
    throw new Refusal('FORBIDDEN', 'for admins of the stream, but for devices of one’s own');
  if (stream.condition === 'ended') throw new Refusal('STREAM_ENDED', 'the stream has ended');
  if (stream.condition === 'paused' && !admin) throw new Refusal('STREAM_PAUSED', 'the stream is paused');
  if (expectEpoch !== stream.epoch) {
    throw new Refusal('EPOCH_CONFLICT', 'the stream is at another epoch', {
      epoch: stream.epoch,
      seq: stream.commitSeq,
    });
  }
}
