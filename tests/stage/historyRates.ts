import { type Argon2id, Keyring, type KeySlots, type StoreWrite, Vault, type VaultStore } from '@sotto/vault';
import type { UnlockedPort } from '../../packages/client/src/intents.ts';

/** A time that was taken; `busyMs`: what of it this process had of the processor, where that can be known. */
export interface Took {
  readonly tookMs: number;
  readonly busyMs?: number;
}

export type Timer = <T>(work: () => Promise<T>) => Promise<Took & { readonly result: T }>;

/** Things done in a time, beside the same done without what is measured. */
export interface Compared {
  readonly measured: { readonly count: number; readonly took: Took };
  readonly bare: { readonly count: number; readonly took: Took };
}

export interface UnlockTimes {
  readonly atFloor: readonly Took[];
  readonly calibrated: readonly Took[];
  readonly cost: { readonly memoryKiB: number; readonly passes: number };
  /** Argon2id alone, at the calibrated cost. */
  readonly bare: readonly Took[];
}

export interface Platform {
  readonly timer: Timer;
  readonly random: (lengthBytes: number) => Uint8Array;
  readonly stretch: Argon2id;
}

export const PAGE = 60;
const PASSPHRASE = 'correct horse battery';
const ROUNDS = 3;
/** What the vault puts around a record: the bare store is given as much. */
const SEAL_BYTES = 53;
const SIZES = { log: 700, place: 24, room: 700 } as const;
const SEALED = {
  log: SIZES.log + SEAL_BYTES,
  place: SIZES.place + SEAL_BYTES,
  room: SIZES.room + SEAL_BYTES,
} as const;

/** Unlocking by passphrase: the stretching, and the lock that is opened with it. `slots` are empty. */
export async function unlockTimes(
  slots: KeySlots,
  { timer, random, stretch }: Platform,
): Promise<UnlockTimes> {
  const ring = await Keyring.open(slots, { random, nowMs: () => Date.now(), stretch });
  await ring.begin({ kind: 'passphrase', passphrase: PASSPHRASE });
  const unlock = () => timer(() => ring.unlock({ kind: 'passphrase', passphrase: PASSPHRASE }));
  const thrice = (one: () => Promise<Took>) => oneByOne(Array.from({ length: ROUNDS }, () => one));
  await unlock();
  const atFloor = await thrice(unlock);
  const cost = await ring.calibrate({ nowMs: () => performance.now() });
  await ring.changePassphrase(PASSPHRASE, PASSPHRASE);
  const calibrated = await thrice(unlock);
  const [password, salt] = [new TextEncoder().encode(PASSPHRASE), random(16)];
  const bare = await thrice(() => timer(() => stretch(password, salt, cost)));
  return { atFloor: atFloor.map(plain), calibrated: calibrated.map(plain), cost, bare: bare.map(plain) };
}

/** Messages as the engine stores them, one per transaction, and read by pages: through a vault and into a bare store. */
export async function messageRates(
  {
    beneath,
    bare,
    slots,
  }: { readonly beneath: VaultStore; readonly bare: VaultStore; readonly slots: KeySlots },
  { timer, random }: Platform,
  windowMs: number,
): Promise<{ readonly written: Compared; readonly read: Compared }> {
  const vault = await Vault.open(beneath, { rootKey: random(32), random, slots });
  let order = 0;
  const next = () => (order += 2048);
  const count = async (work: () => Promise<unknown>, each: number) => {
    let done = 0;
    const took = await timer(async () => {
      const startedMs = performance.now();
      while (performance.now() - startedMs < windowMs) {
        await work();
        done += each;
      }
    });
    return { count: done, took: plain(took) };
  };
  /** In turns, so that what else the machine does hits both; the first turn warms up. */
  const compare = async (each: number, measured: () => Promise<unknown>, plainly: () => Promise<unknown>) => {
    await count(plainly, each);
    await count(measured, each);
    return { bare: await count(plainly, each), measured: await count(measured, each) };
  };
  const written = await compare(
    1,
    () => vault.commit(writesOf(random, next(), SIZES)),
    () => bare.commit([...writesOf(random, next(), SEALED), { key: '!head', value: random(64) }]),
  );
  const page = () => ({
    prefix: 'log/room/',
    limit: PAGE,
    reverse: true,
    before: `log/room/${padded(Math.floor(Math.random() * order))}`,
  });
  const read = await compare(
    PAGE,
    () => vault.scan(page()),
    () => bare.scan(page()),
  );
  await bare.close();
  await vault.close();
  return { written, read };
}

/** What the benchmark needs of an engine. */
export interface OpenedEngine {
  readonly state: { readonly rooms: readonly { readonly roomId: string }[] };
  window(): UnlockedPort;
  close(): Promise<void>;
}

export interface OpeningTimes {
  /** From the root key to the first state with its list of conversations. */
  readonly list: readonly Took[];
  /** From there to the newest page of one. */
  readonly page: readonly Took[];
}

/** Opens the app again and again, and one of its conversations. */
export async function openingTimes(
  openEngine: () => Promise<OpenedEngine>,
  { timer }: Pick<Platform, 'timer'>,
  { rooms, times }: { readonly rooms: number; readonly times: number },
): Promise<OpeningTimes> {
  const list: Took[] = [];
  const page: Took[] = [];
  for (let i = 0; i < times; i += 1) {
    const opened = await timer(async () => {
      const engine = await openEngine();
      let shown = 0;
      engine.window().subscribe(event => {
        if (event.type === 'state') shown = event.state.rooms.length;
      });
      if (shown !== rooms) throw new Error(`${shown} conversations in the first state`);
      return engine;
    });
    list.push(plain(opened));
    const engine = opened.result;
    const [room] = engine.state.rooms;
    page.push(plain(await timer(() => engine.window().openTimeline(room!.roomId as never))));
    await engine.close();
  }
  return { list, page };
}

export interface SearchTimes {
  /** Reads the index into memory. */
  readonly first: Took;
  /** For how long the engine answered nothing meanwhile, at the longest. */
  readonly heldUpMs: number;
  readonly later: readonly Took[];
  readonly hits: number;
}

/** Searches as they are typed; the first few warm up. */
export async function searchTimes(
  port: UnlockedPort,
  { timer }: Pick<Platform, 'timer'>,
  {
    queries,
    limit,
    warmUp,
  }: { readonly queries: readonly string[]; readonly limit: number; readonly warmUp: number },
): Promise<SearchTimes> {
  let heldUpMs = 0;
  let lastMs = performance.now();
  const heartbeat = setInterval(() => {
    heldUpMs = Math.max(heldUpMs, performance.now() - lastMs);
    lastMs = performance.now();
  }, 1);
  const first = await timer(() => port.search({ query: 'hello', limit }));
  clearInterval(heartbeat);
  const later: Took[] = [];
  let hits = 0;
  for (const [i, query] of queries.entries()) {
    const searched = await timer(() => port.search({ query, limit }));
    if (i < warmUp) continue;
    later.push(plain(searched));
    hits += searched.result.found.length;
  }
  return { first: plain(first), heldUpMs, later, hits };
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
}

async function oneByOne<T>(works: readonly (() => Promise<T>)[]): Promise<readonly T[]> {
  const results: T[] = [];
  for (const work of works) results.push(await work());
  return results;
}

/** The log, its place, and the room. */
function writesOf(
  random: Platform['random'],
  order: number,
  bytes: { readonly log: number; readonly place: number; readonly room: number },
): StoreWrite[] {
  const id = Array.from(random(16), byte => byte.toString(16).padStart(2, '0')).join('');
  return [
    { key: `log/room/${padded(order)}`, value: random(bytes.log) },
    { key: `at/room/${id}`, value: random(bytes.place) },
    { key: 'room/room', value: random(bytes.room) },
  ];
}

function padded(order: number): string {
  return String(order).padStart(16, '0');
}

/** Without what was made: results do not leave the page. */
function plain({ tookMs, busyMs }: Took): Took {
  return { tookMs, ...(busyMs !== undefined && { busyMs }) };
}
