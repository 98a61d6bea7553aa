import { expect, it } from 'vitest';
import { outcomeOf, REFUSED } from './testOutcome.ts';
import { PROVIDERS } from './testProviders.ts';
import { xWing } from './xWing.ts';

it.each(PROVIDERS)('refuses an ML-KEM key with a coefficient out of range: $name', provider => {
  const { publicKey } = xWing.deriveKeyPair(provider, new Uint8Array(32));
  const random = (lengthBytes: number) => new Uint8Array(lengthBytes).fill(9);
  expect(xWing.encap(provider, random, publicKey).sharedSecret).toHaveLength(32);
  // Twelve ones are 4095, above q = 3329 (FIPS 203 §7.2).
  const outOfRange = publicKey.map((byte, at) => (at < 2 ? 0xff : byte));
  expect(outcomeOf(() => xWing.encap(provider, random, outOfRange))).toEqual(REFUSED);
});
