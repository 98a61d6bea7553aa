import type { DeviceId, StreamId, StreamKind } from '@sotto/protocol';
import type { StoreCounts } from '../streamStore.ts';
import type { SqliteDatabase } from './sqliteDatabase.ts';
import { SqliteEntries } from './sqliteEntries.ts';
import { SqliteInvites } from './sqliteInvites.ts';
import { SqliteStatements } from './sqliteStatements.ts';
import type { StreamRow, SubscriptionRow, Tables } from './tables.ts';

const STREAM = `no, kind, id AS streamId, condition, head_seq AS headSeq, epoch, commit_seq AS commitSeq,
  floor_seq AS floorSeq, stored_bytes AS storedBytes, ended_at_ms AS endedAtMs`;
const SUBSCRIPTION = `stream_no AS streamNo, device_id AS deviceId, admin, acknowledged_seq AS acknowledgedSeq,
  lost_up_to_seq AS lostUpToSeq, ends_at_seq AS endsAtSeq`;

/** The name of its mark. */
const INBOX_FLOOR = 'inbox-floor';
/** Rows of streams, and of subscriptions, that are kept at hand; beyond it the cache starts anew. */
const MAX_KEPT = 20_000;

/**
 * Rows in SQLite, by prepared statements. Used inside the transactions of its one owner, who calls `settle`
 * before each commit and `forget` after each rollback.
 *
 * Every append reads its stream and its subscription, and moves the head of the stream: those rows are kept at
 * hand, and a stream that many appends of one group moved is written once.
 */
export class SqliteTables implements Tables {
  readonly entries: SqliteEntries;
  readonly invites: SqliteInvites;
  readonly #statements: SqliteStatements;
  readonly #streams = new Map<string, StreamRow>();
  readonly #subscriptions = new Map<string, SubscriptionRow>();
  /** Streams that were moved and not written yet, by number. */
  readonly #moved = new Map<number, StreamRow>();

  constructor(database: SqliteDatabase) {
    this.#statements = new SqliteStatements(database);
    this.entries = new SqliteEntries(this.#statements);
    this.invites = new SqliteInvites(this.#statements);
  }

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
    const row = this.#statements
      .of(`SELECT ${STREAM} FROM streams WHERE id = ? AND kind = ?`)
      .get(streamId, kind);
    if (row !== undefined) this.#keep(row as StreamRow);
    return row as StreamRow | undefined;
  }

  streamByNo(no: number): StreamRow | undefined {
    const moved = this.#moved.get(no);
    if (moved !== undefined) return moved;
    return this.#statements.of(`SELECT ${STREAM} FROM streams WHERE no = ?`).get(no) as StreamRow | undefined;
  }

  insertStream(row: Omit<StreamRow, 'no'>): StreamRow {
    const { no } = this.#statements
      .of(
        `INSERT INTO streams (kind, id, condition, head_seq, epoch, commit_seq, floor_seq, stored_bytes, ended_at_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING no`,
      )
      .get(
        row.kind,
        row.streamId,
        row.condition,
        row.headSeq,
        row.epoch,
        row.commitSeq,
        row.floorSeq,
        row.storedBytes,
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
    this.#statements
      .of('DELETE FROM knocks WHERE token IN (SELECT token FROM invites WHERE stream_no = ?)')
      .run(no);
    for (const table of ['invites', 'entries', 'appended', 'subscriptions']) {
      this.#statements.of(`DELETE FROM ${table} WHERE stream_no = ?`).run(no);
    }
    this.#statements.of('DELETE FROM streams WHERE no = ?').run(no);
    this.#streams.delete(`${kind}/${streamId}`);
    this.#moved.delete(no);
    this.#subscriptions.clear();
  }

  endedStreams(endedBeforeMs: number): readonly StreamRow[] {
    this.settle();
    return this.#statements
      .of(`SELECT ${STREAM} FROM streams WHERE ended_at_ms > 0 AND ended_at_ms <= ?`)
      .all(endedBeforeMs) as StreamRow[];
  }

  streamsWithEntries(): readonly StreamRow[] {
    this.settle();
    return this.#statements
      .of(`SELECT ${STREAM} FROM streams WHERE head_seq > floor_seq`)
      .all() as StreamRow[];
  }

  abandonedStreams(): readonly StreamRow[] {
    this.settle();
    return this.#statements
      .of(
        `SELECT ${STREAM} FROM streams WHERE kind = 'conversation'
         AND NOT EXISTS (SELECT 1 FROM subscriptions WHERE stream_no = no)`,
      )
      .all() as StreamRow[];
  }

  idleInboxes(): readonly StreamRow[] {
    this.settle();
    return this.#statements
      .of(
        `SELECT ${STREAM} FROM streams WHERE kind = 'inbox' AND head_seq = floor_seq
         AND NOT EXISTS (SELECT 1 FROM appended WHERE stream_no = no)
         AND NOT EXISTS (SELECT 1 FROM subscriptions AS own JOIN subscriptions AS other USING (device_id)
           WHERE own.stream_no = no AND other.stream_no <> no)
         AND NOT EXISTS (SELECT 1 FROM subscriptions AS own JOIN knocks USING (device_id) WHERE own.stream_no = no)`,
      )
      .all() as StreamRow[];
  }

  inboxFloor(): number {
    return this.#statements.number('SELECT max(value) AS n FROM marks WHERE name = ?', INBOX_FLOOR) ?? 0;
  }

  raiseInboxFloor(seq: number): void {
    this.#statements
      .of('INSERT INTO marks VALUES (?, ?) ON CONFLICT DO UPDATE SET value = max(value, excluded.value)')
      .run(INBOX_FLOOR, seq);
  }

  subscription(streamNo: number, deviceId: DeviceId): SubscriptionRow | undefined {
    const key = `${streamNo}/${deviceId}`;
    const kept = this.#subscriptions.get(key);
    if (kept !== undefined) return kept;
    const row = this.#statements
      .of(`SELECT ${SUBSCRIPTION} FROM subscriptions WHERE stream_no = ? AND device_id = ?`)
      .get(streamNo, deviceId);
    if (row === undefined) return undefined;
    const subscription = subscriptionOf(row);
    this.#keepSubscription(subscription);
    return subscription;
  }

  putSubscription(row: SubscriptionRow): void {
    this.#statements
      .of(
        `INSERT INTO subscriptions VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET admin = excluded.admin,
       acknowledged_seq = excluded.acknowledged_seq, lost_up_to_seq = excluded.lost_up_to_seq,
       ends_at_seq = excluded.ends_at_seq`,
      )
      .run(
        row.streamNo,
        row.deviceId,
        row.admin ? 1 : 0,
        row.acknowledgedSeq,
        row.lostUpToSeq,
        row.endsAtSeq,
      );
    this.#keepSubscription(row);
  }

  deleteSubscription({ streamNo, deviceId }: SubscriptionRow): void {
    this.#statements
      .of('DELETE FROM subscriptions WHERE stream_no = ? AND device_id = ?')
      .run(streamNo, deviceId);
    this.#subscriptions.delete(`${streamNo}/${deviceId}`);
  }

  subscriptionsOf(streamNo: number): readonly SubscriptionRow[] {
    return this.#statements
      .of(`SELECT ${SUBSCRIPTION} FROM subscriptions WHERE stream_no = ?`)
      .all(streamNo)
      .map(subscriptionOf);
  }

  subscriptionsOfDevice(deviceId: DeviceId): readonly SubscriptionRow[] {
    return this.#statements
      .of(`SELECT ${SUBSCRIPTION} FROM subscriptions WHERE device_id = ?`)
      .all(deviceId)
      .map(subscriptionOf);
  }

  countSubscriptions(streamNo: number): number {
    return this.#statements.number('SELECT count(*) AS n FROM subscriptions WHERE stream_no = ?', streamNo)!;
  }

  countSubscriptionsOfDevice(deviceId: DeviceId): number {
    return this.#statements.number('SELECT count(*) AS n FROM subscriptions WHERE device_id = ?', deviceId)!;
  }

  lowestAcknowledgedSeq(streamNo: number): number | undefined {
    return this.#statements.number(
      'SELECT min(acknowledged_seq) AS n FROM subscriptions WHERE stream_no = ?',
      streamNo,
    );
  }

  counts(): StoreCounts {
    this.settle();
    return this.#statements
      .of(
        `SELECT (SELECT count(*) FROM streams) AS streams, (SELECT count(*) FROM invites) AS invites,
       (SELECT coalesce(sum(head_seq - floor_seq), 0) FROM streams) AS entries`,
      )
      .get() as StoreCounts;
  }

  #writeStream(row: StreamRow): void {
    this.#statements
      .of(
        `UPDATE streams SET condition = ?, head_seq = ?, epoch = ?, commit_seq = ?, floor_seq = ?, stored_bytes = ?,
       ended_at_ms = ?
       WHERE no = ?`,
      )
      .run(
        row.condition,
        row.headSeq,
        row.epoch,
        row.commitSeq,
        row.floorSeq,
        row.storedBytes,
        row.endedAtMs,
        row.no,
      );
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

function subscriptionOf(row: unknown): SubscriptionRow {
  const columns = row as Omit<SubscriptionRow, 'admin'> & { readonly admin: number };
  return { ...columns, admin: columns.admin === 1 };
}
