import {
  type AccountId,
  base64urlDecode,
  base64urlEncode,
  type SealedKey,
  type SealedKeyUse,
  sealedKeyJwk,
  sealedKeyThumbprintInput,
} from '@sotto/protocol';
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, importJWK } from 'jose';
import { utf8 } from '../bytes.ts';
import type { CoreEnv, VerifyingEnv } from '../env.ts';
import { CoreError } from '../errors.ts';
import type { DeviceIdentity } from '../identity/identity.ts';
import { LABELS } from '../labels.ts';
import { openSealed, seal } from '../sealed.ts';

/** How many bits a modulus has: 3072 unless a person chooses otherwise. */
export type RsaBits = 3072 | 4096;

/** The algorithm of each use (RFC 7518 §4.3, §3.5), and what WebCrypto calls it. */
const ALGORITHMS = {
  enc: { jose: 'RSA-OAEP-256', web: 'RSA-OAEP', usage: 'decrypt' },
  sig: { jose: 'PS256', web: 'RSA-PSS', usage: 'sign' },
} as const;

const BUCKET_BYTES = 256;

type Account = Pick<DeviceIdentity, 'accountId' | 'accountPrivateKey'>;

/** A fresh key with its private half already wrapped: nothing else of it ever leaves this function. */
export interface FreshRsaKey {
  readonly key: SealedKey;
  readonly wrapped: Uint8Array;
}

/**
 * Makes an RSA key on this device. The primes are drawn by WebCrypto (docs/decisions/0019); the private key is wrapped
 * with AES-256-GCM under a key from the account's seed, with account and key id as associated data.
 */
export async function makeRsaKey(
  env: CoreEnv,
  account: Account,
  { use, bits }: { readonly use: SealedKeyUse; readonly bits: RsaBits },
): Promise<FreshRsaKey> {
  const { publicKey, privateKey } = await generateKeyPair(ALGORITHMS[use].jose, {
    modulusLength: bits,
    extractable: true,
  });
  const { n = '' } = await exportJWK(publicKey);
  const kid = kidOf(env, n);
  const pkcs8 = new Uint8Array(await crypto.subtle.exportKey('pkcs8', privateKey));
  const wrapped = seal(env, { ...purposeOf(env, account, kid), bucketBytes: BUCKET_BYTES }, pkcs8);
  pkcs8.fill(0);
  return { key: { use, kid, n, createdAtS: Math.floor(env.nowMs() / 1_000) }, wrapped };
}

/**
 * The private key, for use on this device only: it cannot be exported again. Throws `CANNOT_OPEN` for one that was
 * wrapped by another account, or for another key.
 */
export async function unwrapRsaKey(
  env: Pick<CoreEnv, 'provider'>,
  account: Account,
  { use, kid }: Pick<SealedKey, 'use' | 'kid'>,
  wrapped: Uint8Array,
): Promise<CryptoKey> {
  const pkcs8 = openSealed(env, purposeOf(env, account, kid), wrapped);
  const { web, usage } = ALGORITHMS[use];
  try {
    const copy = new Uint8Array(pkcs8);
    return await crypto.subtle.importKey('pkcs8', copy, { name: web, hash: 'SHA-256' }, false, [usage]);
  } catch {
    throw new CoreError('CANNOT_OPEN', 'not a private key');
  } finally {
    pkcs8.fill(0);
  }
}

/** Keys that were imported before: to do so takes a good part of what it takes to encrypt. */
const imported = new WeakMap<SealedKey, Promise<CryptoKey>>();

/** The public key, for the one thing it is for. */
export function publicRsaKey(key: SealedKey): Promise<CryptoKey> {
  const known = imported.get(key);
  if (known !== undefined) return known;
  const importing = importJWK({ ...sealedKeyJwk(key) }) as Promise<CryptoKey>;
  imported.set(key, importing);
  return importing;
}

/** The public key as PEM (SubjectPublicKeyInfo), for programs that know no JWK. */
export async function rsaKeyPem(key: SealedKey): Promise<string> {
  const exportable = await importJWK({ ...sealedKeyJwk(key) }, ALGORITHMS[key.use].jose, {
    extractable: true,
  });
  return exportSPKI(exportable as CryptoKey);
}

/** The id of a key: its thumbprint by RFC 7638, in base64url. */
export function kidOf(env: VerifyingEnv, n: string): string {
  return base64urlEncode(env.provider.hash('SHA-256', sealedKeyThumbprintInput(n)));
}

/** How many bits the modulus has. */
export function bitsOf({ n }: SealedKey): RsaBits {
  return base64urlDecode(n).length === 512 ? 4096 : 3072;
}

function purposeOf(
  env: Pick<CoreEnv, 'provider'>,
  { accountId, accountPrivateKey }: Account,
  kid: string,
): { key: Uint8Array; label: typeof LABELS.sealedPrivateKey; context: Uint8Array } {
  const label = LABELS.sealedPrivateKey;
  const prk = env.provider.hkdfExtract('SHA-256', utf8(label), accountPrivateKey);
  const key = env.provider.hkdfExpand('SHA-256', prk, utf8(label), 32);
  return { key, label, context: contextOf(accountId, kid) };
}

function contextOf(accountId: AccountId, kid: string): Uint8Array {
  return utf8(`${accountId}\0${kid}`);
}
