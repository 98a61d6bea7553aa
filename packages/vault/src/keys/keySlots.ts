import type { Random } from '../recordCipher.ts';

/** Slots 0–3 belong to the vault's epoch keys, 4–15 to locks. */
export const KEY_SLOTS = { count: 16, sizeBytes: 1024 } as const;

/**
 * A small file of fixed slots, overwritten in place, apart from the records: what LevelDB and SQLite cannot promise.
 *
 * A crash may tear the slot that is being written, and no other: what does not authenticate counts as empty. Overwriting
 * reaches as far as the file system does; a copy-on-write file system and flash memory may keep old blocks for a while.
 */
export interface KeySlots {
  /** False where a new value is written beside the old one, which is gone only when the browser tidies up. */
  readonly inPlace: boolean;
  /** `count × sizeBytes` bytes as they are; zeros when it is new. */
  readAll(): Promise<Uint8Array>;
  /**
   * Overwrites one slot with `sizeBytes` bytes, or fewer and random after them; on disk when it resolves.
   *
   * Writes land in the order of their calls. Throws `RangeError` for a slot or size that does not exist,
   * `STORAGE_FAILED`, `QUOTA_EXCEEDED`, `CLOSED`.
   */
  write(slot: number, bytes: Uint8Array): Promise<void>;
  /** Overwrites every slot with random, then removes it, and closes it. */
  destroy(): Promise<void>;
  /** Throws nothing, also when it is closed already. */
  close(): Promise<void>;
}

/** The size of all slots together. */
export const KEY_SLOTS_BYTES = KEY_SLOTS.count * KEY_SLOTS.sizeBytes;

/** A whole slot that starts with `bytes`; what follows is random. Throws `RangeError`. */
export function wholeSlot(slot: number, bytes: Uint8Array, random: Random): Uint8Array<ArrayBuffer> {
  if (!Number.isInteger(slot) || slot < 0 || slot >= KEY_SLOTS.count) {
    throw new RangeError(`there is no slot ${slot}`);
  }
  if (bytes.length > KEY_SLOTS.sizeBytes) throw new RangeError('more bytes than a slot has');
  const whole = new Uint8Array(KEY_SLOTS.sizeBytes);
  whole.set(bytes);
  whole.set(random(KEY_SLOTS.sizeBytes - bytes.length), bytes.length);
  return whole;
}

/** The platform's random bytes, for slots that no one reads again. */
export function platformRandom(lengthBytes: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(lengthBytes));
}
