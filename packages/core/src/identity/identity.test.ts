import {
  decodeSignedDeviceCertificate,
  encodeSignedDeviceCertificate,
  sessionProofInput,
} from '@sotto/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CoreError } from '../errors.ts';
import { LABELS, signLabelled } from '../labels.ts';
import { expectCode, flipBit, START_MS, testEnv } from '../testEnv.fixture.ts';
import { verifyCertificate } from './certificate.ts';
import { createIdentity, decodeIdentity, encodeIdentity, sessionProof } from './identity.ts';
import { accountIdOf, deviceIdOf, inboxStreamOf } from './ids.ts';

describe('identity', () => {
  it('has ids that are hashes of its keys, each under its own label', () => {
    const env = testEnv();
    const identity = createIdentity(env, { kind: 'member' });
    expect(identity.accountId).toBe(accountIdOf(env, identity.accountKey));
    expect(identity.deviceId).toBe(deviceIdOf(env, identity.deviceKey));
    expect(deviceIdOf(env, identity.accountKey)).not.toBe(identity.deviceId);
    expect(inboxStreamOf(env, identity.deviceId)).toMatch(/^str_/);
  });

  it('is fresh each time', () => {
    const env = testEnv();
    const ids = Array.from({ length: 5 }, () => createIdentity(env, { kind: 'guest' }));
    expect(new Set(ids.flatMap(({ accountId, deviceId }) => [accountId, deviceId])).size).toBe(10);
  });

  it('comes back from its record as it was', () => {
    const env = testEnv();
    const identity = createIdentity(env, { kind: 'guest' });
    expect(decodeIdentity(env, encodeIdentity(identity))).toEqual(identity);
  });

  it('does not come back from a damaged record', () => {
    const env = testEnv();
    const record = encodeIdentity(createIdentity(env, { kind: 'guest' }));
    for (const damaged of [
      record.slice(0, 40),
      record.slice(0, 80),
      flipBit(record, 9),
      flipBit(record, 300),
    ]) {
      expect(() => decodeIdentity(env, damaged)).toThrow(CoreError);
    }
    expectCode(() => decodeIdentity(env, flipBit(record, 1)), 'UNSUPPORTED');
  });
});

describe('device certificate', () => {
  const env = testEnv();
  const identity = createIdentity(env, { kind: 'guest' });

  it('proves account, device and kind', () => {
    const { accountId, deviceId, kind } = verifyCertificate(env, identity.certificate);
    expect({ accountId, deviceId, kind }).toEqual({
      accountId: identity.accountId,
      deviceId: identity.deviceId,
      kind: 'guest',
    });
  });

  it('threat 3: a device that the account did not sign is refused', () => {
    const { certificate } = decodeSignedDeviceCertificate(identity.certificate);
    const byTheDeviceItself = signLabelled(
      env.provider,
      identity.devicePrivateKey,
      LABELS.deviceCertificate,
      certificate,
    );
    const forged = encodeSignedDeviceCertificate({ certificate, signature: byTheDeviceItself });
    expectCode(() => verifyCertificate(env, forged), 'BAD_CERTIFICATE', { reason: 'bad-signature' });
  });

  it('threat 1: is refused with any bit turned', () => {
    fc.assert(
      fc.property(fc.nat(identity.certificate.length * 8 - 1), bit => {
        expectCode(() => verifyCertificate(env, flipBit(identity.certificate, bit)), 'BAD_CERTIFICATE');
      }),
      { numRuns: 150 },
    );
  });

  it('is refused as malformed for any other bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), bytes => {
        expectCode(() => verifyCertificate(env, bytes), 'BAD_CERTIFICATE');
      }),
    );
  });

  it('threat 22: expires by the own clock, and a clock a day slow is forgiven', () => {
    const at = (nowMs: number) => () =>
      verifyCertificate({ ...env, nowMs: () => nowMs }, identity.certificate);
    const day = 24 * 3_600_000;
    expect(at(START_MS - day)().deviceId).toBe(identity.deviceId);
    expectCode(at(START_MS - day - 1), 'BAD_CERTIFICATE', { reason: 'not-yet-valid' });
    expectCode(at(START_MS + 5 * 365 * day), 'BAD_CERTIFICATE', { reason: 'expired' });
  });
});

describe('session proof', () => {
  it('threat 25: is worth nothing at another relay or for another nonce', () => {
    const env = testEnv();
    const identity = createIdentity(env, { kind: 'member' });
    const nonce = env.random(32);
    const proof = sessionProof(env, identity, 'https://here.example', nonce);
    const holds = (origin: string, asked: Uint8Array) =>
      env.provider.ed25519Verify(identity.deviceKey, sessionProofInput(origin, asked), proof);
    expect(holds('https://here.example', nonce)).toBe(true);
    expect(holds('https://there.example', nonce)).toBe(false);
    expect(holds('https://here.example', env.random(32))).toBe(false);
  });
});
