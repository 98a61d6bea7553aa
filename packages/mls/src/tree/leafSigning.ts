import { signWithLabel, verifyWithLabel } from '../labelled/signing.ts';
import type { SuiteCrypto } from '../labelled/suiteCrypto.ts';
import { type LeafNode, type LeafPlace, leafNodeTbs, type UnsignedLeafNode } from './leafNode.ts';

/** Signs a leaf node; `place` is needed for all but key packages (RFC 9420 §7.2). */
export function signLeafNode(
  crypto: SuiteCrypto,
  leaf: UnsignedLeafNode,
  place: LeafPlace | undefined,
  signaturePrivateKey: Uint8Array,
): LeafNode {
  const signature = signWithLabel(crypto, signaturePrivateKey, 'LeafNodeTBS', leafNodeTbs(leaf, place));
  return { ...leaf, signature };
}

/** True where the leaf was signed with its own signature key, for that place. */
export function isLeafSigned(crypto: SuiteCrypto, leaf: LeafNode, place: LeafPlace | undefined): boolean {
  return verifyWithLabel(crypto, leaf.signatureKey, 'LeafNodeTBS', leafNodeTbs(leaf, place), leaf.signature);
}
