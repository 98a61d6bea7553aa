import { VaultError } from './errors.ts';
import type { SqliteDatabase } from './sqliteDatabase.ts';

/** One step of the schema. It runs in a transaction of its own. */
export type SqliteMigration = (database: SqliteDatabase) => void;

/** `Stto`: tells the file of a store from any other SQLite file. */
const APPLICATION_ID = 0x53_74_74_6f;

/** One step per schema version, never changed once released: `PRAGMA user_version` counts those that were done. */
export const SQLITE_MIGRATIONS: readonly SqliteMigration[] = [
  database =>
    database.exec(`
      CREATE TABLE records (
        key TEXT PRIMARY KEY,
        value BLOB NOT NULL
      ) STRICT, WITHOUT ROWID
    `),
];

/**
 * How many of the steps the file has behind it. Nothing is changed.
 *
 * Throws `UNSUPPORTED_FORMAT` for a file that is not one of ours, or has more steps behind it than there are here.
 */
export function sqliteVersion(database: SqliteDatabase, migrations: readonly SqliteMigration[]): number {
  const pragma = (name: string) =>
    (database.prepare(`PRAGMA ${name}`).get() as Record<string, number>)[name]!;
  const version = pragma('user_version');
  const isNew = version === 0 && database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined;
  if (!isNew && pragma('application_id') !== APPLICATION_ID) {
    throw new VaultError('UNSUPPORTED_FORMAT', 'the file is no store of Sotto');
  }
  if (version > migrations.length) {
    throw new VaultError('UNSUPPORTED_FORMAT', `the store has schema ${version}, newer than this version`);
  }
  return version;
}

/** Takes the missing steps, each with its number in one transaction: a crash leaves whole steps behind it. */
export function migrateSqlite(
  database: SqliteDatabase,
  version: number,
  migrations: readonly SqliteMigration[],
): void {
  for (const [done, migrate] of migrations.entries()) {
    if (done < version) continue;
    database.exec('BEGIN IMMEDIATE');
    migrate(database);
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${done + 1}; COMMIT`);
  }
}
