import { KEY_SLOTS, type KeySlots } from './keySlots.ts';
import { type LockSlot, readLock } from './lockSlot.ts';

/** Slots 4 to 15. */
const LOCK_SLOTS = Array.from({ length: KEY_SLOTS.count - 4 }, (_, i) => i + 4);

/** Half of the slots stay free, so that a whole set of locks can be written before the old one goes. */
export const MAX_LOCKS = LOCK_SLOTS.length / 2;

/** A lock and the slot it was found in. */
export interface StoredLock extends LockSlot {
  readonly slot: number;
}

/** What the slots say about the ring. */
export interface RingSurvey {
  /** The locks in force, all of one root key, oldest first. */
  readonly live: readonly StoredLock[];
  /** Locks that an interrupted change left over, to be overwritten before the next change. */
  readonly stale: readonly StoredLock[];
  /** Slots that hold no lock in force. */
  readonly free: readonly number[];
}

/**
 * Reads all lock slots and tells which locks are in force: of the newest root key whose locks were all written; without
 * those whose place another one took.
 *
 * Throws `UNSUPPORTED_FORMAT`, and what `KeySlots` throws.
 */
export async function surveyRing(slots: KeySlots): Promise<RingSurvey> {
  const all = await slots.readAll();
  try {
    const found = LOCK_SLOTS.flatMap((slot): readonly StoredLock[] => {
      const lock = readLock(all.subarray(slot * KEY_SLOTS.sizeBytes, (slot + 1) * KEY_SLOTS.sizeBytes));
      return lock === undefined ? [] : [{ ...lock, slot }];
    });
    const live = inForce(found);
    return {
      live: live.toSorted((a, b) => a.createdAtMs - b.createdAtMs || a.slot - b.slot),
      stale: found.filter(lock => !live.includes(lock)),
      free: LOCK_SLOTS.filter(slot => !live.some(lock => lock.slot === slot)),
    };
  } finally {
    // An open lock has the root key in clear.
    all.fill(0);
  }
}

function inForce(found: readonly StoredLock[]): readonly StoredLock[] {
  const complete = found.filter(({ isComplete }) => isComplete);
  // The mark may have gone with the lock that bore it, but then no older root key is left.
  const current =
    complete.length > 0
      ? complete.reduce((newest, lock) => (lock.ring > newest.ring ? lock : newest))
      : found.reduce<StoredLock | undefined>(
          (oldest, lock) => (oldest === undefined || lock.ring < oldest.ring ? lock : oldest),
          undefined,
        );
  const ofRoot = found.filter(({ rootCheck }) => rootCheck === current?.rootCheck);
  const replaced = new Set(ofRoot.map(({ replaces }) => replaces));
  return ofRoot.filter(({ id }) => !replaced.has(id));
}
