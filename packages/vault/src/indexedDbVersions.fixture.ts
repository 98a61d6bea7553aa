import { type IndexedDbMigration, openIndexedDbStore } from './indexedDbStore.ts';

/** A store as version 1 left it, call by call: never changed, whatever the schema becomes. */
export function makeVersion1(name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, 1);
    request.onerror = () => reject(request.error);
    request.onupgradeneeded = () => {
      const records = request.result.createObjectStore('records');
      records.put(Uint8Array.of(1, 2), 'log/a/1');
      records.put(new Uint8Array(0), 'log/a/2');
      records.put(Uint8Array.of(255), 'room/a');
    };
    request.onsuccess = () => {
      request.result.close();
      resolve();
    };
  });
}

/** The steps of a later version that never was; the first is version 1's. Each makes several calls. */
export const GROWN: readonly IndexedDbMigration[] = [
  database => void database.createObjectStore('records'),
  (database, transaction) => {
    database.createObjectStore('index').put('made by a step', 'a');
    // Not by `put`: done twice, it would fail.
    transaction.objectStore('records').add(Uint8Array.of(2), 'grown');
  },
  (_, transaction) => {
    const records = transaction.objectStore('records');
    const read = records.get('grown');
    read.onsuccess = () => records.put(Uint8Array.from([...(read.result as Uint8Array), 3]), 'grown');
  },
];

/** Throws unless a store of version 1 has all steps of `GROWN` behind it, each once, and its records. */
export async function expectGrown(name: string): Promise<void> {
  const store = await openIndexedDbStore(name, { migrations: GROWN });
  const found = described(await store.scan({ prefix: '', limit: 9 }));
  await store.close();
  if (found !== 'grown=2,3 log/a/1=1,2 log/a/2= room/a=255') throw new Error(found);
}

/** Records in a line. */
export function described(records: readonly { readonly key: string; readonly value: Uint8Array }[]): string {
  return records.map(({ key, value }) => `${key}=${value.join()}`).join(' ');
}
