// A device with a long history, in Node on SQLite and in chromium on IndexedDB: unlocking beside Argon2id alone; messages
// written and read through the vault beside the bare store; opening the app beside opening it before anything was said;
// search over what the store really holds, beside a plain scan of the texts. Then what one received message costs in
// written bytes, in groups of 2, 100 and 1,000 members, with a short and with a long log. Rooms are real ones, with a
// relay in memory; their history is written straight into the records, and in the large groups all who are away came by
// one Commit, past the relay. Chromium gets the records that Node made. Takes some minutes.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryKeySlots, type VaultStore } from '@sotto/vault';
import { wasmArgon2id } from '@sotto/vault/argon2id';
import { openNodeKeySlots } from '@sotto/vault/node-key-slots';
import { openSqliteStore } from '@sotto/vault/sqlite';
import { Engine } from '../packages/client/src/engine/engine.ts';
import { crowdAtOnce } from '../packages/client/src/testing/crowdAtOnce.fixture.ts';
import {
  type Crowding,
  giveLongHistory,
  receiveOneByOne,
  roomWith,
} from '../packages/client/src/testing/longHistory.fixture.ts';
import { type Person, World } from '../packages/client/src/testing/world.fixture.ts';
import { type CarriedRecord, packRecords } from '../tests/stage/carriedRecords.ts';
import {
  type Compared,
  messageRates,
  type OpeningTimes,
  openingTimes,
  PAGE,
  type Platform,
  percentile,
  type SearchTimes,
  searchTimes,
  type Timer,
  type Took,
  type UnlockTimes,
  unlockTimes,
} from '../tests/stage/historyRates.ts';
import type { CarriedDevice, HistoryRatesPage } from '../tests/stage/historyRatesPage.ts';
import { KillableChromium } from '../tests/stage/killableChromium.ts';
import { serveVaultSite } from '../tests/stage/vaultSite.ts';
import { madeUpText, seeded } from './madeUpText.ts';

declare const historyRatesPage: HistoryRatesPage;

const ROOMS = 8;
const MESSAGES = 100_000;
const LONG_LOG_MESSAGES = 500_000;
const WINDOW_MS = 1_500;
const OPENINGS = { rooms: ROOMS, times: 7 } as const;
const QUERIES = 500;
const WARM_UP = 25;
/** What the panel asks for at a time, and the most that a screen would show. */
const HITS = [30, 50] as const;
const RECEIVED = 10;
const CARRIED_AT_ONCE = 4_000;
const SEED = 20_261_121;

const random = (lengthBytes: number): Uint8Array => new Uint8Array(randomBytes(lengthBytes));
const { messageText, word, forms, below } = madeUpText(seeded(SEED));
const number = (value: number): string => Math.round(value).toLocaleString('en');
const ms = (value: number): string => `${value.toFixed(value < 10 ? 1 : 0)} ms`;

const timer: Timer = async work => {
  const before = process.cpuUsage();
  const startedMs = performance.now();
  const result = await work();
  const { user, system } = process.cpuUsage(before);
  return { tookMs: performance.now() - startedMs, busyMs: (user + system) / 1000, result };
};
const platform: Platform = { timer, random, stretch: wasmArgon2id };

/** `x ms`, and in Node what of it was this process's own work: `x ms (y ms of the processor)`. */
function timesAt(share: number, times: readonly Took[]): string {
  const passed = ms(
    percentile(
      times.map(({ tookMs }) => tookMs),
      share,
    ),
  );
  const busy = times.flatMap(({ busyMs }) => (busyMs === undefined ? [] : [busyMs]));
  return busy.length === 0 ? passed : `${passed} (${ms(percentile(busy, share))} of the processor)`;
}

/** By the processor's time where it is known: what else the machine does leaves that alone. */
function ratio(times: readonly Took[], baseline: readonly Took[], share = 0.5): string {
  const costs = (of: readonly Took[]) => of.map(({ tookMs, busyMs }) => busyMs ?? tookMs);
  return (percentile(costs(times), share) / percentile(costs(baseline), share)).toFixed(2);
}

function sayUnlock({ atFloor, calibrated, cost, bare }: UnlockTimes): void {
  console.log(
    `  unlock, argon2id and the lock: ${timesAt(0.5, atFloor)} at the floor (64 MiB, 3 passes), ${timesAt(0.5, calibrated)} calibrated ` +
      `(${cost.memoryKiB / 1024} MiB, ${cost.passes} passes; aims at 500 ms); argon2id alone ${timesAt(0.5, bare)}, ratio ${ratio(calibrated, bare)}`,
  );
}

function sayRates(what: string, { measured, bare }: Compared): void {
  const perSecond = ({ count, took }: Compared['bare']) => (1000 * count) / took.tookMs;
  const perBusySecond = ({ count, took }: Compared['bare']) => (1000 * count) / (took.busyMs ?? took.tookMs);
  console.log(
    `  ${what}: ${number(perSecond(measured))}/s through the vault, ${number(perSecond(bare))}/s with the bare store; ratio ` +
      `${(perSecond(measured) / perSecond(bare)).toFixed(2)}, by time of the processor ${(perBusySecond(measured) / perBusySecond(bare)).toFixed(2)}`,
  );
}

function sayOpening(full: OpeningTimes, empty: OpeningTimes): void {
  console.log(
    `  opening ${number(MESSAGES)} messages, from the unlocked root key on: the list of conversations after ${timesAt(0.5, full.list)}, ` +
      `the slowest of ${OPENINGS.times} ${timesAt(1, full.list)} (goal: under 300 ms), the first page of a timeline ${timesAt(0.5, full.page)} later; ` +
      `before anything was said the list ${timesAt(0.5, empty.list)}, ratio ${ratio(full.list, empty.list)}`,
  );
}

function saySearch(limit: number, { first, heldUpMs, later, hits }: SearchTimes): void {
  console.log(
    `  search, up to ${limit} hits with snippets (${(hits / later.length).toFixed(0)} on average): the first ${timesAt(0.5, [first])} ` +
      `(reads the index; the engine was held up for ${ms(heldUpMs)} at the longest), ${later.length} later ones p50 ${timesAt(0.5, later)}, ` +
      `p99 ${timesAt(0.99, later)} (goal: under 30 ms)`,
  );
}

interface Device {
  readonly world: World;
  readonly host: Person;
  readonly openStore: () => Promise<VaultStore>;
  readonly texts: readonly string[];
  /** As it was before anything was said. */
  readonly beginnings: readonly CarriedRecord[];
}

async function allRecords(store: VaultStore): Promise<readonly CarriedRecord[]> {
  const records: CarriedRecord[] = [];
  for (let after = ''; ; ) {
    const page = await store.scan({ prefix: '', after, limit: CARRIED_AT_ONCE });
    records.push(...page);
    if (page.length < CARRIED_AT_ONCE) return records;
    after = page.at(-1)!.key;
  }
}

async function deviceWithHistory(folder: string): Promise<Device> {
  const world = new World();
  const openStore = () => openSqliteStore(join(folder, 'history.db'));
  const host = await world.person('host', 'Hana').start(await openStore());
  await host.port.setName('Hana');
  const gil = await world.person('guest', 'Gil').start();
  for (let room = 0; room < ROOMS; room += 1) {
    await host.startRoom();
    await gil.enter(host.link);
  }
  await world.clock.advance(60_000);
  await host.stop();
  await gil.stop();
  const store = await openStore();
  const beginnings = await allRecords(store);
  const texts: string[] = [];
  const text = () => {
    texts.push(messageText());
    return texts.at(-1)!;
  };
  const history = { messagesPerRoom: MESSAGES / ROOMS, text, indexed: false, sentAtMs: 1_700_000_000_000 };
  const { tookMs, result } = await timer(() =>
    giveLongHistory(world, { holder: host, store, others: [gil] }, history),
  );
  await store.close();
  console.log(
    `  ${number(MESSAGES)} messages in ${ROOMS} conversations, ${(bytesOf(texts) / 1e6).toFixed(1)} MB of text, ${number(result)} records, ` +
      `${(statSync(join(folder, 'history.db')).size / 1e6).toFixed(0)} MB of file; filled in ${ms(tookMs)} (${number(MESSAGES / (tookMs / 1000))} messages/s in batches of 500)`,
  );
  return { world, host, openStore, texts, beginnings };
}

function bytesOf(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}

async function openEngine({ world, host }: Device, store: VaultStore): Promise<Engine> {
  return Engine.open({
    ...world.engineOptions('host'),
    giveWay: () => new Promise(resolve => setImmediate(resolve)),
    store,
    slots: memoryKeySlots(host.keys),
    rootKey: host.rootKey,
  });
}

async function bytesIn(store: VaultStore): Promise<number> {
  const records = await allRecords(store);
  await store.close();
  return records.reduce((sum, { value }) => sum + value.length, 0);
}

async function indexing(device: Device): Promise<void> {
  const before = await bytesIn(await device.openStore());
  const engine = await openEngine(device, await device.openStore());
  const times: Took[] = [];
  for (const { actor } of engine.rooms.all) {
    for (;;) {
      const indexed = await timer(() => actor.indexing.indexNext());
      if (!indexed.result) break;
      times.push(indexed);
    }
  }
  await engine.close();
  const stored = (await bytesIn(await device.openStore())) - before;
  console.log(
    `  index: ${times.length} blocks with their encrypted segments, ${(stored / 1e6).toFixed(2)} MB, ${((100 * stored) / bytesOf(device.texts)).toFixed(1)} % of the text (goal: under 40 %); ` +
      `made in ${timesAt(0.5, times)} a block (512 entries of the stream, every other one a receipt), the slowest ${timesAt(1, times)}`,
  );
}

/** Beginnings, two words, common words, and words with a slip, as they are typed. */
function queries(): readonly string[] {
  return Array.from({ length: QUERIES + WARM_UP }, () => {
    const kind = below(4);
    if (kind === 0) return word().slice(0, 1 + below(4));
    if (kind === 1) return `${word()} ${word()}`;
    if (kind === 2) return forms[below(50)]!;
    const long = forms[100 + below(5_000)]!;
    return long.slice(0, 2) + long.slice(3);
  });
}

async function inNode(folder: string, asked: readonly string[]): Promise<Device> {
  console.log(`\nNode ${process.version}, SQLite:`);
  const slots = await openNodeKeySlots(join(folder, 'unlock.keys'));
  sayUnlock(await unlockTimes(slots, platform));
  await slots.close();
  const [beneath, bare] = [
    await openSqliteStore(join(folder, 'rates.db')),
    await openSqliteStore(join(folder, 'bare.db')),
  ];
  const rates = await messageRates({ beneath, bare, slots: memoryKeySlots() }, platform, WINDOW_MS);
  sayRates('messages written, one per transaction', rates.written);
  sayRates(`messages read, by pages of ${PAGE}`, rates.read);
  const device = await deviceWithHistory(folder);
  await indexing(device);
  const openEmpty = async () => {
    const store = await openSqliteStore(join(folder, 'empty.db'));
    await store.commit(device.beginnings);
    return store;
  };
  const full = await openingTimes(
    async () => openEngine(device, await device.openStore()),
    platform,
    OPENINGS,
  );
  await (await openEmpty()).close();
  const empty = await openingTimes(
    async () => openEngine(device, await openSqliteStore(join(folder, 'empty.db'))),
    platform,
    OPENINGS,
  );
  sayOpening(full, empty);
  for (const limit of HITS) {
    const engine = await openEngine(device, await device.openStore());
    saySearch(
      limit,
      await searchTimes(engine.window(), platform, { queries: asked, limit, warmUp: WARM_UP }),
    );
    await engine.close();
  }
  await scanning(device, asked);
  return device;
}

/** What search is beside: all texts in memory, folded, and every word looked for as a part of each. */
async function scanning({ texts }: Device, asked: readonly string[]): Promise<void> {
  const folded = texts.map(text => text.toLowerCase());
  const scans: Took[] = [];
  for (const query of asked.slice(WARM_UP, WARM_UP + 100)) {
    const words = query.toLowerCase().split(' ');
    scans.push(
      await timer(async () => folded.filter(text => words.every(each => text.includes(each))).length),
    );
  }
  console.log(
    `  a plain scan of the texts in memory, without slips, order or snippets: p50 ${timesAt(0.5, scans)}, p99 ${timesAt(0.99, scans)}`,
  );
}

async function inChromium(folder: string, device: Device, asked: readonly string[]): Promise<void> {
  const store = await device.openStore();
  const pages = new Map<string, Uint8Array>();
  const carried = (name: string, records: readonly CarriedRecord[]): CarriedDevice => {
    const count = Math.ceil(records.length / CARRIED_AT_ONCE);
    for (let page = 0; page < count; page += 1) {
      const some = records.slice(page * CARRIED_AT_ONCE, (page + 1) * CARRIED_AT_ONCE);
      pages.set(`/records/${name}/${page}`, packRecords(some));
    }
    return { name, rootKey: [...device.host.rootKey], keys: [...device.host.keys.bytes], pages: count };
  };
  const full = carried('full', await allRecords(store));
  const empty = carried('empty', device.beginnings);
  await store.close();
  const site = await serveVaultSite('historyRatesPage.ts', path => pages.get(path));
  const browser = await KillableChromium.on(join(folder, 'profile'));
  const { page } = browser;
  try {
    await page.goto(site.origin);
    console.log('\nChromium, IndexedDB, in a worker:');
    sayUnlock(await page.evaluate(() => historyRatesPage.ask('unlock')));
    const rates = await page.evaluate(windowMs => historyRatesPage.ask('rates', windowMs), WINDOW_MS);
    sayRates('messages written, one per transaction', rates.written);
    sayRates(`messages read, by pages of ${PAGE}`, rates.read);
    for (const one of [full, empty]) await page.evaluate(it => historyRatesPage.ask('fill', it), one);
    const open = (one: CarriedDevice) =>
      page.evaluate(([it, setting]) => historyRatesPage.ask('open', it, setting), [one, OPENINGS] as const);
    sayOpening(await open(full), await open(empty));
    for (const limit of HITS) {
      const setting = { queries: asked, limit, warmUp: WARM_UP };
      saySearch(
        limit,
        await page.evaluate(([it, wanted]) => historyRatesPage.ask('search', it, wanted), [
          full,
          setting,
        ] as const),
      );
    }
  } finally {
    await browser.kill();
    await site.close();
  }
}

async function receiving(
  folder: string,
  name: string,
  setting: { members: number; messages: number; crowdBy?: Crowding },
): Promise<number> {
  const path = join(folder, `received-${setting.members}-${setting.messages}.db`);
  const world = new World();
  const { tookMs, result } = await timer(() => roomWith(world, () => openSqliteStore(path), setting));
  const { host, gil, store } = result;
  const texts = (of: string) => Array.from({ length: RECEIVED }, (_, i) => `${of} ${i}`);
  await receiveOneByOne(world, { from: gil, to: host }, texts('warm'));
  const before = { writes: store.writes, bytes: store.bytes, wal: statSync(`${path}-wal`).size };
  const took = await timer(() => receiveOneByOne(world, { from: gil, to: host }, texts('this')));
  const bytes = (store.bytes - before.bytes) / RECEIVED;
  const wal = (statSync(`${path}-wal`).size - before.wal) / RECEIVED;
  console.log(
    `  ${name}: ${number(bytes)} bytes in ${((store.writes - before.writes) / RECEIVED).toFixed(1)} records, ` +
      `${wal > 0 ? `${number(wal)} bytes of log file` : 'the log file did not grow'}; ${ms((took.busyMs ?? 0) / RECEIVED)} of the processor for both ends (the room was made in ${ms(tookMs)})`,
  );
  await world.close();
  rmSync(path, { force: true });
  return bytes;
}

async function receivedMessages(folder: string): Promise<void> {
  console.log(
    `\nwritten to the store for one received message, with its receipt (mean of ${RECEIVED}; suite 0xF002; goal: the same everywhere):`,
  );
  const many = { messages: 10, crowdBy: crowdAtOnce };
  const costs = [
    await receiving(folder, '    2 members, 10 messages before (baseline)', { members: 2, messages: 10 }),
    await receiving(
      folder,
      `    2 members, ${number(LONG_LOG_MESSAGES)} messages (${number(2 * LONG_LOG_MESSAGES)} records) before`,
      { members: 2, messages: LONG_LOG_MESSAGES },
    ),
    await receiving(folder, '  100 members, 10 messages before', { ...many, members: 100 }),
    await receiving(folder, '1,000 members, 10 messages before', { ...many, members: 1_000 }),
  ];
  const ratios = costs.slice(1).map(cost => (cost / costs[0]!).toFixed(3));
  console.log(`  ratios to the baseline: ${ratios.join(', ')}`);
}

const folder = mkdtempSync(join(tmpdir(), 'sotto-history-'));
try {
  const asked = queries();
  const device = await inNode(folder, asked);
  await inChromium(folder, device, asked);
  await device.world.close();
  await receivedMessages(folder);
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
