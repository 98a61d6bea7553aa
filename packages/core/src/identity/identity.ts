import type { AccountId, AccountKind, DeviceId, StreamId } from '@sotto/protocol';
import type { CoreEnv } from '../env.ts';

/** An account and its one device, with their private keys. Secret; kept in the vault (`encodeIdentity`). */
export interface DeviceIdentity {
  readonly accountId: AccountId;
  readonly deviceId: DeviceId;
  readonly kind: AccountKind;
  /** Ed25519 public keys, 32 bytes. */
  readonly accountKey: Uint8Array;
  readonly deviceKey: Uint8Array;
  /** Ed25519 seeds, 32 bytes. */
  readonly accountPrivateKey: Uint8Array;
  readonly devicePrivateKey: Uint8Array;
  /** An encoded `SignedDeviceCertificate`: the MLS credential, and what the relay is shown. */
  readonly certificate: Uint8Array;
}

/** Makes a fresh account and device; `guest` for whoever comes by a link. */
export function createIdentity(_env: CoreEnv, _options: { readonly kind: AccountKind }): DeviceIdentity {
  throw new Error('not built yet');
}

/** For the vault. */
export function encodeIdentity(_identity: DeviceIdentity): Uint8Array {
  throw new Error('not built yet');
}

/** Throws `BAD_STATE`. */
export function decodeIdentity(_env: Pick<CoreEnv, 'provider'>, _bytes: Uint8Array): DeviceIdentity {
  throw new Error('not built yet');
}

/** Self-certifying: the hash of the account's public key, so that nobody can swap the key behind an id. */
export function accountIdOf(_env: Pick<CoreEnv, 'provider'>, _accountKey: Uint8Array): AccountId {
  throw new Error('not built yet');
}

export function deviceIdOf(_env: Pick<CoreEnv, 'provider'>, _deviceKey: Uint8Array): DeviceId {
  throw new Error('not built yet');
}

/** The stream that each device has at the relay for Welcomes, join requests and their answers. */
export function inboxStreamOf(_env: Pick<CoreEnv, 'provider'>, _deviceId: DeviceId): StreamId {
  throw new Error('not built yet');
}

/**
 * Proves the device to a relay: Ed25519 over this origin and this nonce, worth nothing at another relay or on another
 * connection. `origin` is what the client connected to, e.g. `https://192.168.1.20:8443`; 64 bytes.
 */
export function sessionProof(
  _env: Pick<CoreEnv, 'provider'>,
  _identity: DeviceIdentity,
  _origin: string,
  _nonce: Uint8Array,
): Uint8Array {
  throw new Error('not built yet');
}
