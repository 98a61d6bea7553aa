import { openBrowserKeySlots } from '@sotto/vault/browser-key-slots';
import { openIndexedDbStore } from '@sotto/vault/indexeddb';
import { deleteFromHistory, type HistoryPlan, writeHistory } from './canaryHistory.ts';

const NAME = 'sotto';

/** As the worker of the application does it. */
async function openStorage() {
  const store = await openIndexedDbStore(NAME);
  return { store, slots: await openBrowserKeySlots(NAME) };
}

/** What a test can ask of the page, which asks its worker. */
export interface HistoryPage {
  write(plan: HistoryPlan): Promise<void>;
  /** `closes`: false for a page that has its store still open when it ends. */
  delete(plan: HistoryPlan, closes: boolean): Promise<void>;
}

interface Order {
  readonly plan: HistoryPlan;
  readonly deletes: { readonly closes: boolean } | undefined;
}

async function carryOut({ plan, deletes }: Order): Promise<void> {
  if (deletes === undefined) await writeHistory(openStorage, plan);
  else await deleteFromHistory(openStorage, plan, deletes);
}

if (typeof document === 'undefined') {
  addEventListener('message', ({ data }: MessageEvent<Order>) => {
    carryOut(data).then(
      () => postMessage('done'),
      (error: unknown) => postMessage(String(error)),
    );
  });
} else {
  const worker = new Worker('/page.js', { type: 'module' });
  const order = (what: Order) =>
    new Promise<void>((resolve, reject) => {
      worker.onmessage = ({ data }) => (data === 'done' ? resolve() : reject(new Error(String(data))));
      worker.postMessage(what);
    });
  const page: HistoryPage = {
    write: plan => order({ plan, deletes: undefined }),
    delete: (plan, closes) => order({ plan, deletes: { closes } }),
  };
  Object.assign(globalThis, { historyPage: page });
}
