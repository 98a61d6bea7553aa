import { opaqueBytes, Writer } from '../codec/writer.ts';
import { mlsLabel } from './kdf.ts';
import type { SuiteCrypto } from './suiteCrypto.ts';

/** Labels of signatures (RFC 9420 §17.6). */
export type SignatureLabel = 'FramedContentTBS' | 'LeafNodeTBS' | 'KeyPackageTBS' | 'GroupInfoTBS';

function signContent(label: string, content: Uint8Array): Uint8Array {
  const encodedLabel = mlsLabel(label);
  const writer = new Writer(encodedLabel.length + opaqueBytes(content.length));
  writer.bytes(encodedLabel);
  writer.opaque(content);
  return writer.finish();
}

/** SignWithLabel (RFC 9420 §5.1.2). */
export function signWithLabel(
  crypto: SuiteCrypto,
  privateKey: Uint8Array,
  label: SignatureLabel,
  content: Uint8Array,
): Uint8Array {
  return crypto.provider.ed25519Sign(privateKey, signContent(label, content));
}

/** VerifyWithLabel (RFC 9420 §5.1.2). */
export function verifyWithLabel(
  crypto: SuiteCrypto,
  publicKey: Uint8Array,
  label: SignatureLabel,
  content: Uint8Array,
  signature: Uint8Array,
): boolean {
  return crypto.provider.ed25519Verify(publicKey, signContent(label, content), signature);
}
