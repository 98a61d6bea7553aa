import type { StreamStore } from '../streamStore.ts';
import { ledgerStore } from './ledgerStore.ts';
import { MemoryTables } from './memoryTables.ts';
import { DEFAULT_STORAGE_LIMITS, type StorageLimits } from './storageLimits.ts';
import { groupCommit } from './transactions.ts';

/**
 * A `StreamStore` that forgets everything with the process, for tests and simulation.
 *
 * `schedule` says when the writes that wait are carried out, so that a simulation decides what a crash loses;
 * by default in a microtask. The tables may be handed in, to survive a simulated restart.
 */
export function createMemoryStore(
  options: {
    readonly schedule?: (flush: () => void) => void;
    readonly tables?: MemoryTables;
    /** What differs from `DEFAULT_STORAGE_LIMITS`. */
    readonly limits?: Partial<StorageLimits>;
  } = {},
): StreamStore {
  const nothing = { begin() {}, commit() {}, rollback() {} };
  const transactions = groupCommit(nothing, options.schedule ?? queueMicrotask, error => {
    throw error;
  });
  const tables = options.tables ?? new MemoryTables();
  const limits = { ...DEFAULT_STORAGE_LIMITS, ...options.limits };
  return ledgerStore(tables, transactions, { erase() {}, close() {} }, limits);
}
