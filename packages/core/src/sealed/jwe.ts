import { LIMITS, type SealedKey } from '@sotto/protocol';
import { CompactEncrypt, type CryptoKey, flattenedDecrypt, GeneralEncrypt } from 'jose';
import { assertMembers, jsonObject, partBytes, plainObject, textOf } from './jsonParts.ts';
import { publicRsaKey } from './rsaKeys.ts';
import { refuseSealed } from './sealedRefusal.ts';

/** What stands inside: a signed message (a nested JWT, RFC 7519 §5.2), or JSON that nobody signed. */
export type SealedInside = 'JWT' | 'json';

/** Every sealed message says what it is (RFC 8725 §3.11), so that no other JWE is taken for one. */
export const JWE_TYPE = 'sotto-sealed+jose';
const ALG = 'RSA-OAEP-256';
const ENC = 'A256GCM';
const INSIDES: readonly SealedInside[] = ['JWT', 'json'];
const IV_BYTES = 12;
const TAG_BYTES = 16;
const ENCRYPTED_KEY_BYTES = [384, 512];
const KID_CHARS = 64;
/** One's own account, and the other. */
const MAX_RECIPIENTS = 2;

/** An opened message. */
export interface OpenedJwe {
  readonly inside: SealedInside;
  readonly plaintext: Uint8Array;
}

/** Gives the private key with that id; `undefined` when there is none. */
export type DecryptionKeys = (kid: string) => Promise<CryptoKey | undefined>;

/** Encrypts to one key: a compact JWE (RFC 7516 §7.1). Throws `BAD_SEALED_MESSAGE` `too-large`. */
export async function encryptCompact(
  key: SealedKey,
  inside: SealedInside,
  plaintext: Uint8Array,
): Promise<string> {
  const header = { alg: ALG, enc: ENC, kid: key.kid, typ: JWE_TYPE, cty: inside };
  const jwe = await new CompactEncrypt(plaintext).setProtectedHeader(header).encrypt(await publicRsaKey(key));
  return withinLimit(jwe, LIMITS.sealedPostBytes);
}

/** Encrypts once for several keys: a JWE in its general JSON form (RFC 7516 §7.2.1). */
export async function encryptGeneral(
  keys: readonly SealedKey[],
  inside: SealedInside,
  plaintext: Uint8Array,
): Promise<string> {
  const jwe = new GeneralEncrypt(plaintext).setProtectedHeader({
    alg: ALG,
    enc: ENC,
    typ: JWE_TYPE,
    cty: inside,
  });
  for (const key of keys) {
    jwe.addRecipient(await publicRsaKey(key)).setUnprotectedHeader({ kid: key.kid });
  }
  return withinLimit(JSON.stringify(await jwe.encrypt()), LIMITS.sealedMessageBytes);
}

/**
 * Opens a compact JWE. Only the one kind that is made here is taken: these header members, these values, and no other.
 * Throws `BAD_SEALED_MESSAGE`.
 */
export async function decryptCompact(jwe: string, keys: DecryptionKeys): Promise<OpenedJwe> {
  const parts = withinLimit(jwe, LIMITS.sealedPostBytes).split('.');
  if (parts.length !== 5) throw refuseSealed('malformed');
  const [header, encryptedKey, iv, ciphertext, tag] = parts as [string, string, string, string, string];
  const { inside, kid } = readHeader(header, ['kid']);
  return decrypt({ protected: header, encrypted_key: encryptedKey, iv, ciphertext, tag }, kid, inside, keys);
}

/** Opens a JWE in its general JSON form, with the first key that there is. Throws `BAD_SEALED_MESSAGE`. */
export async function decryptGeneral(jwe: string, keys: DecryptionKeys): Promise<OpenedJwe> {
  const value = jsonObject(new TextEncoder().encode(withinLimit(jwe, LIMITS.sealedMessageBytes)));
  assertMembers(value, ['protected', 'recipients', 'iv', 'ciphertext', 'tag'], [], 'header');
  const { recipients, iv, ciphertext, tag } = value;
  const header = textOf(value.protected, 1_024);
  const { inside } = readHeader(header, []);
  if (!Array.isArray(recipients) || recipients.length === 0 || recipients.length > MAX_RECIPIENTS)
    throw refuseSealed('malformed');
  const copies = recipients.map(recipientOf);
  for (const { kid, encryptedKey } of copies) {
    if ((await keys(kid)) === undefined) continue;
    const own = { protected: header, header: { kid }, encrypted_key: encryptedKey };
    return decrypt({ ...own, ...strings({ iv, ciphertext, tag }) }, kid, inside, keys);
  }
  throw refuseSealed('unknown-key');
}

interface FlattenedJwe {
  readonly protected: string;
  readonly header?: { readonly kid: string };
  readonly encrypted_key: string;
  readonly iv: string;
  readonly ciphertext: string;
  readonly tag: string;
}

async function decrypt(
  jwe: FlattenedJwe,
  kid: string,
  inside: SealedInside,
  keys: DecryptionKeys,
): Promise<OpenedJwe> {
  partBytes(jwe.encrypted_key, ENCRYPTED_KEY_BYTES);
  partBytes(jwe.iv, [IV_BYTES]);
  partBytes(jwe.tag, [TAG_BYTES]);
  partBytes(jwe.ciphertext);
  const key = await keys(kid);
  if (key === undefined) throw refuseSealed('unknown-key');
  try {
    const { plaintext } = await flattenedDecrypt(jwe, key, {
      keyManagementAlgorithms: [ALG],
      contentEncryptionAlgorithms: [ENC],
    });
    return { inside, plaintext };
  } catch {
    throw refuseSealed('cannot-open');
  }
}

function readHeader(
  part: string,
  more: readonly 'kid'[],
): { readonly inside: SealedInside; readonly kid: string } {
  const header = jsonObject(partBytes(part));
  // Told first: of all that may be wrong with a header, this is what somebody means to do.
  if (header.alg !== ALG || header.enc !== ENC) throw refuseSealed('algorithm');
  assertMembers(header, ['alg', 'enc', 'typ', 'cty', ...more], [], 'header');
  const inside = INSIDES.find(known => known === header.cty);
  if (header.typ !== JWE_TYPE || inside === undefined) throw refuseSealed('header');
  return { inside, kid: more.length === 0 ? '' : textOf(header.kid, KID_CHARS) };
}

function recipientOf(value: unknown): { readonly kid: string; readonly encryptedKey: string } {
  const recipient = plainObject(value);
  assertMembers(recipient, ['header', 'encrypted_key'], [], 'header');
  const header = plainObject(recipient.header);
  assertMembers(header, ['kid'], [], 'header');
  return { kid: textOf(header.kid, KID_CHARS), encryptedKey: textOf(recipient.encrypted_key, 1_024) };
}

function strings<Name extends string>(parts: Record<Name, unknown>): Record<Name, string> {
  for (const part of Object.values(parts)) if (typeof part !== 'string') throw refuseSealed('malformed');
  return parts as Record<Name, string>;
}

function withinLimit(jwe: string, limitBytes: number): string {
  if (jwe.length > limitBytes) throw refuseSealed('too-large');
  return jwe;
}
