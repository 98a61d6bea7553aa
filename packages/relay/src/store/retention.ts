import { LIMITS } from '@sotto/protocol';
import type { Sweep, Swept } from '../streamStore.ts';
import type { StreamLog } from './streamLog.ts';
import type { Tables } from './tables.ts';

/** Deletes what is past its time. */
export class Retention {
  constructor(
    private readonly tables: Tables,
    private readonly log: StreamLog,
  ) {}

  sweep({ nowMs, retentionMs }: Sweep): Swept {
    for (const { token } of this.tables.invites.closedBefore(nowMs - retentionMs))
      this.tables.invites.deleteInvite(token);
    const ended = this.tables.endedStreams(nowMs - LIMITS.endedNoticeMs);
    for (const stream of ended) this.tables.deleteStream(stream);
    let deletedEntries = 0;
    for (const stream of this.tables.streamsWithEntries()) {
      const seq = this.tables.entries.lastSeqBefore(stream.no, nowMs - retentionMs);
      if (seq > stream.floorSeq) deletedEntries += this.log.lose(stream, seq);
    }
    this.tables.entries.deleteAppendedBefore(nowMs - retentionMs);
    return { deletedEntries, deletedStreams: ended.length };
  }
}
