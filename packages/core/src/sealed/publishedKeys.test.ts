import { createPublicKey } from 'node:crypto';
import {
  base64urlEncode,
  encodeSealedKeys,
  encodeSignedSealedKeys,
  LIMITS,
  type SealedKey,
  sealedKeysInput,
} from '@sotto/protocol';
import { beforeAll, describe, expect, it } from 'vitest';
import { createIdentity, type DeviceIdentity } from '../identity/identity.ts';
import { LABELS, labelled, signLabelled } from '../labels.ts';
import { expectCode, flipBit, testEnv } from '../testEnv.fixture.ts';
import {
  decodeWrappedKeys,
  encodeWrappedKeys,
  letStrangers,
  type OwnSealedKeys,
  rotateSealedKeys,
  type VerifiedSealedKeys,
  verifySealedKeys,
} from './publishedKeys.ts';
import { bitsOf, kidOf, makeRsaKey, rsaKeyPem, unwrapRsaKey } from './rsaKeys.ts';
import { SealedKeyring } from './sealedKeyring.ts';
import { type SealedPerson, sealedPerson } from './sealedPeople.fixture.ts';

const env = testEnv('published keys');
const stranger = createIdentity(env, { kind: 'member' });
let mara: SealedPerson;
let first: OwnSealedKeys;
let second: OwnSealedKeys;
let identity: DeviceIdentity;

beforeAll(async () => {
  mara = await sealedPerson(env);
  ({ identity, own: first } = mara);
  env.advanceMs(60_000);
  second = await rotateSealedKeys(env, identity, first, { bits: 3072 });
});

const refused = (signed: Uint8Array, reason: string, known?: VerifiedSealedKeys) =>
  expectCode(
    () => verifySealedKeys(env, signed, { accountId: identity.accountId, known }),
    'BAD_SEALED_KEYS',
    { reason },
  );

function signedBy(account: DeviceIdentity, change: Partial<VerifiedSealedKeys> = {}): Uint8Array {
  const { counter, strangers, keys } = { ...first.published, ...change };
  const bytes = encodeSealedKeys({ accountKey: identity.accountKey, counter, strangers, keys });
  const signature = signLabelled(env.provider, account.accountPrivateKey, LABELS.sealedKeys, bytes);
  return encodeSignedSealedKeys({ keys: bytes, signature });
}

describe('published keys', () => {
  it('are 3072 bits, one to encrypt to and another to sign with', () => {
    const { encryption, signature } = first.published;
    expect([bitsOf(encryption), bitsOf(signature)]).toEqual([3072, 3072]);
    expect([encryption.use, signature.use]).toEqual(['enc', 'sig']);
    expect(encryption.n).not.toBe(signature.n);
  });

  it('are what the relay checks: the input that the protocol documents', () => {
    const bytes = env.random(40);
    expect(labelled(LABELS.sealedKeys, bytes)).toEqual(sealedKeysInput(bytes));
  });

  it('are given out as PEM too, which is the same key', async () => {
    const { encryption } = first.published;
    const { n, e } = createPublicKey(await rsaKeyPem(encryption)).export({ format: 'jwk' });
    expect({ n, e }).toEqual({ n: encryption.n, e: 'AQAB' });
  });

  it('threat 1: of another account, changed, or signed by another, are refused', () => {
    refused(signedBy(stranger), 'bad-signature');
    expectCode(
      () => verifySealedKeys(env, first.published.signed, { accountId: stranger.accountId }),
      'BAD_SEALED_KEYS',
      { reason: 'other-account' },
    );
    for (const bit of [3, 999, 5_000]) {
      expect(() =>
        verifySealedKeys(env, flipBit(first.published.signed, bit), { accountId: identity.accountId }),
      ).toThrow();
    }
  });

  it('with an id that is not the thumbprint are refused', () => {
    const [encryption, signature] = first.published.keys;
    const keys = [
      { ...encryption!, kid: signature!.kid },
      { ...signature!, kid: encryption!.kid },
    ];
    refused(signedBy(identity, { keys }), 'wrong-key-id');
  });

  it('threat 2: older ones are refused once newer were seen, and so are others with the same counter', () => {
    refused(first.published.signed, 'older', second.published);
    refused(signedBy(identity, { counter: 2, strangers: false }), 'conflict', second.published);
  });

  it('say whether people without an account may write', () => {
    const closed = letStrangers(env, identity, first, false);
    expect(closed.published).toMatchObject({ counter: 2, strangers: false });
    expect(closed.wrapped).toBe(first.wrapped);
  });
});

describe('rotation', () => {
  it('puts fresh keys before the old ones, and keeps what is needed to read what is on its way', async () => {
    const { published, wrapped } = second;
    expect(published.counter).toBe(2);
    expect(published.encryption.kid).not.toBe(first.published.encryption.kid);
    expect(published.keys.map(({ retiredAtS }) => retiredAtS === undefined)).toEqual([
      true,
      true,
      false,
      false,
    ]);
    const keyring = new SealedKeyring(env, identity, second);
    expect(await keyring.decryptionKey(first.published.encryption.kid)).toBeDefined();
    expect((await keyring.signer()).kid).toBe(published.signature.kid);
    // Nothing is signed with the old one any more.
    expect(wrapped.has(first.published.signature.kid)).toBe(false);
  });

  it('lets the oldest go when there are too many', async () => {
    const old = Array.from({ length: LIMITS.sealedKeys - 4 }, (_, at) => retiredKey(at));
    const keys = [...second.published.keys, ...old];
    const third = await rotateSealedKeys(
      env,
      identity,
      { ...second, published: { ...second.published, keys } },
      { bits: 3072 },
    );
    expect(third.published.keys).toHaveLength(LIMITS.sealedKeys);
    expect(third.published.keys.at(-1)).toEqual(old.at(-3));
    // Two to read with from before, the new one, and the new one to sign with.
    expect(third.wrapped.size).toBe(4);
  });
});

/** A key that only looks like one. */
function retiredKey(at: number): SealedKey {
  const modulus = env.random(384);
  modulus[0]! |= 0x80;
  modulus[383]! |= 1;
  const n = base64urlEncode(modulus);
  return { use: 'enc', kid: kidOf(env, n), n, createdAtS: at, retiredAtS: at + 1 };
}

describe('private keys', () => {
  it('are wrapped: nothing of them can be seen, and only their account opens them', async () => {
    const { encryption } = first.published;
    const wrapped = first.wrapped.get(encryption.kid)!;
    const key = await unwrapRsaKey(env, identity, encryption, wrapped);
    expect(key.extractable).toBe(false);
    await expect(unwrapRsaKey(env, stranger, encryption, wrapped)).rejects.toMatchObject({
      code: 'CANNOT_OPEN',
    });
    // The relay cannot put one in the place of another.
    const other = { ...encryption, kid: first.published.signature.kid };
    await expect(unwrapRsaKey(env, identity, other, wrapped)).rejects.toMatchObject({ code: 'CANNOT_OPEN' });
    // PKCS #8 begins with the object identifier of RSA, which stands nowhere in what is stored.
    const rsa = Buffer.from([0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01]);
    expect(Buffer.from(encodeWrappedKeys(first.wrapped)).includes(rsa)).toBe(false);
  });

  it('come back from what the relay stores, and what it made up does not', async () => {
    const stored = encodeWrappedKeys(second.wrapped);
    expect(decodeWrappedKeys(stored)).toEqual(second.wrapped);
    for (const bytes of [new Uint8Array(0), Uint8Array.of(9), stored.slice(0, 40), flipBit(stored, 30)]) {
      expectCode(() => decodeWrappedKeys(bytes), 'BAD_SEALED_KEYS');
    }
  });

  it('can be 4096 bits', async () => {
    const { key } = await makeRsaKey(env, identity, { use: 'sig', bits: 4096 });
    expect(bitsOf(key)).toBe(4096);
  });
});
