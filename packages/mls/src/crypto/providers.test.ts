import { ed25519 } from '@noble/curves/ed25519.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nobleAesProvider } from './nobleAesProvider.ts';
import { nobleProvider } from './nobleProvider.ts';
import { nodeProvider } from './nodeProvider.ts';
import type { AeadName, HashName, Provider } from './provider.ts';
import { outcomeOf, REFUSED, unhex } from './testOutcome.ts';
import { PROVIDERS, WITH_NOBLE_AES } from './testProviders.ts';

// Other inputs each time; who wants those of an earlier run again, or more, says so.
const seed = Number(process.env.SOTTO_FUZZ_SEED ?? Date.now() % 1_000_000_007);
const times = Number(process.env.SOTTO_FUZZ_TIMES ?? 1);
process.stderr.write(`providers against each other: SOTTO_FUZZ_SEED=${seed} SOTTO_FUZZ_TIMES=${times}\n`);
const RUNS = { seed, numRuns: 60 * times } as const;
const SLOW_RUNS = { seed, numRuns: 15 * times } as const;

const hashName = fc.constantFrom<HashName>('SHA-256', 'SHA-384', 'SHA-512');
const aeadName = fc.constantFrom<AeadName>('AES-128-GCM', 'AES-256-GCM', 'ChaCha20-Poly1305');
const bytes = (maxLength: number) => fc.uint8Array({ maxLength });
/** Mostly the right length, now and then another. */
const about = (sizeBytes: number) =>
  fc.oneof(
    { weight: 8, arbitrary: fc.uint8Array({ minLength: sizeBytes, maxLength: sizeBytes }) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: sizeBytes + 2 }) },
  );
const lengthBytes = (maxBytes: number) =>
  fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: 0, max: 300 }) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, maxBytes, maxBytes + 1),
    },
  );

/**
 * All providers come to the same, write to no input, and hand out arrays of their own that are no `Buffer`.
 * Answers with that outcome.
 */
function agree(
  inputs: readonly Uint8Array[],
  call: (provider: Provider) => unknown,
  providers: readonly Provider[] = PROVIDERS,
) {
  const before = inputs.map(input => input.slice());
  const outcomes = providers.map(provider => outcomeOf(() => call(provider)));
  for (const outcome of outcomes) {
    expect(outcome).toEqual(outcomes[0]);
    if (!('returned' in outcome) || !(outcome.returned instanceof Uint8Array)) continue;
    expect(outcome.returned.constructor).toBe(Uint8Array);
    expect(inputs.map(input => input.buffer)).not.toContain(outcome.returned.buffer);
  }
  expect(inputs.map(input => input.slice())).toEqual(before);
  return outcomes[0]!;
}

const flipBit = (input: Uint8Array, at: number): Uint8Array =>
  input.map((byte, index) => (index === (at >>> 3) % input.length ? byte ^ (1 << (at & 7)) : byte));

describe('all providers, one behaviour', () => {
  it('Ed25519: before, at and after the change to larger tables', () => {
    const privateKey = new Uint8Array(32).fill(7);
    const publicKey = nodeProvider.ed25519PublicKey(privateKey);
    for (let round = 0; round < 120; round += 1) {
      const message = Uint8Array.of(round);
      const signature = nobleProvider.ed25519Sign(privateKey, message);
      expect(signature).toEqual(nodeProvider.ed25519Sign(privateKey, message));
      expect(nobleProvider.ed25519Verify(publicKey, message, signature)).toBe(true);
      expect(nobleProvider.ed25519Verify(publicKey, Uint8Array.of(round + 1), signature)).toBe(false);
    }
  });

  it('hash, hmac, sha3, shake', () => {
    fc.assert(
      fc.property(hashName, bytes(300), bytes(200), lengthBytes(65_535), (name, data, key, length) => {
        agree([data], provider => provider.hash(name, data));
        agree([key, data], provider => provider.hmac(name, key, data));
        agree([data], provider => provider.sha3_256(data));
        agree([data], provider => provider.shake256(data, length));
      }),
      RUNS,
    );
  });

  it('hkdf', () => {
    fc.assert(
      fc.property(hashName, bytes(200), bytes(130), bytes(80), fc.nat(2), (name, salt, ikm, info, beyond) => {
        agree([salt, ikm], provider => provider.hkdfExtract(name, salt, ikm));
        const maxBytes = 255 * nodeProvider.hash(name, info).length;
        for (const length of [0, 1, 31, 48, 64, 65, 200, maxBytes - 1 + beyond, -1, 0.5, Number.NaN]) {
          agree([ikm, info], provider => provider.hkdfExpand(name, ikm, info, length));
        }
      }),
      SLOW_RUNS,
    );
  });

  it('aead: sealing, opening, and opening what was changed', () => {
    const keyBytes = { 'AES-128-GCM': 16, 'AES-256-GCM': 32, 'ChaCha20-Poly1305': 32 };
    const sizes = aeadName.chain(aead => fc.tuple(fc.constant(aead), about(keyBytes[aead]), about(12)));
    fc.assert(
      fc.property(sizes, bytes(60), bytes(300), fc.nat(), ([aead, key, nonce], aad, plaintext, bit) => {
        const providers = aead === 'ChaCha20-Poly1305' ? PROVIDERS : WITH_NOBLE_AES;
        const open = (k: Uint8Array, n: Uint8Array, a: Uint8Array, c: Uint8Array) =>
          agree([k, n, a, c], p => p.aeadOpen(aead, k, n, a, c), providers);
        const inputs = [key, nonce, aad, plaintext];
        const sealed = agree(inputs, p => p.aeadSeal(aead, key, nonce, aad, plaintext), providers);
        open(key, nonce, aad, plaintext);
        if ('refused' in sealed) return;
        const ciphertext = sealed.returned as Uint8Array;
        expect(open(key, nonce, aad, ciphertext)).toEqual({ returned: plaintext });
        const undone = { returned: undefined };
        expect(open(flipBit(key, bit), nonce, aad, ciphertext)).toEqual(undone);
        expect(open(key, flipBit(nonce, bit), aad, ciphertext)).toEqual(undone);
        expect(open(key, nonce, Uint8Array.of(...aad, 0), ciphertext)).toEqual(undone);
        expect(open(key, nonce, aad, flipBit(ciphertext, bit))).toEqual(undone);
        expect(open(key, nonce, aad, ciphertext.subarray(1))).toEqual(undone);
        expect(open(key, nonce, aad, ciphertext.subarray(0, bit % 16))).toEqual(undone);
      }),
      RUNS,
    );
  });

  it('the one with AES-GCM only: the same, and no other AEAD', () => {
    const [key, nonce, aad] = [new Uint8Array(32).fill(1), new Uint8Array(12).fill(2), new Uint8Array(3)];
    const text = new Uint8Array([7, 8, 9]);
    const sealed = nobleAesProvider.aeadSeal('AES-256-GCM', key, nonce, aad, text);
    expect(sealed).toEqual(nodeProvider.aeadSeal('AES-256-GCM', key, nonce, aad, text));
    expect(nobleAesProvider.aeadOpen('AES-256-GCM', key, nonce, aad, sealed)).toEqual(text);
    const seal = () => nobleAesProvider.aeadSeal('ChaCha20-Poly1305', key, nonce, aad, text);
    const open = () => nobleAesProvider.aeadOpen('ChaCha20-Poly1305', key, nonce, aad, sealed);
    expect(outcomeOf(seal)).toEqual(REFUSED);
    expect(outcomeOf(open)).toEqual(REFUSED);
  });

  it('x25519', () => {
    fc.assert(
      fc.property(about(32), about(32), (privateKey, publicKey) => {
        agree([privateKey], provider => provider.x25519PublicKey(privateKey));
        agree([privateKey, publicKey], provider => provider.x25519(privateKey, publicKey));
      }),
      RUNS,
    );
  });

  it('ed25519: keys, signatures, and what was changed of them', () => {
    fc.assert(
      fc.property(about(32), bytes(200), fc.nat(), (privateKey, message, bit) => {
        const publicKey = agree([privateKey], provider => provider.ed25519PublicKey(privateKey));
        const signature = agree([privateKey, message], provider => provider.ed25519Sign(privateKey, message));
        if ('refused' in publicKey || 'refused' in signature) {
          expect(publicKey).toEqual(REFUSED);
          expect(signature).toEqual(REFUSED);
          return;
        }
        const verify = (k: Uint8Array, m: Uint8Array, s: Uint8Array) =>
          agree([k, m, s], provider => provider.ed25519Verify(k, m, s));
        const [k, s] = [publicKey.returned as Uint8Array, signature.returned as Uint8Array];
        expect(verify(k, message, s)).toEqual({ returned: true });
        expect(verify(k, message, flipBit(s, bit))).toEqual({ returned: false });
        expect(verify(k, Uint8Array.of(...message, 0), s)).toEqual({ returned: false });
        expect(verify(flipBit(k, bit), message, s)).not.toEqual({ returned: true });
        expect(verify(k, message, s.subarray(0, bit % 64))).toEqual({ returned: false });
        expect(verify(k.subarray(1), message, s)).toEqual(REFUSED);
      }),
      { ...RUNS, numRuns: 40 * times },
    );
  });

  it('ed25519: a key stays right when its tables are built and when the cache turns over', () => {
    const message = unhex('beef');
    const keys = Array.from({ length: 40 }, (_, at) => new Uint8Array(32).fill(at));
    const signed = keys.map(
      key => [nodeProvider.ed25519PublicKey(key), nodeProvider.ed25519Sign(key, message)] as const,
    );
    for (let round = 0; round < 12; round += 1) {
      for (const [publicKey, signature] of round % 4 === 3 ? signed : signed.slice(0, 3)) {
        expect(nobleProvider.ed25519Verify(publicKey, message, signature)).toBe(true);
        expect(nobleProvider.ed25519Verify(publicKey, unhex('beee'), signature)).toBe(false);
      }
    }
  });

  it('ml-kem', () => {
    fc.assert(
      fc.property(about(64), about(32), fc.nat(), (seed, coins, bit) => {
        const publicKey = agree([seed], provider => provider.mlkem768PublicKey(seed));
        if ('refused' in publicKey) return;
        const k = publicKey.returned as Uint8Array;
        const secret = agree([k, coins], provider => provider.mlkem768Encapsulate(k, coins));
        agree([k, coins], provider => provider.mlkem768Encapsulate(flipBit(k, bit), coins));
        if ('refused' in secret) return;
        const { ciphertext, sharedSecret } = secret.returned as ReturnType<Provider['mlkem768Encapsulate']>;
        const decapsulate = (c: Uint8Array) =>
          agree([seed, c], provider => provider.mlkem768Decapsulate(seed, c));
        expect(decapsulate(ciphertext)).toEqual({ returned: sharedSecret });
        expect(decapsulate(flipBit(ciphertext, bit))).not.toEqual({ returned: sharedSecret });
        expect(decapsulate(ciphertext.subarray(1))).toEqual(REFUSED);
      }),
      SLOW_RUNS,
    );
  });
});

describe.each(PROVIDERS)('$name refuses', provider => {
  const empty = new Uint8Array(0);
  const ofLength = (sizeBytes: number) => new Uint8Array(sizeBytes).fill(1);

  it.each([0, 16, 31, 33, 64])('keys of %i bytes where a curve wants 32', sizeBytes => {
    const [wrong, right] = [ofLength(sizeBytes), ofLength(32)];
    for (const call of [
      () => provider.x25519PublicKey(wrong),
      () => provider.x25519(wrong, right),
      () => provider.x25519(right, wrong),
      () => provider.ed25519PublicKey(wrong),
      () => provider.ed25519Sign(wrong, empty),
      () => provider.ed25519Verify(wrong, empty, ofLength(64)),
    ]) {
      expect(outcomeOf(call)).toEqual(REFUSED);
    }
  });

  it('lengths that ML-KEM-768 does not have', () => {
    for (const call of [
      () => provider.mlkem768PublicKey(ofLength(32)),
      () => provider.mlkem768Encapsulate(ofLength(1183), ofLength(32)),
      () => provider.mlkem768Encapsulate(provider.mlkem768PublicKey(ofLength(64)), ofLength(31)),
      () => provider.mlkem768Decapsulate(ofLength(2400), ofLength(1088)),
      () => provider.mlkem768Decapsulate(ofLength(64), ofLength(1087)),
    ]) {
      expect(outcomeOf(call)).toEqual(REFUSED);
    }
  });

  it('says which input it was, and nothing of its bytes', () => {
    expect(() => provider.x25519PublicKey(ofLength(31))).toThrow(
      expect.objectContaining({
        code: 'CRYPTO_INPUT',
        facts: { what: 'X25519 private key', sizeBytes: 31, expectedBytes: 32 },
      }),
    );
  });

  it('X25519 points of low order, in each of their encodings', () => {
    const p = (1n << 255n) - 19n;
    const order8 = [
      325606250916557431795983626356110631294008115727848805560023387167927233504n,
      39382357235489614581723060781553021112529911719440698176882885853963445705823n,
    ];
    for (const u of [0n, 1n, p - 1n, p, p + 1n, ...order8]) {
      for (const topBit of [0n, 1n << 255n]) {
        expect(outcomeOf(() => provider.x25519(ofLength(32), littleEndian32(u | topBit)))).toEqual(REFUSED);
      }
    }
  });
});

/* Ed25519 beyond Wycheproof: keys and signatures with a part in the small subgroup. */

const { Point } = ed25519;
/** A point of order 8. */
const TORSION = Point.fromBytes(unhex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'));
const L = Point.Fn.ORDER;
/** The eight points of small order. */
const torsion = (multiple: number) => Point.ZERO.add(TORSION.multiplyUnsafe(BigInt(multiple)));
const fromLittleEndian = (encoded: Uint8Array): bigint =>
  encoded.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);

function littleEndian32(value: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, at) => Number((value >> BigInt(8 * at)) & 0xffn));
}

function challenge(r: Uint8Array, publicKey: Uint8Array, message: Uint8Array): bigint {
  const digest = nodeProvider.hash('SHA-512', Uint8Array.of(...r, ...publicKey, ...message));
  return Point.Fn.create(fromLittleEndian(digest));
}

/** A signature by the scalar `a` under the encoded key, with a part `torsionOfR` in R. */
function craft(
  a: bigint,
  publicKey: Uint8Array,
  torsionOfR: typeof TORSION,
  message: Uint8Array,
  r = 123_456_789n,
): Uint8Array {
  const encodedR = Point.BASE.multiplyUnsafe(r).add(torsionOfR).toBytes();
  const s = Point.Fn.create(r + challenge(encodedR, publicKey, message) * a);
  return Uint8Array.of(...encodedR, ...littleEndian32(s));
}

/** Encodings of points of small order, of both curves, and what lies around them and around the field's prime. */
const P = (1n << 255n) - 19n;
const edgeY = fc.oneof(
  fc.constantFrom(0n, 1n, 2n, P - 2n, P - 1n, P, P + 1n, P + 2n, P + 18n),
  fc.constantFrom(
    325606250916557431795983626356110631294008115727848805560023387167927233504n,
    39382357235489614581723060781553021112529911719440698176882885853963445705823n,
  ),
  fc.nat(7).map(order => fromLittleEndian(torsion(order).toBytes()) & ((1n << 255n) - 1n)),
  fc.bigInt({ min: 0n, max: (1n << 255n) - 1n }),
);
const edgePoint = fc.tuple(edgeY, fc.boolean()).map(([y, top]) => littleEndian32(top ? y | (1n << 255n) : y));

describe('all providers at the edges', () => {
  it('x25519 of points of low order, on the twist, and not canonical', () => {
    fc.assert(
      fc.property(about(32), edgePoint, (privateKey, point) => {
        agree([privateKey, point], provider => provider.x25519(privateKey, point));
      }),
      RUNS,
    );
  });

  it('ed25519 verification, with every mixture of key, R and S', () => {
    const scalar = fc.oneof(
      fc.constantFrom(0n, 1n, L - 1n, L, L + 1n, 2n * L, (1n << 253n) - 1n, (1n << 256n) - 1n),
      fc.bigInt({ min: 0n, max: (1n << 256n) - 1n }),
    );
    const small = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(7) });
    const a = fc.bigInt({ min: 1n, max: L - 1n });
    const r = fc.oneof(fc.constant(0n), fc.bigInt({ min: 0n, max: L - 1n }));
    const signed = fc
      .tuple(a, r, small, small, bytes(20), fc.constantFrom(0n, 0n, L))
      .map(([key, nonce, inKey, inR, message, more]) => {
        const publicKey = Point.BASE.multiply(key).add(torsion(inKey)).toBytes();
        const signature = craft(key, publicKey, torsion(inR), message, nonce);
        const s = littleEndian32(fromLittleEndian(signature.subarray(32)) + more);
        return [publicKey, Uint8Array.of(...signature.subarray(0, 32), ...s), message] as const;
      });
    const composed = fc
      .tuple(edgePoint, edgePoint, scalar, bytes(20))
      .map(
        ([key, point, s, message]) => [key, Uint8Array.of(...point, ...littleEndian32(s)), message] as const,
      );
    const verdicts = { true: 0, false: 0, refused: 0 };
    fc.assert(
      fc.property(fc.oneof(signed, composed), ([publicKey, signature, message]) => {
        const outcome = agree([publicKey, signature, message], provider =>
          provider.ed25519Verify(publicKey, message, signature),
        );
        verdicts['refused' in outcome ? 'refused' : (String(outcome.returned) as 'true' | 'false')] += 1;
      }),
      { ...RUNS, numRuns: 200 * times },
    );
    // It was a mixture: none of the three is all that came out.
    expect(Math.min(...Object.values(verdicts))).toBeGreaterThan(0);
  });
});

describe.each(PROVIDERS)('$name verifies strictly', provider => {
  const a = 987_654_321n;
  const honest = Point.BASE.multiply(a).toBytes();
  const message = unhex('6d657373616765');

  it('refuses every key of small order, in each encoding', () => {
    const encodings = Array.from({ length: 8 }, (_, at) => torsion(at).toBytes());
    expect(new Set(encodings.map(String)).size).toBe(8);
    const p = (1n << 255n) - 19n;
    // y = 0, 1, -1 with the other sign of x, and y + p where that fits in 255 bits.
    for (const y of [0n, 1n, p - 1n, p, p + 1n]) {
      encodings.push(littleEndian32(y), littleEndian32(y | (1n << 255n)));
    }
    // The forgery that such a key allows: R = identity, S = 0 holds where k·A = 0.
    const forged = Uint8Array.of(1, ...new Uint8Array(63));
    for (const key of encodings) {
      expect(outcomeOf(() => provider.ed25519Verify(key, message, forged))).toEqual(REFUSED);
    }
  });

  it('refuses non-canonical keys, and finds nothing valid under what is no point', () => {
    const p = (1n << 255n) - 19n;
    const signature = new Uint8Array(64);
    for (let above = 0n; above < 19n; above += 1n) {
      expect(outcomeOf(() => provider.ed25519Verify(littleEndian32(p + above), message, signature))).toEqual(
        REFUSED,
      );
    }
    const offCurve = littleEndian32(2n);
    expect(() => Point.fromBytes(offCurve)).toThrow();
    expect(provider.ed25519Verify(offCurve, message, signature)).toBe(false);
  });

  it('refuses S + L, which would be a second signature of the same message', () => {
    const signature = craft(a, honest, Point.ZERO, message);
    expect(provider.ed25519Verify(honest, message, signature)).toBe(true);
    const s = fromLittleEndian(signature.subarray(32));
    const second = Uint8Array.of(...signature.subarray(0, 32), ...littleEndian32(s + L));
    expect(provider.ed25519Verify(honest, message, second)).toBe(false);
  });

  it('refuses a torsion part in R, which a cofactored equation takes', () => {
    const signature = craft(a, honest, TORSION, message);
    expect(ed25519.verify(signature, message, honest, { zip215: false })).toBe(true);
    expect(provider.ed25519Verify(honest, message, signature)).toBe(false);
  });

  it('takes an R of small order exactly where the equation holds: only who has the key can make one', () => {
    for (let order = 0; order < 8; order += 1) {
      const signature = craft(a, honest, torsion(order), message, 0n);
      expect(provider.ed25519Verify(honest, message, signature)).toBe(order === 0);
    }
    // The identity once more, in an encoding that is not canonical: y = 1 + p, and x = 0 with its other sign.
    const signature = craft(a, honest, Point.ZERO, message, 0n);
    for (const r of [(1n << 255n) - 18n, 1n | (1n << 255n)]) {
      const again = Uint8Array.of(...littleEndian32(r), ...signature.subarray(32));
      expect(provider.ed25519Verify(honest, message, again)).toBe(false);
    }
  });

  it('takes a mixed key exactly where the equation without cofactor holds', () => {
    const mixed = Point.BASE.multiply(a).add(TORSION).toBytes();
    const verdicts = new Set<boolean>();
    for (let at = 0; at < 64; at += 1) {
      const text = Uint8Array.of(at);
      const signature = craft(a, mixed, Point.ZERO, text);
      const holds = challenge(signature.subarray(0, 32), mixed, text) % 8n === 0n;
      expect(provider.ed25519Verify(mixed, text, signature)).toBe(holds);
      verdicts.add(holds);
    }
    expect(verdicts.size).toBe(2);
  });
});
