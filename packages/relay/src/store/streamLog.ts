import type { DeviceId, Entry, StreamId } from '@sotto/protocol';
import { inboxIdOf } from '../identity.ts';
import { notFound, Refusal } from '../refusal.ts';
import type { InboxDelivery } from '../streamStore.ts';
import { refuseFullInbox, type StorageLimits, storedBytesOf } from './storageLimits.ts';
import { emptyStream, subscriptionAt } from './subscriptions.ts';
import type { StreamRow, SubscriptionRow, Tables } from './tables.ts';

export interface Subscribed {
  readonly stream: StreamRow;
  readonly subscription: SubscriptionRow;
}

/** What every part of the ledger does with streams: finds them for a device, fills inboxes, deletes entries. */
export class StreamLog {
  constructor(
    private readonly tables: Tables,
    private readonly limits: StorageLimits,
  ) {}

  /** The stream and the device's place in it; `undefined` when it has none, also when the stream is not there. */
  find(deviceId: DeviceId, streamId: StreamId): Subscribed | undefined {
    return (
      this.#findIn('conversation', deviceId, streamId) ??
      (streamId === inboxIdOf(deviceId) ? this.#findIn('inbox', deviceId, streamId) : undefined)
    );
  }

  /** A subscription that has not ended. Throws `NOT_FOUND`, `FORBIDDEN` for the device's own empty inbox. */
  subscribed(deviceId: DeviceId, streamId: StreamId): Subscribed {
    const found = this.find(deviceId, streamId);
    if (found !== undefined && found.subscription.endsAtSeq === 0) return found;
    if (found === undefined && streamId === inboxIdOf(deviceId)) throw new Refusal('FORBIDDEN', 'an inbox');
    throw notFound();
  }

  /** As `subscribed`, for admins; throws `FORBIDDEN` too. */
  administered(deviceId: DeviceId, streamId: StreamId): Subscribed {
    const found = this.subscribed(deviceId, streamId);
    if (!found.subscription.admin) throw new Refusal('FORBIDDEN', 'for admins of the stream');
    return found;
  }

  /** Puts an entry into the inbox of a device. Throws `STREAM_FULL`. */
  deliver(deviceId: DeviceId, content: Omit<Entry, 'seq'>): InboxDelivery {
    const streamId = inboxIdOf(deviceId);
    this.refuseFullInbox(deviceId, content);
    const inbox = this.tables.stream('inbox', streamId) ?? this.#createInbox(deviceId, streamId);
    const entry = { ...content, seq: inbox.headSeq + 1 };
    this.tables.updateStream({
      ...inbox,
      headSeq: entry.seq,
      storedBytes: inbox.storedBytes + storedBytesOf(entry),
    });
    this.tables.entries.insert(inbox.no, entry);
    const { dedupeId, seq, receivedAtMs } = entry;
    this.tables.entries.putAppended({ streamNo: inbox.no, dedupeId, seq, receivedAtMs });
    return { deviceId, streamId, entry };
  }

  /** Throws `STREAM_FULL` when there is no room for an entry in the inbox of a device. */
  refuseFullInbox(deviceId: DeviceId, content: Pick<Entry, 'payload'>): void {
    refuseFullInbox(this.limits, this.tables.stream('inbox', inboxIdOf(deviceId)), content);
  }

  /** Deletes what every subscription has behind it. */
  deleteAcknowledged(stream: StreamRow): void {
    const acknowledged = this.tables.lowestAcknowledgedSeq(stream.no) ?? stream.headSeq;
    if (acknowledged <= stream.floorSeq) return;
    this.#delete(stream, acknowledged);
  }

  /** Deletes entries up to `seq`, read or not, and notes it for those who had not read them; gives how many. */
  lose(stream: StreamRow, seq: number): number {
    for (const subscription of this.tables.subscriptionsOf(stream.no)) {
      if (subscription.acknowledgedSeq >= seq) continue;
      if (subscription.endsAtSeq > 0 && subscription.endsAtSeq <= seq)
        this.tables.deleteSubscription(subscription);
      else this.tables.putSubscription({ ...subscription, lostUpToSeq: seq });
    }
    return this.#delete(stream, seq);
  }

  /** Deletes the entries up to `seq`; gives how many there were. */
  #delete(stream: StreamRow, seq: number): number {
    const { count, storedBytes } = this.tables.entries.delete(stream.no, stream.floorSeq + 1, seq);
    this.tables.updateStream({ ...stream, floorSeq: seq, storedBytes: stream.storedBytes - storedBytes });
    return count;
  }

  #findIn(kind: StreamRow['kind'], deviceId: DeviceId, streamId: StreamId): Subscribed | undefined {
    const stream = this.tables.stream(kind, streamId);
    const subscription = stream && this.tables.subscription(stream.no, deviceId);
    return subscription && { stream: stream!, subscription };
  }

  /** Behind the floor, which no cursor of a device can be beyond (retention.ts). */
  #createInbox(deviceId: DeviceId, streamId: StreamId): StreamRow {
    const floorSeq = this.tables.inboxFloor();
    const inbox = this.tables.insertStream({
      ...emptyStream('inbox', streamId),
      floorSeq,
      headSeq: floorSeq,
    });
    this.tables.putSubscription(subscriptionAt(inbox, deviceId, 0, false));
    return inbox;
  }
}
