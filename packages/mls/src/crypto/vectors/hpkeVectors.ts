import hpkeOpenVectors from '../../../vectors/hpkeOpen.vectors.json' with { type: 'json' };
import hpkeSealVectors from '../../../vectors/hpkeSeal.vectors.json' with { type: 'json' };
import rfc from '../../../vectors/rfc.vectors.json' with { type: 'json' };
import {
  hpkeDeriveKeyPair,
  hpkeExport,
  hpkeKeySchedule,
  hpkeOpen,
  hpkeSeal,
  hpkeSetupExportReceiver,
  hpkeSetupExportSender,
} from '../hpke.ts';
import { kemDecap, kemEncap, kemPublicKey } from '../kem.ts';
import type { AeadName, Provider } from '../provider.ts';
import { type CipherSuite, SUITES, suiteOf } from '../suites.ts';
import { fixedRandom, hex, unhex } from '../testOutcome.ts';
import { type CaseCounts, same, Tally, type VectorSuite } from './vectorSuite.ts';

/** As RFC 9180's own vectors have it. */
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
  same(hex(pair.privateKey), vector.skRm, 'skRm');
  same(hex(pair.publicKey), vector.pkRm, 'pkRm');
  same(hex(kemPublicKey(provider, suite, pair.privateKey)), vector.pkRm, 'public key');
  const sent = kemEncap(provider, suite, fixedRandom(unhex(vector.ikmE)), pair.publicKey);
  same(hex(sent.ciphertext), vector.enc, 'enc');
  same(hex(sent.sharedSecret), vector.shared_secret, 'shared_secret');
  const decapsulated = kemDecap(provider, suite, pair.privateKey, sent.ciphertext);
  same(hex(decapsulated), vector.shared_secret, 'decapsulated');
}

function checkContext(provider: Provider, suite: CipherSuite, vector: HpkeVector): void {
  const info = unhex(vector.info);
  const context = hpkeKeySchedule(provider, suite, unhex(vector.shared_secret), info);
  same(hex(context.key), vector.key, 'key');
  same(hex(context.baseNonce), vector.base_nonce, 'base_nonce');
  same(hex(context.exporterSecret), vector.exporter_secret, 'exporter_secret');
  if (vector.encryptions.length === 0) throw new Error('no encryptions');
  for (const [at, encryption] of vector.encryptions.entries()) {
    const [aad, plaintext, nonce] = [unhex(encryption.aad!), unhex(encryption.pt!), unhex(encryption.nonce!)];
    const sealed = provider.aeadSeal(suite.aead, context.key, nonce, aad, plaintext);
    same(hex(sealed), encryption.ct, 'ct');
    if (at > 0) continue;
    const random = fixedRandom(unhex(vector.ikmE));
    const message = hpkeSeal(provider, suite, random, unhex(vector.pkRm), info, aad, plaintext);
    same(hex(message.kemOutput), vector.enc, 'enc');
    same(hex(message.ciphertext), encryption.ct, 'ct of one message');
    const opened = hpkeOpen(provider, suite, unhex(vector.skRm), unhex(vector.enc), info, aad, sealed);
    same(opened, plaintext, 'opened');
  }
}

function checkExports(provider: Provider, suite: CipherSuite, vector: HpkeVector): void {
  if (vector.exports.length === 0) throw new Error('no exports');
  const secret = unhex(vector.shared_secret);
  const { exporterSecret } = hpkeKeySchedule(provider, suite, secret, unhex(vector.info));
  for (const { exporter_context, L, exported_value } of vector.exports) {
    const exported = hpkeExport(provider, suite, exporterSecret, unhex(exporter_context), L);
    same(hex(exported), exported_value, 'exported_value');
  }
}

/** Of the vectors what can be run: those with the AEAD that is given, or all but those with ChaCha20-Poly1305. */
function checkVectors(provider: Provider, vectors: readonly HpkeVector[], aead?: AeadName): CaseCounts {
  const tally = new Tally();
  for (const vector of vectors) {
    const row = suiteOfVector(vector);
    if (row === undefined || !(row.kemOnly ? aead === undefined : isAsked(row.suite, aead))) continue;
    checkKem(provider, row.suite, vector);
    if (!row.kemOnly) {
      checkContext(provider, row.suite, vector);
      checkExports(provider, row.suite, vector);
    }
    tally.add(row.kemOnly ? 'KEM only' : 'whole');
  }
  return tally.counts;
}

const isAsked = (suite: CipherSuite, aead: AeadName | undefined): boolean =>
  aead === undefined ? suite.aead !== 'ChaCha20-Poly1305' : suite.aead === aead;

function published(file: string, source: string, atLeast: CaseCounts, aead?: AeadName): VectorSuite {
  return {
    name: aead === undefined ? file : `${file}, ${aead}`,
    from: { file, source },
    ...(aead !== undefined && { aead }),
    atLeast,
    run: (provider, data) => checkVectors(provider, data as readonly HpkeVector[], aead),
  };
}

type SealVector = (typeof hpkeSealVectors.vectors)[number];

function checkSealVector(provider: Provider, suite: CipherSuite, vector: SealVector): void {
  const random = fixedRandom(unhex(vector.senderIkm));
  const [privateKey, publicKey] = [unhex(vector.privateKey), unhex(vector.publicKey)];
  const [info, aad, context] = [unhex(vector.info), unhex(vector.aad), unhex(vector.exporterContext)];
  if (vector.receiverIkm !== undefined) {
    const derived = hpkeDeriveKeyPair(provider, suite, unhex(vector.receiverIkm));
    same(derived.privateKey, privateKey, 'private key');
    same(derived.publicKey, publicKey, 'public key');
  }
  same(kemPublicKey(provider, suite, privateKey), publicKey, 'public key');
  const message = hpkeSeal(provider, suite, random, publicKey, info, aad, unhex(vector.plaintext));
  const { kemOutput, ciphertext } = message;
  same(hex(kemOutput), vector.kemOutput, 'KEM output');
  same(hex(ciphertext), vector.ciphertext, 'ciphertext');
  const opened = hpkeOpen(provider, suite, privateKey, kemOutput, info, aad, ciphertext);
  same(opened, unhex(vector.plaintext), 'opened');
  const secret = unhex(vector.exported);
  const sent = hpkeSetupExportSender(provider, suite, random, publicKey, info, context, secret.length);
  same(sent.kemOutput, kemOutput, 'KEM output of an export');
  same(sent.secret, secret, 'exported');
  same(
    hpkeSetupExportReceiver(provider, suite, privateKey, kemOutput, info, context, secret.length),
    secret,
    'exported by the receiver',
  );
}

/** Made by other implementations; the vectors with, or without, ChaCha20-Poly1305. */
function own(aead: AeadName | undefined, atLeast: CaseCounts): VectorSuite {
  return {
    name: `HPKE by ${hpkeSealVectors.madeBy}; ${hpkeOpenVectors.madeBy}${aead === undefined ? '' : `, ${aead}`}`,
    ...(aead !== undefined && { aead }),
    atLeast,
    run(provider) {
      const tally = new Tally();
      for (const vector of hpkeSealVectors.vectors) {
        const suite = suiteOf(vector.suite);
        if (!isAsked(suite, aead)) continue;
        checkSealVector(provider, suite, vector);
        tally.add('sealed and opened');
      }
      for (const vector of hpkeOpenVectors.seal) {
        const suite = suiteOf(vector.suite);
        if (!isAsked(suite, aead)) continue;
        const privateKey = unhex(vector.privateKey);
        same(hex(kemPublicKey(provider, suite, privateKey)), vector.publicKey, 'public key');
        const [kemOutput, info] = [unhex(vector.kemOutput), unhex(vector.info)];
        const noAad = new Uint8Array(0);
        const ciphertext = unhex(vector.ciphertext);
        const opened = hpkeOpen(provider, suite, privateKey, kemOutput, info, noAad, ciphertext);
        same(opened, unhex(vector.plaintext), 'opened');
        tally.add('opened');
      }
      for (const { suite: id, ikm, privateKey, publicKey } of hpkeOpenVectors.deriveKeyPair) {
        if (!isAsked(suiteOf(id), aead)) continue;
        const derived = hpkeDeriveKeyPair(provider, suiteOf(id), unhex(ikm));
        same(hex(derived.privateKey), privateKey, 'private key');
        same(hex(derived.publicKey), publicKey, 'public key');
        tally.add('key pair');
      }
      return tally.counts;
    },
  };
}

const PQ = ['hpke/hpke-pq.json', 'hpkewg/hpke-pq (test-vectors.json)'] as const;
const RFC9180 = ['hpke/rfc9180.json', 'cfrg/draft-irtf-cfrg-hpke (test-vectors.json)'] as const;

function printed(aead?: AeadName): VectorSuite {
  return {
    name: `RFC 9180 appendix A, ${aead ?? 'AES-128-GCM'}`,
    ...(aead !== undefined && { aead }),
    atLeast: { whole: 1 },
    run: provider => checkVectors(provider, rfc.rfc9180, aead),
  };
}

export const HPKE: readonly VectorSuite[] = [
  printed(),
  printed('ChaCha20-Poly1305'),
  own(undefined, { 'sealed and opened': 6, opened: 6, 'key pair': 3 }),
  own('ChaCha20-Poly1305', { 'sealed and opened': 2, opened: 2 }),
  // Of its 13 vectors, three have X-Wing or X25519; two of those have a SHAKE KDF, which MLS has no suite for.
  published(...PQ, { 'KEM only': 2 }),
  published(...PQ, { whole: 1 }, 'ChaCha20-Poly1305'),
  published(...RFC9180, { whole: 1, 'KEM only': 1 }),
  published(...RFC9180, { whole: 1 }, 'ChaCha20-Poly1305'),
];
