import { describe, it } from 'vitest';
import { keySlotsContract } from './keySlotsContract.ts';
import { memoryKeySlots, memoryKeySlotsDisk } from './memoryKeySlots.ts';

describe('memoryKeySlots keeps the contract of key slots', () => {
  keySlotsContract(
    (name, check) => it(name, check),
    async () => {
      const disk = memoryKeySlotsDisk();
      return { open: async () => memoryKeySlots(disk) };
    },
  );
});
