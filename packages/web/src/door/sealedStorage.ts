/**
 * Small secrets in the browser's storage (the fragment of a link until it is used), sealed with an AES
 * key that the page cannot read out. Nothing of them stands in clear in the storage, in its logs or in
 * a copy of it. It is no defence against someone who has the whole profile of the browser: the sealing
 * key lies in it too.
 */

const DATABASE = 'sotto-seal';
const STORE = 'keys';
const KEY_NAME = 'seal-v1';
const NONCE_BYTES = 12;

/** Seals and keeps a value that JSON can hold. Throws when the browser keeps nothing. */
export async function putSealed(storage: Storage, name: string, value: unknown): Promise<void> {
  const key = await sealingKey();
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const plain = new TextEncoder().encode(JSON.stringify(value));
  const sealed = await crypto.subtle.encrypt(parameters(nonce, name), key, plain);
  const whole = new Uint8Array(NONCE_BYTES + sealed.byteLength);
  whole.set(nonce);
  whole.set(new Uint8Array(sealed), NONCE_BYTES);
  storage.setItem(name, toBase64(whole));
}

/** What was kept under a name, or undefined: nothing there, not ours, or the sealing key is gone. */
export async function getSealed(storage: Storage, name: string): Promise<unknown> {
  const stored = storage.getItem(name);
  if (stored === null) return undefined;
  try {
    const whole = fromBase64(stored);
    const key = await sealingKey();
    const plain = await crypto.subtle.decrypt(
      parameters(whole.slice(0, NONCE_BYTES), name),
      key,
      whole.slice(NONCE_BYTES),
    );
    return JSON.parse(new TextDecoder().decode(plain));
  } catch {
    return undefined;
  }
}

function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

/** Throws on what is not base64. */
function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), char => char.charCodeAt(0));
}

/** The name is bound in, so that one secret cannot stand in another's place. */
function parameters(nonce: Uint8Array<ArrayBuffer>, name: string): AesGcmParams {
  return { name: 'AES-GCM', iv: nonce, additionalData: new TextEncoder().encode(`sotto/seal-v1 ${name}`) };
}

let opened: Promise<CryptoKey> | undefined;

function sealingKey(): Promise<CryptoKey> {
  opened ??= readOrMakeKey();
  opened.catch(() => {
    opened = undefined;
  });
  return opened;
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
