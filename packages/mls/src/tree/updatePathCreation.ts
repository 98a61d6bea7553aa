import { hpkeDeriveKeyPair } from '../crypto/hpke.ts';
import type { Random } from '../env.ts';
import { encryptWithLabel } from '../labelled/publicKeyEncryption.ts';
import type { SuiteCrypto } from '../labelled/suiteCrypto.ts';
import type { UpdatePath } from '../messages/updatePath.ts';
import type { LeafNode, UnsignedLeafNode } from './leafNode.ts';
import { signLeafNode } from './leafSigning.ts';
import { parentHash } from './parentHash.ts';
import type { ParentNode } from './parentNode.ts';
import { derivePathKeys, type NodeKeys, type PathKeys } from './pathSecrets.ts';
import type { RatchetTree } from './ratchetTree.ts';
import { filteredDirectPath, type PathStep, resolution } from './resolution.ts';
import { treeHash } from './treeHash.ts';
import { nodeOfLeaf } from './treeMath.ts';
import { blankPath, withNodes } from './treeOperations.ts';

/** Fresh keys for a member's path, already in the tree, not yet encrypted to the others. */
export interface StagedPath {
  readonly tree: RatchetTree;
  readonly leafNode: LeafNode;
  readonly leafPrivateKey: Uint8Array;
  readonly steps: readonly PathStep[];
  readonly path: PathKeys;
}

/** What the new leaf says of its owner. */
export type LeafContents = Pick<
  UnsignedLeafNode,
  'signatureKey' | 'credential' | 'capabilities' | 'extensions'
>;

/** The parent nodes of a path with these keys, lowest first; parent hashes chain down from the root (RFC 9420 §7.9). */
export function pathParents(
  crypto: SuiteCrypto,
  tree: RatchetTree,
  steps: readonly PathStep[],
  encryptionKeys: readonly Uint8Array[],
): { parents: ParentNode[]; leafParentHash: Uint8Array } {
  const parents: ParentNode[] = [];
  let above: Uint8Array = new Uint8Array(0);
  for (let index = steps.length - 1; index >= 0; index--) {
    const step = steps[index] as PathStep;
    const encryptionKey = encryptionKeys[index] as Uint8Array;
    parents.unshift({ encryptionKey, parentHash: above, unmergedLeaves: [] });
    above = parentHash(crypto, encryptionKey, above, treeHash(crypto, tree, step.copathChild));
  }
  return { parents, leafParentHash: above };
}

/** Replaces a member's path: blanks it, then puts in the new parents and the leaf (RFC 9420 §7.5). */
export function mergePath(
  tree: RatchetTree,
  leafIndex: number,
  leaf: LeafNode,
  steps: readonly PathStep[],
  parents: readonly ParentNode[],
): RatchetTree {
  return withNodes(tree, [
    ...blankPath(tree, leafIndex),
    ...steps.map((step, index) => [step.node, parents[index]] as const),
    [nodeOfLeaf(leafIndex), leaf],
  ]);
}

/** Makes fresh keys for the leaf and its filtered direct path, with the leaf signed (RFC 9420 §7.4, §7.5). */
export function stagePath(
  crypto: SuiteCrypto,
  random: Random,
  tree: RatchetTree,
  place: { readonly groupId: Uint8Array; readonly leafIndex: number },
  contents: LeafContents,
  signaturePrivateKey: Uint8Array,
): StagedPath {
  const { hashBytes } = crypto.suite;
  const leafKeys = hpkeDeriveKeyPair(crypto.provider, crypto.suite, random(hashBytes));
  const steps = filteredDirectPath(tree, place.leafIndex);
  const path = derivePathKeys(
    crypto,
    steps.map(step => step.node),
    random(hashBytes),
  );
  const { parents, leafParentHash } = pathParents(
    crypto,
    tree,
    steps,
    path.keys.map(keys => keys.publicKey),
  );
  const leafNode = signLeafNode(
    crypto,
    {
      ...contents,
      encryptionKey: leafKeys.publicKey,
      source: { kind: 'commit', parentHash: leafParentHash },
    },
    place,
    signaturePrivateKey,
  );
  return {
    tree: mergePath(tree, place.leafIndex, leafNode, steps, parents),
    leafNode,
    leafPrivateKey: leafKeys.privateKey,
    steps,
    path,
  };
}

/**
 * Encrypts the path secrets to everybody else (RFC 9420 §7.5, §7.6), except to members who are new in this Commit:
 * they get theirs in the Welcome.
 * @param groupContext the encoded provisional context
 */
export function encryptPath(
  crypto: SuiteCrypto,
  random: Random,
  staged: StagedPath,
  newLeaves: ReadonlySet<number>,
  groupContext: Uint8Array,
): UpdatePath {
  const newNodes = new Set([...newLeaves].map(nodeOfLeaf));
  const nodes = staged.steps.map((step, index) => {
    const keys = staged.path.keys[index] as NodeKeys;
    const receivers = resolution(staged.tree, step.copathChild).filter(node => !newNodes.has(node));
    return {
      encryptionKey: keys.publicKey,
      encryptedPathSecrets: receivers.map(node => {
        const receiver = staged.tree.nodes[node] as LeafNode | ParentNode;
        return encryptWithLabel(
          crypto,
          random,
          receiver.encryptionKey,
          'UpdatePathNode',
          groupContext,
          keys.pathSecret,
        );
      }),
    };
  });
  return { leafNode: staged.leafNode, nodes };
}
