import type { StoreWrite, VaultStore } from './vaultStore.ts';

/** What became of a store that was to die. */
export interface Death {
  /** How many batches had resolved. */
  readonly resolved: number;
  /** False: it did all its work before its death came. */
  readonly died: boolean;
}

/** A place whose stores can be killed: by ending their process or their browser, or by a wrapper that goes silent. */
export interface CrashingPlace {
  /**
   * Opens a store, commits `CRASH_BATCHES` one after the other, closes it; dies before its `diesAt`-th step (from 1).
   * A step is every call by which the store touches what lies beneath it. Resolves once nothing of it is alive.
   */
  dieAt(diesAt: number): Promise<Death>;
  /** Opens a store on what is left, and asks `wholeBatchesIn`. */
  survivors(): Promise<number>;
}

const filled = (key: string, byte: number): StoreWrite => ({ key, value: new Uint8Array(3_000).fill(byte) });

/** Each changes, adds and takes away, so that half of any batch is neither the state before it nor after it. */
export const CRASH_BATCHES: readonly (readonly StoreWrite[])[] = [
  [filled('a', 1), filled('b', 1), filled('c', 1)],
  [filled('b', 2), { key: 'a', value: null }, filled('d', 2)],
];

/** Commits the batches, and says after each that it has resolved. */
export async function commitCrashBatches(store: VaultStore, resolved: () => void): Promise<void> {
  for (const batch of CRASH_BATCHES) {
    await store.commit(batch);
    resolved();
  }
}

/**
 * Kills a store before its first step, then another before its second, and so on until one lives to the end. After each
 * death the store must open again and hold every batch that had resolved, and all or nothing of the one under way.
 *
 * Gives the number of deaths. Throws `Error` when a promise was broken.
 */
export async function dieAtEveryStep(freshPlace: () => Promise<CrashingPlace>): Promise<number> {
  for (let diesAt = 1; diesAt < 1_000; diesAt += 1) {
    const place = await freshPlace();
    const { resolved, died } = await place.dieAt(diesAt);
    const batches = await place.survivors();
    if (batches < resolved || batches > resolved + 1 || (!died && batches !== CRASH_BATCHES.length)) {
      throw new Error(`died at step ${diesAt}, after ${resolved} batches: then it held ${batches}`);
    }
    if (!died) return diesAt - 1;
  }
  throw new Error('it never lives to the end');
}

/**
 * How many of `CRASH_BATCHES` a store holds; closes it. Throws `Error` when it holds half of one, or cannot go on: a
 * crash must leave nothing that stands in the way of a writer.
 */
export async function wholeBatchesIn(store: VaultStore): Promise<number> {
  const records = await store.scan({ prefix: '', limit: 100 });
  const found = described(new Map(records.map(({ key, value }) => [key, value])));
  await store.commit([{ key: 'after', value: Uint8Array.of(1) }]);
  await store.close();
  const batches = states().indexOf(found);
  if (batches === -1) throw new Error(`half a batch: ${found}`);
  return batches;
}

/** What a store holds after 0, 1, … batches. */
function states(): readonly string[] {
  const records = new Map<string, Uint8Array>();
  const found = [described(records)];
  for (const batch of CRASH_BATCHES) {
    for (const { key, value } of batch) {
      if (value === null) records.delete(key);
      else records.set(key, value);
    }
    found.push(described(records));
  }
  return found;
}

function described(records: ReadonlyMap<string, Uint8Array>): string {
  return [...records]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${value.length}×${[...new Set(value)].join('|')}`)
    .join(' ');
}
