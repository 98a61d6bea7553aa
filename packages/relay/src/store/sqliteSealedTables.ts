import type { AccountId, SourceId } from '@sotto/protocol';
import type { StoredSealedKeys, StoredSource } from '../directory.ts';
import type { SealedTables } from './sealedTables.ts';
import type { SqliteStatements } from './sqliteStatements.ts';

const SOURCE = `SELECT source_id AS sourceId, account_id AS accountId, token_hash AS hash,
  sealed_about AS sealedAbout, per_hour AS perHour, created_at_ms AS createdAtMs FROM sealed_sources`;

type FlatSource = Omit<StoredSource, 'tokenHash'> & { readonly hash: string };

/** What is kept for sealed messages, in SQLite. */
export class SqliteSealedTables implements SealedTables {
  constructor(private readonly statements: SqliteStatements) {}

  keys(accountId: AccountId): StoredSealedKeys | undefined {
    return this.statements
      .of('SELECT counter, signed, wrapped FROM sealed_keys WHERE account_id = ?')
      .get(accountId) as StoredSealedKeys | undefined;
  }

  putKeys(accountId: AccountId, { counter, signed, wrapped }: StoredSealedKeys): void {
    this.statements
      .of('INSERT OR REPLACE INTO sealed_keys VALUES (?, ?, ?, ?)')
      .run(accountId, counter, signed, wrapped);
  }

  source(sourceId: SourceId): StoredSource | undefined {
    return stored(this.statements.of(`${SOURCE} WHERE source_id = ?`).get(sourceId));
  }

  sourceByToken(tokenHash: string): StoredSource | undefined {
    return stored(this.statements.of(`${SOURCE} WHERE token_hash = ?`).get(tokenHash));
  }

  sources(accountId: AccountId): readonly StoredSource[] {
    return this.statements
      .of(`${SOURCE} WHERE account_id = ? ORDER BY created_at_ms, source_id`)
      .all(accountId)
      .map(row => stored(row)!);
  }

  putSource({ sourceId, accountId, tokenHash, sealedAbout, perHour, createdAtMs }: StoredSource): void {
    const hash = Buffer.from(tokenHash).toString('hex');
    this.statements
      .of('INSERT OR REPLACE INTO sealed_sources VALUES (?, ?, ?, ?, ?, ?)')
      .run(sourceId, accountId, hash, sealedAbout, perHour, createdAtMs);
  }

  deleteSource(sourceId: SourceId): void {
    this.statements.of('DELETE FROM sealed_sources WHERE source_id = ?').run(sourceId);
  }

  deleteSealed(accountId: AccountId): void {
    for (const table of ['sealed_keys', 'sealed_sources']) {
      this.statements.of(`DELETE FROM ${table} WHERE account_id = ?`).run(accountId);
    }
  }
}

function stored(row: unknown): StoredSource | undefined {
  if (row === undefined) return undefined;
  const { hash, ...source } = row as FlatSource;
  return { ...source, tokenHash: new Uint8Array(Buffer.from(hash, 'hex')) };
}
