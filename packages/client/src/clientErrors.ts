import { CoreError, type CoreErrorCode } from '@sotto/core';
import type { WireErrorCode } from '@sotto/protocol';
import { VaultError, type VaultErrorCode } from '@sotto/vault';
import { ClientError, type ClientErrorCode } from './intents.ts';
import type { StorageTrouble } from './projection.ts';
import { ConnectionLost, RelayFailure } from './relay/relayFailure.ts';

const OF_CORE: Partial<Record<CoreErrorCode, ClientErrorCode>> = {
  BAD_LINK: 'BAD_LINK',
  BAD_NAME: 'BAD_NAME',
  PASSWORD_NEEDED: 'BAD_PASSWORD',
  NOT_ALLOWED: 'NOT_ALLOWED',
  TOO_LARGE: 'TEXT_TOO_LARGE',
  UNKNOWN_MEMBER: 'NOT_A_MEMBER',
  ROOM_FULL: 'ROOM_FULL',
  REMOVED: 'NOT_A_MEMBER',
  BAD_CODE: 'BAD_CODE',
  SWAPPED_KEY: 'LINK_TAMPERED',
  TOO_MANY_DEVICES: 'TOO_MANY_DEVICES',
  BAD_DEVICE_LIST: 'RELAY_REFUSED',
  CANNOT_OPEN: 'RELAY_REFUSED',
};

const OF_RELAY: Partial<Record<WireErrorCode, ClientErrorCode>> = {
  HANDLE_TAKEN: 'HANDLE_TAKEN',
  HANDLE_RESERVED: 'HANDLE_RESERVED',
  REGISTRATION_CLOSED: 'REGISTRATION_CLOSED',
  INVITATION_NEEDED: 'INVITATION_NEEDED',
  SIGN_IN_FAILED: 'SIGN_IN_FAILED',
  TOO_MANY_DEVICES: 'TOO_MANY_DEVICES',
  ACCOUNT_UNKNOWN: 'PERSON_UNKNOWN',
  RATE_LIMITED: 'RATE_LIMITED',
};

/** What goes by itself, or when somebody makes room. */
const PASSING: readonly ClientErrorCode[] = ['STORAGE_FULL', 'STORAGE_IN_USE', 'NO_MEMORY'];

const OF_STORAGE: Partial<Record<VaultErrorCode, StorageTrouble>> = {
  QUOTA_EXCEEDED: 'STORAGE_FULL',
  STORAGE_LOST: 'STORAGE_LOST',
  STORAGE_UNAVAILABLE: 'STORAGE_UNAVAILABLE',
  IN_USE: 'STORAGE_IN_USE',
  KEYS_LOST: 'KEYS_LOST',
};

const OF_VAULT: Partial<Record<VaultErrorCode, ClientErrorCode>> = {
  ...OF_STORAGE,
  WRONG_KEY: 'WRONG_SECRET',
  WEAK_PASSPHRASE: 'WEAK_PASSPHRASE',
  MISTYPED_CODE: 'MISTYPED_CODE',
  PASSKEY_UNSUPPORTED: 'PASSKEY_UNSUPPORTED',
  NO_SUCH_LOCK: 'NO_SUCH_LOCK',
  LAST_LOCK: 'LAST_LOCK',
  TOO_MANY_LOCKS: 'TOO_MANY_LOCKS',
  NO_MEMORY: 'NO_MEMORY',
  CANCELLED: 'CANCELLED',
  ARCHIVE_FOREIGN: 'ARCHIVE_FOREIGN',
  ARCHIVE_WRONG_PASSPHRASE: 'ARCHIVE_WRONG_PASSPHRASE',
  ARCHIVE_TOO_NEW: 'ARCHIVE_TOO_NEW',
  ARCHIVE_DAMAGED: 'ARCHIVE_DAMAGED',
};

/** What an intent rejects with, whatever stopped it. */
export function toClientError(error: unknown): ClientError {
  if (error instanceof ClientError) return error;
  if (error instanceof CoreError) {
    const { limitBytes } = error.facts;
    return new ClientError(
      OF_CORE[error.code] ?? 'NOT_ALLOWED',
      error.message,
      typeof limitBytes === 'number' ? { limitBytes } : {},
    );
  }
  if (error instanceof ConnectionLost)
    return new ClientError('OFFLINE', 'the relay cannot be reached', { retryable: true });
  if (error instanceof RelayFailure) {
    const { retryAfterMs } = error;
    return new ClientError(OF_RELAY[error.code] ?? 'RELAY_REFUSED', error.message, {
      retryable: error.code === 'RATE_LIMITED' || error.code === 'UNAVAILABLE',
      ...(retryAfterMs > 0 && { retryAfterMs }),
    });
  }
  if (error instanceof VaultError) {
    const code = OF_VAULT[error.code];
    if (code === undefined) return new ClientError('STORAGE_FAILED', error.code);
    return new ClientError(code, error.message, PASSING.includes(code) ? { retryable: true } : {});
  }
  return new ClientError('STORAGE_FAILED', 'the engine failed');
}

/** What is wrong with the store, where an error of it says so. */
export function storageTroubleOf(error: unknown): StorageTrouble | undefined {
  return error instanceof VaultError ? OF_STORAGE[error.code] : undefined;
}
