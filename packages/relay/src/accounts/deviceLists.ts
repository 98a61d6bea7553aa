import {
  type DeviceId,
  type DeviceList,
  decodeDeviceCertificate,
  decodeDeviceList,
  decodeSignedDeviceCertificate,
  decodeSignedDeviceList,
  deviceCertificateInput,
  deviceListInput,
  ProtocolError,
} from '@sotto/protocol';
import type { StoredDeviceList } from '../directory.ts';
import { signedBy } from '../ed25519.ts';
import { deviceIdOf } from '../identity.ts';
import { Refusal } from '../refusal.ts';

/**
 * Checks an encoded `SignedDeviceList` against the account's key: the list is by it and for it, and so is every
 * certificate in it. Whether its counter is high enough is the directory's to say. Throws `Refusal`
 * `TOO_MANY_DEVICES`, `MALFORMED`, or `FORBIDDEN` for what another key signed.
 */
export function verifyDeviceList(signed: Uint8Array, accountKey: Uint8Array): StoredDeviceList {
  const list = parsed(signed, accountKey);
  const deviceIds = list.devices.map(({ certificate }) => listedDevice(certificate, accountKey));
  const listed = new Set(deviceIds);
  if (listed.size < deviceIds.length) throw new Refusal('MALFORMED', 'a device is listed twice');
  if (list.revokedDeviceIds.some(deviceId => listed.has(deviceId))) {
    throw new Refusal('MALFORMED', 'a device is listed and revoked');
  }
  return { counter: list.counter, deviceIds, revokedIds: list.revokedDeviceIds, signed };
}

function parsed(signed: Uint8Array, accountKey: Uint8Array): DeviceList {
  try {
    const { list, signature } = decodeSignedDeviceList(signed);
    if (!signedBy(accountKey, deviceListInput(list), signature)) throw foreign();
    const deviceList = decodeDeviceList(list);
    if (Buffer.compare(deviceList.accountKey, accountKey) !== 0) throw foreign();
    return deviceList;
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    if (error.code === 'TOO_LARGE') throw new Refusal('TOO_MANY_DEVICES', 'more than a list may hold');
    throw new Refusal('MALFORMED', `the device list: ${error.message}`);
  }
}

function listedDevice(signedCertificate: Uint8Array, accountKey: Uint8Array): DeviceId {
  try {
    const { certificate, signature } = decodeSignedDeviceCertificate(signedCertificate);
    const certified = decodeDeviceCertificate(certificate);
    const own = Buffer.compare(certified.accountKey, accountKey) === 0;
    if (!own || !signedBy(accountKey, deviceCertificateInput(certificate), signature)) throw foreign();
    if (certified.accountKind !== 'member') throw new Refusal('FORBIDDEN', 'guests have no device list');
    return deviceIdOf(certified.deviceKey);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new Refusal('MALFORMED', `a certificate in the device list: ${error.message}`);
  }
}

function foreign(): Refusal {
  return new Refusal('FORBIDDEN', 'not signed by the account');
}
