import { opaqueBytes, Writer } from '../codec/writer.ts';
import { asciiBytes } from '../crypto/bytes.ts';
import type { SuiteCrypto } from './suiteCrypto.ts';

const EMPTY = new Uint8Array(0);
const KEPT_LABELS = 64;
const encodedLabels = new Map<string, Uint8Array>();

/** `opaque label<V>` of "MLS 1.0 " and the label; the protocol's own labels are kept, they come with every message. */
export function mlsLabel(label: string): Uint8Array {
  const kept = encodedLabels.get(label);
  if (kept !== undefined) return kept;
  const writer = new Writer(64);
  writer.opaque(asciiBytes(`MLS 1.0 ${label}`));
  const encoded = writer.finish();
  if (encodedLabels.size < KEPT_LABELS) encodedLabels.set(label, encoded);
  return encoded;
}

/** ExpandWithLabel (RFC 9420 §8). */
export function expandWithLabel(
  crypto: SuiteCrypto,
  secret: Uint8Array,
  label: string,
  context: Uint8Array,
  lengthBytes: number,
): Uint8Array {
  const encodedLabel = mlsLabel(label);
  const writer = new Writer(2 + encodedLabel.length + opaqueBytes(context.length));
  writer.uint16(lengthBytes);
  writer.bytes(encodedLabel);
  writer.opaque(context);
  return crypto.provider.hkdfExpand(crypto.suite.kdfHash, secret, writer.finish(), lengthBytes);
}

/** DeriveSecret (RFC 9420 §8): as long as the suite's hash. */
export function deriveSecret(crypto: SuiteCrypto, secret: Uint8Array, label: string): Uint8Array {
  return expandWithLabel(crypto, secret, label, EMPTY, crypto.suite.hashBytes);
}

/** DeriveTreeSecret (RFC 9420 §9.1). */
export function deriveTreeSecret(
  crypto: SuiteCrypto,
  secret: Uint8Array,
  label: string,
  generation: number,
  lengthBytes: number,
): Uint8Array {
  const context = Uint8Array.of(generation >>> 24, generation >>> 16, generation >>> 8, generation);
  return expandWithLabel(crypto, secret, label, context, lengthBytes);
}

/** KDF.Extract. */
export function extract(crypto: SuiteCrypto, salt: Uint8Array, ikm: Uint8Array): Uint8Array {
  return crypto.provider.hkdfExtract(crypto.suite.kdfHash, salt, ikm);
}

/** The all-zero secret that stands in where there is none. */
export function zeroSecret(crypto: SuiteCrypto): Uint8Array {
  return new Uint8Array(crypto.suite.hashBytes);
}

/** MAC (RFC 9420 §5.1). */
export function mac(crypto: SuiteCrypto, key: Uint8Array, data: Uint8Array): Uint8Array {
  return crypto.provider.hmac(crypto.suite.hash, key, data);
}
