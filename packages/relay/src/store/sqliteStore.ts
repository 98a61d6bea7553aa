import type { Directory } from '../directory.ts';
import type { StreamStore } from '../streamStore.ts';
import { ledgerDirectory } from './ledgerDirectory.ts';
import { ledgerStore } from './ledgerStore.ts';
import { openSqlite } from './sqliteDatabase.ts';
import { SqliteDirectoryTables } from './sqliteDirectoryTables.ts';
import { migrate } from './sqliteSchema.ts';
import { SqliteStatements } from './sqliteStatements.ts';
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

/** A `StreamStore` in one SQLite file, without the directory beside it. */
export function createSqliteStore(options: SqliteStoreOptions): StreamStore {
  return openSqliteStores(options).store;
}

/**
 * Streams and directory in one SQLite file with group commit; closing the store closes both. Throws when the file
 * cannot be opened or was written by a later version.
 */
export function openSqliteStores({ path, onFailure = () => undefined, limits }: SqliteStoreOptions): {
  readonly store: StreamStore;
  readonly directory: Directory;
} {
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
  let isOpen = true;
  const disk = {
    erase,
    close() {
      isOpen = false;
      erase();
      database.close();
    },
  };
  const directoryTables = new SqliteDirectoryTables(new SqliteStatements(database));
  return {
    store: ledgerStore(tables, transactions, disk, { ...DEFAULT_STORAGE_LIMITS, ...limits }),
    directory: ledgerDirectory(directoryTables, transactions, () => isOpen),
  };
}
