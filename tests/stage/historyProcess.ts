import { join } from 'node:path';
import { openNodeKeySlots } from '@sotto/vault/node-key-slots';
import { openSqliteStore } from '@sotto/vault/sqlite';
import { deleteFromHistory, type HistoryPlan, writeHistory } from './canaryHistory.ts';

/** What the process that writes the SQLite file is told, as JSON in its first argument. */
export interface HistoryOrder {
  readonly folder: string;
  readonly plan: HistoryPlan;
  /** `delete and die`: with the store open, by SIGKILL. */
  readonly what: 'write' | 'delete' | 'delete and die';
}

const { folder, plan, what } = JSON.parse(process.argv[2] ?? '{}') as HistoryOrder;

async function openStorage() {
  const store = await openSqliteStore(join(folder, 'vault.db'));
  return { store, slots: await openNodeKeySlots(join(folder, 'vault.keys')) };
}

if (what === 'write') await writeHistory(openStorage, plan);
else await deleteFromHistory(openStorage, plan, { closes: what === 'delete' });
if (what === 'delete and die') process.kill(process.pid, 'SIGKILL');
