import { VaultError } from '../errors.ts';
import { KEY_SLOTS, KEY_SLOTS_BYTES, type KeySlots, platformRandom, wholeSlot } from './keySlots.ts';

const SLOTS = 'slots';

/**
 * Slots in a database of their own, for browsers that let no file be overwritten in place.
 *
 * A written slot replaces the old one for every reader, in one strict transaction; the old bytes stay in the
 * database's log until the browser compacts it. `inPlace` says so. Throws `STORAGE_FAILED`, `QUOTA_EXCEEDED`,
 * `UNSUPPORTED_FORMAT`.
 */
export async function openIndexedDbKeySlots(name: string): Promise<KeySlots> {
  const databaseName = `${name}.slots`;
  const database = await openDatabase(databaseName);
  let isClosed = false;
  // Another page destroys the slots: give way, or it would wait for ever.
  database.onversionchange = () => {
    database.close();
    isClosed = true;
  };
  const assertOpen = () => {
    if (isClosed) throw new VaultError('CLOSED', 'the key slots are closed');
  };
  const writeAll = (writes: readonly { slot: number; bytes: Uint8Array }[]): Promise<void> => {
    const transaction = database.transaction(SLOTS, 'readwrite', { durability: 'strict' });
    const done = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(storageError(transaction.error));
    });
    for (const { slot, bytes } of writes) transaction.objectStore(SLOTS).put(bytes, slot);
    transaction.commit();
    return done;
  };

  return {
    inPlace: false,
    async readAll() {
      assertOpen();
      const store = database.transaction(SLOTS, 'readonly').objectStore(SLOTS);
      const range = IDBKeyRange.bound(0, KEY_SLOTS.count - 1);
      const [numbers, values] = await Promise.all([
        resultOf(store.getAllKeys(range)),
        resultOf(store.getAll(range)),
      ]);
      const whole = new Uint8Array(KEY_SLOTS_BYTES);
      numbers.forEach((slot, i) => {
        const bytes: unknown = values[i];
        if (bytes instanceof Uint8Array && bytes.length === KEY_SLOTS.sizeBytes) {
          whole.set(bytes, Number(slot) * KEY_SLOTS.sizeBytes);
        }
      });
      return whole;
    },
    async write(slot, bytes) {
      const whole = wholeSlot(slot, bytes, platformRandom);
      assertOpen();
      await writeAll([{ slot, bytes: whole }]);
    },
    async destroy() {
      assertOpen();
      const slots = Array.from({ length: KEY_SLOTS.count }, (_, slot) => slot);
      await writeAll(slots.map(slot => ({ slot, bytes: platformRandom(KEY_SLOTS.sizeBytes) })));
      database.close();
      isClosed = true;
      await deleteDatabase(databaseName);
    },
    async close() {
      database.close();
      isClosed = true;
    },
  };
}

function openDatabase(name: string): Promise<IDBDatabase> {
  return asStorage(() => {
    const opening = indexedDB.open(name, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(SLOTS);
    return resultOf(opening);
  });
}

function deleteDatabase(name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase(name);
    request.onsuccess = () => resolve();
    request.onerror = () => reject(storageError(request.error));
    request.onblocked = () =>
      reject(new VaultError('STORAGE_FAILED', 'another page still holds the key slots'));
  });
}

function resultOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(storageError(request.error));
  });
}

/** A browser that blocks storage throws at once instead of answering. */
async function asStorage<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw cause instanceof VaultError ? cause : storageError(cause);
  }
}

function storageError(cause: unknown): VaultError {
  const name = (cause as DOMException | null)?.name;
  if (name === 'QuotaExceededError') {
    return new VaultError('QUOTA_EXCEEDED', 'no room for the key slots', { cause });
  }
  if (name === 'VersionError') {
    return new VaultError('UNSUPPORTED_FORMAT', 'key slots of a newer version', { cause });
  }
  return new VaultError('STORAGE_FAILED', 'the key slots cannot be reached', { cause });
}
