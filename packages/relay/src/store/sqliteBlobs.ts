import { type BlobId, type DeviceId, LIMITS, type StreamId } from '@sotto/protocol';
import type { BlobCounts, BlobStore } from '../blobStore.ts';
import type { BlobRow, BlobTables } from './blobTables.ts';
import { type BlobLimits, DEFAULT_BLOB_LIMITS, ledgerBlobs } from './ledgerBlobs.ts';
import { openSqlite, type SqliteDatabase } from './sqliteDatabase.ts';
import { SqliteStatements } from './sqliteStatements.ts';
import { groupCommit } from './transactions.ts';

/** One step per schema version, never changed once released. */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE blobs (
    no INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    stream_id TEXT NOT NULL,
    device_id TEXT NOT NULL,
    chunk_count INTEGER NOT NULL,
    opened_at_ms INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX blobs_stream ON blobs (stream_id);
  CREATE INDEX blobs_device ON blobs (device_id);
  CREATE INDEX blobs_opened ON blobs (opened_at_ms);

  CREATE TABLE chunks (
    place INTEGER PRIMARY KEY,
    bytes BLOB NOT NULL
  ) STRICT;
  `,
];

const BLOB = `no, id AS blobId, stream_id AS streamId, device_id AS deviceId, chunk_count AS chunkCount,
  opened_at_ms AS openedAtMs`;
/** The chunks of one blob lie side by side. */
const firstPlace = ({ no }: BlobRow): number => no * LIMITS.blobChunks;
const lastPlace = (row: BlobRow): number => firstPlace(row) + LIMITS.blobChunks - 1;

/** Blobs in SQLite, in a file of their own: what is large does not stand between messages. */
class SqliteBlobTables implements BlobTables {
  readonly #statements: SqliteStatements;

  constructor(database: SqliteDatabase) {
    this.#statements = new SqliteStatements(database);
  }

  blob(blobId: BlobId): BlobRow | undefined {
    return this.#statements.of(`SELECT ${BLOB} FROM blobs WHERE id = ?`).get(blobId) as BlobRow | undefined;
  }

  insert(row: Omit<BlobRow, 'no'>): BlobRow {
    const { blobId, streamId, deviceId, chunkCount, openedAtMs } = row;
    const { no } = this.#statements
      .of(
        `INSERT INTO blobs (id, stream_id, device_id, chunk_count, opened_at_ms) VALUES (?, ?, ?, ?, ?)
         RETURNING no`,
      )
      .get(blobId, streamId, deviceId, chunkCount, openedAtMs) as { no: number };
    return { ...row, no };
  }

  delete(row: BlobRow): void {
    this.#statements
      .of('DELETE FROM chunks WHERE place BETWEEN ? AND ?')
      .run(firstPlace(row), lastPlace(row));
    this.#statements.of('DELETE FROM blobs WHERE no = ?').run(row.no);
  }

  ofStream(streamId: StreamId): readonly BlobRow[] {
    return this.#rows('stream_id = ?', streamId);
  }

  openedBefore(beforeMs: number): readonly BlobRow[] {
    return this.#rows('opened_at_ms < ?', beforeMs);
  }

  streams(): readonly StreamId[] {
    const rows = this.#statements.of('SELECT DISTINCT stream_id AS streamId FROM blobs').all();
    return (rows as readonly { readonly streamId: StreamId }[]).map(({ streamId }) => streamId);
  }

  counts(deviceId?: DeviceId): BlobCounts {
    const counted = 'SELECT count(*) AS blobs, coalesce(sum(chunk_count), 0) AS chunks FROM blobs';
    const { blobs, chunks } = (
      deviceId === undefined
        ? this.#statements.of(counted).get()
        : this.#statements.of(`${counted} WHERE device_id = ?`).get(deviceId)
    ) as { blobs: number; chunks: number };
    return { blobs, bytes: chunks * LIMITS.blobChunkBytes };
  }

  chunk(row: BlobRow, index: number): Uint8Array | undefined {
    if (index >= row.chunkCount) return undefined;
    const found = this.#statements
      .of('SELECT bytes FROM chunks WHERE place = ?')
      .get(firstPlace(row) + index) as { readonly bytes: Uint8Array } | undefined;
    return found?.bytes;
  }

  chunkIndexes(row: BlobRow): readonly number[] {
    const rows = this.#statements
      .of('SELECT place FROM chunks WHERE place BETWEEN ? AND ? ORDER BY place')
      .all(firstPlace(row), lastPlace(row)) as readonly { readonly place: number }[];
    return rows.map(({ place }) => place - firstPlace(row));
  }

  countChunks(row: BlobRow): number {
    const { n } = this.#statements
      .of('SELECT count(*) AS n FROM chunks WHERE place BETWEEN ? AND ?')
      .get(firstPlace(row), lastPlace(row)) as { n: number };
    return n;
  }

  putChunk(row: BlobRow, index: number, bytes: Uint8Array): void {
    this.#statements
      .of('INSERT OR IGNORE INTO chunks (place, bytes) VALUES (?, ?)')
      .run(firstPlace(row) + index, bytes);
  }

  #rows(where: string, value: string | number): readonly BlobRow[] {
    return this.#statements.of(`SELECT ${BLOB} FROM blobs WHERE ${where}`).all(value) as readonly BlobRow[];
  }
}

/** A `BlobStore` in one SQLite file. Throws when it cannot be opened or was written by a later version. */
export function createSqliteBlobs({
  path,
  onFailure = () => undefined,
  limits,
}: {
  readonly path: string;
  /** Told of every write that the disk would not take. */
  readonly onFailure?: (error: unknown) => void;
  /** What differs from `DEFAULT_BLOB_LIMITS`. */
  readonly limits?: Partial<BlobLimits>;
}): BlobStore {
  const database = openSqlite(path);
  try {
    migrate(database);
  } catch (error) {
    database.close();
    throw error;
  }
  const tables = new SqliteBlobTables(database);
  const begin = database.prepare('BEGIN IMMEDIATE');
  const commit = database.prepare('COMMIT');
  const rollback = database.prepare('ROLLBACK');
  const transactions = groupCommit(
    {
      begin: () => void begin.run(),
      commit: () => void commit.run(),
      rollback() {
        // SQLite has rolled back by itself after some errors (a full disk); then there is nothing to roll back.
        try {
          rollback.run();
        } catch {}
      },
    },
    flush => setImmediate(flush),
    onFailure,
  );
  const checkpoint = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)');
  const disk = {
    erase: () => void checkpoint.get(),
    close() {
      checkpoint.get();
      database.close();
    },
  };
  return ledgerBlobs(tables, transactions, disk, { ...DEFAULT_BLOB_LIMITS, ...limits });
}

function migrate(database: SqliteDatabase): void {
  const { user_version: version } = database.prepare('PRAGMA user_version').get() as { user_version: number };
  if (version > MIGRATIONS.length)
    throw new Error(`The blobs have schema ${version}; this version of Sotto knows ${MIGRATIONS.length}.`);
  for (let step = version; step < MIGRATIONS.length; step++) {
    database.exec(`BEGIN IMMEDIATE; ${MIGRATIONS[step]} PRAGMA user_version = ${step + 1}; COMMIT`);
  }
}
