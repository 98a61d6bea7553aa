import { expect, it } from 'vitest';
import { fromHex, hex } from '../testing/scenario.ts';
import { runsOf } from '../testing/vectorCases.ts';
import { describeVectors } from '../testVectors.ts';
import { pskSecret } from './preSharedKey.ts';

interface PskCase {
  readonly cipher_suite: number;
  readonly psks: Readonly<Record<'psk_id' | 'psk' | 'psk_nonce', string>>[];
  readonly psk_secret: string;
}

describeVectors('mls/psk_secret.json', 'mlswg/mls-implementations', data => {
  it.each(runsOf<PskCase>(data))('$title', ({ crypto, expected }) => {
    const keys = expected.psks.map(key => ({
      id: { kind: 'external', id: fromHex(key.psk_id), nonce: fromHex(key.psk_nonce) } as const,
      psk: fromHex(key.psk),
    }));
    expect(hex(pskSecret(crypto, keys))).toBe(expected.psk_secret);
  });
});
