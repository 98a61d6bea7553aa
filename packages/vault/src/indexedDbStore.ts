import { VaultError } from './errors.ts';
import type { StoreScan, StoreWrite, VaultStore } from './vaultStore.ts';

const RECORDS = 'records';
/** Above every key that starts with a given ASCII prefix. */
const AFTER_ASCII = '\uffff';

/** One step of the schema. It makes its requests at once; what they wait for runs before the next version is in force. */
export type IndexedDbMigration = (database: IDBDatabase, transaction: IDBTransaction) => void;

/**
 * One step per version of the database, never changed once released. All that are missing run in the one transaction
 * in which IndexedDB changes a version: a crash leaves the version before them.
 */
const INDEXED_DB_MIGRATIONS: readonly IndexedDbMigration[] = [
  database => void database.createObjectStore(RECORDS),
];

export interface IndexedDbStoreOptions {
  /**
   * Called once when the browser takes the database away: another page destroyed it, its data was cleared, or the
   * browser needed the room. From then on every method rejects with `STORAGE_LOST`.
   */
  readonly onLost?: () => void;
  /** The caller knows that there is one: where there is none, it is not made, and opening fails with `STORAGE_LOST`. */
  readonly mustExist?: boolean;
  /** Another list of steps: how tests show what a later version does. */
  readonly migrations?: readonly IndexedDbMigration[];
}

/**
 * Opens (or makes) the database `name`: one object store, sorted by key, every batch one strict transaction.
 *
 * Throws `VaultError`: `STORAGE_UNAVAILABLE` where the browser gives no IndexedDB (private modes, blocked storage),
 * `QUOTA_EXCEEDED` where there is no room for an empty database, `UNSUPPORTED_FORMAT` where a newer version of
 * Sotto made it, `STORAGE_LOST` (see `mustExist`), `STORAGE_FAILED`.
 */
export async function openIndexedDbStore(
  name: string,
  options: IndexedDbStoreOptions = {},
): Promise<VaultStore> {
  return new IndexedDbStore(name, await openDatabase(name, options), options.onLost);
}

class IndexedDbStore implements VaultStore {
  #database: IDBDatabase | undefined;
  #lost = false;

  constructor(
    private readonly name: string,
    database: IDBDatabase,
    private readonly onLost: (() => void) | undefined,
  ) {
    this.#database = database;
    // Another page wants to delete or upgrade the database: give way, or it would wait for ever.
    database.onversionchange = () => {
      database.close();
      this.#lose();
    };
    database.onclose = () => this.#lose();
  }

  async read(key: string): Promise<Uint8Array | undefined> {
    const records = this.#transaction('readonly').objectStore(RECORDS);
    return resultOf<Uint8Array | undefined>(records.get(key));
  }

  async readMany(keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]> {
    const records = this.#transaction('readonly').objectStore(RECORDS);
    return Promise.all(keys.map(key => resultOf<Uint8Array | undefined>(records.get(key))));
  }

  async scan(query: StoreScan): Promise<readonly { readonly key: string; readonly value: Uint8Array }[]> {
    const range = rangeOf(query);
    const records = this.#transaction('readonly').objectStore(RECORDS);
    if (range === undefined || query.limit <= 0) return [];
    if (query.reverse === true) return scanBackwards(records, range, query.limit);
    const [keys, values] = await Promise.all([
      resultOf<IDBValidKey[]>(records.getAllKeys(range, query.limit)),
      resultOf<Uint8Array[]>(records.getAll(range, query.limit)),
    ]);
    return keys.map((key, i) => ({ key: key as string, value: values[i]! }));
  }

  async commit(writes: readonly StoreWrite[]): Promise<void> {
    const transaction = this.#transaction('readwrite');
    const records = transaction.objectStore(RECORDS);
    const done = completionOf(transaction);
    try {
      for (const { key, value } of writes) {
        if (value === null) records.delete(key);
        else records.put(value, key);
      }
      transaction.commit();
    } catch (cause) {
      // A throw from put leaves a live transaction with half the batch in it.
      abort(transaction);
      await done.catch(() => undefined);
      throw toVaultError(cause);
    }
    await done;
  }

  async close(): Promise<void> {
    this.#database?.close();
    this.#database = undefined;
  }

  async destroy(): Promise<void> {
    await this.close();
    await new Promise<void>((resolve, reject) => {
      const request = indexedDB.deleteDatabase(this.name);
      request.onsuccess = () => resolve();
      request.onerror = () => reject(toVaultError(request.error));
      request.onblocked = () =>
        reject(new VaultError('STORAGE_FAILED', 'another page still holds the database'));
    });
  }

  #transaction(mode: IDBTransactionMode): IDBTransaction {
    if (this.#lost) throw new VaultError('STORAGE_LOST', 'the database was taken away');
    if (this.#database === undefined) throw new VaultError('CLOSED', 'the store is closed');
    try {
      return this.#database.transaction(RECORDS, mode, { durability: 'strict' });
    } catch (cause) {
      // The connection was closed, and not by this store: its event is still on the way.
      if (nameOf(cause) !== 'InvalidStateError') throw toVaultError(cause);
      this.#lose();
      throw new VaultError('STORAGE_LOST', 'the database was taken away', { cause });
    }
  }

  #lose(): void {
    if (this.#database === undefined) return;
    this.#database = undefined;
    this.#lost = true;
    this.onLost?.();
  }
}

function openDatabase(name: string, options: IndexedDbStoreOptions): Promise<IDBDatabase> {
  const { migrations = INDEXED_DB_MIGRATIONS, mustExist = false } = options;
  return new Promise((resolve, reject) => {
    let request: IDBOpenDBRequest;
    try {
      request = indexedDB.open(name, migrations.length);
    } catch (cause) {
      reject(unavailable(cause));
      return;
    }
    let isMissing = false;
    let gaveUp = false;
    request.onupgradeneeded = ({ oldVersion }) => {
      const transaction = request.transaction!;
      isMissing = mustExist && oldVersion === 0;
      if (isMissing) return transaction.abort();
      for (const migrate of migrations.slice(oldVersion)) migrate(request.result, transaction);
    };
    request.onsuccess = () => {
      if (gaveUp) request.result.close();
      resolve(request.result);
    };
    request.onerror = () => {
      if (isMissing) reject(new VaultError('STORAGE_LOST', 'the database is no longer there'));
      else if (NO_STORAGE.has(nameOf(request.error))) reject(unavailable(request.error));
      else reject(toVaultError(request.error));
    };
    // Only while an old page with another version is open: say so instead of waiting for it.
    request.onblocked = () => {
      gaveUp = true;
      reject(new VaultError('IN_USE', 'another page still holds the database'));
    };
  });
}

/** How browsers refuse to open any database in this kind of window. */
const NO_STORAGE: ReadonlySet<string> = new Set(['SecurityError', 'InvalidStateError']);

function unavailable(cause: unknown): VaultError {
  return new VaultError('STORAGE_UNAVAILABLE', 'the browser gives this page no storage', { cause });
}

function rangeOf({ prefix, after, before }: StoreScan): IDBKeyRange | undefined {
  const low = after !== undefined && after >= prefix ? after : prefix;
  const lowOpen = low === after;
  const end = prefix + AFTER_ASCII;
  const high = before !== undefined && before < end ? before : end;
  if (low > high || (low === high && (lowOpen || high === before))) return undefined;
  return IDBKeyRange.bound(low, high, lowOpen, true);
}

function scanBackwards(
  records: IDBObjectStore,
  range: IDBKeyRange,
  limit: number,
): Promise<{ key: string; value: Uint8Array }[]> {
  return new Promise((resolve, reject) => {
    const found: { key: string; value: Uint8Array }[] = [];
    const request = records.openCursor(range, 'prev');
    request.onerror = () => reject(toVaultError(request.error));
    request.onsuccess = () => {
      const cursor = request.result;
      if (cursor === null) return resolve(found);
      found.push({ key: cursor.key as string, value: cursor.value as Uint8Array });
      if (found.length === limit) return resolve(found);
      cursor.continue();
    };
  });
}

function resultOf<T>(request: IDBRequest): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result as T);
    request.onerror = () => reject(toVaultError(request.error));
  });
}

function completionOf(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(toVaultError(transaction.error));
  });
}

function abort(transaction: IDBTransaction): void {
  try {
    transaction.abort();
  } catch {
    // Already aborted by the failure that brought us here.
  }
}

function toVaultError(cause: unknown): VaultError {
  const name = nameOf(cause);
  if (name === 'QuotaExceededError')
    return new VaultError('QUOTA_EXCEEDED', 'no room left for this site', { cause });
  if (name === 'VersionError')
    return new VaultError('UNSUPPORTED_FORMAT', 'made by a newer version', { cause });
  return new VaultError('STORAGE_FAILED', name === '' ? 'the transaction was aborted' : name, { cause });
}

function nameOf(cause: unknown): string {
  return cause instanceof Error || cause instanceof DOMException ? cause.name : '';
}
