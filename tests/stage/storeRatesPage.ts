import { openIndexedDbStore } from '@sotto/vault/indexeddb';
import { type StoreRates, storeRates } from './storeRates.ts';

/** What the benchmark can ask of the page: bundled by vaultSite.ts. */
export interface StoreRatesPage {
  measure(windowMs: number): Promise<StoreRates>;
}

/** In a worker, as the engine runs: there alone files can be written and flushed without waiting. */
async function measure(windowMs: number): Promise<StoreRates> {
  const store = await openIndexedDbStore('rates');
  const folder = await navigator.storage.getDirectory();
  const file = await (await folder.getFileHandle('rates.log', { create: true })).createSyncAccessHandle();
  let at = 0;
  const rates = await storeRates(
    {
      store: writes => store.commit(writes),
      log: async bytes => {
        at += file.write(bytes, { at });
        file.flush();
      },
    },
    { random: lengthBytes => crypto.getRandomValues(new Uint8Array(lengthBytes)), windowMs },
  );
  file.close();
  await store.close();
  return rates;
}

if (typeof document === 'undefined') {
  addEventListener('message', async ({ data }: MessageEvent<number>) => postMessage(await measure(data)));
} else {
  const page: StoreRatesPage = {
    measure: windowMs =>
      new Promise((resolve, reject) => {
        const worker = new Worker('/page.js', { type: 'module' });
        worker.onmessage = ({ data }: MessageEvent<StoreRates>) => resolve(data);
        worker.onerror = ({ message }) => reject(new Error(message));
        worker.postMessage(windowMs);
      }),
  };
  Object.assign(globalThis, { storeRatesPage: page });
}
