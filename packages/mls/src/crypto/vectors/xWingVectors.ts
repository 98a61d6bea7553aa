import { fixedRandom, hex, unhex } from '../testOutcome.ts';
import { xWing } from '../xWing.ts';
import { same, type VectorSuite } from './vectorSuite.ts';

interface XWingVector {
  readonly seed: string;
  readonly eseed: string;
  readonly ss: string;
  readonly sk: string;
  readonly pk: string;
  readonly ct: string;
}

/** The draft's own vectors. */
export const X_WING: VectorSuite = {
  name: 'xwing/xwing.json',
  from: {
    file: 'xwing/xwing.json',
    source: 'dconnolly/draft-connolly-cfrg-xwing-kem (spec/test-vectors.json)',
  },
  atLeast: { valid: 3 },
  run(provider, data) {
    const vectors = data as readonly XWingVector[];
    for (const { eseed, ss, sk, pk, ct } of vectors) {
      same(hex(xWing.publicKey(provider, unhex(sk))), pk, 'public key');
      const sent = xWing.encap(provider, fixedRandom(unhex(eseed)), unhex(pk));
      same(hex(sent.ciphertext), ct, 'ciphertext');
      same(hex(sent.sharedSecret), ss, 'shared secret');
      same(hex(xWing.decap(provider, unhex(sk), unhex(ct))), ss, 'decapsulated');
    }
    return { valid: vectors.length };
  },
};
