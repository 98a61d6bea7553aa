import { LIMITS } from '@sotto/protocol';
import type { Sweep, Swept } from '../streamStore.ts';
import type { StreamLog } from './streamLog.ts';
import type { StreamRow, Tables } from './tables.ts';

/**
 * Deletes what is past its time: entries, ended conversations, and the rows of streams that nobody is left to read.
 * A seq means one entry for ever to whoever has a cursor, so a row goes only where none can be misled:
 *
 * - A **conversation** goes when no subscription is left. Each of its devices has left, or has read the commit that
 *   removed it, or that commit has expired: to all of them it is not there, as before. Its id is 16 random bytes
 *   made by who began it, and nobody makes the same twice. A device that is only away keeps its subscription, and
 *   with it the row, for as long as it takes.
 * - An **ended conversation** goes `LIMITS.endedNoticeMs` after its end, whoever was away: it takes nothing more.
 * - An **inbox** goes when it is empty, nothing has come for as long as the retention, and its device has no
 *   conversation and no knock: most were a guest's who will not come back. But its id is the device's for ever, and
 *   the device may have kept a cursor. So the head of each deleted inbox raises one floor for all, and an inbox that
 *   is made (again) begins behind it: every seq in it is greater than any that the device has seen, which reads a
 *   hole of entries that never were, as it reads one of entries that were deleted. The subscription begins at 0,
 *   since a device takes an acknowledgement beyond its own cursor for the sign that its store is an old copy.
 */
export class Retention {
  constructor(
    private readonly tables: Tables,
    private readonly log: StreamLog,
  ) {}

  sweep({ nowMs, retentionMs }: Sweep): Swept {
    const beforeMs = nowMs - retentionMs;
    for (const { token } of this.tables.invites.closedBefore(beforeMs))
      this.tables.invites.deleteInvite(token);
    const ended = this.#deleteAll(this.tables.endedStreams(nowMs - LIMITS.endedNoticeMs));
    let deletedEntries = 0;
    for (const stream of this.tables.streamsWithEntries()) {
      const seq = this.tables.entries.lastSeqBefore(stream.no, beforeMs);
      if (seq > stream.floorSeq) deletedEntries += this.log.lose(stream, seq);
    }
    this.tables.entries.deleteAppendedBefore(beforeMs);
    const abandoned = this.#deleteAll(this.tables.abandonedStreams());
    return { deletedEntries, deletedStreams: ended + abandoned + this.#deleteIdleInboxes() };
  }

  #deleteIdleInboxes(): number {
    const idle = this.tables.idleInboxes();
    if (idle.length === 0) return 0;
    this.tables.raiseInboxFloor(Math.max(...idle.map(({ headSeq }) => headSeq)));
    return this.#deleteAll(idle);
  }

  #deleteAll(streams: readonly StreamRow[]): number {
    for (const stream of streams) this.tables.deleteStream(stream);
    return streams.length;
  }
}
