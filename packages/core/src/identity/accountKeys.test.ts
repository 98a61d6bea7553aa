import { Handle } from '@sotto/protocol';
import { describe, expect, it } from 'vitest';
import { expectCode, flipBit, testEnv } from '../testEnv.fixture.ts';
import { type BundleKey, openAccountBundle, sealAccountBundle } from './accountBundle.ts';
import { createDevice, createIdentity } from './identity.ts';
import { makeRecoveryCode, readRecoveryCode, recoveryKeysOf } from './recoveryCode.ts';

const env = testEnv('account keys');
const identity = createIdentity(env, { kind: 'member' });
const { accountId, accountPrivateKey } = identity;
const bundle = { accountPrivateKey, handle: Handle.parse('ada') };
const password: BundleKey = { kind: 'password', secret: env.random(64) };

describe('the account’s keys, sealed', () => {
  it('come back with the key they were sealed under, and make a new device of the same account', () => {
    const sealed = sealAccountBundle(env, bundle, password);
    const opened = openAccountBundle(env, sealed, { accountId, key: password });
    expect(opened).toEqual(bundle);
    const device = createDevice(env, opened.accountPrivateKey);
    expect(device).toMatchObject({ accountId, kind: 'member' });
    expect(device.deviceId).not.toBe(identity.deviceId);
  });

  it('do not show the length of the handle', () => {
    const longest = { ...bundle, handle: Handle.parse('a'.repeat(32)) };
    expect(sealAccountBundle(env, longest, password)).toHaveLength(
      sealAccountBundle(env, bundle, password).length,
    );
  });

  it('threat 5: open with no other key, for no other purpose, and as no other account', () => {
    const sealed = sealAccountBundle(env, bundle, password);
    const refused = (key: BundleKey, whose = accountId) =>
      expectCode(() => openAccountBundle(env, sealed, { accountId: whose, key }), 'CANNOT_OPEN');
    refused({ kind: 'password', secret: env.random(64) });
    refused({ kind: 'recovery', secret: password.secret });
    refused(password, createIdentity(env, { kind: 'member' }).accountId);
  });

  it('threat 11: are refused with any bit turned', () => {
    const sealed = sealAccountBundle(env, bundle, password);
    for (let bit = 0; bit < sealed.length * 8; bit += 37) {
      expectCode(
        () => openAccountBundle(env, flipBit(sealed, bit), { accountId, key: password }),
        'CANNOT_OPEN',
      );
    }
  });

  it('are sealed under no short secret', () => {
    expectCode(
      () => sealAccountBundle(env, bundle, { kind: 'password', secret: env.random(16) }),
      'BAD_STATE',
    );
  });
});

describe('a recovery code', () => {
  const code = makeRecoveryCode(env);

  it('is twelve words that lead back to the account', () => {
    expect(code).toHaveLength(12);
    const sealed = sealAccountBundle(env, bundle, recoveryKeysOf(env, code).bundleKey);
    const typed = readRecoveryCode(code.join(' '));
    const key = recoveryKeysOf(env, typed).bundleKey;
    expect(openAccountBundle(env, sealed, { accountId, key })).toEqual(bundle);
  });

  it('is drawn anew each time', () => {
    expect(makeRecoveryCode(env)).not.toEqual(makeRecoveryCode(env));
  });

  it('is read in any case, with other blanks, numbered, and by the first four letters of each word', () => {
    const numbered = code.map((word, at) => `${at + 1}. ${word.toUpperCase()}`).join('\n');
    expect(readRecoveryCode(numbered)).toEqual(code);
    expect(readRecoveryCode(code.map(word => word.slice(0, 4)).join('  '))).toEqual(code);
  });

  it('that was mistyped says what is wrong, and which word', () => {
    const refused = (words: readonly string[], facts: Readonly<Record<string, string | number>>) =>
      expectCode(() => readRecoveryCode(words.join(' ')), 'BAD_CODE', facts);
    refused(code.slice(1), { reason: 'word-count' });
    refused([...code, 'zoo'], { reason: 'word-count' });
    refused(code.with(4, 'xylofone'), { reason: 'unknown-word', place: 5 });
    // The test vector of BIP39 with its last word, which checks, made another.
    const zeros = Array.from({ length: 11 }, () => 'abandon');
    expect(readRecoveryCode([...zeros, 'about'].join(' '))).toEqual([...zeros, 'about']);
    refused([...zeros, 'zoo'], { reason: 'checksum' });
  });

  it('gives the relay a proof that opens nothing, and before that only its hash', () => {
    const { bundleKey, proof, proofHash } = recoveryKeysOf(env, code);
    expect(proofHash).toEqual(env.provider.hash('SHA-256', proof));
    expect(bundleKey.secret).not.toEqual(proof);
    const sealed = sealAccountBundle(env, bundle, bundleKey);
    for (const secret of [proof, proofHash]) {
      expectCode(
        () => openAccountBundle(env, sealed, { accountId, key: { kind: 'recovery', secret } }),
        'CANNOT_OPEN',
      );
    }
  });
});
