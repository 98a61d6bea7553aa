import type { StreamStore } from '../streamStore.ts';
import { ledgerStore } from './ledgerStore.ts';
import { openSqlite } from './sqliteDatabase.ts';
import { migrate } from './sqliteSchema.ts';
import { SqliteTables } from './sqliteTables.ts';
import { DEFAULT_STORAGE_LIMITS, type StorageLimits } from './storageLimits.ts';
import { groupCommit } from './transactions.ts';

export interface SqliteStoreOptions {
  /** The database; its WAL lies beside it. One process at a time. */
  readonly path: string;
  /** Told of every write that the disk would not take. */
  readonly onFailure?: (error: unknown) => void;
  /** What differs from `DEFAULT_STORAGE_LIMITS`. */
  readonly limits?: Partial<StorageLimits>;
}

/**
 * A `StreamStore` in one SQLite file with group commit. Throws when the file cannot be opened or was written by
 * a later version.
 */
export function createSqliteStore({
  path,
  onFailure = () => undefined,
  limits,
}: SqliteStoreOptions): StreamStore {
  const database = openSqlite(path);
  try {
    migrate(database);
  } catch (error) {
    database.close();
    throw error;
  }
  const tables = new SqliteTables(database);
  const begin = database.prepare('BEGIN IMMEDIATE');
  const commit = database.prepare('COMMIT');
  const rollback = database.prepare('ROLLBACK');
  /** Whether nothing was written since the WAL was last truncated. */
  let erased = false;
  const transactions = groupCommit(
    {
      begin: () => void begin.run(),
      commit() {
        tables.settle();
        commit.run();
        erased = false;
      },
      rollback() {
        tables.forget();
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
  const erase = () => {
    if (erased) return;
    checkpoint.get();
    erased = true;
  };
  const disk = {
    erase,
    close() {
      erase();
      database.close();
    },
  };
  return ledgerStore(tables, transactions, disk, { ...DEFAULT_STORAGE_LIMITS, ...limits });
}
