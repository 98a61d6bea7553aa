import { VaultError } from '../errors.ts';
import type { Random } from '../recordCipher.ts';
import { KEY_SLOTS, KEY_SLOTS_BYTES, type KeySlots, platformRandom, wholeSlot } from './keySlots.ts';

/** The bytes of slots in memory: what a disk would be to a file. Slots opened on it again find them. */
export interface MemoryKeySlotsDisk {
  readonly bytes: Uint8Array;
}

/** A new file of zeros. */
export function memoryKeySlotsDisk(): MemoryKeySlotsDisk {
  return { bytes: new Uint8Array(KEY_SLOTS_BYTES) };
}

/**
 * Slots in memory: for tests, for simulation, and for guests whose history goes with the tab.
 *
 * `random` fills what a write leaves of its slot.
 */
export function memoryKeySlots(
  disk: MemoryKeySlotsDisk = memoryKeySlotsDisk(),
  random: Random = platformRandom,
): KeySlots {
  let isClosed = false;
  const assertOpen = () => {
    if (isClosed) throw new VaultError('CLOSED', 'the key slots are closed');
  };
  return {
    inPlace: true,
    async readAll() {
      assertOpen();
      return disk.bytes.slice();
    },
    async write(slot, bytes) {
      assertOpen();
      disk.bytes.set(wholeSlot(slot, bytes, random), slot * KEY_SLOTS.sizeBytes);
    },
    async destroy() {
      assertOpen();
      disk.bytes.fill(0);
      isClosed = true;
    },
    async close() {
      isClosed = true;
    },
  };
}
