import { base64urlDecode, base64urlEncode } from './base64url.ts';
import { ProtocolError } from './errors.ts';
import { LIMITS } from './limits.ts';
import { exactBytes, someBytes } from './wire/field.ts';
import { decode, encode, message } from './wire/message.ts';
import { utf8Encode } from './wire/writer.ts';

/** Published keys as they travel. Nothing is verified by decoding. */
export interface SignedSealedKeys {
  /** Encoded `SealedKeys`: exactly the bytes that were signed. */
  readonly keys: Uint8Array;
  /** Ed25519 by the account key over `sealedKeysInput(keys)`; 64 bytes. */
  readonly signature: Uint8Array;
}

/**
 * The RSA keys that an account publishes for sealed messages: one to encrypt to and one that it signs with, and those
 * that were before. On the wire it is JSON with JWKs (RFC 7517), so that whoever has a JOSE library reads what was signed.
 */
export interface SealedKeys {
  /** Ed25519, 32 bytes. */
  readonly accountKey: Uint8Array;
  /** From 1; whoever has seen one takes no lower one any more. */
  readonly counter: number;
  /** Whether people without an account may leave messages. */
  readonly strangers: boolean;
  /** The current one of each use first, then those that were before. */
  readonly keys: readonly SealedKey[];
}

/** `enc`: RSA-OAEP-256. `sig`: PS256. One key is never used for both. */
export type SealedKeyUse = 'enc' | 'sig';

export interface SealedKey {
  readonly use: SealedKeyUse;
  /** RFC 7638 thumbprint: SHA-256 of `sealedKeyThumbprintInput(n)` in base64url, 43 characters. */
  readonly kid: string;
  /** The modulus in base64url: 3072 or 4096 bits. The exponent is 65537. */
  readonly n: string;
  readonly createdAtS: number;
  /** When another took its place. */
  readonly retiredAtS?: number;
}

/** The public exponent of every key: 65537. */
export const SEALED_KEY_EXPONENT = 'AQAB';
const ALGORITHMS = { enc: 'RSA-OAEP-256', sig: 'PS256' } as const;
const KID = /^[0-9A-Za-z_-]{43}$/;
const MODULUS_BYTES: readonly number[] = [384, 512];
const VERSION = 1;

export const signedSealedKeysCodec = message<SignedSealedKeys>({
  keys: someBytes(1, LIMITS.sealedKeysBytes),
  signature: exactBytes(2, 64),
});

export function encodeSignedSealedKeys(signed: SignedSealedKeys): Uint8Array {
  return encode(signedSealedKeysCodec, signed, LIMITS.signedSealedKeysBytes);
}

/** Parses keys with their signature, which the caller verifies; throws `ProtocolError`. */
export function decodeSignedSealedKeys(bytes: Uint8Array): SignedSealedKeys {
  return decode(signedSealedKeysCodec, bytes, LIMITS.signedSealedKeysBytes);
}

/** What an account key signs to publish its RSA keys: `"sotto/sealed-keys-v1" 0x00 || keys`. */
export function sealedKeysInput(keys: Uint8Array): Uint8Array {
  const label = utf8Encode('sotto/sealed-keys-v1\0');
  const input = new Uint8Array(label.length + keys.length);
  input.set(label);
  input.set(keys, label.length);
  return input;
}

/** What a key's id is the SHA-256 of (RFC 7638 §3). */
export function sealedKeyThumbprintInput(n: string): Uint8Array {
  return utf8Encode(`{"e":"${SEALED_KEY_EXPONENT}","kty":"RSA","n":"${n}"}`);
}

/** A public key as a JWK (RFC 7517). */
export interface SealedJwk {
  readonly kty: 'RSA';
  readonly use: SealedKeyUse;
  readonly alg: (typeof ALGORITHMS)[SealedKeyUse];
  readonly kid: string;
  readonly n: string;
  readonly e: string;
  readonly iat: number;
  readonly retired?: number;
}

/** A key as a JWK, with the members in the order that they are signed in. */
export function sealedKeyJwk(key: SealedKey): SealedJwk {
  const { use, kid, n, createdAtS, retiredAtS } = key;
  return {
    kty: 'RSA',
    use,
    alg: ALGORITHMS[use],
    kid,
    n,
    e: SEALED_KEY_EXPONENT,
    iat: createdAtS,
    ...(retiredAtS !== undefined && { retired: retiredAtS }),
  };
}

/** The bytes that are signed: one form for one value. Throws `ProtocolError` for what `decodeSealedKeys` would refuse. */
export function encodeSealedKeys(sealedKeys: SealedKeys): Uint8Array {
  const { accountKey, counter, strangers, keys } = coherent(sealedKeys);
  const json = JSON.stringify({
    version: VERSION,
    accountKey: base64urlEncode(accountKey),
    counter,
    strangers,
    keys: keys.map(sealedKeyJwk),
  });
  const bytes = utf8Encode(json);
  if (bytes.length > LIMITS.sealedKeysBytes) throw tooLarge();
  return bytes;
}

/**
 * Parses what was signed; that the ids are the thumbprints is for the caller to verify. Takes no other form of the same
 * value: what two readers might read differently is refused. Throws `ProtocolError`.
 */
export function decodeSealedKeys(bytes: Uint8Array): SealedKeys {
  if (bytes.length > LIMITS.sealedKeysBytes) throw tooLarge();
  const text = new TextDecoder().decode(bytes);
  const value = object(parsed(text));
  if (typeof value.version === 'number' && value.version !== VERSION)
    throw new ProtocolError('UNSUPPORTED', `unknown version ${value.version}`);
  const { accountKey, counter, strangers, keys } = value;
  if (typeof strangers !== 'boolean' || !Array.isArray(keys)) throw malformed('not published keys');
  const sealedKeys = coherent({
    accountKey: base64urlDecode(string(accountKey)),
    counter: integer(counter),
    strangers,
    keys: keys.slice(0, LIMITS.sealedKeys + 1).map(keyOf),
  });
  if (new TextDecoder().decode(encodeSealedKeys(sealedKeys)) !== text) throw malformed('not in its one form');
  return sealedKeys;
}

function keyOf(jwk: unknown): SealedKey {
  const { use, kid, n, iat, retired } = object(jwk);
  if (use !== 'enc' && use !== 'sig') throw malformed('a key of no known use');
  return {
    use,
    kid: string(kid),
    n: string(n),
    createdAtS: integer(iat),
    ...(retired !== undefined && { retiredAtS: integer(retired) }),
  };
}

function coherent(sealedKeys: SealedKeys): SealedKeys {
  const { accountKey, counter, keys } = sealedKeys;
  if (accountKey.length !== 32) throw malformed('an account key has 32 bytes');
  if (integer(counter) === 0) throw malformed('counters of published keys begin at 1');
  if (keys.length > LIMITS.sealedKeys) throw tooLarge();
  if (new Set(keys.map(({ kid }) => kid)).size < keys.length) throw malformed('a key stands twice');
  for (const key of keys) assertKey(key);
  for (const use of ['enc', 'sig'] as const) {
    const own = keys.filter(key => key.use === use);
    const current = own.filter(({ retiredAtS }) => retiredAtS === undefined);
    if (current.length !== 1 || own[0] !== current[0]) throw malformed('one key of each use is current');
  }
  return sealedKeys;
}

function assertKey({ kid, n, createdAtS, retiredAtS }: SealedKey): void {
  if (!KID.test(kid)) throw malformed('a key id is a thumbprint');
  integer(createdAtS);
  if (retiredAtS !== undefined) integer(retiredAtS);
  if (n.length > 1_024) throw malformed('a modulus of 3072 or 4096 bits');
  const modulus = base64urlDecode(n);
  const wellFormed = (modulus[0]! & 0x80) !== 0 && (modulus.at(-1)! & 1) === 1;
  if (!MODULUS_BYTES.includes(modulus.length) || !wellFormed)
    throw malformed('a modulus of 3072 or 4096 bits');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw malformed('not JSON');
  }
}

function object(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed('not an object');
  return value as Record<string, unknown>;
}

function string(value: unknown): string {
  if (typeof value !== 'string') throw malformed('not a string');
  return value;
}

function integer(value: unknown): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw malformed('not a whole number');
  return value as number;
}

function malformed(what: string): ProtocolError {
  return new ProtocolError('MALFORMED', what);
}

function tooLarge(): ProtocolError {
  return new ProtocolError('TOO_LARGE', 'more than may be published');
}
