import type { AccountId } from '@sotto/protocol';
import type { StoredPasskey } from '../directory.ts';
import type { PasskeyTables } from './passkeyTables.ts';
import type { SqliteStatements } from './sqliteStatements.ts';

const PASSKEY = `SELECT account_id AS accountId, sign_in_key AS signInKey, sealed_bundle AS sealedBundle,
  sealed_about AS sealedAbout FROM passkeys`;

/** What signs in by a passkey, in SQLite. */
export class SqlitePasskeyTables implements PasskeyTables {
  constructor(private readonly statements: SqliteStatements) {}

  passkey(signInKey: Uint8Array): StoredPasskey | undefined {
    return this.statements.of(`${PASSKEY} WHERE sign_in_key = ?`).get(signInKey) as StoredPasskey | undefined;
  }

  passkeys(accountId: AccountId): readonly StoredPasskey[] {
    return this.statements
      .of(`${PASSKEY} WHERE account_id = ? ORDER BY no`)
      .all(accountId) as unknown as readonly StoredPasskey[];
  }

  putPasskey({ signInKey, accountId, sealedBundle, sealedAbout }: StoredPasskey): void {
    this.statements
      .of(
        `INSERT INTO passkeys (sign_in_key, account_id, sealed_bundle, sealed_about) VALUES (?, ?, ?, ?)
        ON CONFLICT (sign_in_key) DO UPDATE SET sealed_bundle = excluded.sealed_bundle,
          sealed_about = excluded.sealed_about`,
      )
      .run(signInKey, accountId, sealedBundle, sealedAbout);
  }

  deletePasskey(signInKey: Uint8Array): void {
    this.statements.of('DELETE FROM passkeys WHERE sign_in_key = ?').run(signInKey);
  }

  deletePasskeys(accountId: AccountId): void {
    this.statements.of('DELETE FROM passkeys WHERE account_id = ?').run(accountId);
  }
}
