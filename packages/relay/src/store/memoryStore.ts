import type { StreamStore } from '../streamStore.ts';
import { ledgerStore } from './ledgerStore.ts';
import { MemoryTables } from './memoryTables.ts';
import { groupCommit } from './transactions.ts';

/**
 * A `StreamStore` that forgets everything with the process, for tests and simulation.
 *
 * `schedule` says when the writes that wait are carried out, so that a simulation decides what a crash loses;
 * by default in a microtask. The tables may be handed in, to survive a simulated restart.
 */
export function createMemoryStore(
  options: { readonly schedule?: (flush: () => void) => void; readonly tables?: MemoryTables } = {},
): StreamStore {
  const nothing = { begin() {}, commit() {}, rollback() {} };
  const transactions = groupCommit(nothing, options.schedule ?? queueMicrotask, error => {
    throw error;
  });
  return ledgerStore(options.tables ?? new MemoryTables(), transactions, { erase() {}, close() {} });
}
