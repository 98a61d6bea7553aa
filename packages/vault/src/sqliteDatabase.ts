import { chmodSync, closeSync, openSync } from 'node:fs';
import { createRequire } from 'node:module';
import { VaultError } from './errors.ts';

/** The part of the `node:sqlite` API that is used. */
export interface SqliteDatabase {
  exec(sql: string): void;
  prepare(sql: string): SqliteStatement;
  close(): void;
}

type SqliteValue = string | number | Uint8Array | null;

export interface SqliteStatement {
  run(...values: readonly SqliteValue[]): unknown;
  get(...values: readonly SqliteValue[]): unknown;
  all(...values: readonly SqliteValue[]): readonly unknown[];
}

type SqliteModule = { readonly DatabaseSync: new (path: string) => SqliteDatabase };

const OWNER_ONLY = 0o600;
/** Primary result codes of SQLite (sqlite.org/rescode.html). */
const BUSY = 5;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const NOTADB = 26;

/** Node's own from 24 on; before, its SQLite is absent or older than the fix of the WAL-reset bug (3.51.3). */
function sqliteModule(): SqliteModule {
  const require = createRequire(import.meta.url);
  const [major = 0] = process.versions.node.split('.').map(Number);
  return (major >= 24 ? require('node:sqlite') : require('@photostructure/sqlite')) as SqliteModule;
}

/**
 * Opens the file, or makes it, for its owner only, and holds it: nobody else can open it until `releaseSqlite` or the
 * end of the process, however it ends. Nothing in the file is changed. The folder must be there.
 */
export function openSqlite(path: string): SqliteDatabase {
  const { DatabaseSync } = sqliteModule();
  ownFile(path);
  const database = new DatabaseSync(path);
  database.exec('PRAGMA locking_mode = EXCLUSIVE');
  try {
    // The locks that a transaction takes are kept after it.
    database.exec('BEGIN EXCLUSIVE; COMMIT');
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
}

/**
 * What is answered survives a power cut (`synchronous=FULL`), and what is deleted is overwritten (`secure_delete`), in
 * the file itself once the log has been carried over.
 */
export function makeDurable(database: SqliteDatabase): void {
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA secure_delete = ON;
    PRAGMA temp_store = MEMORY;
    PRAGMA cache_size = -16384;
  `);
}

/** Carries the log over into the file and takes it away; the file is still held. */
export function foldLog(database: SqliteDatabase): void {
  database.exec('PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE');
}

/**
 * Lets the file go. Needs a folded log: a connection in WAL mode keeps an exclusive lock until its last prepared
 * statement has been collected, which is later than `close()`.
 */
export function releaseSqlite(database: SqliteDatabase): void {
  try {
    database.exec('PRAGMA locking_mode = NORMAL; SELECT 1 FROM sqlite_schema');
  } finally {
    database.close();
  }
}

/** The failure in this package's words. */
export function ofSqlite(cause: unknown): VaultError {
  if (cause instanceof VaultError) return cause;
  const { errcode, code } = cause as { readonly errcode?: unknown; readonly code?: unknown };
  if (code === 'ENOSPC') return new VaultError('QUOTA_EXCEEDED', 'the disk is full', { cause });
  // Extended codes carry the primary one in their low byte.
  switch (typeof errcode === 'number' ? errcode & 0xff : undefined) {
    case BUSY:
      return new VaultError('IN_USE', 'another program has the store open', { cause });
    case FULL:
      return new VaultError('QUOTA_EXCEEDED', 'the disk is full', { cause });
    case CORRUPT:
    case NOTADB:
      return new VaultError('STORAGE_FAILED', 'the file of the store is damaged', { cause });
    case CANTOPEN:
      return new VaultError('STORAGE_FAILED', 'the file of the store cannot be opened', { cause });
    default:
      return new VaultError('STORAGE_FAILED', 'the store cannot be read or written', { cause });
  }
}

/**
 * Sees to it that the file is there for its owner only, before SQLite writes to it; the log follows it.
 *
 * A file that is there is not opened: closing it again would drop the locks that this process may hold on it.
 */
function ownFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', OWNER_ONLY));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    chmodSync(path, OWNER_ONLY);
  }
}
