import { describe, expect, it } from 'vitest';
import { hpkeDeriveKeyPair, hpkeOpen, hpkeSeal } from './hpke.ts';
import { kemDecap, kemEncap, kemOf } from './kem.ts';
import { SUITES, suiteOf } from './suites.ts';
import { outcomeOf, REFUSED, unhex } from './testOutcome.ts';
import { PROVIDERS } from './testProviders.ts';

describe.each(PROVIDERS)('HPKE over $name', provider => {
  it.each(Object.values(SUITES).map(suiteOf))('binds info, aad, key and both ciphertexts: $name', suite => {
    const receiver = hpkeDeriveKeyPair(provider, suite, new Uint8Array(suite.hashBytes).fill(7));
    const stranger = hpkeDeriveKeyPair(provider, suite, new Uint8Array(suite.hashBytes).fill(8));
    const [info, aad, plaintext] = [unhex('01'), unhex('02'), unhex('c0ffee')];
    const random = (lengthBytes: number) => new Uint8Array(lengthBytes).fill(3);
    const { kemOutput, ciphertext } = hpkeSeal(
      provider,
      suite,
      random,
      receiver.publicKey,
      info,
      aad,
      plaintext,
    );
    const open = (changed: {
      key?: Uint8Array;
      kem?: Uint8Array;
      info?: Uint8Array;
      aad?: Uint8Array;
      ct?: Uint8Array;
    }) =>
      hpkeOpen(
        provider,
        suite,
        changed.key ?? receiver.privateKey,
        changed.kem ?? kemOutput,
        changed.info ?? info,
        changed.aad ?? aad,
        changed.ct ?? ciphertext,
      );
    expect(open({})).toEqual(plaintext);
    expect(open({ key: stranger.privateKey })).toBeUndefined();
    expect(open({ kem: kemOutput.map((byte, at) => (at === 5 ? byte ^ 1 : byte)) })).toBeUndefined();
    expect(open({ info: unhex('03') })).toBeUndefined();
    expect(open({ aad: unhex('03') })).toBeUndefined();
    expect(open({ ct: ciphertext.map((byte, at) => (at === 0 ? byte ^ 1 : byte)) })).toBeUndefined();
    expect(open({ ct: ciphertext.subarray(0, 15) })).toBeUndefined();
    for (const kem of [kemOutput.subarray(1), new Uint8Array(0), new Uint8Array(kemOutput.length + 1)]) {
      expect(outcomeOf(() => open({ kem }))).toEqual(REFUSED);
    }
    expect(outcomeOf(() => open({ key: receiver.privateKey.subarray(1) }))).toEqual(REFUSED);
    const { publicKeyBytes, kemOutputBytes, privateKeyBytes } = kemOf(suite);
    expect([receiver.publicKey.length, kemOutput.length]).toEqual([publicKeyBytes, kemOutputBytes]);
    expect(receiver.privateKey.length).toBe(privateKeyBytes);
  });

  it.each(Object.values(SUITES).map(suiteOf))('refuses low-order points on both sides: $name', suite => {
    const receiver = hpkeDeriveKeyPair(provider, suite, new Uint8Array(32).fill(7));
    const random = (lengthBytes: number) => new Uint8Array(lengthBytes).fill(3);
    const honest = kemEncap(provider, suite, random, receiver.publicKey);
    // The last 32 bytes are the X25519 part of both KEMs; all zeros is a point of order 4.
    const lowOrder = (bytes: Uint8Array) => bytes.map((byte, at) => (at >= bytes.length - 32 ? 0 : byte));
    expect(outcomeOf(() => kemEncap(provider, suite, random, lowOrder(receiver.publicKey)))).toEqual(REFUSED);
    expect(
      outcomeOf(() => kemDecap(provider, suite, receiver.privateKey, lowOrder(honest.ciphertext))),
    ).toEqual(REFUSED);
  });
});
