import type { AccountId, AccountKind, DeviceId } from '@sotto/protocol';
import { concatBytes, equalBytes, utf8 } from '../bytes.ts';
import type { CoreEnv } from '../env.ts';
import { CoreError } from '../errors.ts';
import { LABELS, signLabelled } from '../labels.ts';
import { issueCertificate, trustedCertificate } from './certificate.ts';

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

const SEED_BYTES = 32;
const RECORD_VERSION = 1;

/** Makes a fresh account and device; `guest` for whoever comes by a link. */
export function createIdentity(env: CoreEnv, options: { readonly kind: AccountKind }): DeviceIdentity {
  return certifiedDevice(env, env.random(SEED_BYTES), env.random(SEED_BYTES), options.kind);
}

/** A fresh device of an account that exists: `accountPrivateKey` is its seed, 32 bytes. Throws `BAD_STATE`. */
export function createDevice(env: CoreEnv, accountPrivateKey: Uint8Array): DeviceIdentity {
  if (accountPrivateKey.length !== SEED_BYTES)
    throw new CoreError('BAD_STATE', 'an account key has 32 bytes');
  return certifiedDevice(env, accountPrivateKey, env.random(SEED_BYTES), 'member');
}

/** For the vault. */
export function encodeIdentity(identity: DeviceIdentity): Uint8Array {
  const { accountPrivateKey, devicePrivateKey, certificate } = identity;
  return concatBytes(Uint8Array.of(RECORD_VERSION), accountPrivateKey, devicePrivateKey, certificate);
}

/** Throws `BAD_STATE` where the keys and the certificate do not belong together, `UNSUPPORTED` for a later version. */
export function decodeIdentity(env: Pick<CoreEnv, 'provider'>, bytes: Uint8Array): DeviceIdentity {
  if (bytes[0] !== RECORD_VERSION) throw new CoreError('UNSUPPORTED', 'identity record of another version');
  const accountPrivateKey = bytes.slice(1, 1 + SEED_BYTES);
  const devicePrivateKey = bytes.slice(1 + SEED_BYTES, 1 + 2 * SEED_BYTES);
  if (devicePrivateKey.length !== SEED_BYTES)
    throw new CoreError('BAD_STATE', 'identity record is cut short');
  return identityOf(env, accountPrivateKey, devicePrivateKey, bytes.slice(1 + 2 * SEED_BYTES));
}

/**
 * Proves the device to a relay: Ed25519 over this origin and this nonce, worth nothing at another relay or on another
 * connection. `origin` is what the client connected to, e.g. `https://192.168.1.20:8443`; 64 bytes.
 */
export function sessionProof(
  env: Pick<CoreEnv, 'provider'>,
  identity: DeviceIdentity,
  origin: string,
  nonce: Uint8Array,
): Uint8Array {
  const originBytes = utf8(origin);
  const length = Uint8Array.of(originBytes.length >> 8, originBytes.length & 0xff);
  const message = concatBytes(length, originBytes, nonce);
  return signLabelled(env.provider, identity.devicePrivateKey, LABELS.session, message);
}

function certifiedDevice(
  env: CoreEnv,
  accountPrivateKey: Uint8Array,
  devicePrivateKey: Uint8Array,
  kind: AccountKind,
): DeviceIdentity {
  const account = {
    privateKey: accountPrivateKey,
    publicKey: env.provider.ed25519PublicKey(accountPrivateKey),
    kind,
  };
  const certificate = issueCertificate(env, account, env.provider.ed25519PublicKey(devicePrivateKey));
  return identityOf(env, accountPrivateKey, devicePrivateKey, certificate);
}

/** Throws `BAD_STATE` where the keys and the certificate do not belong together. */
export function identityOf(
  env: Pick<CoreEnv, 'provider'>,
  accountPrivateKey: Uint8Array,
  devicePrivateKey: Uint8Array,
  certificate: Uint8Array,
): DeviceIdentity {
  const accountKey = env.provider.ed25519PublicKey(accountPrivateKey);
  const deviceKey = env.provider.ed25519PublicKey(devicePrivateKey);
  const { accountId, deviceId, kind, ...certified } = trustedCertificate(env, certificate);
  if (!equalBytes(certified.accountKey, accountKey) || !equalBytes(certified.deviceKey, deviceKey)) {
    throw new CoreError('BAD_STATE', 'the certificate is not of these keys');
  }
  return {
    accountId,
    deviceId,
    kind,
    accountKey,
    deviceKey,
    accountPrivateKey,
    devicePrivateKey,
    certificate,
  };
}
