import { createKeyPackage, SUITES } from '@sotto/mls';
import { describe, expect, it } from 'vitest';
import { POLICY_EXTENSION } from '../conversation/policy.ts';
import { ROOM_SUITE } from '../env.ts';
import { mlsEnvOf } from '../mlsEnv.ts';
import { expectCode, flipBit, testEnv } from '../testEnv.fixture.ts';
import { revokeDevice } from './deviceList.ts';
import { createDevice, createIdentity, type DeviceIdentity } from './identity.ts';
import { makeKeyPackages, verifyKeyPackages } from './keyPackages.ts';
import { personWith } from './people.fixture.ts';

const DAY_MS = 24 * 3_600_000;
const env = testEnv('key packages');
const { devices, list } = personWith(env, 2);
const [laptop, phone] = [devices[0], devices[1]!];
const supply = (identity: DeviceIdentity, lastResort = false, at = env) =>
  makeKeyPackages(at, identity, { count: 1, lastResort })[0]!;
const wasUsed = () => false;
const verify = (keyPackages: readonly Uint8Array[], at = env, newest = list) =>
  verifyKeyPackages(at, { list: newest, keyPackages, wasUsed });
const expectRefused = (keyPackages: readonly Uint8Array[], reason: string, at = env, newest = list) =>
  expectCode(() => verify(keyPackages, at, newest), 'BAD_KEY_PACKAGE', { reason });

describe('key packages', () => {
  it('of listed devices are taken, one each', () => {
    const [one, two] = [supply(laptop), supply(phone)];
    expect(one.ref).not.toEqual(two.ref);
    expect(verify([one.keyPackage, two.keyPackage])).toMatchObject([
      { deviceId: laptop.deviceId, ref: one.ref, lastResort: false },
      { deviceId: phone.deviceId, ref: two.ref, lastResort: false },
    ]);
  });

  it('threat 3: of a ghost device are refused: certified, but not in the newest list, or revoked', () => {
    const ghost = createDevice(env, laptop.accountPrivateKey);
    expectRefused([supply(ghost).keyPackage], 'ghost-device');
    const shorter = revokeDevice(env, laptop, list, phone.deviceId);
    expectRefused([supply(phone).keyPackage], 'ghost-device', env, shorter);
  });

  it('threat 1: of another account are refused', () => {
    const { devices: others } = personWith(env);
    expectRefused([supply(others[0]).keyPackage], 'ghost-device');
    expectRefused([supply(createIdentity(env, { kind: 'guest' })).keyPackage], 'ghost-device');
  });

  it('threat 16: that were used before are refused, but for a last resort', () => {
    const [once, last] = [supply(laptop), supply(laptop, true)];
    const used = (keyPackage: Uint8Array) =>
      verifyKeyPackages(env, { list, keyPackages: [keyPackage], wasUsed: () => true });
    expectCode(() => used(once.keyPackage), 'BAD_KEY_PACKAGE', { reason: 'reused' });
    expect(used(last.keyPackage)).toMatchObject([{ lastResort: true }]);
    expectRefused([once.keyPackage, supply(laptop).keyPackage], 'device-twice');
  });

  it('threat 16: that are out of date are refused, a last resort sooner', () => {
    const at = testEnv('ages');
    const [once, last] = [supply(laptop, false, at), supply(laptop, true, at)];
    expect(last.expiresAtMs).toBe(at.nowMs() + 30 * DAY_MS);
    at.advanceMs(31 * DAY_MS);
    expect(verify([once.keyPackage], at)).toHaveLength(1);
    expectRefused([last.keyPackage], 'lifetime', at);
    at.advanceMs(60 * DAY_MS);
    expectRefused([once.keyPackage], 'lifetime', at);
  });

  it('threat 16: that would be good for longer than an honest device makes them are refused', () => {
    const made = (days: number) =>
      createKeyPackage(mlsEnvOf(env), {
        suite: ROOM_SUITE,
        credentialIdentity: laptop.certificate,
        signaturePrivateKey: laptop.devicePrivateKey,
        lifetimeSeconds: days * 24 * 3_600,
        capabilitiesExtensions: [POLICY_EXTENSION],
      }).keyPackage;
    expect(verify([made(90)])).toHaveLength(1);
    expectRefused([made(91)], 'lifetime');
  });

  it('threat 17: of another suite, damaged, or signed by another key are refused', () => {
    const classical = createKeyPackage(
      { ...mlsEnvOf(env), suites: [SUITES.X25519_AES128GCM_SHA256_ED25519] },
      {
        suite: SUITES.X25519_AES128GCM_SHA256_ED25519,
        credentialIdentity: laptop.certificate,
        signaturePrivateKey: laptop.devicePrivateKey,
        lifetimeSeconds: 3_600,
        capabilitiesExtensions: [POLICY_EXTENSION],
      },
    );
    expectRefused([classical.keyPackage], 'UNSUPPORTED_SUITE');
    const { keyPackage } = supply(laptop);
    for (const bit of [40, 2_000, keyPackage.length * 8 - 1]) {
      expectCode(() => verify([flipBit(keyPackage, bit)]), 'BAD_KEY_PACKAGE');
    }
    const blind = { ...mlsEnvOf(env), authenticate: () => true };
    const stolen = createKeyPackage(blind, {
      suite: ROOM_SUITE,
      credentialIdentity: laptop.certificate,
      signaturePrivateKey: createIdentity(env, { kind: 'member' }).devicePrivateKey,
      lifetimeSeconds: 3_600,
      capabilitiesExtensions: [POLICY_EXTENSION],
    });
    expectRefused([stolen.keyPackage], 'NOT_AUTHENTICATED');
  });
});
