import type { DedupeId, DeviceId, Entry, InviteToken } from '@sotto/protocol';
import type { EntriesPage } from '../streamStore.ts';
import type { SqliteStatements } from './sqliteStatements.ts';
import { ENTRY_OVERHEAD_BYTES } from './storageLimits.ts';
import type { AppendedRow, DeletedEntries, EntryTables } from './tables.ts';

const ENTRY = `seq, kind, dedupe_id AS dedupeId, payload, received_at_ms AS receivedAtMs,
  invite_token AS inviteToken, device_id AS deviceId`;
/** Entries looked at in one go when retention walks along a stream. */
const RETENTION_PAGE = 500;

/** Entries in SQLite: those of one stream lie side by side. */
export class SqliteEntries implements EntryTables {
  constructor(private readonly statements: SqliteStatements) {}

  insert(streamNo: number, entry: Entry): void {
    const { seq, kind, dedupeId, payload, receivedAtMs, inviteToken, deviceId } = entry;
    this.statements
      .of('INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
      .run(streamNo, seq, kind, dedupeId, payload, receivedAtMs, inviteToken ?? null, deviceId ?? null);
  }

  page(
    streamNo: number,
    { afterSeq, maxSeq, maxEntries, maxBytes }: EntriesPage & { readonly maxSeq: number },
  ): readonly Entry[] {
    const rows = this.statements
      .of(`SELECT ${ENTRY} FROM entries WHERE stream_no = ? AND seq > ? AND seq <= ? ORDER BY seq LIMIT ?`)
      .all(streamNo, afterSeq, maxSeq, maxEntries) as EntryColumns[];
    const page: Entry[] = [];
    let bytes = 0;
    for (const row of rows) {
      bytes += row.payload.length;
      if (page.length > 0 && bytes > maxBytes) break;
      page.push({ ...row, inviteToken: row.inviteToken ?? undefined, deviceId: row.deviceId ?? undefined });
    }
    return page;
  }

  lastSeqBefore(streamNo: number, beforeMs: number): number {
    const page = this.statements.of(
      `SELECT seq, received_at_ms AS receivedAtMs FROM entries WHERE stream_no = ? AND seq > ? ORDER BY seq
       LIMIT ${RETENTION_PAGE}`,
    );
    let last = 0;
    for (;;) {
      const rows = page.all(streamNo, last) as { seq: number; receivedAtMs: number }[];
      for (const { seq, receivedAtMs } of rows) {
        if (receivedAtMs >= beforeMs) return last;
        last = seq;
      }
      if (rows.length < RETENTION_PAGE) return last;
    }
  }

  delete(streamNo: number, fromSeq: number, toSeq: number): DeletedEntries {
    const deleted = this.statements
      .of(
        `DELETE FROM entries WHERE stream_no = ? AND seq BETWEEN ? AND ? RETURNING length(payload) AS sizeBytes`,
      )
      .all(streamNo, fromSeq, toSeq) as readonly { readonly sizeBytes: number }[];
    const payloadBytes = deleted.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    return {
      count: deleted.length,
      storedBytes: payloadBytes + deleted.length * ENTRY_OVERHEAD_BYTES,
    };
  }

  appended(streamNo: number, dedupeId: DedupeId): AppendedRow | undefined {
    return this.statements
      .of(
        `SELECT stream_no AS streamNo, dedupe_id AS dedupeId, seq, received_at_ms AS receivedAtMs FROM appended
       WHERE stream_no = ? AND dedupe_id = ?`,
      )
      .get(streamNo, dedupeId) as AppendedRow | undefined;
  }

  putAppended({ streamNo, dedupeId, seq, receivedAtMs }: AppendedRow): void {
    this.statements
      .of('INSERT OR REPLACE INTO appended VALUES (?, ?, ?, ?)')
      .run(streamNo, dedupeId, seq, receivedAtMs);
  }

  deleteAppendedBefore(beforeMs: number): void {
    this.statements.of('DELETE FROM appended WHERE received_at_ms < ?').run(beforeMs);
  }
}

type EntryColumns = Omit<Entry, 'inviteToken' | 'deviceId'> & {
  readonly inviteToken: InviteToken | null;
  readonly deviceId: DeviceId | null;
};
