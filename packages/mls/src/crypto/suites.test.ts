import { describe, expect, it } from 'vitest';
import { HASH_BYTES } from './inputs.ts';
import { SUITES, suiteOf } from './suites.ts';
import { PROVIDERS } from './testProviders.ts';

describe('the table of suites', () => {
  it('has the code points of the registries', () => {
    expect(
      Object.values(SUITES).map(id => [id, suiteOf(id).kemId, suiteOf(id).kdfId, suiteOf(id).aeadId]),
    ).toEqual([
      [0x0001, 0x0020, 0x0001, 0x0001],
      [0x0003, 0x0020, 0x0001, 0x0003],
      [0xf002, 0x647a, 0x0002, 0x0002],
      [0xf00d, 0x647a, 0x0003, 0x0002],
    ]);
  });

  it.each(Object.values(SUITES).map(suiteOf))('$name: sizes are those of its algorithms', suite => {
    expect(suite.hashBytes).toBe(HASH_BYTES[suite.hash]);
    expect(suite.kdfHash).toBe(suite.hash);
    for (const provider of PROVIDERS) {
      const [key, nonce] = [new Uint8Array(suite.aeadKeyBytes), new Uint8Array(suite.aeadNonceBytes)];
      expect(provider.aeadSeal(suite.aead, key, nonce, new Uint8Array(0), new Uint8Array(0))).toHaveLength(
        16,
      );
      expect(provider.hash(suite.hash, new Uint8Array(0))).toHaveLength(suite.hashBytes);
    }
  });

  it('fails closed for every other code point', () => {
    for (const id of [0, 2, 4, 5, 6, 7, 0xf001, 0xffff, -1, 1.5, Number.NaN]) {
      expect(() => suiteOf(id)).toThrow(expect.objectContaining({ code: 'UNSUPPORTED_SUITE' }));
    }
  });
});
