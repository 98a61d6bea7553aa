import type { AccountId } from '@sotto/protocol';
import type { StoredPasskey } from '../directory.ts';

/** Rows of what signs in by a passkey, in the transactions of `DirectoryTables`. */
export interface PasskeyTables {
  passkey(signInKey: Uint8Array): StoredPasskey | undefined;
  /** In the order they were added. */
  passkeys(accountId: AccountId): readonly StoredPasskey[];
  /** One that is there keeps its place. */
  putPasskey(passkey: StoredPasskey): void;
  deletePasskey(signInKey: Uint8Array): void;
  /** All of the account's. */
  deletePasskeys(accountId: AccountId): void;
}
