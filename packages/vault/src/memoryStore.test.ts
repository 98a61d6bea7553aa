import { describe, expect, it } from 'vitest';
import { type MemoryDisk, MemoryStore, memoryDisk } from './memoryStore.ts';
import type { StoreWrite } from './vaultStore.ts';
import { vaultStoreContract } from './vaultStoreContract.ts';
import {
  type CrashingPlace,
  commitCrashBatches,
  dieAtEveryStep,
  wholeBatchesIn,
} from './vaultStoreCrashes.ts';

describe('MemoryStore keeps the store contract', () => {
  vaultStoreContract(
    (name, check) => it(name, check),
    async () => {
      const disk = memoryDisk();
      return { open: async () => new MemoryStore(disk) };
    },
  );
});

/** Dies at its n-th step: before it writes, or when all is written and its caller does not know it yet. */
class DyingStore extends MemoryStore {
  #steps = 0;

  constructor(
    disk: MemoryDisk,
    private readonly diesAt: number,
  ) {
    super(disk);
  }

  override async commit(writes: readonly StoreWrite[]): Promise<void> {
    this.step();
    await super.commit(writes);
    this.step();
  }

  protected step(): void {
    this.#steps += 1;
    if (this.#steps >= this.diesAt) throw new Error('dead');
  }
}

/** What a store must not be: every write lands by itself. */
class TornStore extends DyingStore {
  override async commit(writes: readonly StoreWrite[]): Promise<void> {
    for (const write of writes) await super.commit([write]);
  }
}

/** What a store must not be: it answers before it has written. */
class HastyStore extends DyingStore {
  #late: readonly StoreWrite[] = [];

  override async commit(writes: readonly StoreWrite[]): Promise<void> {
    const late = this.#late;
    this.#late = writes;
    await super.commit(late);
  }

  override async close(): Promise<void> {
    await super.commit(this.#late);
    await super.close();
  }
}

const killable = (Store: typeof DyingStore) => async (): Promise<CrashingPlace> => {
  const disk = memoryDisk();
  return {
    survivors: () => wholeBatchesIn(new MemoryStore(disk)),
    async dieAt(diesAt) {
      const store = new Store(disk, diesAt);
      let resolved = 0;
      try {
        await commitCrashBatches(store, () => {
          resolved += 1;
        });
        await store.close();
        return { resolved, died: false };
      } catch {
        return { resolved, died: true };
      }
    },
  };
};

describe('death at every step', () => {
  it('leaves a memory store with all or nothing', async () => {
    expect(await dieAtEveryStep(killable(DyingStore))).toBe(4);
  });

  it('shows a store that tears its batches, and one that answers too early', async () => {
    await expect(dieAtEveryStep(killable(TornStore))).rejects.toThrow('half a batch: a=3000×1');
    await expect(dieAtEveryStep(killable(HastyStore))).rejects.toThrow(/after 1 batches: then it held 0/);
  });
});
