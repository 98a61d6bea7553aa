import { encode } from '../codec/codec.ts';
import { Writer } from '../codec/writer.ts';
import { type AuthenticatedContent, framedContentCodec, WIRE_FORMAT } from '../framing/framedContent.ts';
import type { SuiteCrypto } from '../labelled/suiteCrypto.ts';

/** The confirmed transcript hash after a Commit (RFC 9420 §8.2). */
export function confirmedTranscriptHash(
  crypto: SuiteCrypto,
  interimBefore: Uint8Array,
  commit: Pick<AuthenticatedContent, 'format' | 'framed'>,
  signature: Uint8Array,
): Uint8Array {
  const writer = new Writer(1024);
  writer.bytes(interimBefore);
  writer.uint16(WIRE_FORMAT[commit.format]);
  writer.bytes(encode(framedContentCodec, commit.framed));
  writer.opaque(signature);
  return crypto.provider.hash(crypto.suite.hash, writer.finish());
}

/** The interim transcript hash that follows (RFC 9420 §8.2). */
export function interimTranscriptHash(
  crypto: SuiteCrypto,
  confirmed: Uint8Array,
  confirmationTag: Uint8Array,
): Uint8Array {
  const writer = new Writer(160);
  writer.bytes(confirmed);
  writer.opaque(confirmationTag);
  return crypto.provider.hash(crypto.suite.hash, writer.finish());
}
