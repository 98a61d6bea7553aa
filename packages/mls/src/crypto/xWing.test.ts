import { expect, it } from 'vitest';
import { describeVectors } from '../testVectors.ts';
import { fixedRandom, hex, outcomeOf, PROVIDERS, REFUSED, unhex } from './testProviders.ts';
import { xWing } from './xWing.ts';

interface XWingVector {
  readonly seed: string;
  readonly eseed: string;
  readonly ss: string;
  readonly sk: string;
  readonly pk: string;
  readonly ct: string;
}

describeVectors(
  'xwing/xwing.json',
  'dconnolly/draft-connolly-cfrg-xwing-kem (spec/test-vectors.json)',
  data => {
    it.each(PROVIDERS)('$name', provider => {
      const vectors = data as XWingVector[];
      expect(vectors.length).toBeGreaterThanOrEqual(3);
      for (const { eseed, ss, sk, pk, ct } of vectors) {
        expect(hex(xWing.publicKey(provider, unhex(sk)))).toBe(pk);
        const sent = xWing.encap(provider, fixedRandom(unhex(eseed)), unhex(pk));
        expect(hex(sent.ciphertext)).toBe(ct);
        expect(hex(sent.sharedSecret)).toBe(ss);
        expect(hex(xWing.decap(provider, unhex(sk), unhex(ct)))).toBe(ss);
      }
    });
  },
);

it.each(PROVIDERS)('refuses an ML-KEM key with a coefficient out of range: $name', provider => {
  const { publicKey } = xWing.deriveKeyPair(provider, new Uint8Array(32));
  const random = (lengthBytes: number) => new Uint8Array(lengthBytes).fill(9);
  expect(xWing.encap(provider, random, publicKey).sharedSecret).toHaveLength(32);
  // Twelve ones are 4095, above q = 3329 (FIPS 203 §7.2).
  const outOfRange = publicKey.map((byte, at) => (at < 2 ? 0xff : byte));
  expect(outcomeOf(() => xWing.encap(provider, random, outOfRange))).toEqual(REFUSED);
});
