import type { DeviceId, Entry, StreamId } from '@sotto/protocol';
import { inboxIdOf } from '../identity.ts';
import { notFound } from '../refusal.ts';
import type { EntriesPage, Subscription } from '../streamStore.ts';
import type { StreamLog } from './streamLog.ts';
import { emptyInboxStatus, readableHead, statusOf } from './subscriptions.ts';
import type { Tables } from './tables.ts';

/** What one device, or the relay itself, may see of the streams; changes nothing. */
export class Views {
  constructor(
    private readonly tables: Tables,
    private readonly log: StreamLog,
  ) {}

  status(deviceId: DeviceId, streamId: StreamId): Subscription | undefined {
    const found = this.log.find(deviceId, streamId);
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
    const found = this.log.find(deviceId, streamId);
    if (found === undefined) {
      if (streamId === inboxIdOf(deviceId)) return [];
      throw notFound();
    }
    const { stream, subscription } = found;
    // What came before a member's time, or is on its disk already, is none of its business.
    const afterSeq = Math.max(page.afterSeq, subscription.acknowledgedSeq);
    return this.tables.entries.page(stream.no, {
      ...page,
      afterSeq,
      maxSeq: readableHead(stream, subscription),
    });
  }

  subscribers(streamId: StreamId): readonly DeviceId[] {
    const stream = this.tables.stream('conversation', streamId) ?? this.tables.stream('inbox', streamId);
    if (stream === undefined) return [];
    return this.tables
      .subscriptionsOf(stream.no)
      .filter(({ endsAtSeq }) => endsAtSeq === 0)
      .map(({ deviceId }) => deviceId);
  }

  knows(deviceId: DeviceId): boolean {
    if (this.tables.invites.hasKnocked(deviceId)) return true;
    return this.statuses(deviceId).some(
      ({ kind, headSeq, acknowledgedSeq }) => kind === 'conversation' || headSeq > acknowledgedSeq,
    );
  }
}
