import { ProtocolError } from './errors.ts';
import { DeviceId } from './ids.ts';
import { LIMITS } from './limits.ts';
import { bytes, exactBytes, id, list, nested, someBytes, uint64 } from './wire/field.ts';
import { decode, encode, message, versionedMessage } from './wire/message.ts';

/** A device list as it travels. Nothing is verified by decoding. */
export interface SignedDeviceList {
  /** An encoded `DeviceList`: exactly the bytes that were signed. */
  readonly list: Uint8Array;
  /** Ed25519 by the account key over `deviceListInput(list)`; 64 bytes. */
  readonly signature: Uint8Array;
}

/** The devices of an account: who is not in the newest list is never encrypted to. */
export interface DeviceList {
  /** Ed25519, 32 bytes. */
  readonly accountKey: Uint8Array;
  /** From 1; whoever has seen one takes no lower one any more. */
  readonly counter: number;
  /** At least one, at most `LIMITS.devicesPerAccount`. */
  readonly devices: readonly ListedDevice[];
  /** Taken off the list; none of them ever comes back. No id twice. */
  readonly revokedDeviceIds: readonly DeviceId[];
}

export interface ListedDevice {
  /** An encoded `SignedDeviceCertificate` by the account key. */
  readonly certificate: Uint8Array;
  /** What the device is called, for the account's own devices to read; may be empty. */
  readonly sealedName: Uint8Array;
}

export const signedDeviceListCodec = message<SignedDeviceList>({
  list: someBytes(1, LIMITS.deviceListBytes),
  signature: exactBytes(2, 64),
});

const listedDevice = message<ListedDevice>({
  certificate: someBytes(1, LIMITS.certificateBytes),
  sealedName: bytes(2, LIMITS.sealedNameBytes),
});

export const deviceListCodec = versionedMessage<DeviceList>({
  accountKey: exactBytes(2, 32),
  counter: uint64(3),
  devices: list(nested(4, listedDevice), LIMITS.devicesPerAccount),
  revokedDeviceIds: list(id(5, DeviceId), LIMITS.revokedDevices),
});

export function encodeSignedDeviceList(signed: SignedDeviceList): Uint8Array {
  return encode(signedDeviceListCodec, signed, LIMITS.signedDeviceListBytes);
}

/** Parses a list with its signature, which the caller verifies; throws `ProtocolError`. */
export function decodeSignedDeviceList(bytes: Uint8Array): SignedDeviceList {
  return decode(signedDeviceListCodec, bytes, LIMITS.signedDeviceListBytes);
}

export function encodeDeviceList(deviceList: DeviceList): Uint8Array {
  return encode(deviceListCodec, coherent(deviceList), LIMITS.deviceListBytes);
}

/** Parses what was signed; the certificates in it are for the caller to verify. Throws `ProtocolError`. */
export function decodeDeviceList(bytes: Uint8Array): DeviceList {
  return coherent(decode(deviceListCodec, bytes, LIMITS.deviceListBytes));
}

function coherent(deviceList: DeviceList): DeviceList {
  const { counter, devices, revokedDeviceIds } = deviceList;
  if (counter === 0) throw new ProtocolError('MALFORMED', 'counters of device lists begin at 1');
  if (devices.length === 0) throw new ProtocolError('MALFORMED', 'an account has a device');
  if (new Set(revokedDeviceIds).size < revokedDeviceIds.length)
    throw new ProtocolError('MALFORMED', 'a device is revoked twice');
  return deviceList;
}
