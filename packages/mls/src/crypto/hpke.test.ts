import { describe, expect, it } from 'vitest';
import hpkeOpenVectors from '../../vectors/hpkeOpen.vectors.json' with { type: 'json' };
import hpkeSealVectors from '../../vectors/hpkeSeal.vectors.json' with { type: 'json' };
import { describeVectors } from '../testVectors.ts';
import {
  hpkeDeriveKeyPair,
  hpkeExport,
  hpkeKeySchedule,
  hpkeOpen,
  hpkeSeal,
  hpkeSetupExportReceiver,
  hpkeSetupExportSender,
} from './hpke.ts';
import { kemDecap, kemEncap, kemOf, kemPublicKey } from './kem.ts';
import type { Provider } from './provider.ts';
import { type CipherSuite, SUITES, suiteOf } from './suites.ts';
import { fixedRandom, hex, outcomeOf, PROVIDERS, REFUSED, unhex } from './testProviders.ts';

interface HpkeVector {
  readonly mode: number;
  readonly kem_id: number;
  readonly kdf_id: number;
  readonly aead_id: number;
  readonly info: string;
  readonly ikmE: string;
  readonly ikmR: string;
  readonly skRm: string;
  readonly pkRm: string;
  readonly enc: string;
  readonly shared_secret: string;
  readonly key: string;
  readonly base_nonce: string;
  readonly exporter_secret: string;
  readonly encryptions: readonly Readonly<Record<string, string>>[];
  readonly exports: readonly {
    readonly exporter_context: string;
    readonly L: number;
    readonly exported_value: string;
  }[];
}

const AEADS: Readonly<Record<number, Pick<CipherSuite, 'aead' | 'aeadId' | 'aeadKeyBytes'>>> = {
  1: { aead: 'AES-128-GCM', aeadId: 1, aeadKeyBytes: 16 },
  2: { aead: 'AES-256-GCM', aeadId: 2, aeadKeyBytes: 32 },
  3: { aead: 'ChaCha20-Poly1305', aeadId: 3, aeadKeyBytes: 32 },
};
const KDFS: Readonly<Record<number, Pick<CipherSuite, 'kdfHash' | 'hash' | 'kdfId' | 'hashBytes'>>> = {
  1: { kdfHash: 'SHA-256', hash: 'SHA-256', kdfId: 1, hashBytes: 32 },
  2: { kdfHash: 'SHA-384', hash: 'SHA-384', kdfId: 2, hashBytes: 48 },
  3: { kdfHash: 'SHA-512', hash: 'SHA-512', kdfId: 3, hashBytes: 64 },
};

/** The vector's suite: also combinations that no MLS suite has. Without its KDF or AEAD only the KEM can be run. */
function suiteOfVector(vector: HpkeVector): { suite: CipherSuite; kemOnly: boolean } | undefined {
  const kem = ({ 32: 'X25519', 25722: 'X-Wing' } as const)[vector.kem_id];
  if (kem === undefined || vector.mode !== 0) return undefined;
  const [kdf, aead] = [KDFS[vector.kdf_id], AEADS[vector.aead_id]];
  const suite: CipherSuite = {
    ...suiteOf(SUITES.X25519_AES128GCM_SHA256_ED25519),
    ...kdf,
    ...aead,
    kem,
    kemId: vector.kem_id,
  };
  return { suite, kemOnly: kdf === undefined || aead === undefined };
}

function checkKem(provider: Provider, suite: CipherSuite, vector: HpkeVector): void {
  const pair = hpkeDeriveKeyPair(provider, suite, unhex(vector.ikmR));
  expect(hex(pair.privateKey)).toBe(vector.skRm);
  expect(hex(pair.publicKey)).toBe(vector.pkRm);
  expect(hex(kemPublicKey(provider, suite, pair.privateKey))).toBe(vector.pkRm);
  const sent = kemEncap(provider, suite, fixedRandom(unhex(vector.ikmE)), pair.publicKey);
  expect(hex(sent.ciphertext)).toBe(vector.enc);
  expect(hex(sent.sharedSecret)).toBe(vector.shared_secret);
  expect(hex(kemDecap(provider, suite, pair.privateKey, sent.ciphertext))).toBe(vector.shared_secret);
}

function checkContext(provider: Provider, suite: CipherSuite, vector: HpkeVector): void {
  const info = unhex(vector.info);
  const context = hpkeKeySchedule(provider, suite, unhex(vector.shared_secret), info);
  expect(hex(context.key)).toBe(vector.key);
  expect(hex(context.baseNonce)).toBe(vector.base_nonce);
  expect(hex(context.exporterSecret)).toBe(vector.exporter_secret);
  expect(vector.encryptions.length).toBeGreaterThan(0);
  for (const [at, encryption] of vector.encryptions.entries()) {
    const [aad, plaintext, ciphertext] = [encryption.aad!, encryption.pt!, encryption.ct!];
    const sealed = provider.aeadSeal(
      suite.aead,
      context.key,
      unhex(encryption.nonce!),
      unhex(aad),
      unhex(plaintext),
    );
    expect(hex(sealed)).toBe(ciphertext);
    if (at > 0) continue;
    const random = fixedRandom(unhex(vector.ikmE));
    const message = hpkeSeal(provider, suite, random, unhex(vector.pkRm), info, unhex(aad), unhex(plaintext));
    expect(hex(message.kemOutput)).toBe(vector.enc);
    expect(hex(message.ciphertext)).toBe(ciphertext);
    const opened = hpkeOpen(provider, suite, unhex(vector.skRm), unhex(vector.enc), info, unhex(aad), sealed);
    expect(opened && hex(opened)).toBe(plaintext);
  }
}

function checkExports(provider: Provider, suite: CipherSuite, vector: HpkeVector): void {
  expect(vector.exports.length).toBeGreaterThan(0);
  const { exporterSecret } = hpkeKeySchedule(
    provider,
    suite,
    unhex(vector.shared_secret),
    unhex(vector.info),
  );
  for (const { exporter_context, L, exported_value } of vector.exports) {
    expect(hex(hpkeExport(provider, suite, exporterSecret, unhex(exporter_context), L))).toBe(exported_value);
  }
}

/** Runs what can be run of a vector file, and asserts how much that was. */
function checkFile(
  provider: Provider,
  vectors: readonly HpkeVector[],
  atLeast: { readonly full: number; readonly kemOnly: number },
): void {
  const ran = { full: 0, kemOnly: 0 };
  for (const vector of vectors) {
    const row = suiteOfVector(vector);
    if (row === undefined) continue;
    checkKem(provider, row.suite, vector);
    if (!row.kemOnly) {
      checkContext(provider, row.suite, vector);
      checkExports(provider, row.suite, vector);
    }
    ran[row.kemOnly ? 'kemOnly' : 'full'] += 1;
  }
  expect(ran.full).toBeGreaterThanOrEqual(atLeast.full);
  expect(ran.kemOnly).toBeGreaterThanOrEqual(atLeast.kemOnly);
}

describeVectors('hpke/hpke-pq.json', 'hpkewg/hpke-pq (test-vectors.json)', data => {
  // Of its 13 vectors, three have X-Wing or X25519; two of those have a SHAKE KDF, which MLS has no suite for.
  it.each(PROVIDERS)('$name', provider => checkFile(provider, data as HpkeVector[], { full: 1, kemOnly: 2 }));
});

describeVectors('hpke/rfc9180.json', 'cfrg/draft-irtf-cfrg-hpke (test-vectors.json)', data => {
  it.each(PROVIDERS)('$name', provider => checkFile(provider, data as HpkeVector[], { full: 2, kemOnly: 1 }));
});

describe.each(PROVIDERS)('HPKE over $name', provider => {
  it(`gives what ${hpkeSealVectors.madeBy} gives`, () => {
    expect(hpkeSealVectors.vectors).toHaveLength(8);
    for (const vector of hpkeSealVectors.vectors) {
      const suite = suiteOf(vector.suite);
      const random = fixedRandom(unhex(vector.senderIkm));
      const [privateKey, publicKey] = [unhex(vector.privateKey), unhex(vector.publicKey)];
      const [info, aad, exporterContext] = [
        unhex(vector.info),
        unhex(vector.aad),
        unhex(vector.exporterContext),
      ];
      if (vector.receiverIkm !== undefined) {
        const derived = hpkeDeriveKeyPair(provider, suite, unhex(vector.receiverIkm));
        expect(derived).toEqual({ privateKey, publicKey });
      }
      expect(kemPublicKey(provider, suite, privateKey)).toEqual(publicKey);
      const message = hpkeSeal(provider, suite, random, publicKey, info, aad, unhex(vector.plaintext));
      expect(hex(message.kemOutput)).toBe(vector.kemOutput);
      expect(hex(message.ciphertext)).toBe(vector.ciphertext);
      const opened = hpkeOpen(provider, suite, privateKey, message.kemOutput, info, aad, message.ciphertext);
      expect(opened && hex(opened)).toBe(vector.plaintext);
      const exportBytes = vector.exported.length / 2;
      const sent = hpkeSetupExportSender(
        provider,
        suite,
        random,
        publicKey,
        info,
        exporterContext,
        exportBytes,
      );
      expect(sent).toEqual({ kemOutput: message.kemOutput, secret: unhex(vector.exported) });
      const { kemOutput } = sent;
      expect(
        hpkeSetupExportReceiver(provider, suite, privateKey, kemOutput, info, exporterContext, exportBytes),
      ).toEqual(sent.secret);
    }
  });

  it(`opens what ${hpkeOpenVectors.madeBy} sealed`, () => {
    expect(hpkeOpenVectors.seal).toHaveLength(8);
    for (const vector of hpkeOpenVectors.seal) {
      const suite = suiteOf(vector.suite);
      const [privateKey, kemOutput] = [unhex(vector.privateKey), unhex(vector.kemOutput)];
      const noAad = new Uint8Array(0);
      expect(hex(kemPublicKey(provider, suite, privateKey))).toBe(vector.publicKey);
      const opened = hpkeOpen(
        provider,
        suite,
        privateKey,
        kemOutput,
        unhex(vector.info),
        noAad,
        unhex(vector.ciphertext),
      );
      expect(opened && hex(opened)).toBe(vector.plaintext);
    }
  });

  it(`derives the hybrid key pairs that ${hpkeOpenVectors.madeBy} and its hashlib derive`, () => {
    expect(hpkeOpenVectors.deriveKeyPair).toHaveLength(3);
    for (const { suite, ikm, privateKey, publicKey } of hpkeOpenVectors.deriveKeyPair) {
      const derived = hpkeDeriveKeyPair(provider, suiteOf(suite), unhex(ikm));
      expect(derived).toEqual({ privateKey: unhex(privateKey), publicKey: unhex(publicKey) });
    }
  });

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
