/**
 * Seals what a tab remembers (tabMemory.ts) under an AES key of this browser and origin that no page can read out. A
 * page of another origin that finds the sealed text has nothing of it, and none can make one that opens here.
 *
 * It is no defence against someone with the files of the browser: the key lies in them. That the sealed text does not
 * is for its place to see to.
 */
export interface TabSeal {
  /** Throws where the browser keeps nothing. */
  seal(text: string): Promise<string>;
  /** Throws for everything that was not sealed here, and where the browser keeps nothing. */
  open(sealed: string): Promise<string>;
}

const DATABASE = 'sotto-seal';
const STORE = 'keys';
const KEY_NAME = 'seal-v1';
const NONCE_BYTES = 12;

/** By a key in a database of its own; the first tab that seals makes it. */
export function browserTabSeal(): TabSeal {
  let found: Promise<CryptoKey> | undefined;
  const key = (): Promise<CryptoKey> => {
    found ??= readOrMakeKey();
    found.catch(() => {
      found = undefined;
    });
    return found;
  };
  return { seal: async text => sealWith(await key(), text), open: async text => openWith(await key(), text) };
}

/** AES-256-GCM; base64 of the nonce (12 bytes) and what it gives. */
export async function sealWith(key: CryptoKey, text: string): Promise<string> {
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const sealed = await crypto.subtle.encrypt(parameters(nonce), key, new TextEncoder().encode(text));
  return btoa(String.fromCharCode(...nonce, ...new Uint8Array(sealed)));
}

/** Throws for what `sealWith` did not make with this key. */
export async function openWith(key: CryptoKey, sealed: string): Promise<string> {
  const whole = Uint8Array.from(atob(sealed), char => char.charCodeAt(0));
  const nonce = whole.slice(0, NONCE_BYTES);
  const opened = await crypto.subtle.decrypt(parameters(nonce), key, whole.slice(NONCE_BYTES));
  return new TextDecoder('utf-8', { fatal: true }).decode(opened);
}

function parameters(nonce: Uint8Array<ArrayBuffer>): AesGcmParams {
  return { name: 'AES-GCM', iv: nonce, additionalData: new TextEncoder().encode('sotto/tab-v1') };
}

async function readOrMakeKey(): Promise<CryptoKey> {
  const database = await openDatabase();
  try {
    const fresh = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, [
      'encrypt',
      'decrypt',
    ]);
    return await new Promise((resolve, reject) => {
      // One transaction: of two tabs that start together, the second finds the key of the first.
      const transaction = database.transaction(STORE, 'readwrite');
      const store = transaction.objectStore(STORE);
      const read: IDBRequest<CryptoKey | undefined> = store.get(KEY_NAME);
      let key = fresh;
      read.onsuccess = () => {
        if (read.result === undefined) store.put(fresh, KEY_NAME);
        else key = read.result;
      };
      transaction.oncomplete = () => resolve(key);
      transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

function openDatabase(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error('the database is blocked'));
  });
}
