import { closeSync, openSync } from 'node:fs';
import { createRequire } from 'node:module';

/** The part of the `node:sqlite` API that is used. */
export interface SqliteDatabase {
  exec(sql: string): void;
  prepare(sql: string): SqliteStatement;
  close(): void;
}

type SqliteValue = string | number | Uint8Array | null;

export interface SqliteStatement {
  run(...values: readonly SqliteValue[]): { readonly changes: number | bigint };
  get(...values: readonly SqliteValue[]): unknown;
  all(...values: readonly SqliteValue[]): readonly unknown[];
}

type SqliteModule = { readonly DatabaseSync: new (path: string) => SqliteDatabase };

/** Node's own from 24 on; before, its SQLite is absent or older than the fix of the WAL-reset bug (3.51.3). */
function sqliteModule(): SqliteModule {
  const require = createRequire(import.meta.url);
  const [major = 0] = process.versions.node.split('.').map(Number);
  return (major >= 24 ? require('node:sqlite') : require('@photostructure/sqlite')) as SqliteModule;
}

/** Another process has the database open. */
export class DatabaseInUse extends Error {
  override readonly name = 'DatabaseInUse';
}

/**
 * Opens a database file for this process alone: an answered write survives a power cut (`synchronous=FULL`),
 * what is deleted is overwritten (`secure_delete`). Throws `DatabaseInUse`.
 */
export function openSqlite(path: string): SqliteDatabase {
  const { DatabaseSync } = sqliteModule();
  const unlock = lock(DatabaseSync, `${path}.lock`);
  const database = new DatabaseSync(ownFile(path));
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA secure_delete = ON;
    PRAGMA foreign_keys = OFF;
    PRAGMA temp_store = MEMORY;
    PRAGMA cache_size = -32768;
  `);
  return {
    exec: sql => database.exec(sql),
    prepare: sql => database.prepare(sql),
    close() {
      database.close();
      unlock();
    },
  };
}

/**
 * An exclusive lock that ends with the process, however it ends: a transaction on a file of its own. The lock
 * of the database itself would outlive `close()` until its prepared statements are collected.
 */
function lock(DatabaseSync: SqliteModule['DatabaseSync'], path: string): () => void {
  const database = new DatabaseSync(ownFile(path));
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch {
    database.close();
    throw new DatabaseInUse('another process has this data directory open');
  }
  return () => database.close();
}

/** Makes sure that the file is there for its owner only, before SQLite writes to it; WAL and index follow it. */
function ownFile(path: string): string {
  closeSync(openSync(path, 'a', 0o600));
  return path;
}
