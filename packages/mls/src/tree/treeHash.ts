import { Writer } from '../codec/writer.ts';
import type { SuiteCrypto } from '../labelled/suiteCrypto.ts';
import { type LeafNode, leafNodeCodec } from './leafNode.ts';
import { type ParentNode, parentNodeCodec } from './parentNode.ts';
import { leafAt, parentAt, type RatchetTree } from './ratchetTree.ts';
import { isLeaf, leafOfNode, leavesUnder, left, right, root } from './treeMath.ts';

function hashLeaf(crypto: SuiteCrypto, leafIndex: number, leaf: LeafNode | undefined): Uint8Array {
  const writer = new Writer(512);
  writer.uint8(1);
  writer.uint32(leafIndex);
  writer.uint8(leaf === undefined ? 0 : 1);
  if (leaf !== undefined) leafNodeCodec.write(writer, leaf);
  return crypto.provider.hash(crypto.suite.hash, writer.finish());
}

function hashParent(
  crypto: SuiteCrypto,
  parent: ParentNode | undefined,
  leftHash: Uint8Array,
  rightHash: Uint8Array,
): Uint8Array {
  const writer = new Writer(512);
  writer.uint8(2);
  writer.uint8(parent === undefined ? 0 : 1);
  if (parent !== undefined) parentNodeCodec.write(writer, parent);
  writer.opaque(leftHash);
  writer.opaque(rightHash);
  return crypto.provider.hash(crypto.suite.hash, writer.finish());
}

/** The tree hash of a node (RFC 9420 §7.8). Computed once; a changed tree has it again for what did not change. */
export function treeHash(crypto: SuiteCrypto, tree: RatchetTree, node = root(tree.leafCount)): Uint8Array {
  const known = tree.hashes[node];
  if (known !== undefined) return known;
  const hash = isLeaf(node)
    ? hashLeaf(crypto, leafOfNode(node), leafAt(tree, leafOfNode(node)))
    : hashParent(
        crypto,
        parentAt(tree, node),
        treeHash(crypto, tree, left(node) as number),
        treeHash(crypto, tree, right(node) as number),
      );
  tree.hashes[node] = hash;
  return hash;
}

/**
 * The tree hash of a subtree as it was before these leaves came: they are blank in it, and unmerged nowhere
 * (`original_sibling_tree_hash`, RFC 9420 §7.9).
 */
export function treeHashWithout(
  crypto: SuiteCrypto,
  tree: RatchetTree,
  node: number,
  leaves: readonly number[],
): Uint8Array {
  return hashWithout(crypto, tree, node, leaves, new Set(leaves));
}

/** `leaves` are those above that may still be below this node, `all` are all of them. */
function hashWithout(
  crypto: SuiteCrypto,
  tree: RatchetTree,
  node: number,
  leaves: readonly number[],
  all: ReadonlySet<number>,
): Uint8Array {
  const { first, last } = leavesUnder(node);
  const inside = leaves.filter(leaf => leaf >= first && leaf <= last);
  if (inside.length === 0) return treeHash(crypto, tree, node);
  if (isLeaf(node)) return hashLeaf(crypto, leafOfNode(node), undefined);
  const parent = parentAt(tree, node);
  return hashParent(
    crypto,
    parent && { ...parent, unmergedLeaves: parent.unmergedLeaves.filter(leaf => !all.has(leaf)) },
    hashWithout(crypto, tree, left(node) as number, inside, all),
    hashWithout(crypto, tree, right(node) as number, inside, all),
  );
}
