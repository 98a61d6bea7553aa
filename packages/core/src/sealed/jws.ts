import { CompactSign, type CryptoKey, compactVerify } from 'jose';
import { assertMembers, jsonObject, partBytes, textOf } from './jsonParts.ts';
import type { VerifiedSealedKeys } from './publishedKeys.ts';
import { publicRsaKey } from './rsaKeys.ts';
import { refuseSealed } from './sealedRefusal.ts';

const ALG = 'PS256';
const KID_CHARS = 64;

/** A message on its own, and one of a conversation: neither can be taken for the other. */
export type JwsType = 'sotto-sealed+jwt' | 'sotto-sealed-room+jwt';

/** What somebody claims, before it is known whether they signed it. */
export interface UnverifiedJws {
  readonly claims: Readonly<Record<string, unknown>>;
  readonly kid: string;
  readonly jws: string;
}

/** Signs claims: a compact JWS (RFC 7515 §7.1). */
export async function signClaims(
  signer: { readonly kid: string; readonly key: CryptoKey },
  type: JwsType,
  claims: object,
): Promise<string> {
  const payload = new TextEncoder().encode(JSON.stringify(claims));
  const header = { alg: ALG, kid: signer.kid, typ: type };
  return new CompactSign(payload).setProtectedHeader(header).sign(signer.key);
}

/** Reads a JWS of that type and of no other kind; `verifyJws` says whether it is genuine. Throws `BAD_SEALED_MESSAGE`. */
export function readJws(plaintext: Uint8Array, type: JwsType): UnverifiedJws {
  const jws = new TextDecoder().decode(plaintext);
  const parts = jws.split('.');
  if (parts.length !== 3) throw refuseSealed('malformed');
  const header = jsonObject(partBytes(parts[0]));
  if (header.alg !== ALG) throw refuseSealed('algorithm');
  assertMembers(header, ['alg', 'kid', 'typ'], [], 'header');
  if (header.typ !== type) throw refuseSealed('header');
  return { claims: jsonObject(partBytes(parts[1])), kid: textOf(header.kid, KID_CHARS), jws };
}

/** Throws `BAD_SEALED_MESSAGE` unless a key that its sender has published for it, now or before, made the signature. */
export async function verifyJws({ jws, kid }: UnverifiedJws, sender: VerifiedSealedKeys): Promise<void> {
  const key = sender.keys.find(each => each.kid === kid && each.use === 'sig');
  if (key === undefined) throw refuseSealed('unknown-sender');
  try {
    await compactVerify(jws, await publicRsaKey(key), { algorithms: [ALG] });
  } catch {
    throw refuseSealed('bad-signature');
  }
}
