import type { Page } from 'playwright-core';

/** What a guest's tab has in its memory. */
export interface TabSecrets {
  /** `window.name`, as it stands there. */
  readonly name: string;
  /** The key to the guest's store, which is sealed in it. */
  readonly rootKey: Buffer;
}

/** Reads it with what only a page of the same origin and browser has. Throws where the tab has no key. */
export async function tabSecrets(page: Page): Promise<TabSecrets> {
  const { name, content } = await page.evaluate(async () => {
    const result = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const database = await result(indexedDB.open('sotto-seal'));
    const key: CryptoKey = await result(database.transaction('keys').objectStore('keys').get('seal-v1'));
    database.close();
    const sealed = Uint8Array.from(atob(window.name.split('.')[1] ?? ''), char => char.charCodeAt(0));
    const opened = await crypto.subtle.decrypt(
      {
        name: 'AES-GCM',
        iv: sealed.slice(0, 12),
        additionalData: new TextEncoder().encode('sotto/tab-v1'),
      },
      key,
      sealed.slice(12),
    );
    return { name: window.name, content: new TextDecoder().decode(opened) };
  });
  const { guest } = JSON.parse(content) as { guest?: { rootKey?: string } };
  if (guest?.rootKey === undefined) throw new Error('the tab has no key');
  return { name, rootKey: Buffer.from(guest.rootKey, 'hex') };
}
