import { VaultError } from './errors.ts';
import type { StoreScan, StoreWrite, VaultStore } from './vaultStore.ts';

/** The bytes of a memory store: what a disk would be to a file. Several stores opened on it see the same records. */
export interface MemoryDisk {
  readonly records: Map<string, Uint8Array>;
}

/** An empty disk. */
export function memoryDisk(): MemoryDisk {
  return { records: new Map() };
}

/**
 * A store in memory: for tests, for simulation, and for guests whose browser gives no storage.
 *
 * `disk` outlives the store, so that a test can reopen what a crash left behind.
 */
export class MemoryStore implements VaultStore {
  #closed = false;

  constructor(private readonly disk: MemoryDisk = memoryDisk()) {}

  async read(key: string): Promise<Uint8Array | undefined> {
    this.#assertOpen();
    return this.disk.records.get(key)?.slice();
  }

  async readMany(keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]> {
    this.#assertOpen();
    return keys.map(key => this.disk.records.get(key)?.slice());
  }

  async scan(query: StoreScan): Promise<readonly { readonly key: string; readonly value: Uint8Array }[]> {
    this.#assertOpen();
    const keys = [...this.disk.records.keys()].filter(key => inScan(key, query)).sort(byCodeUnit);
    if (query.reverse === true) keys.reverse();
    return keys.slice(0, query.limit).map(key => ({ key, value: this.disk.records.get(key)!.slice() }));
  }

  async commit(writes: readonly StoreWrite[]): Promise<void> {
    this.#assertOpen();
    const copies = writes.map(({ key, value }) => ({ key, value: value?.slice() ?? null }));
    for (const { key, value } of copies) {
      if (value === null) this.disk.records.delete(key);
      else this.disk.records.set(key, value);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  async destroy(): Promise<void> {
    this.disk.records.clear();
    this.#closed = true;
  }

  #assertOpen(): void {
    if (this.#closed) throw new VaultError('CLOSED', 'the store is closed');
  }
}

function inScan(key: string, { prefix, after, before }: StoreScan): boolean {
  return (
    key.startsWith(prefix) && (after === undefined || key > after) && (before === undefined || key < before)
  );
}

function byCodeUnit(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
