import { type AccountId, LIMITS } from '@sotto/protocol';
import type { StoredPasskey } from '../directory.ts';
import { Refusal } from '../refusal.ts';
import type { PasskeyTables } from './passkeyTables.ts';

/** Passkeys of accounts that are registered: a sign-in key is one account's. */
export class PasskeyRules {
  constructor(
    private readonly tables: PasskeyTables,
    /** Throws `ACCOUNT_UNKNOWN`. */
    private readonly assertKnown: (accountId: AccountId) => void,
  ) {}

  add(passkey: StoredPasskey): void {
    const { accountId } = passkey;
    this.assertKnown(accountId);
    const before = this.tables.passkey(passkey.signInKey);
    if (before !== undefined && before.accountId !== accountId)
      throw new Refusal('CONFLICT', 'another account has this passkey');
    if (before === undefined && this.tables.passkeys(accountId).length >= LIMITS.passkeysPerAccount)
      throw new Refusal('TOO_LARGE', `at most ${LIMITS.passkeysPerAccount} passkeys`);
    this.tables.putPasskey(passkey);
  }

  remove(accountId: AccountId, signInKey: Uint8Array): void {
    if (this.tables.passkey(signInKey)?.accountId === accountId) this.tables.deletePasskey(signInKey);
  }
}
