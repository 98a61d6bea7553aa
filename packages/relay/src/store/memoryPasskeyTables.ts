import type { AccountId } from '@sotto/protocol';
import type { StoredPasskey } from '../directory.ts';
import type { PasskeyTables } from './passkeyTables.ts';

/** What signs in by a passkey, in a map. */
export class MemoryPasskeyTables implements PasskeyTables {
  /** By key in hex, in the order they were added. */
  readonly #passkeys = new Map<string, StoredPasskey>();

  passkey(signInKey: Uint8Array): StoredPasskey | undefined {
    return this.#passkeys.get(hex(signInKey));
  }

  passkeys(accountId: AccountId): readonly StoredPasskey[] {
    return [...this.#passkeys.values()].filter(passkey => passkey.accountId === accountId);
  }

  putPasskey(passkey: StoredPasskey): void {
    this.#passkeys.set(hex(passkey.signInKey), passkey);
  }

  deletePasskey(signInKey: Uint8Array): void {
    this.#passkeys.delete(hex(signInKey));
  }

  deletePasskeys(accountId: AccountId): void {
    for (const { signInKey } of this.passkeys(accountId)) this.deletePasskey(signInKey);
  }
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
