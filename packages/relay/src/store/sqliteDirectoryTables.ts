import type { AccountId, DeviceId, Handle } from '@sotto/protocol';
import type { AccountDevice, DirectoryCounts, SignInFacts } from '../directory.ts';
import type { AccountRow, DirectoryTables, KeyPackageRow } from './directoryTables.ts';
import { SqlitePasskeyTables } from './sqlitePasskeyTables.ts';
import { SqliteSealedTables } from './sqliteSealedTables.ts';
import type { SqliteStatements } from './sqliteStatements.ts';

const ACCOUNT = `account_id AS accountId, handle, skeleton, account_key AS accountKey,
  registration_record AS registrationRecord, sealed_bundle AS sealedBundle,
  recovery_bundle AS recoveryBundle, recovery_proof_hash AS recoveryProofHash,
  list_counter AS listCounter, signed_device_list AS signedDeviceList`;

type FlatAccount = Omit<AccountRow, 'recovery'> & {
  readonly recoveryBundle: Uint8Array;
  readonly recoveryProofHash: Uint8Array;
};

/** The directory in SQLite. */
export class SqliteDirectoryTables implements DirectoryTables {
  readonly sealed: SqliteSealedTables;
  readonly passkeys: SqlitePasskeyTables;

  constructor(private readonly statements: SqliteStatements) {
    this.sealed = new SqliteSealedTables(statements);
    this.passkeys = new SqlitePasskeyTables(statements);
  }

  account(accountId: AccountId): AccountRow | undefined {
    return this.#account('account_id', accountId);
  }

  accountByHandle(handle: Handle): AccountRow | undefined {
    return this.#account('handle', handle);
  }

  signInFacts(handle: Handle): SignInFacts | undefined {
    return this.statements
      .of(
        `SELECT registration_record AS registrationRecord, recovery_proof_hash AS recoveryProofHash
        FROM accounts WHERE handle = ?`,
      )
      .get(handle) as SignInFacts | undefined;
  }

  accountBySkeleton(skeleton: string): AccountRow | undefined {
    return this.#account('skeleton', skeleton);
  }

  #account(column: 'account_id' | 'handle' | 'skeleton', value: string): AccountRow | undefined {
    const row = this.statements.of(`SELECT ${ACCOUNT} FROM accounts WHERE ${column} = ?`).get(value) as
      | FlatAccount
      | undefined;
    if (row === undefined) return undefined;
    const { recoveryBundle, recoveryProofHash, ...rest } = row;
    return { ...rest, recovery: { sealedBundle: recoveryBundle, proofHash: recoveryProofHash } };
  }

  putAccount(row: AccountRow): void {
    this.statements
      .of(
        `INSERT INTO accounts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (account_id) DO UPDATE SET registration_record = excluded.registration_record,
          sealed_bundle = excluded.sealed_bundle, recovery_bundle = excluded.recovery_bundle,
          recovery_proof_hash = excluded.recovery_proof_hash, list_counter = excluded.list_counter,
          signed_device_list = excluded.signed_device_list`,
      )
      .run(
        row.accountId,
        row.handle,
        row.skeleton,
        row.accountKey,
        row.registrationRecord,
        row.sealedBundle,
        row.recovery.sealedBundle,
        row.recovery.proofHash,
        row.listCounter,
        row.signedDeviceList,
      );
  }

  deleteAccount({ accountId }: AccountRow): void {
    for (const table of ['accounts', 'account_devices', 'proven_devices', 'key_packages', 'last_resorts']) {
      this.statements.of(`DELETE FROM ${table} WHERE account_id = ?`).run(accountId);
    }
  }

  listedIds(accountId: AccountId): readonly DeviceId[] {
    return this.#deviceIds(accountId, 0);
  }

  revokedIds(accountId: AccountId): readonly DeviceId[] {
    return this.#deviceIds(accountId, 1);
  }

  #deviceIds(accountId: AccountId, revoked: 0 | 1): readonly DeviceId[] {
    const rows = this.statements
      .of('SELECT device_id AS id FROM account_devices WHERE account_id = ? AND revoked = ? ORDER BY place')
      .all(accountId, revoked) as readonly { id: DeviceId }[];
    return rows.map(({ id }) => id);
  }

  isListed(device: AccountDevice): boolean {
    return this.#has(device, 0);
  }

  isRevoked(device: AccountDevice): boolean {
    return this.#has(device, 1);
  }

  #has({ accountId, deviceId }: AccountDevice, revoked: 0 | 1): boolean {
    const statement = this.statements.of(
      'SELECT 1 FROM account_devices WHERE account_id = ? AND device_id = ? AND revoked = ?',
    );
    return statement.get(accountId, deviceId, revoked) !== undefined;
  }

  putListed(accountId: AccountId, deviceIds: readonly DeviceId[]): void {
    this.statements.of('DELETE FROM account_devices WHERE account_id = ? AND revoked = 0').run(accountId);
    this.#insert(accountId, deviceIds, 0);
  }

  putRevoked(accountId: AccountId, deviceIds: readonly DeviceId[]): void {
    this.#insert(accountId, deviceIds, 1);
  }

  #insert(accountId: AccountId, deviceIds: readonly DeviceId[], revoked: 0 | 1): void {
    const next = this.statements.of(
      'SELECT coalesce(max(place), 0) + 1 AS n FROM account_devices WHERE account_id = ?',
    );
    let { n } = next.get(accountId) as { n: number };
    const insert = this.statements.of('INSERT OR REPLACE INTO account_devices VALUES (?, ?, ?, ?)');
    for (const deviceId of deviceIds) insert.run(accountId, deviceId, revoked, n++);
  }

  isProven({ accountId, deviceId }: AccountDevice): boolean {
    const statement = this.statements.of(
      'SELECT 1 FROM proven_devices WHERE account_id = ? AND device_id = ?',
    );
    return statement.get(accountId, deviceId) !== undefined;
  }

  putProven({ accountId, deviceId }: AccountDevice): void {
    this.statements.of('INSERT OR IGNORE INTO proven_devices VALUES (?, ?)').run(accountId, deviceId);
  }

  keptUntilMs(skeleton: string): number {
    const row = this.statements.of('SELECT until_ms AS n FROM kept_handles WHERE skeleton = ?').get(skeleton);
    return (row as { n: number } | undefined)?.n ?? 0;
  }

  keepHandle(skeleton: string, untilMs: number): void {
    this.statements.of('INSERT OR REPLACE INTO kept_handles VALUES (?, ?)').run(skeleton, untilMs);
  }

  deleteKeptUntil(nowMs: number): void {
    this.statements.of('DELETE FROM kept_handles WHERE until_ms <= ?').run(nowMs);
  }

  knowsKeyPackage({ accountId, deviceId }: AccountDevice, hash: string): boolean {
    const statement = this.statements.of(
      'SELECT 1 FROM key_packages WHERE account_id = ? AND device_id = ? AND hash = ?',
    );
    return statement.get(accountId, deviceId, hash) !== undefined;
  }

  insertKeyPackage({ accountId, deviceId, hash, keyPackage, publishedAtMs }: KeyPackageRow): void {
    this.statements
      .of(
        `INSERT INTO key_packages (account_id, device_id, hash, key_package, published_at_ms)
        VALUES (?, ?, ?, ?, ?)`,
      )
      .run(accountId, deviceId, hash, keyPackage, publishedAtMs);
  }

  takeKeyPackage({ accountId, deviceId }: AccountDevice): Uint8Array | undefined {
    const oldest = this.statements.of(
      `SELECT no, key_package AS keyPackage FROM key_packages
      WHERE account_id = ? AND device_id = ? AND key_package IS NOT NULL ORDER BY no LIMIT 1`,
    );
    const row = oldest.get(accountId, deviceId) as { no: number; keyPackage: Uint8Array } | undefined;
    if (row === undefined) return undefined;
    this.statements.of('UPDATE key_packages SET key_package = NULL WHERE no = ?').run(row.no);
    return row.keyPackage;
  }

  countKeyPackages({ accountId, deviceId }: AccountDevice): number {
    const statement = this.statements.of(
      `SELECT count(*) AS n FROM key_packages
      WHERE account_id = ? AND device_id = ? AND key_package IS NOT NULL`,
    );
    return (statement.get(accountId, deviceId) as { n: number }).n;
  }

  dropUnclaimed({ accountId, deviceId }: AccountDevice): void {
    this.statements
      .of('DELETE FROM key_packages WHERE account_id = ? AND device_id = ? AND key_package IS NOT NULL')
      .run(accountId, deviceId);
  }

  lastResort({ accountId, deviceId }: AccountDevice): Uint8Array | undefined {
    const row = this.statements
      .of('SELECT key_package AS keyPackage FROM last_resorts WHERE account_id = ? AND device_id = ?')
      .get(accountId, deviceId) as { keyPackage: Uint8Array } | undefined;
    return row?.keyPackage;
  }

  putLastResort({ accountId, deviceId }: AccountDevice, keyPackage: Uint8Array): void {
    this.statements
      .of('INSERT OR REPLACE INTO last_resorts VALUES (?, ?, ?)')
      .run(accountId, deviceId, keyPackage);
  }

  deleteKeyPackagesOf({ accountId, deviceId }: AccountDevice): void {
    for (const table of ['key_packages', 'last_resorts']) {
      this.statements
        .of(`DELETE FROM ${table} WHERE account_id = ? AND device_id = ?`)
        .run(accountId, deviceId);
    }
  }

  deleteKeyPackagesBefore(publishedBeforeMs: number): void {
    this.statements.of('DELETE FROM key_packages WHERE published_at_ms < ?').run(publishedBeforeMs);
  }

  invitationExpiresAtMs(codeHash: string): number | undefined {
    const row = this.statements
      .of('SELECT expires_at_ms AS n FROM invitations WHERE code_hash = ?')
      .get(codeHash);
    return (row as { n: number } | undefined)?.n;
  }

  putInvitation(codeHash: string, expiresAtMs: number): void {
    this.statements.of('INSERT OR REPLACE INTO invitations VALUES (?, ?)').run(codeHash, expiresAtMs);
  }

  deleteInvitation(codeHash: string): void {
    this.statements.of('DELETE FROM invitations WHERE code_hash = ?').run(codeHash);
  }

  deleteInvitationsUntil(nowMs: number): void {
    this.statements.of('DELETE FROM invitations WHERE expires_at_ms <= ?').run(nowMs);
  }

  countInvitations(): number {
    return this.#count('SELECT count(*) AS n FROM invitations');
  }

  counts(): DirectoryCounts {
    return {
      accounts: this.#count('SELECT count(*) AS n FROM accounts'),
      keyPackages: this.#count('SELECT count(*) AS n FROM key_packages WHERE key_package IS NOT NULL'),
    };
  }

  #count(text: string): number {
    return (this.statements.of(text).get() as { n: number }).n;
  }
}
