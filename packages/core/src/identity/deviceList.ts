import {
  type AccountId,
  type DeviceId,
  type DeviceList,
  decodeDeviceList,
  decodeSignedDeviceList,
  encodeDeviceList,
  encodeSignedDeviceList,
  LIMITS,
  type ListedDevice,
  ProtocolError,
} from '@sotto/protocol';
import { equalBytes } from '../bytes.ts';
import type { CoreEnv } from '../env.ts';
import { CoreError } from '../errors.ts';
import { LABELS, signLabelled, verifyLabelled } from '../labels.ts';
import { type VerifiedCertificate, verifyCertificate } from './certificate.ts';
import { sealDeviceName } from './deviceName.ts';
import type { DeviceIdentity } from './identity.ts';
import { accountIdOf } from './ids.ts';
import { outOfOrder } from './signedOrder.ts';

/** Why a device list is not taken. */
export type BadDeviceListReason =
  | 'malformed'
  | 'unsupported'
  /** The account key did not sign it. */
  | 'bad-signature'
  /** It is of another account than was asked for. */
  | 'other-account'
  /** A newer one was seen before. */
  | 'older'
  /** Another one with the same counter was seen before: the account signed two. */
  | 'conflict'
  /** A device in it has no certificate of this account: a ghost. */
  | 'foreign-device'
  | 'device-twice'
  /** A device is listed and revoked at once, or listed after it was revoked. */
  | 'revoked-device'
  | 'unknown-device';

/** A device that its account has signed and listed. */
export interface VerifiedDevice extends VerifiedCertificate {
  /** An encoded `SignedDeviceCertificate`. */
  readonly certificate: Uint8Array;
  /** For the account's own devices (`deviceNames`). */
  readonly sealedName: Uint8Array;
}

/** The devices of an account, signature and certificates checked. Who is not in the newest is never encrypted to. */
export interface VerifiedDeviceList {
  readonly accountId: AccountId;
  /** Ed25519, 32 bytes. */
  readonly accountKey: Uint8Array;
  readonly counter: number;
  /** Those whose certificates hold now. */
  readonly devices: readonly VerifiedDevice[];
  readonly revokedDeviceIds: readonly DeviceId[];
  /** The encoded `SignedDeviceList`: to store, and to show to others. */
  readonly signed: Uint8Array;
}

type Account = Pick<DeviceIdentity, 'accountId' | 'accountKey' | 'accountPrivateKey'>;

/**
 * Checks an encoded `SignedDeviceList`. `accountId`: whose it has to be, absent only where it is not known yet (signing
 * in, where the account's own bundle proves it). `known`: the newest one seen before. Throws `BAD_DEVICE_LIST` with
 * `reason`.
 */
export function verifyDeviceList(
  env: Pick<CoreEnv, 'provider' | 'nowMs'>,
  signed: Uint8Array,
  expected: { readonly accountId?: AccountId | undefined; readonly known?: VerifiedDeviceList | undefined },
): VerifiedDeviceList {
  const { list, signedBytes, signature } = parse(signed);
  const { accountKey, counter, revokedDeviceIds } = list;
  const accountId = accountIdOf(env, accountKey);
  const { known } = expected;
  const whose = expected.accountId ?? known?.accountId;
  if (whose !== undefined && whose !== accountId) throw refuse('other-account');
  if (!verifyLabelled(env.provider, accountKey, LABELS.deviceList, signedBytes, signature)) {
    throw refuse('bad-signature');
  }
  const disorder = outOfOrder({ counter, signed }, known);
  if (disorder !== undefined) throw refuse(disorder);
  const devices = verifiedDevices(env, list);
  const revoked = new Set([...revokedDeviceIds, ...(known?.revokedDeviceIds ?? [])]);
  if (devices.some(({ deviceId }) => revoked.has(deviceId))) throw refuse('revoked-device');
  return { accountId, accountKey, counter, devices, revokedDeviceIds, signed };
}

/** Devices that their account has revoked. */
export type Revocations = Pick<VerifiedDeviceList, 'accountId' | 'revokedDeviceIds'>;

/**
 * What an encoded `SignedDeviceList` revokes, by whose word: whatever the clock, and whatever else it says, so that all
 * who judge by it come to the same. A revocation is for good: any list of the account proves it. Throws
 * `BAD_DEVICE_LIST`.
 */
export function revocationsIn(env: Pick<CoreEnv, 'provider'>, signed: Uint8Array): Revocations {
  const { list, signedBytes, signature } = parse(signed);
  const { accountKey, revokedDeviceIds } = list;
  if (!verifyLabelled(env.provider, accountKey, LABELS.deviceList, signedBytes, signature)) {
    throw refuse('bad-signature');
  }
  return { accountId: accountIdOf(env, accountKey), revokedDeviceIds };
}

/** The list of a new account: its one device, with its name. Throws `BAD_NAME`. */
export function firstDeviceList(env: CoreEnv, identity: DeviceIdentity, name: string): VerifiedDeviceList {
  const { certificate, deviceId } = identity;
  const device = { certificate, sealedName: sealDeviceName(env, identity, deviceId, name) };
  return sign(env, identity, { counter: 1, devices: [device], revokedDeviceIds: [] });
}

/** The next list, with one more device. Throws `TOO_MANY_DEVICES`, `BAD_NAME`, `BAD_DEVICE_LIST`. */
export function listDevice(
  env: CoreEnv,
  account: Account,
  list: VerifiedDeviceList,
  device: { readonly certificate: Uint8Array; readonly name: string },
): VerifiedDeviceList {
  const limit = LIMITS.devicesPerAccount;
  if (list.devices.length >= limit) {
    throw new CoreError('TOO_MANY_DEVICES', `an account has at most ${limit} devices`, { limit });
  }
  const { certificate, name } = device;
  const { deviceId } = verifyCertificate(env, certificate);
  const sealedName = sealDeviceName(env, account, deviceId, name);
  return next(env, account, list, { devices: [...list.devices, { certificate, sealedName }] });
}

/** The next list, with another name for a device. Throws `BAD_NAME`, `BAD_DEVICE_LIST`. */
export function renameDevice(
  env: CoreEnv,
  account: Account,
  list: VerifiedDeviceList,
  device: { readonly deviceId: DeviceId; readonly name: string },
): VerifiedDeviceList {
  const { deviceId, name } = device;
  assertListed(list, deviceId);
  const sealedName = sealDeviceName(env, account, deviceId, name);
  const devices = list.devices.map(listed =>
    listed.deviceId === deviceId ? { ...listed, sealedName } : listed,
  );
  return next(env, account, list, { devices });
}

/**
 * The next list, without a device, for good. Every room it is in needs a commit then (`removeRevoked`). Throws
 * `BAD_DEVICE_LIST`.
 */
export function revokeDevice(
  env: CoreEnv,
  account: Account,
  list: VerifiedDeviceList,
  deviceId: DeviceId,
): VerifiedDeviceList {
  assertListed(list, deviceId);
  const devices = list.devices.filter(listed => listed.deviceId !== deviceId);
  const revokedDeviceIds = [...list.revokedDeviceIds, deviceId].slice(-LIMITS.revokedDevices);
  return next(env, account, list, { devices, revokedDeviceIds });
}

/** Whether the account says of this device that it is its own, and has not taken that back. */
export function isListed(list: VerifiedDeviceList, deviceId: DeviceId): boolean {
  return list.devices.some(listed => listed.deviceId === deviceId);
}

function next(
  env: CoreEnv,
  account: Account,
  list: VerifiedDeviceList,
  change: { readonly devices: readonly ListedDevice[]; readonly revokedDeviceIds?: readonly DeviceId[] },
): VerifiedDeviceList {
  if (account.accountId !== list.accountId) throw refuse('other-account');
  const { counter, revokedDeviceIds } = list;
  return sign(env, account, { revokedDeviceIds, ...change, counter: counter + 1 });
}

/** Signs a list, and checks it as others will. */
function sign(env: CoreEnv, account: Account, list: Omit<DeviceList, 'accountKey'>): VerifiedDeviceList {
  const { accountId, accountKey, accountPrivateKey } = account;
  const bytes = encodeDeviceList({ ...list, accountKey });
  const signature = signLabelled(env.provider, accountPrivateKey, LABELS.deviceList, bytes);
  return verifyDeviceList(env, encodeSignedDeviceList({ list: bytes, signature }), { accountId });
}

function parse(signed: Uint8Array) {
  try {
    const { list, signature } = decodeSignedDeviceList(signed);
    return { list: decodeDeviceList(list), signedBytes: list, signature };
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw refuse(error.code === 'UNSUPPORTED' ? 'unsupported' : 'malformed');
  }
}

/** Every certificate is the account's own. Those that have expired, or do not hold yet, are passed over. */
function verifiedDevices(
  env: Pick<CoreEnv, 'provider' | 'nowMs'>,
  list: DeviceList,
): readonly VerifiedDevice[] {
  const devices = list.devices.flatMap(({ certificate, sealedName }) => {
    const verified = certified(env, certificate);
    if (verified === 'out-of-date') return [];
    if (!equalBytes(verified.accountKey, list.accountKey) || verified.kind !== 'member') {
      throw refuse('foreign-device');
    }
    return [{ ...verified, certificate, sealedName }];
  });
  if (new Set(devices.map(({ deviceId }) => deviceId)).size < devices.length) throw refuse('device-twice');
  return devices;
}

function certified(
  env: Pick<CoreEnv, 'provider' | 'nowMs'>,
  certificate: Uint8Array,
): VerifiedCertificate | 'out-of-date' {
  try {
    return verifyCertificate(env, certificate);
  } catch (error) {
    if (!(error instanceof CoreError)) throw error;
    const { reason } = error.facts;
    if (reason === 'expired' || reason === 'not-yet-valid') return 'out-of-date';
    throw refuse('foreign-device');
  }
}

function assertListed(list: VerifiedDeviceList, deviceId: DeviceId): void {
  if (!isListed(list, deviceId)) throw refuse('unknown-device');
}

function refuse(reason: BadDeviceListReason): CoreError {
  return new CoreError('BAD_DEVICE_LIST', `device list: ${reason}`, { reason });
}
