import { openSqlite, releaseSqlite } from './sqliteDatabase.ts';
import { SQLITE_MIGRATIONS, type SqliteMigration } from './sqliteMigrations.ts';

/** A store as version 1 left it, statement by statement: never changed, whatever the schema becomes. */
export function makeVersion1(path: string): void {
  const database = openSqlite(path);
  database.exec(`
    PRAGMA application_id = 1400140911;
    PRAGMA user_version = 1;
    CREATE TABLE records (key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
    INSERT INTO records VALUES ('log/a/1', x'0102'), ('log/a/2', x''), ('room/a', x'ff');
  `);
  releaseSqlite(database);
}

/** The records in it. */
export const VERSION_1: readonly (readonly [string, Uint8Array])[] = [
  ['log/a/1', Uint8Array.of(1, 2)],
  ['log/a/2', new Uint8Array(0)],
  ['room/a', Uint8Array.of(255)],
];

/** The steps of a later version that never was: each has several statements, so that it can be cut in its middle. */
export const GROWN: readonly SqliteMigration[] = [
  ...SQLITE_MIGRATIONS,
  database => {
    database.exec('ALTER TABLE records RENAME TO old');
    database.exec('CREATE TABLE records (key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID');
    database.exec('INSERT INTO records SELECT key, value FROM old');
    database.exec('DROP TABLE old');
  },
  database => {
    database.exec("INSERT INTO records VALUES ('grown', x'02')");
    database.exec("UPDATE records SET value = CAST(value || x'03' AS BLOB) WHERE key = 'grown'");
  },
];
