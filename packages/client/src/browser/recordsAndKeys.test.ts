import { MemoryStore, memoryKeySlots, memoryKeySlotsDisk, VaultError } from '@sotto/vault';
import { describe, expect, it } from 'vitest';
import { openRecordsAndKeys } from './recordsAndKeys.ts';

/** A browser in which there is no database of that name. */
const withoutDatabase = async (mustExist: boolean) => {
  if (mustExist) throw new VaultError('STORAGE_LOST', 'it is not there');
  return new MemoryStore();
};

describe('opening records and keys', () => {
  it('a new device gets a store', async () => {
    const opened = openRecordsAndKeys({
      slots: async () => memoryKeySlots(),
      store: withoutDatabase,
      mayBeginAnew: false,
    });
    await expect(opened).resolves.toHaveProperty('store');
  });

  it('keys whose records are gone are no new device, and nothing stays open', async () => {
    const disk = memoryKeySlotsDisk();
    await memoryKeySlots(disk).write(5, Uint8Array.of(1, 2, 3));
    const before = disk.bytes.slice();
    const slots = memoryKeySlots(disk);
    const opened = openRecordsAndKeys({
      slots: async () => slots,
      store: withoutDatabase,
      mayBeginAnew: false,
    });
    await expect(opened).rejects.toMatchObject({ code: 'STORAGE_LOST' });
    await expect(slots.readAll()).rejects.toMatchObject({ code: 'CLOSED' });
    expect(disk.bytes).toEqual(before);
  });

  it('what only a tab kept begins anew', async () => {
    const disk = memoryKeySlotsDisk();
    await memoryKeySlots(disk).write(0, Uint8Array.of(1, 2, 3));
    const opened = openRecordsAndKeys({
      slots: async () => memoryKeySlots(disk),
      store: withoutDatabase,
      mayBeginAnew: true,
    });
    await expect(opened).resolves.toHaveProperty('store');
  });
});
