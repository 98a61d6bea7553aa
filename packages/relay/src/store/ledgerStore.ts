import type { StreamStore } from '../streamStore.ts';
import { Ledger } from './ledger.ts';
import type { Tables } from './tables.ts';
import { closed, type Transactions } from './transactions.ts';

/** A `StreamStore` out of tables and the way their transactions are made. */
export function ledgerStore(
  tables: Tables,
  transactions: Transactions,
  disk: { erase(): void; close(): void },
): StreamStore {
  const ledger = new Ledger(tables);
  let isClosed = false;
  /** Reads see all that was committed; what waits for its commit does not exist yet. */
  const read = async <T>(query: () => T): Promise<T> => {
    if (isClosed) throw closed();
    return query();
  };
  return {
    createStream: (...args) => transactions.run(() => ledger.createStream(...args)),
    append: (...args) => transactions.run(() => ledger.append(...args)),
    acknowledge: (...args) => transactions.run(() => ledger.acknowledge(...args)),
    control: (...args) => transactions.run(() => ledger.control(...args)),
    leave: (...args) => transactions.run(() => ledger.leave(...args)),
    createInvite: (...args) => transactions.run(() => ledger.createInvite(...args)),
    closeInvite: (...args) => transactions.run(() => ledger.closeInvite(...args)),
    knock: (...args) => transactions.run(() => ledger.knock(...args)),
    answerKnock: (...args) => transactions.run(() => ledger.answerKnock(...args)),
    expireInvites: (...args) => transactions.run(() => ledger.expireInvites(...args)),
    sweep: (...args) => transactions.run(() => ledger.sweep(...args)),
    status: (...args) => read(() => ledger.status(...args)),
    statuses: (...args) => read(() => ledger.statuses(...args)),
    entries: (...args) => read(() => ledger.entries(...args)),
    subscribers: (...args) => read(() => ledger.subscribers(...args)),
    invite: (...args) => read(() => ledger.invite(...args)),
    knows: (...args) => read(() => ledger.knows(...args)),
    counts: () => read(() => tables.counts()),
    erase: () => read(() => disk.erase()),
    async close() {
      if (isClosed) return;
      await transactions.close();
      isClosed = true;
      disk.close();
    },
  };
}
