import type { StreamStore } from '../streamStore.ts';
import { Conversations } from './conversations.ts';
import { Door } from './door.ts';
import { Retention } from './retention.ts';
import { SealedInboxes } from './sealedInboxes.ts';
import type { StorageLimits } from './storageLimits.ts';
import { StreamLog } from './streamLog.ts';
import type { Tables } from './tables.ts';
import { closed, type Transactions } from './transactions.ts';
import { Views } from './views.ts';

/**
 * A `StreamStore` out of tables and the way their transactions are made. The rules of streams are here once for all
 * adapters: each method reads and writes `Tables` inside one transaction of the adapter, and one that throws a
 * `Refusal` has not written anything.
 */
export function ledgerStore(
  tables: Tables,
  transactions: Transactions,
  disk: { erase(): void; close(): void },
  limits: StorageLimits,
): StreamStore {
  const log = new StreamLog(tables, limits);
  const door = new Door(tables, log, limits);
  const sealed = new SealedInboxes(tables, log, limits);
  const conversations = new Conversations(tables, log, door, limits);
  const views = new Views(tables, log);
  const retention = new Retention(tables, log);
  let isClosed = false;
  /** Reads see all that was committed; what waits for its commit does not exist yet. */
  const read = async <T>(query: () => T): Promise<T> => {
    if (isClosed) throw closed();
    return query();
  };
  return {
    createStream: (...args) => transactions.run(() => conversations.createStream(...args)),
    append: (...args) => transactions.run(() => conversations.append(...args)),
    acknowledge: (...args) => transactions.run(() => conversations.acknowledge(...args)),
    control: (...args) => transactions.run(() => conversations.control(...args)),
    leave: (...args) => transactions.run(() => conversations.leave(...args)),
    createInvite: (...args) => transactions.run(() => door.createInvite(...args)),
    closeInvite: (...args) => transactions.run(() => door.closeInvite(...args)),
    knock: (...args) => transactions.run(() => door.knock(...args)),
    answerKnock: (...args) => transactions.run(() => door.answerKnock(...args)),
    deliverSealed: delivery => transactions.run(() => sealed.deliver(delivery)),
    takersOfSealed: delivery => read(() => sealed.takers(delivery)),
    expireInvites: (...args) => transactions.run(() => door.expireInvites(...args)),
    sweep: (...args) => transactions.run(() => retention.sweep(...args)),
    status: (...args) => read(() => views.status(...args)),
    statuses: (...args) => read(() => views.statuses(...args)),
    entries: (...args) => read(() => views.entries(...args)),
    subscribers: (...args) => read(() => views.subscribers(...args)),
    invite: (...args) => read(() => door.invite(...args)),
    knows: (...args) => read(() => views.knows(...args)),
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
