/** One change of a batch: bytes to keep under a key, or `null` to take the key away. */
export interface StoreWrite {
  readonly key: string;
  readonly value: Uint8Array | null;
}

/** A page of a scan, in key order (by UTF-16 code unit; keys are ASCII). */
export interface StoreScan {
  /** Only keys that start with it. */
  readonly prefix: string;
  /** Only keys greater than it. */
  readonly after?: string;
  /** Only keys less than it. */
  readonly before?: string;
  readonly limit: number;
  /** Greatest key first. */
  readonly reverse?: boolean;
}

/**
 * Where a device keeps its encrypted records: a sorted map with atomic, durable batches.
 *
 * The port of `Vault`; adapters hold ciphertext only. Every adapter passes `vaultStoreContract`. A method
 * rejects with `VaultError`: `QUOTA_EXCEEDED`, `STORAGE_FAILED` or `CLOSED`, and then nothing was changed.
 */
export interface VaultStore {
  read(key: string): Promise<Uint8Array | undefined>;
  readMany(keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]>;
  scan(query: StoreScan): Promise<readonly { readonly key: string; readonly value: Uint8Array }[]>;
  /** All or nothing, and on disk when it resolves (IndexedDB: `durability: "strict"`; SQLite: `synchronous=FULL`). */
  commit(writes: readonly StoreWrite[]): Promise<void>;
  close(): Promise<void>;
  /** Removes everything, for good as far as the platform allows, and closes. */
  destroy(): Promise<void>;
}
