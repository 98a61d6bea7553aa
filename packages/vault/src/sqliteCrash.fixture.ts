import { writeSync } from 'node:fs';
import type { VaultError } from './errors.ts';
import type { SqliteDatabase, SqliteStatement } from './sqliteDatabase.ts';
import { openSqliteStore } from './sqliteStore.ts';
import { GROWN } from './sqliteVersions.fixture.ts';
import { commitCrashBatches } from './vaultStoreCrashes.ts';

// The process that the tests of the SQLite store kill. `commit PATH N`: works until its N-th call to the database and
// is gone before it. `migrate PATH N`: opens the store with a longer list of steps, likewise. Says on stdout what resolved.

const [what = '', path = '', diesAt = '0'] = process.argv.slice(2);
let calls = 0;

function step(): void {
  calls += 1;
  if (calls === Number(diesAt)) process.kill(process.pid, 'SIGKILL');
}

function mortal(database: SqliteDatabase): SqliteDatabase {
  const before = <Args extends readonly unknown[], Result>(call: (...args: Args) => Result) => {
    return (...args: Args): Result => {
      step();
      return call(...args);
    };
  };
  const statement = (prepared: SqliteStatement): SqliteStatement => ({
    run: before(prepared.run.bind(prepared)),
    get: before(prepared.get.bind(prepared)),
    all: before(prepared.all.bind(prepared)),
  });
  return {
    exec: before(database.exec.bind(database)),
    prepare: sql => statement(database.prepare(sql)),
    close: before(database.close.bind(database)),
  };
}

const store = await openSqliteStore(path, {
  wrap: mortal,
  ...(what === 'migrate' && { migrations: GROWN }),
}).catch((error: VaultError) => {
  writeSync(1, error.code);
  process.exit(1);
});
if (what === 'commit') {
  await commitCrashBatches(store, () => {
    writeSync(1, 'resolved\n');
    // Its death may also come when it has answered and before it does anything else.
    step();
  });
}
await store.close();
