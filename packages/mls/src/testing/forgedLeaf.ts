import { encode } from '../codec/codec.ts';
import { mlsMessageCodec } from '../framing/mlsMessage.ts';
import { decodeKeyPackage } from '../group/keyPackages.ts';
import type { NewKeyPackage } from '../index.ts';
import { keyPackageRef } from '../labelled/reference.ts';
import { signWithLabel } from '../labelled/signing.ts';
import { type KeyPackage, keyPackageCodec, keyPackageTbs } from '../messages/keyPackage.ts';
import type { LeafNode, LeafPlace, UnsignedLeafNode } from '../tree/leafNode.ts';
import { signLeafNode } from '../tree/leafSigning.ts';
import { cryptoOf } from './forgedMessage.ts';
import type { Party } from './scenario.ts';

/** Changes a leaf and signs it again with its owner's key (or another). */
export function resignedLeaf(
  owner: Party,
  leaf: LeafNode,
  changes: Partial<UnsignedLeafNode>,
  place?: LeafPlace,
  signaturePrivateKey = owner.signaturePrivateKey,
): LeafNode {
  const { signature: _, ...unsigned } = leaf;
  return signLeafNode(cryptoOf(owner), { ...unsigned, ...changes }, place, signaturePrivateKey);
}

/** A key package with changes to it or its leaf, signed again. */
export function forgedKeyPackage(
  owner: Party,
  changes: { readonly keyPackage?: Partial<KeyPackage>; readonly leaf?: Partial<UnsignedLeafNode> } = {},
  own: NewKeyPackage = owner.keyPackage(),
): NewKeyPackage {
  const crypto = cryptoOf(owner);
  const original = decodeKeyPackage(own.keyPackage);
  const leafNode = resignedLeaf(owner, original.leafNode, changes.leaf ?? {});
  const { signature: _, ...unsigned } = { ...original, leafNode, ...changes.keyPackage };
  const signature = signWithLabel(
    crypto,
    owner.signaturePrivateKey,
    'KeyPackageTBS',
    keyPackageTbs(unsigned),
  );
  const message = { ...unsigned, signature };
  return {
    keyPackage: encode(mlsMessageCodec, { format: 'key_package', message }),
    privateState: own.privateState,
    ref: keyPackageRef(crypto, encode(keyPackageCodec, message)),
  };
}
