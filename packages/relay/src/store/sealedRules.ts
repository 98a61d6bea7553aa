import { type AccountId, LIMITS, type PutSealedSource, type SourceId } from '@sotto/protocol';
import type { StoredSealedKeys, StoredSource } from '../directory.ts';
import { Refusal } from '../refusal.ts';
import type { SealedTables } from './sealedTables.ts';

/** Published keys and sources of accounts that are registered. */
export class SealedRules {
  constructor(
    private readonly tables: SealedTables,
    /** Throws `ACCOUNT_UNKNOWN`. */
    private readonly assertKnown: (accountId: AccountId) => void,
  ) {}

  putKeys(accountId: AccountId, keys: StoredSealedKeys): boolean {
    this.assertKnown(accountId);
    const before = this.tables.keys(accountId);
    if (before !== undefined && same(before.signed, keys.signed) && same(before.wrapped, keys.wrapped))
      return false;
    if (before !== undefined && keys.counter <= before.counter)
      throw new Refusal('SEALED_KEYS_OLD', 'keys with that counter are published, or later ones');
    this.tables.putKeys(accountId, keys);
    return true;
  }

  putSource(accountId: AccountId, put: PutSealedSource, nowMs: number): void {
    this.assertKnown(accountId);
    const before = this.tables.source(put.sourceId);
    const tokenHash = put.tokenHash.length > 0 ? put.tokenHash : before?.tokenHash;
    if (tokenHash?.length !== 32) throw new Refusal('MALFORMED', 'a source has a token');
    const tokenOf = this.tables.sourceByToken(hex(tokenHash));
    if (before !== undefined && before.accountId !== accountId) throw taken();
    if (tokenOf !== undefined && tokenOf.sourceId !== put.sourceId) throw taken();
    if (before === undefined && this.tables.sources(accountId).length >= LIMITS.sealedSourcesPerAccount)
      throw new Refusal('TOO_LARGE', `at most ${LIMITS.sealedSourcesPerAccount} sources`);
    this.tables.putSource({ ...put, tokenHash, accountId, createdAtMs: before?.createdAtMs ?? nowMs });
  }

  sourceByToken(tokenHash: Uint8Array): StoredSource | undefined {
    return this.tables.sourceByToken(hex(tokenHash));
  }

  revokeSource(accountId: AccountId, sourceId: SourceId): void {
    if (this.tables.source(sourceId)?.accountId === accountId) this.tables.deleteSource(sourceId);
  }
}

function taken(): Refusal {
  return new Refusal('CONFLICT', 'the id or the token is taken');
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
