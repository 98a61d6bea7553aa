import type { Page } from 'playwright-core';

/** What a page's origin keeps in the browser, as anyone with the developer tools sees it. */
export interface BrowserStorage {
  /** Database and record key, as `database: key`. */
  readonly records: readonly string[];
  readonly session: readonly string[];
}

/** Reads it all, without making or changing anything. */
export function browserStorage(page: Page): Promise<BrowserStorage> {
  return page.evaluate(async () => {
    const result = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const records: string[] = [];
    for (const { name } of await indexedDB.databases()) {
      if (name === undefined) continue;
      const database = await result(indexedDB.open(name));
      for (const store of database.objectStoreNames) {
        const keys = await result(database.transaction(store).objectStore(store).getAllKeys());
        records.push(...keys.map(key => `${name}: ${String(key)}`));
      }
      database.close();
    }
    return { records, session: Object.keys(sessionStorage) };
  });
}
