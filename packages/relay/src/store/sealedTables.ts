import type { AccountId, SourceId } from '@sotto/protocol';
import type { StoredSealedKeys, StoredSource } from '../directory.ts';

/** Rows of what is kept for sealed messages, in the transactions of `DirectoryTables`. */
export interface SealedTables {
  keys(accountId: AccountId): StoredSealedKeys | undefined;
  putKeys(accountId: AccountId, keys: StoredSealedKeys): void;

  source(sourceId: SourceId): StoredSource | undefined;
  /** The hash in hex. */
  sourceByToken(tokenHash: string): StoredSource | undefined;
  /** The oldest first. */
  sources(accountId: AccountId): readonly StoredSource[];
  putSource(source: StoredSource): void;
  deleteSource(sourceId: SourceId): void;

  /** Keys and sources. */
  deleteSealed(accountId: AccountId): void;
}
