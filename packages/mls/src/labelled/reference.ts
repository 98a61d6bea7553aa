import { Writer } from '../codec/writer.ts';
import { asciiBytes } from '../crypto/bytes.ts';
import type { SuiteCrypto } from './suiteCrypto.ts';

/** RefHash (RFC 9420 §5.2). */
export function refHash(crypto: SuiteCrypto, label: string, value: Uint8Array): Uint8Array {
  const writer = new Writer(value.length + 64);
  writer.opaque(asciiBytes(label));
  writer.opaque(value);
  return crypto.provider.hash(crypto.suite.hash, writer.finish());
}

/** The KeyPackageRef of an encoded KeyPackage (RFC 9420 §5.2). */
export function keyPackageRef(crypto: SuiteCrypto, keyPackage: Uint8Array): Uint8Array {
  return refHash(crypto, 'MLS 1.0 KeyPackage Reference', keyPackage);
}

/** The ProposalRef of the encoded AuthenticatedContent that carries a proposal (RFC 9420 §5.2). */
export function proposalRef(crypto: SuiteCrypto, authenticatedContent: Uint8Array): Uint8Array {
  return refHash(crypto, 'MLS 1.0 Proposal Reference', authenticatedContent);
}
