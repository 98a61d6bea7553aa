import type { DedupeId, DeviceId, Entry, InviteToken, StreamId, StreamKind } from '@sotto/protocol';
import type { EntriesPage, StoreCounts } from '../streamStore.ts';
import type { SqliteDatabase, SqliteStatement } from './sqliteDatabase.ts';
import type { AppendedRow, InviteRow, KnockRow, StreamRow, SubscriptionRow, Tables } from './tables.ts';

const STREAM = `no, kind, id AS streamId, condition, head_seq AS headSeq, epoch, commit_seq AS commitSeq,
  floor_seq AS floorSeq, ended_at_ms AS endedAtMs`;
const SUBSCRIPTION = `stream_no AS streamNo, device_id AS deviceId, admin, acknowledged_seq AS acknowledgedSeq,
  lost_up_to_seq AS lostUpToSeq, ends_at_seq AS endsAtSeq`;
const ENTRY = `seq, kind, dedupe_id AS dedupeId, payload, received_at_ms AS receivedAtMs,
  invite_token AS inviteToken, device_id AS deviceId`;
const INVITE = `token, stream_no AS streamNo, owner_id AS ownerId, expires_at_ms AS expiresAtMs,
  max_uses AS maxUses, uses, sealed_card AS sealedCard, status, closed_at_ms AS closedAtMs`;

/** Rows of streams, and of subscriptions, that are kept at hand; beyond it the cache starts anew. */
const MAX_KEPT = 20_000;
/** Entries looked at in one go when retention walks along a stream. */
const RETENTION_PAGE = 500;

/**
 * Rows in SQLite, by prepared statements. Used inside the transactions of its one owner, who calls `settle`
 * before each commit and `forget` after each rollback.
 *
 * Every append reads its stream and its subscription, and moves the head of the stream: those rows are kept at
 * hand, and a stream that many appends of one group moved is written once.
 */
export class SqliteTables implements Tables {
  readonly #statements = new Map<string, SqliteStatement>();
  readonly #streams = new Map<string, StreamRow>();
  readonly #subscriptions = new Map<string, SubscriptionRow>();
  /** Streams that were moved and not written yet, by number. */
  readonly #moved = new Map<number, StreamRow>();

  constructor(private readonly database: SqliteDatabase) {}

  /** Writes what is only at hand so far. */
  settle(): void {
    for (const row of this.#moved.values()) this.#writeStream(row);
    this.#moved.clear();
  }

  /** What was at hand may never have been written. */
  forget(): void {
    this.#streams.clear();
    this.#subscriptions.clear();
    this.#moved.clear();
  }

  stream(kind: StreamKind, streamId: StreamId): StreamRow | undefined {
    const key = `${kind}/${streamId}`;
    const kept = this.#streams.get(key);
    if (kept !== undefined) return kept;
    const row = this.#sql(`SELECT ${STREAM} FROM streams WHERE id = ? AND kind = ?`).get(streamId, kind);
    if (row !== undefined) this.#keep(row as StreamRow);
    return row as StreamRow | undefined;
  }

  streamByNo(no: number): StreamRow | undefined {
    const moved = this.#moved.get(no);
    if (moved !== undefined) return moved;
    return this.#sql(`SELECT ${STREAM} FROM streams WHERE no = ?`).get(no) as StreamRow | undefined;
  }

  insertStream(row: Omit<StreamRow, 'no'>): StreamRow {
    const { no } = this.#sql(
      `INSERT INTO streams (kind, id, condition, head_seq, epoch, commit_seq, floor_seq, ended_at_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING no`,
    ).get(
      row.kind,
      row.streamId,
      row.condition,
      row.headSeq,
      row.epoch,
      row.commitSeq,
      row.floorSeq,
      row.endedAtMs,
    ) as { no: number };
    const stream = { ...row, no };
    this.#keep(stream);
    return stream;
  }

  updateStream(row: StreamRow): void {
    this.#keep(row);
    this.#moved.set(row.no, row);
  }

  deleteStream({ no, kind, streamId }: StreamRow): void {
    this.#sql('DELETE FROM knocks WHERE token IN (SELECT token FROM invites WHERE stream_no = ?)').run(no);
    for (const table of ['invites', 'entries', 'appended', 'subscriptions']) {
      this.#sql(`DELETE FROM ${table} WHERE stream_no = ?`).run(no);
    }
    this.#sql('DELETE FROM streams WHERE no = ?').run(no);
    this.#streams.delete(`${kind}/${streamId}`);
    this.#moved.delete(no);
    this.#subscriptions.clear();
  }

  endedStreams(endedBeforeMs: number): readonly StreamRow[] {
    this.settle();
    return this.#sql(`SELECT ${STREAM} FROM streams WHERE ended_at_ms > 0 AND ended_at_ms <= ?`).all(
      endedBeforeMs,
    ) as StreamRow[];
  }

  streamsWithEntries(): readonly StreamRow[] {
    this.settle();
    return this.#sql(`SELECT ${STREAM} FROM streams WHERE head_seq > floor_seq`).all() as StreamRow[];
  }

  subscription(streamNo: number, deviceId: DeviceId): SubscriptionRow | undefined {
    const key = `${streamNo}/${deviceId}`;
    const kept = this.#subscriptions.get(key);
    if (kept !== undefined) return kept;
    const row = this.#sql(
      `SELECT ${SUBSCRIPTION} FROM subscriptions WHERE stream_no = ? AND device_id = ?`,
    ).get(streamNo, deviceId);
    if (row === undefined) return undefined;
    const subscription = subscriptionOf(row);
    this.#keepSubscription(subscription);
    return subscription;
  }

  putSubscription(row: SubscriptionRow): void {
    this.#sql(
      `INSERT INTO subscriptions VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET admin = excluded.admin,
       acknowledged_seq = excluded.acknowledged_seq, lost_up_to_seq = excluded.lost_up_to_seq,
       ends_at_seq = excluded.ends_at_seq`,
    ).run(row.streamNo, row.deviceId, row.admin ? 1 : 0, row.acknowledgedSeq, row.lostUpToSeq, row.endsAtSeq);
    this.#keepSubscription(row);
  }

  deleteSubscription({ streamNo, deviceId }: SubscriptionRow): void {
    this.#sql('DELETE FROM subscriptions WHERE stream_no = ? AND device_id = ?').run(streamNo, deviceId);
    this.#subscriptions.delete(`${streamNo}/${deviceId}`);
  }

  subscriptionsOf(streamNo: number): readonly SubscriptionRow[] {
    return this.#sql(`SELECT ${SUBSCRIPTION} FROM subscriptions WHERE stream_no = ?`)
      .all(streamNo)
      .map(subscriptionOf);
  }

  subscriptionsOfDevice(deviceId: DeviceId): readonly SubscriptionRow[] {
    return this.#sql(`SELECT ${SUBSCRIPTION} FROM subscriptions WHERE device_id = ?`)
      .all(deviceId)
      .map(subscriptionOf);
  }

  countSubscriptions(streamNo: number): number {
    return this.#number('SELECT count(*) AS n FROM subscriptions WHERE stream_no = ?', streamNo)!;
  }

  countSubscriptionsOfDevice(deviceId: DeviceId): number {
    return this.#number('SELECT count(*) AS n FROM subscriptions WHERE device_id = ?', deviceId)!;
  }

  lowestAcknowledgedSeq(streamNo: number): number | undefined {
    return this.#number('SELECT min(acknowledged_seq) AS n FROM subscriptions WHERE stream_no = ?', streamNo);
  }

  insertEntry(streamNo: number, entry: Entry): void {
    const { seq, kind, dedupeId, payload, receivedAtMs, inviteToken, deviceId } = entry;
    this.#sql('INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?)').run(
      streamNo,
      seq,
      kind,
      dedupeId,
      payload,
      receivedAtMs,
      inviteToken ?? null,
      deviceId ?? null,
    );
  }

  entries(
    streamNo: number,
    { afterSeq, maxSeq, maxEntries, maxBytes }: EntriesPage & { readonly maxSeq: number },
  ): readonly Entry[] {
    const rows = this.#sql(
      `SELECT ${ENTRY} FROM entries WHERE stream_no = ? AND seq > ? AND seq <= ? ORDER BY seq LIMIT ?`,
    ).all(streamNo, afterSeq, maxSeq, maxEntries) as EntryColumns[];
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
    const page = this.#sql(
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

  deleteEntries(streamNo: number, fromSeq: number, toSeq: number): number {
    return Number(
      this.#sql('DELETE FROM entries WHERE stream_no = ? AND seq BETWEEN ? AND ?').run(
        streamNo,
        fromSeq,
        toSeq,
      ).changes,
    );
  }

  appended(streamNo: number, dedupeId: DedupeId): AppendedRow | undefined {
    return this.#sql(
      `SELECT stream_no AS streamNo, dedupe_id AS dedupeId, seq, received_at_ms AS receivedAtMs FROM appended
       WHERE stream_no = ? AND dedupe_id = ?`,
    ).get(streamNo, dedupeId) as AppendedRow | undefined;
  }

  putAppended({ streamNo, dedupeId, seq, receivedAtMs }: AppendedRow): void {
    this.#sql('INSERT OR REPLACE INTO appended VALUES (?, ?, ?, ?)').run(
      streamNo,
      dedupeId,
      seq,
      receivedAtMs,
    );
  }

  deleteAppendedBefore(beforeMs: number): void {
    this.#sql('DELETE FROM appended WHERE received_at_ms < ?').run(beforeMs);
  }

  invite(token: InviteToken): InviteRow | undefined {
    return this.#sql(`SELECT ${INVITE} FROM invites WHERE token = ?`).get(token) as InviteRow | undefined;
  }

  putInvite(row: InviteRow): void {
    this.#sql('INSERT OR REPLACE INTO invites VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)').run(
      row.token,
      row.streamNo,
      row.ownerId,
      row.expiresAtMs,
      row.maxUses,
      row.uses,
      row.sealedCard,
      row.status,
      row.closedAtMs,
    );
  }

  deleteInvite(token: InviteToken): void {
    this.#sql('DELETE FROM knocks WHERE token = ?').run(token);
    this.#sql('DELETE FROM invites WHERE token = ?').run(token);
  }

  invitesOf(streamNo: number): readonly InviteRow[] {
    return this.#sql(`SELECT ${INVITE} FROM invites WHERE stream_no = ?`).all(streamNo) as InviteRow[];
  }

  openInvitesExpiredAt(nowMs: number): readonly InviteRow[] {
    return this.#sql(`SELECT ${INVITE} FROM invites WHERE status = 'open' AND expires_at_ms <= ?`).all(
      nowMs,
    ) as InviteRow[];
  }

  invitesClosedBefore(beforeMs: number): readonly InviteRow[] {
    return this.#sql(`SELECT ${INVITE} FROM invites WHERE closed_at_ms > 0 AND closed_at_ms < ?`).all(
      beforeMs,
    ) as InviteRow[];
  }

  knock(token: InviteToken, deviceId: DeviceId): KnockRow | undefined {
    const row = this.#sql('SELECT blocked FROM knocks WHERE token = ? AND device_id = ?').get(
      token,
      deviceId,
    ) as { blocked: number } | undefined;
    return row && { token, deviceId, blocked: row.blocked === 1 };
  }

  putKnock({ token, deviceId, blocked }: KnockRow): void {
    this.#sql('INSERT OR REPLACE INTO knocks VALUES (?, ?, ?)').run(token, deviceId, blocked ? 1 : 0);
  }

  hasKnocked(deviceId: DeviceId): boolean {
    return this.#sql('SELECT 1 FROM knocks WHERE device_id = ? LIMIT 1').get(deviceId) !== undefined;
  }

  counts(): StoreCounts {
    this.settle();
    return this.#sql(
      `SELECT (SELECT count(*) FROM streams) AS streams, (SELECT count(*) FROM invites) AS invites,
       (SELECT coalesce(sum(head_seq - floor_seq), 0) FROM streams) AS entries`,
    ).get() as StoreCounts;
  }

  #sql(text: string): SqliteStatement {
    let statement = this.#statements.get(text);
    if (statement === undefined) {
      statement = this.database.prepare(text);
      this.#statements.set(text, statement);
    }
    return statement;
  }

  #number(text: string, value: string | number): number | undefined {
    const { n } = this.#sql(text).get(value) as { n: number | null };
    return n ?? undefined;
  }

  #writeStream(row: StreamRow): void {
    this.#sql(
      `UPDATE streams SET condition = ?, head_seq = ?, epoch = ?, commit_seq = ?, floor_seq = ?, ended_at_ms = ?
       WHERE no = ?`,
    ).run(row.condition, row.headSeq, row.epoch, row.commitSeq, row.floorSeq, row.endedAtMs, row.no);
  }

  #keep(row: StreamRow): void {
    if (this.#streams.size >= MAX_KEPT) {
      this.settle();
      this.#streams.clear();
    }
    this.#streams.set(`${row.kind}/${row.streamId}`, row);
  }

  #keepSubscription(row: SubscriptionRow): void {
    if (this.#subscriptions.size >= MAX_KEPT) this.#subscriptions.clear();
    this.#subscriptions.set(`${row.streamNo}/${row.deviceId}`, row);
  }
}

type EntryColumns = Omit<Entry, 'inviteToken' | 'deviceId'> & {
  readonly inviteToken: InviteToken | null;
  readonly deviceId: DeviceId | null;
};

function subscriptionOf(row: unknown): SubscriptionRow {
  const columns = row as Omit<SubscriptionRow, 'admin'> & { readonly admin: number };
  return { ...columns, admin: columns.admin === 1 };
}
