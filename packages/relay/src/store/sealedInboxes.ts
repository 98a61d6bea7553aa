import type { DeviceId } from '@sotto/protocol';
import { inboxIdOf } from '../identity.ts';
import { Refusal } from '../refusal.ts';
import type { InboxDelivery, StreamStore } from '../streamStore.ts';
import { ENTRY_OVERHEAD_BYTES, type StorageLimits } from './storageLimits.ts';
import type { StreamLog } from './streamLog.ts';
import type { StreamRow, Tables } from './tables.ts';

/** Entries that wait in an inbox before no more sealed messages are put there. */
const MAX_QUEUED_IN_INBOX = 500;
/** What part of an inbox they may fill: anyone may write them, and they must not keep a Welcome out. */
const SHARE_OF_INBOX = 1 / 4;

/** Sealed messages, put into the inboxes of all devices of an account. */
export class SealedInboxes {
  constructor(
    private readonly tables: Tables,
    private readonly log: StreamLog,
    private readonly limits: StorageLimits,
  ) {}

  deliver(delivery: Parameters<StreamStore['deliverSealed']>[0]): readonly InboxDelivery[] {
    const { deviceIds, dedupeId, payload, nowMs } = delivery;
    return this.takers({ deviceIds, dedupeId, payloadBytes: payload.length }).map(deviceId =>
      this.log.deliver(deviceId, { kind: 'sealed', dedupeId, payload, receivedAtMs: nowMs }),
    );
  }

  takers(delivery: Parameters<StreamStore['takersOfSealed']>[0]): readonly DeviceId[] {
    const { deviceIds, dedupeId, payloadBytes } = delivery;
    const without = deviceIds.filter(deviceId => {
      const inbox = this.#inboxOf(deviceId);
      return inbox === undefined || this.tables.entries.appended(inbox.no, dedupeId) === undefined;
    });
    const free = without.filter(deviceId => !this.#isCrowded(this.#inboxOf(deviceId), payloadBytes));
    // A device that has not been seen for long keeps no others from reading; where none has room, nobody is told it was taken.
    if (free.length === 0 && without.length === deviceIds.length) {
      throw new Refusal('RATE_LIMITED', 'too many messages wait there', { retryAfterMs: 60_000 });
    }
    return free;
  }

  #inboxOf(deviceId: DeviceId): StreamRow | undefined {
    return this.tables.stream('inbox', inboxIdOf(deviceId));
  }

  #isCrowded(inbox: StreamRow | undefined, payloadBytes: number): boolean {
    if (inbox === undefined) return false;
    if (inbox.headSeq - inbox.floorSeq >= MAX_QUEUED_IN_INBOX) return true;
    const neededBytes = payloadBytes + ENTRY_OVERHEAD_BYTES;
    return inbox.storedBytes + neededBytes > this.limits.maxInboxBytes * SHARE_OF_INBOX;
  }
}
