import { VaultError } from './errors.ts';
import { type Random, ROOT_KEY_BYTES } from './recordCipher.ts';

/**
 * Where a root key rests between two openings of the store.
 *
 * Until a passphrase or a passkey wraps it, whoever can read the place can read the store: for a guest as long as the
 * browser might bring the tab back; for a host it is the browser profile, and SECURITY.md says so.
 */
export interface RootKeyCustody {
  /** The key, or `undefined` when none is kept (yet, or any more). Throws `RECORD_DAMAGED` for what is no key. */
  load(): Promise<Uint8Array | undefined>;
  /** Keeps the key unless there is one already; gives the one that is kept. Of two at once, one wins for both. */
  keep(rootKey: Uint8Array): Promise<Uint8Array>;
  forget(): Promise<void>;
}

/** The key that is kept, or a fresh one that is kept from now on. */
export async function loadOrMakeRootKey(custody: RootKeyCustody, random: Random): Promise<Uint8Array> {
  return (await custody.load()) ?? custody.keep(random(ROOT_KEY_BYTES));
}

/**
 * Custody for a guest: `sessionStorage` of the tab, which outlives a reload. No page gets at it once the tab is gone;
 * but browsers write it to their profile, so that with the files of the profile the store can be read until its key
 * slots are destroyed or a lock gives it another root key.
 */
export function sessionRootKey(
  storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>,
  name: string,
): RootKeyCustody {
  const item = `sotto.rootKey.${name}`;
  return {
    async load() {
      const text = storage.getItem(item);
      return text === null ? undefined : fromHex(text);
    },
    async keep(rootKey) {
      const text = storage.getItem(item);
      if (text !== null) return fromHex(text);
      storage.setItem(item, toHex(rootKey));
      return rootKey;
    },
    async forget() {
      storage.removeItem(item);
    },
  };
}

/**
 * Custody for a host before there is a passphrase: a slot in a database of its own, apart from the records, so
 * that a later version can wrap the key in place.
 */
export function indexedDbRootKey(name: string): RootKeyCustody {
  return {
    async load() {
      return inSlots(name, 'readonly', async slots => asKey(await slots.get('root')));
    },
    async keep(rootKey) {
      return inSlots(name, 'readwrite', async slots => {
        const first = asKey(await slots.get('root'));
        if (first === undefined) await slots.put('root', rootKey.slice());
        return first ?? rootKey;
      });
    },
    async forget() {
      await inSlots(name, 'readwrite', slots => slots.delete('root'));
    },
  };
}

interface Slots {
  get(slot: string): Promise<unknown>;
  put(slot: string, bytes: Uint8Array): Promise<void>;
  delete(slot: string): Promise<void>;
}

/** Runs `work` in one strict transaction; resolves once that is on disk. */
async function inSlots<T>(
  name: string,
  mode: IDBTransactionMode,
  work: (slots: Slots) => Promise<T>,
): Promise<T> {
  const database = await openSlots(name);
  try {
    const transaction = database.transaction('slots', mode, { durability: 'strict' });
    const done = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(noKey(transaction.error));
    });
    // Where `work` fails, that is what the caller hears of.
    done.catch(() => undefined);
    const slots = transaction.objectStore('slots');
    const result = await work({
      get: slot => resultOf(slots.get(slot)),
      put: async (slot, bytes) => void (await resultOf(slots.put(bytes, slot))),
      delete: slot => resultOf(slots.delete(slot)),
    });
    await done;
    return result;
  } finally {
    database.close();
  }
}

function openSlots(name: string): Promise<IDBDatabase> {
  const opening = indexedDB.open(`${name}.key`, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore('slots');
  return resultOf(opening);
}

function resultOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(noKey(request.error));
  });
}

function asKey(bytes: unknown): Uint8Array | undefined {
  if (bytes === undefined) return undefined;
  if (!(bytes instanceof Uint8Array) || bytes.length !== ROOT_KEY_BYTES) throw notAKey();
  return bytes;
}

function noKey(cause: unknown): VaultError {
  return new VaultError('STORAGE_FAILED', 'the browser keeps no key', { cause });
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('');
}

function fromHex(text: string): Uint8Array {
  if (!/^[0-9a-f]{64}$/.test(text)) throw notAKey();
  return Uint8Array.from(text.match(/../g)!, pair => Number.parseInt(pair, 16));
}

function notAKey(): VaultError {
  return new VaultError('RECORD_DAMAGED', 'what is kept is not a root key');
}
