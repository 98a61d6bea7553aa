import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { VaultError } from '../errors.ts';
import { ascii } from '../labelledBytes.ts';
import { type Argon2Cost, type Argon2id, stretched } from './argon2.ts';
import { CREDENTIAL_ID_MAX_BYTES, type LockDetails, type LockId, PRF_BYTES } from './lockSlot.ts';
import { assertPassphrase, passphraseBytes } from './passphrase.ts';
import { recoverySecretOf } from './recoveryCode.ts';

/** What a person, or their authenticator, brings to a lock. */
export type LockSecret =
  | { readonly kind: 'passphrase'; readonly passphrase: string }
  /** As typed; see `makeRecoveryCode`. */
  | { readonly kind: 'recovery-code'; readonly code: string }
  /** See `readPasskeyLock` for how a page gets the 32 bytes. */
  | { readonly kind: 'passkey'; readonly credentialId: Uint8Array; readonly prfOutput: Uint8Array };

/** What opens a ring; `open` for one that nobody has locked yet. */
export type UnlockWith = LockSecret | OpenLock;

/** No lock at all: whoever can read the slots has the root key. For a store that nobody has locked yet. */
export interface OpenLock {
  readonly kind: 'open';
}

/** A lock to be set. */
export type NewLock =
  | Exclude<LockSecret, { readonly kind: 'passkey' }>
  | (Extract<LockSecret, { readonly kind: 'passkey' }> & { readonly prfSalt: Uint8Array });

/** A lock as the settings show it. */
export type LockView = LockDetails & { readonly id: LockId; readonly createdAtMs: number };

/** Of these there is at most one at a time; of passkeys there may be several. */
export const SINGLE_KINDS: readonly LockDetails['kind'][] = ['open', 'passphrase', 'recovery-code'];

/** Whether a secret is meant for a lock. */
export function isFor(details: LockDetails, secret: UnlockWith): boolean {
  if (secret.kind !== 'passkey' || details.kind !== 'passkey') return details.kind === secret.kind;
  return (
    details.credentialId.length === secret.credentialId.length &&
    details.credentialId.every((byte, i) => byte === secret.credentialId[i])
  );
}

/** Throws `WEAK_PASSPHRASE`, `MISTYPED_CODE`, `PASSKEY_UNSUPPORTED` for what cannot become a lock; before any key work. */
export function detailsOf(lock: NewLock | OpenLock, cost: Argon2Cost): LockDetails {
  switch (lock.kind) {
    case 'open':
      return { kind: 'open' };
    case 'passphrase':
      assertPassphrase(lock.passphrase);
      return { kind: 'passphrase', cost };
    case 'recovery-code':
      recoverySecretOf(lock.code).fill(0);
      return { kind: 'recovery-code' };
    case 'passkey': {
      const { credentialId, prfSalt, prfOutput } = lock;
      const isUsable =
        prfSalt.length === PRF_BYTES &&
        prfOutput.length === PRF_BYTES &&
        credentialId.length > 0 &&
        credentialId.length <= CREDENTIAL_ID_MAX_BYTES;
      if (!isUsable) throw new VaultError('PASSKEY_UNSUPPORTED', 'this passkey cannot hold a lock');
      return { kind: 'passkey', credentialId: credentialId.slice(), prfSalt: prfSalt.slice() };
    }
  }
}

/**
 * The 32-byte key that wraps the root key in a lock. To be wiped after use.
 *
 * `cost` is what the lock's slot says, for passphrases. Throws `MISTYPED_CODE`, `NO_MEMORY`, and `WRONG_KEY` where nothing was typed.
 */
export async function lockKey(
  secret: LockSecret,
  salt: Uint8Array,
  cost: Argon2Cost,
  argon2id: Argon2id,
): Promise<Uint8Array> {
  const material = await keyMaterial(secret, salt, cost, argon2id);
  try {
    return hkdf(sha256, material, salt, ascii(`sotto/lock/${secret.kind}-v1`), 32);
  } finally {
    material.fill(0);
  }
}

async function keyMaterial(
  secret: LockSecret,
  salt: Uint8Array,
  cost: Argon2Cost,
  argon2id: Argon2id,
): Promise<Uint8Array> {
  switch (secret.kind) {
    case 'passphrase': {
      const bytes = passphraseBytes(secret.passphrase);
      if (bytes.length === 0) throw new VaultError('WRONG_KEY', 'nothing was typed');
      try {
        return await stretched(argon2id, bytes, salt, cost);
      } finally {
        bytes.fill(0);
      }
    }
    case 'recovery-code':
      return recoverySecretOf(secret.code);
    case 'passkey':
      return secret.prfOutput.slice();
  }
}
