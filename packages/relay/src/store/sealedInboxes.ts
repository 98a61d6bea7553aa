import { inboxIdOf } from '../identity.ts';
import { Refusal } from '../refusal.ts';
import type { InboxDelivery, StreamStore } from '../streamStore.ts';
import { type StorageLimits, storedBytesOf } from './storageLimits.ts';
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
    const without = deviceIds.filter(deviceId => {
      const inbox = this.tables.stream('inbox', inboxIdOf(deviceId));
      return inbox === undefined || this.tables.entries.appended(inbox.no, dedupeId) === undefined;
    });
    const free = without.filter(
      deviceId => !this.#isCrowded(this.tables.stream('inbox', inboxIdOf(deviceId)), payload),
    );
    // A device that has not been seen for long keeps no others from reading; where none has room, nobody is told it was taken.
    if (free.length === 0 && without.length === deviceIds.length) {
      throw new Refusal('RATE_LIMITED', 'too many messages wait there', { retryAfterMs: 60_000 });
    }
    return free.map(deviceId =>
      this.log.deliver(deviceId, { kind: 'sealed', dedupeId, payload, receivedAtMs: nowMs }),
    );
  }

  #isCrowded(inbox: StreamRow | undefined, payload: Uint8Array): boolean {
    if (inbox === undefined) return false;
    if (inbox.headSeq - inbox.floorSeq >= MAX_QUEUED_IN_INBOX) return true;
    return inbox.storedBytes + storedBytesOf({ payload }) > this.limits.maxInboxBytes * SHARE_OF_INBOX;
  }
}
