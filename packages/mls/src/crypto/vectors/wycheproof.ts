import type { AeadName, HashName, Provider } from '../provider.ts';
import { hex, outcomeOf, REFUSED, unhex } from '../testOutcome.ts';
import { type CaseCounts, same, Tally, type VectorSuite } from './vectorSuite.ts';

interface WycheproofFile {
  readonly numberOfTests: number;
  readonly testGroups: readonly Group[];
}
type Group = Readonly<Record<string, unknown>> & { readonly tests: readonly Case[] };
type Case = Readonly<Record<string, string>> & {
  readonly result: 'valid' | 'invalid' | 'acceptable';
  readonly flags: readonly string[];
};

/** A file of C2SP/wycheproof. `check` throws where a case does not hold, and says which kind of case it was. */
function wycheproof(
  file: string,
  atLeast: CaseCounts,
  check: (provider: Provider, test: Case, group: Group) => string,
  aead?: AeadName,
): VectorSuite {
  const path = `wycheproof/${file}`;
  return {
    name: path,
    from: { file: path, source: 'C2SP/wycheproof (testvectors_v1)' },
    ...(aead !== undefined && { aead }),
    atLeast,
    run(provider, data) {
      const { numberOfTests, testGroups } = data as WycheproofFile;
      const tally = new Tally();
      for (const group of testGroups) {
        for (const test of group.tests) {
          try {
            tally.add(check(provider, test, group));
          } catch (cause) {
            throw new Error(`tcId ${test.tcId}: ${test.comment}: ${String(cause)}`, { cause });
          }
        }
      }
      const ran = Object.values(tally.counts).reduce((sum, count) => sum + count, 0);
      same(ran, numberOfTests, 'cases of the file');
      return tally.counts;
    },
  };
}

function checkAead(provider: Provider, aead: AeadName, nonceFits: boolean, test: Case): string {
  const [key, nonce, aad, plaintext] = [
    unhex(test.key!),
    unhex(test.iv!),
    unhex(test.aad!),
    unhex(test.msg!),
  ];
  const ciphertext = unhex(test.ct! + test.tag!);
  const opened = outcomeOf(() => provider.aeadOpen(aead, key, nonce, aad, ciphertext));
  if (!nonceFits) {
    same(
      outcomeOf(() => provider.aeadSeal(aead, key, nonce, aad, plaintext)),
      REFUSED,
      'sealing',
    );
    same(opened, REFUSED, 'opening');
    return 'refused for its key or nonce length';
  }
  if (test.result === 'invalid') {
    same(opened, { returned: undefined }, 'opening');
    return 'wrong tag';
  }
  same(hex(provider.aeadSeal(aead, key, nonce, aad, plaintext)), test.ct! + test.tag!, 'sealing');
  same(opened, { returned: plaintext }, 'opening');
  return 'valid';
}

const aesGcm = wycheproof(
  'aes_gcm_test.json',
  { valid: 79, 'wrong tag': 54, 'refused for its key or nonce length': 183 },
  (provider, test, group) => {
    const aead = group.keySize === 128 ? 'AES-128-GCM' : 'AES-256-GCM';
    const fits = group.keySize !== 192 && group.ivSize === 96;
    return checkAead(provider, aead, fits, test);
  },
);

const chaCha20Poly1305 = wycheproof(
  'chacha20_poly1305_test.json',
  { valid: 256, 'wrong tag': 60, 'refused for its key or nonce length': 9 },
  (provider, test, group) => checkAead(provider, 'ChaCha20-Poly1305', group.ivSize === 96, test),
  'ChaCha20-Poly1305',
);

const ed25519 = wycheproof('ed25519_test.json', { valid: 88, invalid: 63 }, (provider, test, group) => {
  const publicKey = unhex((group.publicKey as { pk: string }).pk);
  const verified = provider.ed25519Verify(publicKey, unhex(test.msg!), unhex(test.sig!));
  same(verified, test.result === 'valid', 'verified');
  return test.result;
});

const x25519 = wycheproof('x25519_test.json', { 'shared secret': 487, 'low order': 31 }, (provider, test) => {
  const agreed = outcomeOf(() => hex(provider.x25519(unhex(test.private!), unhex(test.public!))));
  if (test.flags.includes('ZeroSharedSecret')) {
    same(agreed, REFUSED, 'shared secret');
    return 'low order';
  }
  // Twist points and non-canonical encodings are "acceptable": RFC 7748 §5 takes them.
  same(agreed, { returned: test.shared }, 'shared secret');
  return 'shared secret';
});

const mlkem768 = wycheproof(
  'mlkem_768_test.json',
  { valid: 153, 'refused for its seed length': 20, 'refused for its ciphertext length': 20 },
  (provider, test) => {
    const [seed, ciphertext] = [unhex(test.seed!), unhex(test.c!)];
    if (test.result === 'invalid') {
      same(
        outcomeOf(() => provider.mlkem768Decapsulate(seed, ciphertext)),
        REFUSED,
        'decapsulating',
      );
      if (seed.length === 64) return 'refused for its ciphertext length';
      same(
        outcomeOf(() => provider.mlkem768PublicKey(seed)),
        REFUSED,
        'public key',
      );
      return 'refused for its seed length';
    }
    same(hex(provider.mlkem768PublicKey(seed)), test.ek, 'public key');
    same(hex(provider.mlkem768Decapsulate(seed, ciphertext)), test.K, 'decapsulating');
    return 'valid';
  },
);

const hkdf = (file: string, name: HashName, valid: number) =>
  wycheproof(file, { valid, 'refused for its output length': 3 }, (provider, test) => {
    const prk = provider.hkdfExtract(name, unhex(test.salt!), unhex(test.ikm!));
    const expanded = outcomeOf(() =>
      hex(provider.hkdfExpand(name, prk, unhex(test.info!), Number(test.size))),
    );
    if (test.result === 'invalid') {
      same(expanded, REFUSED, 'expanded');
      return 'refused for its output length';
    }
    same(expanded, { returned: test.okm }, 'expanded');
    return 'valid';
  });

const hmac = (file: string, name: HashName) =>
  wycheproof(file, { valid: 66, invalid: 108 }, (provider, test) => {
    const mac = hex(provider.hmac(name, unhex(test.key!), unhex(test.msg!)));
    same(mac.startsWith(test.tag!), test.result === 'valid', 'the tag fits');
    return test.result;
  });

export const WYCHEPROOF: readonly VectorSuite[] = [
  aesGcm,
  chaCha20Poly1305,
  ed25519,
  x25519,
  mlkem768,
  hkdf('hkdf_sha256_test.json', 'SHA-256', 83),
  hkdf('hkdf_sha512_test.json', 'SHA-512', 80),
  hmac('hmac_sha256_test.json', 'SHA-256'),
  hmac('hmac_sha512_test.json', 'SHA-512'),
];
