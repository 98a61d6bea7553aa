import type { AccountId, DeviceId, Handle } from '@sotto/protocol';
import type { AccountDevice, Directory, DirectoryCounts, SignInFacts } from '../directory.ts';
import type { AccountRow, DirectoryTables, KeyPackageRow } from './directoryTables.ts';
import { ledgerDirectory } from './ledgerDirectory.ts';
import { MemoryPasskeyTables } from './memoryPasskeyTables.ts';
import { MemorySealedTables } from './memorySealedTables.ts';
import { groupCommit } from './transactions.ts';

/** A `Directory` that forgets everything with the process, for tests and simulation; options as `createMemoryStore`. */
export function createMemoryDirectory(
  options: { readonly schedule?: (flush: () => void) => void; readonly tables?: MemoryDirectoryTables } = {},
): Directory {
  const nothing = { begin() {}, commit() {}, rollback() {} };
  const transactions = groupCommit(nothing, options.schedule ?? queueMicrotask, error => {
    throw error;
  });
  return ledgerDirectory(options.tables ?? new MemoryDirectoryTables(), transactions, () => true);
}

type DeviceKey = `${AccountId}/${DeviceId}`;
const keyOf = ({ accountId, deviceId }: AccountDevice): DeviceKey => `${accountId}/${deviceId}`;

interface StoredKeyPackage extends KeyPackageRow {
  claimed: boolean;
}

/** Rows of the directory in maps. */
export class MemoryDirectoryTables implements DirectoryTables {
  readonly sealed = new MemorySealedTables();
  readonly passkeys = new MemoryPasskeyTables();
  readonly #accounts = new Map<AccountId, AccountRow>();
  readonly #listed = new Map<AccountId, readonly DeviceId[]>();
  readonly #revoked = new Map<AccountId, readonly DeviceId[]>();
  readonly #proven = new Map<AccountId, Set<DeviceId>>();
  readonly #kept = new Map<string, number>();
  readonly #keyPackages = new Map<DeviceKey, Map<string, StoredKeyPackage>>();
  readonly #lastResorts = new Map<DeviceKey, Uint8Array>();
  readonly #invitations = new Map<string, number>();

  account(accountId: AccountId): AccountRow | undefined {
    return this.#accounts.get(accountId);
  }

  accountByHandle(handle: Handle): AccountRow | undefined {
    return [...this.#accounts.values()].find(row => row.handle === handle);
  }

  signInFacts(handle: Handle): SignInFacts | undefined {
    const row = this.accountByHandle(handle);
    return row && { registrationRecord: row.registrationRecord, recoveryProofHash: row.recovery.proofHash };
  }

  accountBySkeleton(skeleton: string): AccountRow | undefined {
    return [...this.#accounts.values()].find(row => row.skeleton === skeleton);
  }

  putAccount(row: AccountRow): void {
    this.#accounts.set(row.accountId, row);
  }

  deleteAccount({ accountId }: AccountRow): void {
    for (const deviceId of this.listedIds(accountId)) this.deleteKeyPackagesOf({ accountId, deviceId });
    this.#accounts.delete(accountId);
    this.#listed.delete(accountId);
    this.#revoked.delete(accountId);
    this.#proven.delete(accountId);
  }

  listedIds(accountId: AccountId): readonly DeviceId[] {
    return this.#listed.get(accountId) ?? [];
  }

  revokedIds(accountId: AccountId): readonly DeviceId[] {
    return this.#revoked.get(accountId) ?? [];
  }

  isListed({ accountId, deviceId }: AccountDevice): boolean {
    return this.listedIds(accountId).includes(deviceId);
  }

  isRevoked({ accountId, deviceId }: AccountDevice): boolean {
    return this.revokedIds(accountId).includes(deviceId);
  }

  putListed(accountId: AccountId, deviceIds: readonly DeviceId[]): void {
    this.#listed.set(accountId, deviceIds);
  }

  putRevoked(accountId: AccountId, deviceIds: readonly DeviceId[]): void {
    this.#revoked.set(accountId, [...this.revokedIds(accountId), ...deviceIds]);
  }

  isProven({ accountId, deviceId }: AccountDevice): boolean {
    return this.#proven.get(accountId)?.has(deviceId) ?? false;
  }

  putProven({ accountId, deviceId }: AccountDevice): void {
    this.#proven.set(accountId, new Set(this.#proven.get(accountId)).add(deviceId));
  }

  keptUntilMs(skeleton: string): number {
    return this.#kept.get(skeleton) ?? 0;
  }

  keepHandle(skeleton: string, untilMs: number): void {
    this.#kept.set(skeleton, untilMs);
  }

  deleteKeptUntil(nowMs: number): void {
    for (const [skeleton, untilMs] of this.#kept) if (untilMs <= nowMs) this.#kept.delete(skeleton);
  }

  knowsKeyPackage(device: AccountDevice, hash: string): boolean {
    return this.#keyPackages.get(keyOf(device))?.has(hash) ?? false;
  }

  insertKeyPackage(row: KeyPackageRow): void {
    const rows = this.#keyPackages.get(keyOf(row)) ?? new Map<string, StoredKeyPackage>();
    this.#keyPackages.set(keyOf(row), rows.set(row.hash, { ...row, claimed: false }));
  }

  takeKeyPackage(device: AccountDevice): Uint8Array | undefined {
    const row = this.#unclaimed(device)[0];
    if (row === undefined) return undefined;
    row.claimed = true;
    return row.keyPackage;
  }

  countKeyPackages(device: AccountDevice): number {
    return this.#unclaimed(device).length;
  }

  dropUnclaimed(device: AccountDevice): void {
    for (const { hash } of this.#unclaimed(device)) this.#keyPackages.get(keyOf(device))?.delete(hash);
  }

  lastResort(device: AccountDevice): Uint8Array | undefined {
    return this.#lastResorts.get(keyOf(device));
  }

  putLastResort(device: AccountDevice, keyPackage: Uint8Array): void {
    this.#lastResorts.set(keyOf(device), keyPackage);
  }

  deleteKeyPackagesOf(device: AccountDevice): void {
    this.#keyPackages.delete(keyOf(device));
    this.#lastResorts.delete(keyOf(device));
  }

  deleteKeyPackagesBefore(publishedBeforeMs: number): void {
    for (const rows of this.#keyPackages.values()) {
      for (const { hash, publishedAtMs } of rows.values()) {
        if (publishedAtMs < publishedBeforeMs) rows.delete(hash);
      }
    }
  }

  invitationExpiresAtMs(codeHash: string): number | undefined {
    return this.#invitations.get(codeHash);
  }

  putInvitation(codeHash: string, expiresAtMs: number): void {
    this.#invitations.set(codeHash, expiresAtMs);
  }

  deleteInvitation(codeHash: string): void {
    this.#invitations.delete(codeHash);
  }

  deleteInvitationsUntil(nowMs: number): void {
    for (const [codeHash, expiresAtMs] of this.#invitations) {
      if (expiresAtMs <= nowMs) this.#invitations.delete(codeHash);
    }
  }

  countInvitations(): number {
    return this.#invitations.size;
  }

  counts(): DirectoryCounts {
    let keyPackages = 0;
    for (const rows of this.#keyPackages.values()) {
      for (const { claimed } of rows.values()) if (!claimed) keyPackages += 1;
    }
    return { accounts: this.#accounts.size, keyPackages };
  }

  #unclaimed(device: AccountDevice): readonly StoredKeyPackage[] {
    return [...(this.#keyPackages.get(keyOf(device))?.values() ?? [])].filter(({ claimed }) => !claimed);
  }
}
