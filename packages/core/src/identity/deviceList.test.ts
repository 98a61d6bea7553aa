import {
  type DeviceList,
  deviceListInput,
  encodeDeviceList,
  encodeSignedDeviceList,
  LIMITS,
} from '@sotto/protocol';
import { describe, expect, it } from 'vitest';
import { LABELS, labelled, signLabelled } from '../labels.ts';
import { expectCode, flipBit, testEnv } from '../testEnv.fixture.ts';
import {
  firstDeviceList,
  isListed,
  listDevice,
  renameDevice,
  revocationsIn,
  revokeDevice,
  verifyDeviceList,
} from './deviceList.ts';
import { deviceNames } from './deviceName.ts';
import { createDevice, createIdentity, type DeviceIdentity } from './identity.ts';
import { personWith } from './people.fixture.ts';

const env = testEnv('device list');
const laptop = createIdentity(env, { kind: 'member' });
const phone = createDevice(env, laptop.accountPrivateKey);
const stranger = createIdentity(env, { kind: 'member' });
const { accountId } = laptop;
const one = firstDeviceList(env, laptop, 'Laptop');
const two = listDevice(env, laptop, one, { certificate: phone.certificate, name: 'Phone' });
const without = revokeDevice(env, phone, two, laptop.deviceId);

/** Any list at all, signed by any account. */
function signedBy(account: DeviceIdentity, list: Partial<DeviceList>): Uint8Array {
  const bytes = encodeDeviceList({
    accountKey: laptop.accountKey,
    counter: 1,
    devices: [{ certificate: laptop.certificate, sealedName: new Uint8Array(0) }],
    revokedDeviceIds: [],
    ...list,
  });
  const signature = signLabelled(env.provider, account.accountPrivateKey, LABELS.deviceList, bytes);
  return encodeSignedDeviceList({ list: bytes, signature });
}

const expectRefused = (signed: Uint8Array, reason: string, known = one) =>
  expectCode(() => verifyDeviceList(env, signed, { accountId, known }), 'BAD_DEVICE_LIST', { reason });

describe('a device list', () => {
  it('grows, is renamed and shrinks, with a higher counter each time', () => {
    expect(two.devices.map(({ deviceId }) => deviceId)).toEqual([laptop.deviceId, phone.deviceId]);
    expect([one, two, without].map(({ counter }) => counter)).toEqual([1, 2, 3]);
    expect(isListed(without, laptop.deviceId)).toBe(false);
    expect(without.revokedDeviceIds).toEqual([laptop.deviceId]);
    expect(verifyDeviceList(env, without.signed, { accountId, known: two })).toEqual(without);
  });

  it('tells what its devices are called to the account’s own devices only', () => {
    const renamed = renameDevice(env, phone, two, { deviceId: laptop.deviceId, name: 'Old laptop' });
    expect([...deviceNames(env, phone, renamed).values()]).toEqual(['Old laptop', 'Phone']);
    expect(deviceNames(env, stranger, renamed).size).toBe(0);
    const seen = new TextDecoder().decode(renamed.signed);
    expect(seen).not.toContain('laptop');
    expect(seen).not.toContain('Phone');
  });

  it('is what the relay checks: the input that the protocol documents', () => {
    const bytes = env.random(40);
    expect(labelled(LABELS.deviceList, bytes)).toEqual(deviceListInput(bytes));
  });

  it('holds no more devices than the limit', () => {
    const { devices, list } = personWith(env, LIMITS.devicesPerAccount);
    const { certificate } = createDevice(env, devices[0].accountPrivateKey);
    expectCode(() => listDevice(env, devices[0], list, { certificate, name: 'More' }), 'TOO_MANY_DEVICES', {
      limit: LIMITS.devicesPerAccount,
    });
  });

  it('passes over a device whose certificate has ended, and takes the others', () => {
    const later = testEnv('later');
    later.advanceMs(4 * 365 * 24 * 3_600_000);
    const young = createDevice(later, laptop.accountPrivateKey);
    const grown = listDevice(later, laptop, two, { certificate: young.certificate, name: 'New' });
    later.advanceMs(2 * 365 * 24 * 3_600_000);
    const seen = verifyDeviceList(later, grown.signed, { accountId });
    expect(seen.devices.map(({ deviceId }) => deviceId)).toEqual([young.deviceId]);
  });
});

describe('threat 3: a list with a ghost in it', () => {
  const listing = (certificate: Uint8Array) => ({
    counter: 2,
    devices: [laptop.certificate, certificate].map(each => ({
      certificate: each,
      sealedName: new Uint8Array(0),
    })),
  });

  it('is refused without the signature of the account, whoever else signed it', () => {
    expectRefused(signedBy(stranger, { counter: 2 }), 'bad-signature');
    for (const bit of [3, 200, 777]) {
      expect(() => verifyDeviceList(env, flipBit(two.signed, bit), { accountId })).toThrow();
    }
  });

  it('is refused with a device of another account, of a guest, or the same one twice', () => {
    expectRefused(signedBy(laptop, listing(stranger.certificate)), 'foreign-device');
    const guest = createIdentity(env, { kind: 'guest' });
    expectRefused(signedBy(laptop, listing(guest.certificate)), 'foreign-device');
    expectRefused(signedBy(laptop, listing(laptop.certificate)), 'device-twice');
    const { certificate } = stranger;
    expectCode(() => listDevice(env, laptop, one, { certificate, name: 'Ghost' }), 'BAD_DEVICE_LIST', {
      reason: 'foreign-device',
    });
  });
});

describe('threat 1: the directory gives the list of another account', () => {
  it('is refused by the id that was asked for', () => {
    const theirs = firstDeviceList(env, stranger, 'Laptop');
    expectCode(() => verifyDeviceList(env, theirs.signed, { accountId }), 'BAD_DEVICE_LIST', {
      reason: 'other-account',
    });
    expectRefused(theirs.signed, 'other-account');
  });
});

describe('threat 2: the relay goes back to an older list', () => {
  it('is refused once a newer one was seen, and so is another with the same counter', () => {
    expectRefused(one.signed, 'older', two);
    expectRefused(signedBy(laptop, { counter: 2 }), 'conflict', two);
    expect(verifyDeviceList(env, two.signed, { accountId, known: two })).toEqual(two);
  });

  it('a revoked device does not come back, in no later list', () => {
    const back = { counter: 9, revokedDeviceIds: [] };
    expectRefused(signedBy(laptop, back), 'revoked-device', without);
    expectRefused(signedBy(laptop, { ...back, revokedDeviceIds: [laptop.deviceId] }), 'revoked-device', two);
  });
});

describe('revocations', () => {
  it('are by the word of the account alone, whatever the clock says', () => {
    const late = { ...env, nowMs: () => env.nowMs() + 10 * 365 * 24 * 3_600_000 };
    expect(revocationsIn(late, without.signed)).toEqual({ accountId, revokedDeviceIds: [laptop.deviceId] });
    expectCode(() => revocationsIn(env, signedBy(stranger, {})), 'BAD_DEVICE_LIST');
  });
});
