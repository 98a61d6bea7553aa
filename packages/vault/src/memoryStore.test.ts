import { describe, it } from 'vitest';
import { MemoryStore, memoryDisk } from './memoryStore.ts';
import { vaultStoreContract } from './vaultStoreContract.ts';

describe('MemoryStore keeps the store contract', () => {
  vaultStoreContract(
    (name, check) => it(name, check),
    async () => {
      const disk = memoryDisk();
      return { open: async () => new MemoryStore(disk) };
    },
  );
});
