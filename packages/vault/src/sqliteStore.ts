import { constants } from 'node:fs';
import { type FileHandle, open, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { VaultError } from './errors.ts';
import {
  foldLog,
  makeDurable,
  ofSqlite,
  openSqlite,
  releaseSqlite,
  type SqliteDatabase,
  type SqliteStatement,
} from './sqliteDatabase.ts';
import { migrateSqlite, SQLITE_MIGRATIONS, type SqliteMigration, sqliteVersion } from './sqliteMigrations.ts';
import type { StoreScan, StoreWrite, VaultStore } from './vaultStore.ts';

export interface SqliteStoreOptions {
  /** The file may not grow beyond this: a batch that would make it fails with `QUOTA_EXCEEDED`. */
  readonly maxSizeBytes?: number;
  /** Another list of steps: how tests show what a later version does. */
  readonly migrations?: readonly SqliteMigration[];
  /** Stands between the store and its database: how tests end the process before any of its calls. */
  readonly wrap?: (database: SqliteDatabase) => SqliteDatabase;
}

interface Row {
  readonly key: string;
  readonly value: Uint8Array;
}

/** Above every key that starts with a given ASCII prefix. */
const AFTER_ASCII = '\uffff';

/**
 * Opens (or makes) the SQLite file `path`, for Node: one table in key order, every batch one transaction that is on disk
 * when it resolves.
 *
 * The file is for its owner only, and its folder must be there. While it is open its log lies beside it (`-wal`);
 * `close` leaves the one file. One process and one store at a time.
 *
 * Throws `VaultError`: `IN_USE` when another store has it open; `UNSUPPORTED_FORMAT` for a file of a newer version or
 * of another program, which stays as it is; `STORAGE_FAILED` for a damaged file; `QUOTA_EXCEEDED`.
 */
export async function openSqliteStore(path: string, options: SqliteStoreOptions = {}): Promise<VaultStore> {
  const { wrap = database => database, migrations = SQLITE_MIGRATIONS, maxSizeBytes } = options;
  let database: SqliteDatabase | undefined;
  try {
    database = wrap(openSqlite(path));
    const version = sqliteVersion(database, migrations);
    makeDurable(database);
    migrateSqlite(database, version, migrations);
    if (maxSizeBytes !== undefined) limitSize(database, maxSizeBytes);
    // What a crash left of a store that was being destroyed.
    await eraseFile(goneName(path));
    return new SqliteStore(path, database);
  } catch (error) {
    if (database !== undefined) closeQuietly(database);
    throw ofSqlite(error);
  }
}

/** Takes away whatever stands at `path`, also what no longer opens. Throws `IN_USE`, `STORAGE_FAILED`. */
export function destroySqliteStore(path: string): Promise<void> {
  return destroy(path, undefined);
}

class SqliteStore implements VaultStore {
  #database: SqliteDatabase | undefined;
  readonly #statements = new Map<string, SqliteStatement>();

  constructor(
    private readonly path: string,
    database: SqliteDatabase,
  ) {
    this.#database = database;
  }

  async read(key: string): Promise<Uint8Array | undefined> {
    return this.#asked(() => this.#valueOf(key));
  }

  async readMany(keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]> {
    return this.#asked(() => keys.map(key => this.#valueOf(key)));
  }

  async scan({ prefix, after, before, limit, reverse }: StoreScan): Promise<readonly Row[]> {
    const low = after !== undefined && after >= prefix ? after : prefix;
    const end = prefix + AFTER_ASCII;
    const high = before !== undefined && before < end ? before : end;
    return this.#asked(() => {
      const rows = this.#statement(
        `SELECT key, value FROM records WHERE key ${low === after ? '>' : '>='} ? AND key < ?
         ORDER BY key ${reverse === true ? 'DESC' : 'ASC'} LIMIT ?`,
      ).all(low, high, Math.max(0, limit));
      return (rows as Row[]).map(({ key, value }) => ({ key, value }));
    });
  }

  async commit(writes: readonly StoreWrite[]): Promise<void> {
    this.#asked(database => {
      database.exec('BEGIN IMMEDIATE');
      try {
        for (const { key, value } of writes) {
          if (value === null) this.#statement('DELETE FROM records WHERE key = ?').run(key);
          else this.#statement('INSERT OR REPLACE INTO records (key, value) VALUES (?, ?)').run(key, value);
        }
        database.exec('COMMIT');
      } catch (error) {
        rollBack(database);
        throw error;
      }
    });
  }

  async close(): Promise<void> {
    const database = this.#letGo();
    if (database === undefined) return;
    try {
      foldLog(database);
    } catch (cause) {
      // The batches are safe in the log, and the next opening folds it.
      database.close();
      throw ofSqlite(cause);
    }
    releaseSqlite(database);
  }

  async destroy(): Promise<void> {
    await destroy(this.path, this.#letGo());
  }

  #valueOf(key: string): Uint8Array | undefined {
    const row = this.#statement('SELECT value FROM records WHERE key = ?').get(key);
    return (row as Row | undefined)?.value;
  }

  #statement(sql: string): SqliteStatement {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const prepared = this.#database!.prepare(sql);
    this.#statements.set(sql, prepared);
    return prepared;
  }

  #asked<T>(work: (database: SqliteDatabase) => T): T {
    if (this.#database === undefined) throw new VaultError('CLOSED', 'the store is closed');
    try {
      return work(this.#database);
    } catch (cause) {
      throw ofSqlite(cause);
    }
  }

  #letGo(): SqliteDatabase | undefined {
    const database = this.#database;
    this.#database = undefined;
    this.#statements.clear();
    return database;
  }
}

async function destroy(path: string, open: SqliteDatabase | undefined): Promise<void> {
  let held = open;
  try {
    held ??= holdIfWhole(path);
    if (held === undefined) {
      await renameIfThere(path, goneName(path));
    } else {
      foldLog(held);
      // Windows renames no open file. Elsewhere it is renamed while it is held, so that whoever opens the path meanwhile
      // makes a new file of his own.
      if (process.platform === 'win32') releaseSqlite(held);
      await rename(path, goneName(path));
      if (process.platform !== 'win32') releaseSqlite(held);
    }
    for (const suffix of ['-wal', '-shm', '-journal']) await eraseFile(path + suffix);
    await eraseFile(goneName(path));
  } catch (cause) {
    if (held !== undefined) closeQuietly(held);
    throw ofSqlite(cause);
  }
}

function holdIfWhole(path: string): SqliteDatabase | undefined {
  try {
    return openSqlite(path);
  } catch (cause) {
    const error = ofSqlite(cause);
    if (error.code === 'IN_USE') throw error;
    return undefined;
  }
}

async function renameIfThere(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** The name under which a destroyed file waits to be overwritten. */
function goneName(path: string): string {
  return `${path}.gone`;
}

function limitSize(database: SqliteDatabase, maxSizeBytes: number): void {
  const { page_size: pageBytes } = database.prepare('PRAGMA page_size').get() as { page_size: number };
  database.exec(`PRAGMA max_page_count = ${Math.max(1, Math.floor(maxSizeBytes / pageBytes))}`);
}

function rollBack(database: SqliteDatabase): void {
  try {
    database.exec('ROLLBACK');
  } catch {
    // SQLite has done so already: a full disk ends the transaction.
  }
}

function closeQuietly(database: SqliteDatabase): void {
  try {
    rollBack(database);
    foldLog(database);
    releaseSqlite(database);
  } catch {
    // What went wrong before is what the caller is told; some of these close by themselves.
  }
}

const ZEROS = new Uint8Array(1 << 20);

/** Overwrites a file and takes it away; nothing happens when there is none. */
async function eraseFile(path: string): Promise<void> {
  let file: FileHandle;
  try {
    file = await open(path, constants.O_RDWR);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  try {
    const { size } = await file.stat();
    for (let at = 0; at < size; ) {
      at += (await file.write(ZEROS, 0, Math.min(ZEROS.length, size - at), at)).bytesWritten;
    }
    await file.datasync();
  } finally {
    await file.close();
  }
  await unlink(path);
  await syncFolder(dirname(path));
}

async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
