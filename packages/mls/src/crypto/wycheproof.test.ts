import { describe, expect, it } from 'vitest';
import { describeVectors } from '../testVectors.ts';
import type { AeadName, HashName, Provider } from './provider.ts';
import { hex, outcomeOf, PROVIDERS, REFUSED, unhex } from './testProviders.ts';

const SOURCE = 'C2SP/wycheproof (testvectors_v1)';

interface WycheproofFile {
  readonly numberOfTests: number;
  readonly testGroups: readonly Group[];
}
type Group = Readonly<Record<string, unknown>> & { readonly tests: readonly Case[] };
type Case = Readonly<Record<string, string>> & {
  readonly result: 'valid' | 'invalid' | 'acceptable';
  readonly flags: readonly string[];
};

/**
 * Runs each case of a file with each provider. `check` asserts and says which kind of case it was; every case of the
 * file must have been of a kind, and of each kind there must be at least as many as in the version of the file this
 * was written with: a case that is quietly passed over fails the test.
 */
function wycheproof(
  file: string,
  atLeast: Readonly<Record<string, number>>,
  check: (provider: Provider, test: Case, group: Group) => string,
): void {
  describeVectors(`wycheproof/${file}`, SOURCE, data => {
    const { numberOfTests, testGroups } = data as WycheproofFile;
    it.each(PROVIDERS)('$name holds for every case', provider => {
      const counts: Record<string, number> = {};
      for (const group of testGroups) {
        for (const test of group.tests) {
          let kind: string;
          try {
            kind = check(provider, test, group);
          } catch (cause) {
            throw new Error(`tcId ${test.tcId}: ${test.comment}`, { cause });
          }
          counts[kind] = (counts[kind] ?? 0) + 1;
        }
      }
      expect(Object.keys(counts).sort()).toEqual(Object.keys(atLeast).sort());
      for (const [kind, count] of Object.entries(atLeast)) expect(counts[kind]).toBeGreaterThanOrEqual(count);
      expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(numberOfTests);
    });
  });
}

function checkAead(provider: Provider, aead: AeadName, nonceFits: boolean, test: Case): string {
  const [key, nonce, aad, plaintext] = [
    unhex(test.key!),
    unhex(test.iv!),
    unhex(test.aad!),
    unhex(test.msg!),
  ];
  const ciphertext = unhex(test.ct! + test.tag!);
  if (!nonceFits) {
    expect(outcomeOf(() => provider.aeadSeal(aead, key, nonce, aad, plaintext))).toEqual(REFUSED);
    expect(outcomeOf(() => provider.aeadOpen(aead, key, nonce, aad, ciphertext))).toEqual(REFUSED);
    return 'refused for its key or nonce length';
  }
  if (test.result === 'invalid') {
    expect(provider.aeadOpen(aead, key, nonce, aad, ciphertext)).toBeUndefined();
    return 'wrong tag';
  }
  expect(hex(provider.aeadSeal(aead, key, nonce, aad, plaintext))).toBe(test.ct! + test.tag!);
  expect(provider.aeadOpen(aead, key, nonce, aad, ciphertext)).toEqual(plaintext);
  return 'valid';
}

describe('Wycheproof', () => {
  wycheproof(
    'aes_gcm_test.json',
    { valid: 79, 'wrong tag': 54, 'refused for its key or nonce length': 183 },
    (provider, test, group) => {
      const aead = group.keySize === 128 ? 'AES-128-GCM' : 'AES-256-GCM';
      const fits = group.keySize !== 192 && group.ivSize === 96;
      return checkAead(provider, aead, fits, test);
    },
  );

  wycheproof(
    'chacha20_poly1305_test.json',
    { valid: 256, 'wrong tag': 60, 'refused for its key or nonce length': 9 },
    (provider, test, group) => checkAead(provider, 'ChaCha20-Poly1305', group.ivSize === 96, test),
  );

  wycheproof('ed25519_test.json', { valid: 88, invalid: 63 }, (provider, test, group) => {
    const publicKey = unhex((group.publicKey as { pk: string }).pk);
    const verified = provider.ed25519Verify(publicKey, unhex(test.msg!), unhex(test.sig!));
    expect(verified).toBe(test.result === 'valid');
    return test.result;
  });

  wycheproof('x25519_test.json', { 'shared secret': 487, 'low order': 31 }, (provider, test) => {
    const agreed = outcomeOf(() => hex(provider.x25519(unhex(test.private!), unhex(test.public!))));
    if (test.flags.includes('ZeroSharedSecret')) {
      expect(agreed).toEqual(REFUSED);
      return 'low order';
    }
    // Twist points and non-canonical encodings are "acceptable": RFC 7748 §5 takes them.
    expect(agreed).toEqual({ returned: test.shared });
    return 'shared secret';
  });

  wycheproof(
    'mlkem_768_test.json',
    { valid: 153, 'refused for its seed length': 20, 'refused for its ciphertext length': 20 },
    (provider, test) => {
      const [seed, ciphertext] = [unhex(test.seed!), unhex(test.c!)];
      if (test.result === 'invalid') {
        expect(outcomeOf(() => provider.mlkem768Decapsulate(seed, ciphertext))).toEqual(REFUSED);
        if (seed.length !== 64) expect(outcomeOf(() => provider.mlkem768PublicKey(seed))).toEqual(REFUSED);
        return `refused for its ${seed.length === 64 ? 'ciphertext' : 'seed'} length`;
      }
      expect(hex(provider.mlkem768PublicKey(seed))).toBe(test.ek);
      expect(hex(provider.mlkem768Decapsulate(seed, ciphertext))).toBe(test.K);
      return 'valid';
    },
  );

  const hashesOfFiles: readonly [file: string, name: HashName, valid: number][] = [
    ['hkdf_sha256_test.json', 'SHA-256', 83],
    ['hkdf_sha512_test.json', 'SHA-512', 80],
  ];
  for (const [file, name, valid] of hashesOfFiles) {
    wycheproof(file, { valid, 'refused for its output length': 3 }, (provider, test) => {
      const prk = provider.hkdfExtract(name, unhex(test.salt!), unhex(test.ikm!));
      const expanded = outcomeOf(() =>
        hex(provider.hkdfExpand(name, prk, unhex(test.info!), Number(test.size))),
      );
      if (test.result === 'invalid') {
        expect(expanded).toEqual(REFUSED);
        return 'refused for its output length';
      }
      expect(expanded).toEqual({ returned: test.okm });
      return 'valid';
    });
  }

  for (const [file, name] of [
    ['hmac_sha256_test.json', 'SHA-256'],
    ['hmac_sha512_test.json', 'SHA-512'],
  ] as const) {
    wycheproof(file, { valid: 66, invalid: 108 }, (provider, test) => {
      const mac = hex(provider.hmac(name, unhex(test.key!), unhex(test.msg!)));
      expect(mac.startsWith(test.tag!)).toBe(test.result === 'valid');
      return test.result;
    });
  }
});
