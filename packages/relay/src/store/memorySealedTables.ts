import type { AccountId, SourceId } from '@sotto/protocol';
import type { StoredSealedKeys, StoredSource } from '../directory.ts';
import type { SealedTables } from './sealedTables.ts';

/** What is kept for sealed messages, in maps. */
export class MemorySealedTables implements SealedTables {
  readonly #keys = new Map<AccountId, StoredSealedKeys>();
  /** In the order they were made. */
  readonly #sources = new Map<SourceId, StoredSource>();

  keys(accountId: AccountId): StoredSealedKeys | undefined {
    return this.#keys.get(accountId);
  }

  putKeys(accountId: AccountId, keys: StoredSealedKeys): void {
    this.#keys.set(accountId, keys);
  }

  source(sourceId: SourceId): StoredSource | undefined {
    return this.#sources.get(sourceId);
  }

  sourceByToken(tokenHash: string): StoredSource | undefined {
    return [...this.#sources.values()].find(source => hex(source.tokenHash) === tokenHash);
  }

  sources(accountId: AccountId): readonly StoredSource[] {
    return [...this.#sources.values()]
      .filter(source => source.accountId === accountId)
      .sort((a, b) => a.createdAtMs - b.createdAtMs || (a.sourceId < b.sourceId ? -1 : 1));
  }

  putSource(source: StoredSource): void {
    this.#sources.set(source.sourceId, source);
  }

  deleteSource(sourceId: SourceId): void {
    this.#sources.delete(sourceId);
  }

  deleteSealed(accountId: AccountId): void {
    this.#keys.delete(accountId);
    for (const { sourceId } of this.sources(accountId)) this.#sources.delete(sourceId);
  }
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
