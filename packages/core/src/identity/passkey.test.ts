import { Handle, passkeySignInInput } from '@sotto/protocol';
import { describe, expect, it } from 'vitest';
import { expectCode, flipBit, testEnv } from '../testEnv.fixture.ts';
import { openAccountBundle, sealAccountBundle } from './accountBundle.ts';
import { createIdentity } from './identity.ts';
import { openPasskeyAbout, passkeyKeysOf, passkeyProof, sealPasskeyAbout } from './passkey.ts';

const env = testEnv('passkeys');
const identity = createIdentity(env, { kind: 'member' });
const { accountId, accountPrivateKey } = identity;
const prfOutput = env.random(32);
const keys = passkeyKeysOf(env, prfOutput);

describe('the keys of a passkey', () => {
  it('are the same each time, and others for another passkey', () => {
    expect(passkeyKeysOf(env, prfOutput.slice())).toEqual(keys);
    const other = passkeyKeysOf(env, flipBit(prfOutput, 3));
    expect(other.signInKey).not.toEqual(keys.signInKey);
    expect(other.bundleKey.secret).not.toEqual(keys.bundleKey.secret);
  });

  it('open what they sealed, and what signs in opens nothing', () => {
    const bundle = { accountPrivateKey, handle: Handle.parse('ada') };
    const sealed = sealAccountBundle(env, bundle, keys.bundleKey);
    expect(openAccountBundle(env, sealed, { accountId, key: keys.bundleKey })).toEqual(bundle);
    for (const secret of [keys.signInPrivateKey, keys.signInKey, prfOutput]) {
      const key = { kind: 'passkey', secret } as const;
      expectCode(() => openAccountBundle(env, sealed, { accountId, key }), 'CANNOT_OPEN');
    }
    const password = { ...keys.bundleKey, kind: 'password' } as const;
    expectCode(() => openAccountBundle(env, sealed, { accountId, key: password }), 'CANNOT_OPEN');
  });

  it('sign for one relay and one challenge', () => {
    const nonce = env.random(32);
    const proof = passkeyProof(env, keys, { origin: 'https://host.example', nonce });
    const fits = (origin: string, challenge: Uint8Array) =>
      env.provider.ed25519Verify(keys.signInKey, passkeySignInInput(origin, challenge), proof);
    expect(fits('https://host.example', nonce)).toBe(true);
    expect(fits('https://host.example.evil', nonce)).toBe(false);
    expect(fits('https://host.example', flipBit(nonce, 0))).toBe(false);
  });

  it('come of 32 bytes only', () => {
    for (const sizeBytes of [0, 16, 31, 33, 64])
      expectCode(() => passkeyKeysOf(env, new Uint8Array(sizeBytes)), 'BAD_STATE');
  });
});

describe('what a passkey is called', () => {
  const { signInKey } = keys;
  const about = { name: 'Key ring', createdAtMs: 1_750_000_123_456, credentialId: env.random(20) };

  it('is read by the account’s devices, for this passkey', () => {
    for (const credentialId of [env.random(0), env.random(16), env.random(1_023)]) {
      const sealedAbout = sealPasskeyAbout(env, identity, signInKey, { ...about, credentialId });
      expect(openPasskeyAbout(env, identity, { signInKey, sealedAbout })).toEqual({ ...about, credentialId });
    }
  });

  it('is nothing to others, under another passkey, or with any bit turned', () => {
    const sealedAbout = sealPasskeyAbout(env, identity, signInKey, about);
    const stranger = createIdentity(env, { kind: 'member' });
    expect(openPasskeyAbout(env, stranger, { signInKey, sealedAbout })).toBeUndefined();
    const other = passkeyKeysOf(env, env.random(32)).signInKey;
    expect(openPasskeyAbout(env, identity, { signInKey: other, sealedAbout })).toBeUndefined();
    const turned = flipBit(sealedAbout, 200);
    expect(openPasskeyAbout(env, identity, { signInKey, sealedAbout: turned })).toBeUndefined();
  });

  it('shows by its size neither name nor date, and an id beyond WebAuthn’s is none', () => {
    const long = sealPasskeyAbout(env, identity, signInKey, { ...about, name: 'n'.repeat(100) });
    expect(long).toHaveLength(sealPasskeyAbout(env, identity, signInKey, about).length);
    const credentialId = new Uint8Array(1_024);
    expectCode(() => sealPasskeyAbout(env, identity, signInKey, { ...about, credentialId }), 'TOO_LARGE', {
      limitBytes: 1_023,
    });
    expectCode(() => sealPasskeyAbout(env, identity, signInKey, { ...about, name: ' ' }), 'BAD_NAME', {
      reason: 'empty',
    });
  });
});
