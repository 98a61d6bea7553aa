import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Append, DedupeId, DeviceId, LIMITS, StreamId } from '@sotto/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DatabaseInUse, openSqlite } from './sqliteDatabase.ts';
import { createSqliteStore } from './sqliteStore.ts';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sotto-sqlite-'));
  path = join(folder, 'relay.db');
});

afterEach(() => rmSync(folder, { recursive: true }));

const streamId = StreamId.fromBytes(new Uint8Array(16).fill(1));
const ada = DeviceId.fromBytes(new Uint8Array(16).fill(2));
const ben = DeviceId.fromBytes(new Uint8Array(16).fill(3));
const by = (deviceId: DeviceId) => ({ deviceId, nowMs: 1_750_000_000_000 });
const append = (n: number, payload: Uint8Array): Append => ({
  streamId,
  dedupeId: DedupeId.fromBytes(new Uint8Array(16).fill(n)),
  kind: 'message',
  expectEpoch: 0,
  payload,
  admissions: [],
  removedDeviceIds: [],
  adminDeviceIds: [],
});

/** Whether the bytes stand anywhere in the files of the database. */
function onDisk(needle: string): boolean {
  return readdirSync(folder).some(file => readFileSync(join(folder, file)).includes(needle));
}

test('what all have acknowledged is nowhere in the files after an erasure', async () => {
  const store = createSqliteStore({ path });
  await store.createStream(by(ada), streamId);
  const canary = (n: number) => `canary-${n}-`.repeat(300);
  for (const n of [1, 2, 3]) await store.append(by(ada), append(n, new TextEncoder().encode(canary(n))));
  expect([1, 2, 3].map(n => onDisk(`canary-${n}-`))).toEqual([true, true, true]);
  await store.acknowledge(by(ada), streamId, 2);
  expect(onDisk('canary-1-'), 'the WAL still has it: the test can fail').toBe(true);
  await store.erase();
  expect([1, 2, 3].map(n => onDisk(`canary-${n}-`))).toEqual([false, false, true]);
  await store.append(by(ada), append(4, new TextEncoder().encode(canary(4))));
  await store.control(by(ada), streamId, 'end');
  await store.erase();
  expect([3, 4].map(n => onDisk(`canary-${n}-`))).toEqual([false, true]);
  await store.close();
});

test('one process at a time', async () => {
  const store = createSqliteStore({ path });
  expect(() => createSqliteStore({ path })).toThrow(DatabaseInUse);
  await store.close();
  await createSqliteStore({ path }).close();
});

test('the files are for their owner only', async () => {
  const store = createSqliteStore({ path });
  await store.createStream(by(ada), streamId);
  for (const file of readdirSync(folder)) {
    expect([file, statSync(join(folder, file)).mode & 0o077]).toEqual([file, 0]);
  }
  await store.close();
});

test('refuses a database of a later version and leaves it as it is', async () => {
  const database = openSqlite(path);
  database.exec('PRAGMA user_version = 99');
  database.close();
  expect(() => createSqliteStore({ path })).toThrow(/schema 99/);
  const again = openSqlite(path);
  expect(again.prepare('SELECT count(*) AS n FROM sqlite_schema').get()).toMatchObject({ n: 0 });
  again.close();
});

test('a database from before streams had a cap learns what they hold', async () => {
  const store = createSqliteStore({ path });
  await store.createStream(by(ada), streamId);
  const made = await store.createStream(by(ada), StreamId.fromBytes(new Uint8Array(16).fill(9)));
  const large = new Uint8Array(LIMITS.payloadBytes);
  for (let n = 1; n <= 23; n += 1) await store.append(by(ada), append(n, large));
  await store.close();
  const database = openSqlite(path);
  const since = [
    'marks',
    'sealed_keys',
    'sealed_sources',
    'account_devices',
    'kept_handles',
    'key_packages',
    'last_resorts',
    'invitations',
    'accounts',
    'passkeys',
    'proven_devices',
  ];
  database.exec(since.map(table => `DROP TABLE ${table};`).join(' '));
  database.exec('DROP INDEX subscriptions_acknowledged');
  database.exec('ALTER TABLE streams DROP COLUMN stored_bytes; PRAGMA user_version = 1');
  database.close();

  const again = createSqliteStore({ path, limits: { maxStreamBytes: 2 * 1_048_576 } });
  // Of the admin's six megabytes less is left than one more takes.
  await expect(again.append(by(ada), append(24, large))).rejects.toMatchObject({ code: 'STREAM_FULL' });
  await again.append(by(ada), { ...append(25, large), streamId: made.streamId });
  await again.acknowledge(by(ada), streamId, 23);
  expect(await again.append(by(ada), append(24, large))).toMatchObject({ seq: 24 });
  await again.close();
});

test('finds who has read least without looking at every reader', async () => {
  await createSqliteStore({ path }).close();
  const database = openSqlite(path);
  const plan = database
    .prepare('EXPLAIN QUERY PLAN SELECT min(acknowledged_seq) FROM subscriptions WHERE stream_no = ?')
    .all(1) as { readonly detail: string }[];
  database.close();
  expect(plan.map(({ detail }) => detail)).toEqual([expect.stringContaining('subscriptions_acknowledged')]);
});

test('after a change that broke half-way the store goes on from what is on disk', async () => {
  const failures: unknown[] = [];
  const store = createSqliteStore({ path, onFailure: error => failures.push(error) });
  await store.createStream(by(ada), streamId);
  const broken = { ...append(1, new Uint8Array(1)), payload: 'not bytes' as never };
  const answers = await Promise.allSettled([
    store.append(by(ada), append(2, new Uint8Array(1))),
    store.append(by(ada), broken),
    store.append(by(ada), append(3, new Uint8Array(1))),
  ]);
  expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(failures).toHaveLength(1);
  expect(await store.status(ada, streamId)).toMatchObject({ headSeq: 2 });
  const entries = await store.entries(ada, streamId, { afterSeq: 0, maxEntries: 9, maxBytes: 999 });
  expect(entries.map(({ seq }) => seq)).toEqual([1, 2]);
  await store.close();
});

/** Runs crash.fixture.ts until it has said `lines` lines, kills it, and gives what it said. */
function killed(run: number, lines: number): Promise<readonly string[]> {
  const viteNode = fileURLToPath(new URL('../../../../node_modules/.bin/vite-node', import.meta.url));
  const fixture = fileURLToPath(new URL('./crash.fixture.ts', import.meta.url));
  const child = spawn(process.execPath, [viteNode, fixture, path, String(run)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return new Promise((resolve, reject) => {
    let said = '';
    child.stdout.on('data', chunk => {
      said += chunk;
      if (said.split('\n').length > lines) child.kill('SIGKILL');
    });
    child.once('error', reject);
    child.once('close', (_code, signal) => {
      if (signal !== 'SIGKILL') reject(new Error(`ended by itself, after: ${said.slice(-200)}`));
      // The last line may have been cut off: it counts as unknown.
      else resolve(said.split('\n').slice(0, -1));
    });
  });
}

test('kill -9: whatever was answered is there when the store opens again', async () => {
  const appended = new Map<string, number>();
  let acknowledged = 0;
  for (let run = 1; run <= 5; run++) {
    for (const line of await killed(run, 200 * run)) {
      const [what, ...rest] = line.split(' ');
      if (what === 'append') appended.set(rest[0]!, Number(rest[1]));
      else acknowledged = Number(rest[0]);
    }
    const store = createSqliteStore({ path });
    const status = await store.status(ada, streamId);
    expect(status!.acknowledgedSeq).toBeGreaterThanOrEqual(acknowledged);
    const kept = await store.entries(ben, streamId, { afterSeq: 0, maxEntries: 100_000, maxBytes: 1e9 });
    const first = kept[0]!.seq;
    expect(kept.map(({ seq }) => seq)).toEqual(kept.map((_, i) => first + i));
    expect(first).toBeLessThanOrEqual(status!.acknowledgedSeq + 1);
    expect(kept.at(-1)!.seq).toBe(status!.headSeq);
    const seqByDedupeId = new Map(kept.map(({ dedupeId, seq }) => [dedupeId as string, seq]));
    for (const [dedupeId, seq] of appended) {
      if (seq > status!.acknowledgedSeq) expect(seqByDedupeId.get(dedupeId)).toBe(seq);
      const again = await store.append(by(ada), {
        ...append(0, new Uint8Array(1)),
        expectEpoch: 1,
        dedupeId: dedupeId as DedupeId,
      });
      expect([again.seq, again.repeated]).toEqual([seq, true]);
    }
    await store.close();
  }
  expect(appended.size).toBeGreaterThan(1_000);
});
