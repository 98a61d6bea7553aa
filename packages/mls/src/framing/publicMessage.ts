import { encode } from '../codec/codec.ts';
import { Writer } from '../codec/writer.ts';
import { MlsError } from '../errors.ts';
import { bytesEqual } from '../labelled/bytesEqual.ts';
import { mac } from '../labelled/kdf.ts';
import { signWithLabel, verifyWithLabel } from '../labelled/signing.ts';
import type { SuiteCrypto } from '../labelled/suiteCrypto.ts';
import { type ContentAuth, type FramedContent, framedContentTbs, writeContentAuth } from './framedContent.ts';
import { mlsMessageCodec, type PublicMessage } from './mlsMessage.ts';

/** The membership tag of a member's PublicMessage (RFC 9420 §6.2). */
function membershipTag(
  crypto: SuiteCrypto,
  membershipKey: Uint8Array,
  tbs: Uint8Array,
  auth: ContentAuth,
): Uint8Array {
  const writer = new Writer(tbs.length + 160);
  writer.bytes(tbs);
  writeContentAuth(writer, auth);
  return mac(crypto, membershipKey, writer.finish());
}

/** Signs a member's content for a PublicMessage. */
export function signPublic(
  crypto: SuiteCrypto,
  framed: FramedContent,
  groupContext: Uint8Array,
  signaturePrivateKey: Uint8Array,
): Uint8Array {
  const tbs = framedContentTbs('public_message', framed, groupContext);
  return signWithLabel(crypto, signaturePrivateKey, 'FramedContentTBS', tbs);
}

/**
 * A member's signed content as an MLSMessage, not encrypted (RFC 9420 §6.2).
 * @throws {MlsError} `USAGE` for application data, which must always be encrypted (§6)
 */
export function sealPublic(
  crypto: SuiteCrypto,
  framed: FramedContent,
  auth: ContentAuth,
  groupContext: Uint8Array,
  membershipKey: Uint8Array,
): Uint8Array {
  if (framed.content.type === 'application') {
    throw new MlsError('USAGE', 'application data must be encrypted', { reason: 'application_in_public' });
  }
  const tbs = framedContentTbs('public_message', framed, groupContext);
  return encode(mlsMessageCodec, {
    format: 'public_message',
    message: { framed, auth, membershipTag: membershipTag(crypto, membershipKey, tbs, auth) },
  });
}

/**
 * Checks membership tag and signature of a member's PublicMessage (RFC 9420 §6.2).
 * @throws {MlsError} `BAD_MAC`, `BAD_SIGNATURE`, `MALFORMED` for application data
 */
export function verifyPublic(
  crypto: SuiteCrypto,
  message: PublicMessage,
  groupContext: Uint8Array,
  membershipKey: Uint8Array,
  signatureKey: Uint8Array,
): void {
  const { framed, auth } = message;
  if (framed.content.type === 'application') {
    throw new MlsError('MALFORMED', 'application data came without encryption');
  }
  const tbs = framedContentTbs('public_message', framed, groupContext);
  const expected = membershipTag(crypto, membershipKey, tbs, auth);
  if (message.membershipTag === undefined || !bytesEqual(message.membershipTag, expected)) {
    throw new MlsError('BAD_MAC', 'membership tag does not fit');
  }
  if (!verifyWithLabel(crypto, signatureKey, 'FramedContentTBS', tbs, auth.signature)) {
    throw new MlsError('BAD_SIGNATURE', 'signature of the message does not verify');
  }
}
