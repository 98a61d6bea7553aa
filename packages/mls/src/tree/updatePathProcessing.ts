import { MlsError } from '../errors.ts';
import { bytesEqual } from '../labelled/bytesEqual.ts';
import { decryptWithLabel } from '../labelled/publicKeyEncryption.ts';
import type { SuiteCrypto } from '../labelled/suiteCrypto.ts';
import type { UpdatePath, UpdatePathNode } from '../messages/updatePath.ts';
import { derivePathKeys, type PathKeys, type PrivateKeys } from './pathSecrets.ts';
import type { RatchetTree } from './ratchetTree.ts';
import { filteredDirectPath, type PathStep, resolution } from './resolution.ts';
import { isInSubtree, nodeOfLeaf } from './treeMath.ts';
import { mergePath, pathParents } from './updatePathCreation.ts';

/** The error for an UpdatePath that breaks RFC 9420 §7.5 or §12.4.2. */
function invalidPath(reason: string, message: string): MlsError {
  return new MlsError('INVALID_COMMIT', message, { reason });
}

/** A path from somebody else, checked and in the tree. */
export interface MergedPath {
  readonly tree: RatchetTree;
  readonly steps: readonly PathStep[];
}

/**
 * Puts an UpdatePath into the tree (RFC 9420 §7.5).
 * @throws {MlsError} `INVALID_COMMIT` with reason `path_length` or `parent_hash`
 */
export function mergeUpdatePath(
  crypto: SuiteCrypto,
  tree: RatchetTree,
  senderLeaf: number,
  updatePath: UpdatePath,
): MergedPath {
  const steps = filteredDirectPath(tree, senderLeaf);
  if (steps.length !== updatePath.nodes.length) {
    throw invalidPath('path_length', 'update path is not as long as the filtered direct path');
  }
  const { parents, leafParentHash } = pathParents(
    crypto,
    tree,
    steps,
    updatePath.nodes.map(node => node.encryptionKey),
  );
  const { source } = updatePath.leafNode;
  if (source.kind !== 'commit' || !bytesEqual(source.parentHash, leafParentHash)) {
    throw invalidPath('parent_hash', 'parent hash of the committer’s leaf does not fit the update path');
  }
  return { tree: mergePath(tree, senderLeaf, updatePath.leafNode, steps, parents), steps };
}

/** Refuses a path with more or fewer ciphertexts than there are receivers (RFC 9420 §7.6). */
function checkCiphertextCounts(
  merged: MergedPath,
  updatePath: UpdatePath,
  newNodes: ReadonlySet<number>,
): void {
  for (const [index, step] of merged.steps.entries()) {
    const receivers = resolution(merged.tree, step.copathChild).filter(node => !newNodes.has(node));
    if (updatePath.nodes[index]?.encryptedPathSecrets.length !== receivers.length) {
      throw invalidPath('ciphertext_count', 'update path has another number of ciphertexts than receivers');
    }
  }
}

/**
 * Decrypts the path secret meant for this member and derives all above it (RFC 9420 §7.5).
 * @param groupContext the encoded provisional context
 * @throws {MlsError} `INVALID_COMMIT` with reason `ciphertext_count`, `path_secret` or `path_key`
 */
export function openUpdatePath(
  crypto: SuiteCrypto,
  merged: MergedPath,
  updatePath: UpdatePath,
  own: { readonly leafIndex: number; readonly privateKeys: PrivateKeys },
  newLeaves: ReadonlySet<number>,
  groupContext: Uint8Array,
): PathKeys {
  const newNodes = new Set([...newLeaves].map(nodeOfLeaf));
  checkCiphertextCounts(merged, updatePath, newNodes);
  const ownNode = nodeOfLeaf(own.leafIndex);
  const stepIndex = merged.steps.findIndex(step => isInSubtree(ownNode, step.copathChild));
  const step = merged.steps[stepIndex];
  const receivers =
    step === undefined ? [] : resolution(merged.tree, step.copathChild).filter(node => !newNodes.has(node));
  const receiverIndex = receivers.findIndex(node => own.privateKeys.has(node));
  const privateKey = own.privateKeys.get(receivers[receiverIndex] ?? -1);
  const sealed = updatePath.nodes[stepIndex]?.encryptedPathSecrets[receiverIndex];
  const pathSecret =
    privateKey && sealed && decryptWithLabel(crypto, privateKey, 'UpdatePathNode', groupContext, sealed);
  if (pathSecret === undefined || pathSecret.length !== crypto.suite.hashBytes) {
    throw invalidPath('path_secret', 'path secret cannot be decrypted');
  }
  const path = derivePathKeys(
    crypto,
    merged.steps.slice(stepIndex).map(above => above.node),
    pathSecret,
  );
  for (const [index, keys] of path.keys.entries()) {
    const sent = updatePath.nodes[stepIndex + index] as UpdatePathNode;
    if (!bytesEqual(keys.publicKey, sent.encryptionKey)) {
      throw invalidPath('path_key', 'public key of the update path is not the one of its path secret');
    }
  }
  return path;
}
