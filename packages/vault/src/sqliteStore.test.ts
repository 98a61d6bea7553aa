import { spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSqlite, releaseSqlite } from './sqliteDatabase.ts';
import { destroySqliteStore, openSqliteStore } from './sqliteStore.ts';
import { GROWN, makeVersion1, VERSION_1 } from './sqliteVersions.fixture.ts';
import type { StoreWrite, VaultStore } from './vaultStore.ts';
import { vaultStoreContract } from './vaultStoreContract.ts';
import { dieAtEveryStep, wholeBatchesIn } from './vaultStoreCrashes.ts';

const PROCESSES_MS = 240_000;

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sotto-vault-'));
  path = join(folder, 'vault.db');
});
afterEach(() => rmSync(folder, { recursive: true }));

const freshPath = () => join(mkdtempSync(join(folder, 'place-')), 'vault.db');
const put = (key: string, byte: number, sizeBytes = 1): StoreWrite => ({
  key,
  value: new Uint8Array(sizeBytes).fill(byte),
});
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'none',
    (error: unknown) => (error as { code?: unknown }).code,
  );
const contentOf = async (store: VaultStore) =>
  (await store.scan({ prefix: '', limit: 1_000 })).map(({ key, value }) => [key, value]);

/** Runs sqliteCrash.fixture.ts to its end, or to the SIGKILL that it gives itself. */
function mortalProcess(what: 'commit' | 'migrate', at: string, diesAt: number) {
  const viteNode = fileURLToPath(new URL('../../../node_modules/.bin/vite-node', import.meta.url));
  const fixture = fileURLToPath(new URL('./sqliteCrash.fixture.ts', import.meta.url));
  const child = spawn(process.execPath, [viteNode, fixture, what, at, String(diesAt)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return new Promise<{ resolved: number; died: boolean }>((resolve, reject) => {
    let said = '';
    child.stdout.on('data', chunk => {
      said += chunk;
    });
    child.once('error', reject);
    child.once('close', (code, signal) => {
      const resolved = said.split('resolved').length - 1;
      if (signal === 'SIGKILL') resolve({ resolved, died: true });
      else if (code === 0) resolve({ resolved, died: false });
      else reject(new Error(`the process ended with code ${code}: ${said}`));
    });
  });
}

describe('the SQLite store keeps the store contract', () => {
  vaultStoreContract(
    (name, check) => it(name, check),
    async () => {
      const place = freshPath();
      return { open: () => openSqliteStore(place) };
    },
  );
});

describe('a crash', () => {
  it(
    'of the process, before any of its calls: all or nothing, and all that had resolved',
    async () => {
      const deaths = await dieAtEveryStep(async () => {
        const place = freshPath();
        return {
          survivors: async () => wholeBatchesIn(await openSqliteStore(place)),
          dieAt: diesAt => mortalProcess('commit', place, diesAt),
        };
      });
      expect(deaths).toBeGreaterThan(14);
    },
    PROCESSES_MS,
  );

  it('of the whole machine, with the log cut anywhere: whole batches, from the first one on', async () => {
    const store = await openSqliteStore(path);
    for (let n = 1; n <= 3; n += 1) await store.commit([put('a', n, 3_000), put('b', n, 3_000)]);
    const sizeBytes = statSync(`${path}-wal`).size;
    const cut = freshPath();
    const counted = new Set<number>();
    for (let length = 0; length < sizeBytes + 997; length += 997) {
      copyFileSync(path, cut);
      copyFileSync(`${path}-wal`, `${cut}-wal`);
      truncateSync(`${cut}-wal`, Math.min(length, sizeBytes));
      const again = await openSqliteStore(cut);
      const [a, b] = await again.readMany(['a', 'b']);
      await again.close();
      expect(a?.[0]).toBe(b?.[0]);
      counted.add(a?.[0] ?? 0);
    }
    await store.close();
    expect([...counted]).toEqual([0, 1, 2, 3]);
  });

  it('while it was being destroyed leaves nothing to the next one', async () => {
    writeFileSync(`${path}.gone`, 'what was here');
    const store = await openSqliteStore(path);
    expect(readdirSync(folder).sort()).toEqual(['vault.db', 'vault.db-wal']);
    await store.close();
  });
});

describe('the files', () => {
  it('are for their owner only, and one when it is closed', async () => {
    const store = await openSqliteStore(path);
    await store.commit([put('a', 1)]);
    const open = readdirSync(folder);
    expect(open).toContain('vault.db-wal');
    for (const file of open) expect([file, statSync(join(folder, file)).mode & 0o077]).toEqual([file, 0]);
    await store.close();
    expect(readdirSync(folder)).toEqual(['vault.db']);
  });

  it('have nothing of what was taken away once it is closed', async () => {
    const canary = new TextEncoder().encode('canary-'.repeat(500));
    const isThere = () =>
      readdirSync(folder).some(file => readFileSync(join(folder, file)).includes('canary-'));
    let store = await openSqliteStore(path);
    await store.commit([{ key: 'a', value: canary }]);
    await store.close();
    expect(isThere()).toBe(true);
    store = await openSqliteStore(path);
    await store.commit([{ key: 'a', value: null }]);
    await store.close();
    expect(isThere()).toBe(false);
  });

  it('are all gone when it is destroyed, also when closed before, or damaged', async () => {
    const open = await openSqliteStore(path);
    await open.commit([put('a', 1, 10_000)]);
    await open.destroy();
    expect(readdirSync(folder)).toEqual([]);

    const closed = await openSqliteStore(path);
    await closed.close();
    await closed.destroy();
    expect(readdirSync(folder)).toEqual([]);

    writeFileSync(path, 'no database');
    await destroySqliteStore(path);
    await destroySqliteStore(path);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('one writer', () => {
  it('a second one is refused by name in this process and in another, and comes in after the first', async () => {
    const first = await openSqliteStore(path);
    await first.commit([put('a', 1)]);
    expect(await codeOf(openSqliteStore(path))).toBe('IN_USE');
    expect(await codeOf(destroySqliteStore(path))).toBe('IN_USE');
    // The refused opening must not have loosened the lock that keeps other processes out.
    await expect(mortalProcess('commit', path, 0)).rejects.toThrow('IN_USE');
    await first.commit([put('a', 2)]);
    await first.close();
    expect(await mortalProcess('commit', path, 0)).toEqual({ resolved: 2, died: false });
    const last = await openSqliteStore(path);
    expect((await contentOf(last)).map(([key]) => key)).toEqual(['b', 'c', 'd']);
    await last.close();
  });
});

describe('what goes wrong', () => {
  it('a full disk is told by name, nothing of the batch stays, and the store goes on', async () => {
    const store = await openSqliteStore(path, { maxSizeBytes: 100_000 });
    await store.commit([put('a', 1)]);
    const big = Array.from({ length: 60 }, (_, i) => put(`big/${i}`, 9, 4_000));
    expect(await codeOf(store.commit([put('a', 2), ...big]))).toBe('QUOTA_EXCEEDED');
    expect(await contentOf(store)).toEqual([['a', Uint8Array.of(1)]]);
    await store.commit([put('a', 3)]);
    await store.close();
    const again = await openSqliteStore(path);
    await again.commit(big);
    expect(await again.read('a')).toEqual(Uint8Array.of(3));
    await again.close();
  });

  it('a damaged file is told in a clear sentence, at the opening or at the read', async () => {
    writeFileSync(path, 'no database '.repeat(1_000));
    await expect(openSqliteStore(path)).rejects.toMatchObject({
      code: 'STORAGE_FAILED',
      message: 'the file of the store is damaged',
    });
    rmSync(path);
    const store = await openSqliteStore(path);
    await store.commit(Array.from({ length: 200 }, (_, i) => put(`n/${i}`, 1, 500)));
    await store.close();
    const bytes = readFileSync(path);
    bytes.fill(0xee, 4_096);
    writeFileSync(path, bytes);
    const damaged = await openSqliteStore(path);
    await expect(damaged.read('n/1')).rejects.toMatchObject({
      code: 'STORAGE_FAILED',
      message: 'the file of the store is damaged',
    });
    await damaged.destroy();
    expect(existsSync(path)).toBe(false);
  });

  it('a folder that is not there is told by name', async () => {
    await expect(openSqliteStore(join(folder, 'none', 'vault.db'))).rejects.toMatchObject({
      code: 'STORAGE_FAILED',
    });
  });
});

describe('schema versions', () => {
  it('a store of version 1 opens, with all that is in it', async () => {
    makeVersion1(path);
    const store = await openSqliteStore(path);
    expect(await contentOf(store)).toEqual(VERSION_1);
    await store.close();
  });

  it(
    'killed before any call of a migration it opens again and finishes, and nothing happens twice',
    async () => {
      let deaths = 0;
      for (let died = true; died; deaths += 1) {
        const place = freshPath();
        makeVersion1(place);
        died = (await mortalProcess('migrate', place, deaths + 1)).died;
        const store = await openSqliteStore(place, { migrations: GROWN });
        expect(await contentOf(store)).toEqual([['grown', Uint8Array.of(2, 3)], ...VERSION_1]);
        await store.close();
      }
      expect(deaths).toBeGreaterThan(10);
    },
    PROCESSES_MS,
  );

  it('a step that fails leaves the version before it', async () => {
    makeVersion1(path);
    const failing = [...GROWN.slice(0, 2), () => expect.unreachable()];
    expect(await codeOf(openSqliteStore(path, { migrations: failing }))).toBe('STORAGE_FAILED');
    const store = await openSqliteStore(path, { migrations: GROWN });
    expect((await contentOf(store)).length).toBe(4);
    await store.close();
  });

  it('a newer version and a file of another program are refused by name, and stay as they are', async () => {
    const grown = await openSqliteStore(path, { migrations: GROWN });
    await grown.close();
    const foreign = freshPath();
    const database = openSqlite(foreign);
    database.exec('CREATE TABLE bookmarks (url TEXT)');
    releaseSqlite(database);
    for (const refused of [path, foreign]) {
      const before = readFileSync(refused);
      expect(await codeOf(openSqliteStore(refused))).toBe('UNSUPPORTED_FORMAT');
      expect(readFileSync(refused).equals(before)).toBe(true);
    }
  });
});

describe('flat cost', () => {
  it('a batch writes as much to a store of 100,000 records as to one of ten', async () => {
    const loggedBytes = async (records: number) => {
      const place = freshPath();
      let store = await openSqliteStore(place);
      for (let from = 0; from < records; from += 5_000) {
        const size = Math.min(5_000, records - from);
        await store.commit(Array.from({ length: size }, (_, i) => put(keyOf(from + i), 1, 200)));
      }
      await store.close();
      store = await openSqliteStore(place);
      const before = statSync(`${place}-wal`, { throwIfNoEntry: false })?.size ?? 0;
      for (let n = 0; n < 20; n += 1) {
        await store.commit([put(keyOf(records + n), 1, 600), put('ratchet', n, 300), put('cursor', n, 16)]);
      }
      const after = statSync(`${place}-wal`).size;
      await store.close();
      return (after - before) / 20;
    };
    const few = await loggedBytes(10);
    const many = await loggedBytes(100_000);
    expect(few).toBeGreaterThan(900);
    expect(many / few).toBeLessThan(2);
  });
});

function keyOf(order: number): string {
  return `log/room/${String(order).padStart(9, '0')}`;
}
