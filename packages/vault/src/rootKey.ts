import { VaultError } from './errors.ts';
import { type Random, ROOT_KEY_BYTES } from './recordCipher.ts';

/**
 * Where a root key rests between two openings of the store.
 *
 * Until a passphrase or a passkey wraps it, whoever can read the place can read the store: for a guest the place
 * is gone with the tab; for a host it is the browser profile, and SECURITY.md says so.
 */
export interface RootKeyCustody {
  /** The key, or `undefined` when none is kept (yet, or any more). Throws `RECORD_DAMAGED` for what is no key. */
  load(): Promise<Uint8Array | undefined>;
  keep(rootKey: Uint8Array): Promise<void>;
  forget(): Promise<void>;
}

/** The key that is kept, or a fresh one that is kept from now on. */
export async function loadOrMakeRootKey(custody: RootKeyCustody, random: Random): Promise<Uint8Array> {
  const kept = await custody.load();
  if (kept !== undefined) return kept;
  const made = random(ROOT_KEY_BYTES);
  await custody.keep(made);
  return made;
}

/**
 * Custody for a guest: `sessionStorage` of the tab, which outlives a reload and dies with the tab. What stays of
 * the store on the disk has then no key.
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
      storage.setItem(item, toHex(rootKey));
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
  const slot = <T>(mode: IDBTransactionMode, run: (slots: IDBObjectStore) => IDBRequest<T>): Promise<T> =>
    withSlots(name, mode, run);
  return {
    async load() {
      const bytes: unknown = await slot('readonly', slots => slots.get('root'));
      if (bytes === undefined) return undefined;
      if (!(bytes instanceof Uint8Array) || bytes.length !== ROOT_KEY_BYTES) throw notAKey();
      return bytes;
    },
    async keep(rootKey) {
      await slot('readwrite', slots => slots.put(rootKey.slice(), 'root'));
    },
    async forget() {
      await slot('readwrite', slots => slots.delete('root'));
    },
  };
}

function withSlots<T>(
  name: string,
  mode: IDBTransactionMode,
  run: (slots: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown) =>
      reject(new VaultError('STORAGE_FAILED', 'the browser keeps no key', { cause }));
    const opening = indexedDB.open(`${name}.key`, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore('slots');
    opening.onerror = () => fail(opening.error);
    opening.onsuccess = () => {
      const database = opening.result;
      const transaction = database.transaction('slots', mode, { durability: 'strict' });
      const request = run(transaction.objectStore('slots'));
      transaction.oncomplete = () => {
        database.close();
        resolve(request.result);
      };
      transaction.onabort = () => {
        database.close();
        fail(transaction.error);
      };
    };
  });
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
