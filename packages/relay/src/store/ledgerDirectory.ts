import { createHash } from 'node:crypto';
import { type AccountId, type DeviceId, handleSkeleton, LIMITS } from '@sotto/protocol';
import type {
  AccountDevice,
  AccountRecord,
  DeviceListChange,
  Directory,
  KeyPackageClaim,
  KeyPackageSupply,
  PasskeyAccount,
  PasswordChange,
  RegistrationWish,
  Standing,
  StoredDeviceList,
} from '../directory.ts';
import { Refusal } from '../refusal.ts';
import type { AccountRow, DirectoryTables } from './directoryTables.ts';
import { PasskeyRules } from './passkeyRules.ts';
import { SealedRules } from './sealedRules.ts';
import { closed, type Transactions } from './transactions.ts';

/** How long nobody gets the handle of a deleted account. */
export const HANDLE_KEPT_MS = 30 * 24 * 3_600_000;
/** Codes that nobody has used yet. */
const MAX_OPEN_INVITATIONS = 1_000;

/**
 * A `Directory` out of tables and the way their transactions are made: its rules, once for all adapters. As in
 * `ledgerStore`, a method that throws a `Refusal` has not written anything.
 */
export function ledgerDirectory(
  tables: DirectoryTables,
  transactions: Transactions,
  isOpen: () => boolean,
): Directory {
  const rules = new DirectoryRules(tables);
  const sealed = new SealedRules(tables.sealed, accountId => rules.assertKnown(accountId));
  const passkeys = new PasskeyRules(tables.passkeys, accountId => rules.assertKnown(accountId));
  const read = async <T>(query: () => T): Promise<T> => {
    if (!isOpen()) throw closed();
    return query();
  };
  return {
    checkRegistration: wish => read(() => rules.checkRegistration(wish)),
    register: (...args) => transactions.run(() => rules.register(...args)),
    account: accountId => read(() => rules.record(tables.account(accountId))),
    accountByHandle: handle => read(() => rules.record(tables.accountByHandle(handle))),
    signInFacts: handle => read(() => tables.signInFacts(handle)),
    standing: device => read(() => rules.standing(device)),
    prove: async device => {
      if (await read(() => rules.isUnproven(device))) await transactions.run(() => rules.prove(device));
    },
    proven: (...args) => read(() => rules.proven(...args)),
    putDeviceList: (...args) => transactions.run(() => rules.putDeviceList(...args)),
    changePassword: (...args) => transactions.run(() => rules.changePassword(...args)),
    replaceRecovery: (accountId, recovery) => transactions.run(() => rules.change(accountId, { recovery })),
    deleteAccount: (...args) => transactions.run(() => rules.deleteAccount(...args)),
    publishKeyPackages: (...args) => transactions.run(() => rules.publishKeyPackages(...args)),
    keyPackageSupply: device => read(() => rules.supply(device)),
    claimKeyPackages: accountId => transactions.run(() => rules.claimKeyPackages(accountId)),
    putSealedKeys: (...args) => transactions.run(() => sealed.putKeys(...args)),
    sealedKeys: accountId => read(() => tables.sealed.keys(accountId)),
    putSource: (...args) => transactions.run(() => sealed.putSource(...args)),
    sources: accountId => read(() => tables.sealed.sources(accountId)),
    sourceByToken: tokenHash => read(() => sealed.sourceByToken(tokenHash)),
    revokeSource: (...args) => transactions.run(() => sealed.revokeSource(...args)),
    addPasskey: passkey => transactions.run(() => passkeys.add(passkey)),
    accountByPasskey: signInKey => read(() => rules.accountByPasskey(signInKey)),
    passkeys: accountId => read(() => tables.passkeys.passkeys(accountId)),
    removePasskey: (...args) => transactions.run(() => passkeys.remove(...args)),
    addInvitation: invitation => transactions.run(() => rules.addInvitation(invitation)),
    counts: () => read(() => tables.counts()),
    sweepDirectory: nowMs => transactions.run(() => rules.sweep(nowMs)),
  };
}

class DirectoryRules {
  constructor(private readonly tables: DirectoryTables) {}

  record(row: AccountRow | undefined): AccountRecord | undefined {
    if (row === undefined) return undefined;
    const { accountId, accountKey, handle, registrationRecord, sealedBundle, recovery } = row;
    const deviceList = {
      counter: row.listCounter,
      deviceIds: this.tables.listedIds(accountId),
      revokedIds: this.tables.revokedIds(accountId),
      signed: row.signedDeviceList,
    };
    return { accountId, accountKey, handle, registrationRecord, sealedBundle, recovery, deviceList };
  }

  accountByPasskey(signInKey: Uint8Array): PasskeyAccount | undefined {
    const passkey = this.tables.passkeys.passkey(signInKey);
    const account = passkey && this.record(this.tables.account(passkey.accountId));
    return account && { account, sealedBundle: passkey.sealedBundle };
  }

  checkRegistration({ handle, nowMs, invitationHash }: RegistrationWish): void {
    const skeleton = handleSkeleton(handle);
    if (this.tables.accountBySkeleton(skeleton) !== undefined || this.tables.keptUntilMs(skeleton) > nowMs) {
      throw new Refusal('HANDLE_TAKEN', 'the handle is taken');
    }
    if (invitationHash === undefined) return;
    const expiresAtMs = this.tables.invitationExpiresAtMs(hex(invitationHash));
    if (expiresAtMs === undefined || expiresAtMs <= nowMs) {
      throw new Refusal('INVITATION_NEEDED', 'no such invitation');
    }
  }

  register(account: AccountRecord, wish: RegistrationWish): void {
    const before = this.tables.account(account.accountId);
    if (before !== undefined) {
      // Its answer was lost, and it is asked again: the record is random, so equal ones are one registration.
      if (before.handle === account.handle && same(before.registrationRecord, account.registrationRecord)) {
        return;
      }
      throw new Refusal('CONFLICT', 'the account is registered');
    }
    this.checkRegistration(wish);
    if (wish.invitationHash !== undefined) this.tables.deleteInvitation(hex(wish.invitationHash));
    const { deviceList, ...rest } = account;
    this.tables.putAccount({
      ...rest,
      skeleton: handleSkeleton(account.handle),
      listCounter: deviceList.counter,
      signedDeviceList: deviceList.signed,
    });
    this.tables.putListed(account.accountId, deviceList.deviceIds);
    this.tables.putRevoked(account.accountId, deviceList.revokedIds);
  }

  standing(device: AccountDevice): Standing {
    if (this.tables.isListed(device)) return 'listed';
    if (this.tables.isRevoked(device)) return 'revoked';
    return this.tables.account(device.accountId) === undefined ? 'unregistered' : 'unlisted';
  }

  isUnproven(device: AccountDevice): boolean {
    return this.tables.isListed(device) && !this.tables.isProven(device);
  }

  prove(device: AccountDevice): void {
    if (this.isUnproven(device)) this.tables.putProven(device);
  }

  proven(accountId: AccountId, deviceIds: readonly DeviceId[]): readonly DeviceId[] {
    return deviceIds.filter(deviceId => this.tables.isProven({ accountId, deviceId }));
  }

  putDeviceList(accountId: AccountId, list: StoredDeviceList): DeviceListChange {
    const row = this.#known(accountId);
    if (same(row.signedDeviceList, list.signed)) return { listedIds: list.deviceIds, revokedIds: [] };
    if (list.counter <= row.listCounter) {
      throw new Refusal('DEVICE_LIST_OLD', 'there is a list with that counter, or a later one');
    }
    if (list.deviceIds.some(deviceId => this.tables.isRevoked({ accountId, deviceId }))) {
      throw new Refusal('DEVICE_REVOKED', 'a device that was revoked does not come back');
    }
    const listed = new Set(list.deviceIds);
    const gone = new Set([...this.tables.listedIds(accountId), ...list.revokedIds]);
    const revokedIds = [...gone].filter(
      deviceId => !listed.has(deviceId) && !this.tables.isRevoked({ accountId, deviceId }),
    );
    this.tables.putAccount({ ...row, listCounter: list.counter, signedDeviceList: list.signed });
    this.tables.putListed(accountId, list.deviceIds);
    this.tables.putRevoked(accountId, revokedIds);
    for (const deviceId of revokedIds) this.tables.deleteKeyPackagesOf({ accountId, deviceId });
    return { listedIds: list.deviceIds, revokedIds };
  }

  changePassword(accountId: AccountId, change: PasswordChange): void {
    const { registrationRecord, sealedBundle, removePasskeys } = change;
    this.change(accountId, { registrationRecord, sealedBundle });
    if (removePasskeys) this.tables.passkeys.deletePasskeys(accountId);
  }

  change(
    accountId: AccountId,
    change: Partial<Pick<AccountRecord, 'registrationRecord' | 'sealedBundle' | 'recovery'>>,
  ): void {
    this.tables.putAccount({ ...this.#known(accountId), ...change });
  }

  deleteAccount(accountId: AccountId, nowMs: number): readonly DeviceId[] {
    const row = this.#known(accountId);
    const deviceIds = this.tables.listedIds(accountId);
    this.tables.deleteAccount(row);
    this.tables.sealed.deleteSealed(accountId);
    this.tables.passkeys.deletePasskeys(accountId);
    this.tables.keepHandle(row.skeleton, nowMs + HANDLE_KEPT_MS);
    return deviceIds;
  }

  publishKeyPackages(
    device: AccountDevice,
    { keyPackages, lastResort, replace }: Parameters<Directory['publishKeyPackages']>[1],
    nowMs: number,
  ): KeyPackageSupply {
    const { accountId, deviceId } = device;
    if (!this.tables.isListed(device))
      throw new Refusal('FORBIDDEN', 'for devices on the list of an account');
    // What comes in one request is never beyond the cap by itself: nothing is refused after this.
    if (replace) this.tables.dropUnclaimed(device);
    const fresh = new Map<string, Uint8Array>();
    for (const keyPackage of keyPackages) {
      const hash = createHash('sha256').update(keyPackage).digest('hex');
      if (!this.tables.knowsKeyPackage(device, hash)) fresh.set(hash, keyPackage);
    }
    if (this.tables.countKeyPackages(device) + fresh.size > LIMITS.keyPackagesPerDevice) {
      throw new Refusal('TOO_LARGE', `at most ${LIMITS.keyPackagesPerDevice} KeyPackages wait for a device`);
    }
    for (const [hash, keyPackage] of fresh) {
      this.tables.insertKeyPackage({ accountId, deviceId, hash, keyPackage, publishedAtMs: nowMs });
    }
    if (lastResort.length > 0) this.tables.putLastResort(device, lastResort);
    return this.supply(device);
  }

  supply(device: AccountDevice): KeyPackageSupply {
    return {
      count: this.tables.countKeyPackages(device),
      lastResort: this.tables.lastResort(device) !== undefined,
    };
  }

  claimKeyPackages(accountId: AccountId): readonly KeyPackageClaim[] {
    this.#known(accountId);
    return this.tables.listedIds(accountId).flatMap(deviceId => {
      const device = { accountId, deviceId };
      const single = this.tables.takeKeyPackage(device);
      const keyPackage = single ?? this.tables.lastResort(device);
      if (keyPackage === undefined) return [];
      return [{ deviceId, keyPackage, lastResort: single === undefined, supply: this.supply(device) }];
    });
  }

  addInvitation({ codeHash, expiresAtMs, nowMs }: Parameters<Directory['addInvitation']>[0]): void {
    this.tables.deleteInvitationsUntil(nowMs);
    if (this.tables.countInvitations() >= MAX_OPEN_INVITATIONS) {
      throw new Refusal('RATE_LIMITED', 'too many invitations are open');
    }
    this.tables.putInvitation(hex(codeHash), expiresAtMs);
  }

  sweep(nowMs: number): void {
    this.tables.deleteKeptUntil(nowMs);
    this.tables.deleteInvitationsUntil(nowMs);
    this.tables.deleteKeyPackagesBefore(nowMs - LIMITS.keyPackageLifetimeMs);
  }

  /** Throws `ACCOUNT_UNKNOWN`. */
  assertKnown(accountId: AccountId): void {
    this.#known(accountId);
  }

  #known(accountId: AccountId): AccountRow {
    const row = this.tables.account(accountId);
    if (row === undefined) throw new Refusal('ACCOUNT_UNKNOWN', 'no such account');
    return row;
  }
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
