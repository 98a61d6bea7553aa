import type { DeviceId, StreamId } from '@sotto/protocol';
import type { Subscription } from '../streamStore.ts';
import type { StreamRow, SubscriptionRow } from './tables.ts';

/** A stream before its first entry. */
export function emptyStream(kind: StreamRow['kind'], streamId: StreamId): Omit<StreamRow, 'no'> {
  return {
    streamId,
    kind,
    condition: 'open',
    headSeq: 0,
    epoch: 0,
    commitSeq: 0,
    floorSeq: 0,
    storedBytes: 0,
    endedAtMs: 0,
  };
}

/** A device that reads what comes after `seq`. */
export function subscriptionAt(
  stream: StreamRow,
  deviceId: DeviceId,
  seq: number,
  admin: boolean,
): SubscriptionRow {
  return { streamNo: stream.no, deviceId, admin, acknowledgedSeq: seq, lostUpToSeq: 0, endsAtSeq: 0 };
}

/** The newest seq that this subscription may read. */
export function readableHead(stream: StreamRow, { endsAtSeq }: SubscriptionRow): number {
  return endsAtSeq > 0 ? endsAtSeq : stream.headSeq;
}

/** The stream as the device of the subscription sees it. */
export function statusOf(stream: StreamRow, subscription: SubscriptionRow): Subscription {
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

/** Every device has an inbox; this is one that nothing was put into. */
export function emptyInboxStatus(streamId: StreamId): Subscription {
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
