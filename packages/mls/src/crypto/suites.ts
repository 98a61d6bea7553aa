import { MlsError } from '../errors.ts';
import type { AeadName, HashName } from './provider.ts';

/** One row of the table of cipher suites: everything the engine must know of a suite (RFC 9420 §5.1). */
export interface CipherSuite {
  /** Code point of the MLS cipher suite. */
  readonly id: number;
  /** Name in the form of the IANA registry. */
  readonly name: string;
  readonly kem: 'X25519' | 'X-Wing';
  /** HPKE KEM code point (RFC 9180 §7.1). */
  readonly kemId: number;
  /** Hash under HKDF, for HPKE and for the key schedule. */
  readonly kdfHash: HashName;
  /** HPKE KDF code point (RFC 9180 §7.2). */
  readonly kdfId: number;
  readonly aead: AeadName;
  /** HPKE AEAD code point (RFC 9180 §7.3). */
  readonly aeadId: number;
  /** Hash of transcripts, trees and references. */
  readonly hash: HashName;
  readonly signature: 'Ed25519';
  /** AEAD.Nk */
  readonly aeadKeyBytes: number;
  /** AEAD.Nn */
  readonly aeadNonceBytes: number;
  /** KDF.Nh, also the length of `hash`. */
  readonly hashBytes: number;
}

/**
 * The code points of the suites in the table. The hybrid's code point is from the private range until IANA assigns
 * one; it is the second row of draft-ietf-mls-pq-ciphersuites-06.
 */
export const SUITES = {
  X25519_AES128GCM_SHA256_ED25519: 0x0001,
  X25519_CHACHA20POLY1305_SHA256_ED25519: 0x0003,
  MLKEM768X25519_AES256GCM_SHA384_ED25519: 0xf002,
  /** For interoperability tests only. */
  XWING_AES256GCM_SHA512_ED25519: 0xf00d,
} as const;

const KEM_X25519 = { kem: 'X25519', kemId: 0x0020 } as const;
const KEM_XWING = { kem: 'X-Wing', kemId: 0x647a } as const;

const SHA256 = { kdfHash: 'SHA-256', kdfId: 0x0001, hash: 'SHA-256', hashBytes: 32 } as const;
const SHA384 = { kdfHash: 'SHA-384', kdfId: 0x0002, hash: 'SHA-384', hashBytes: 48 } as const;
const SHA512 = { kdfHash: 'SHA-512', kdfId: 0x0003, hash: 'SHA-512', hashBytes: 64 } as const;

const AES128GCM = { aead: 'AES-128-GCM', aeadId: 0x0001, aeadKeyBytes: 16, aeadNonceBytes: 12 } as const;
const AES256GCM = { aead: 'AES-256-GCM', aeadId: 0x0002, aeadKeyBytes: 32, aeadNonceBytes: 12 } as const;
const CHACHA = { aead: 'ChaCha20-Poly1305', aeadId: 0x0003, aeadKeyBytes: 32, aeadNonceBytes: 12 } as const;

const TABLE: ReadonlyMap<number, CipherSuite> = new Map(
  (
    [
      {
        id: SUITES.X25519_AES128GCM_SHA256_ED25519,
        name: 'MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519',
        ...KEM_X25519,
        ...SHA256,
        ...AES128GCM,
        signature: 'Ed25519',
      },
      {
        id: SUITES.X25519_CHACHA20POLY1305_SHA256_ED25519,
        name: 'MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519',
        ...KEM_X25519,
        ...SHA256,
        ...CHACHA,
        signature: 'Ed25519',
      },
      {
        id: SUITES.MLKEM768X25519_AES256GCM_SHA384_ED25519,
        name: 'MLS_128_MLKEM768X25519_AES256GCM_SHA384_Ed25519',
        ...KEM_XWING,
        ...SHA384,
        ...AES256GCM,
        signature: 'Ed25519',
      },
      {
        id: SUITES.XWING_AES256GCM_SHA512_ED25519,
        name: 'MLS_256_XWING_AES256GCM_SHA512_Ed25519',
        ...KEM_XWING,
        ...SHA512,
        ...AES256GCM,
        signature: 'Ed25519',
      },
    ] satisfies readonly CipherSuite[]
  ).map(suite => [suite.id, Object.freeze(suite)]),
);

/**
 * The row of a suite.
 * @throws {MlsError} `UNSUPPORTED_SUITE` when the table has no such row.
 */
export function suiteOf(id: number): CipherSuite {
  const suite = TABLE.get(id);
  if (suite === undefined)
    throw new MlsError('UNSUPPORTED_SUITE', 'cipher suite is not known', { suite: id });
  return suite;
}
