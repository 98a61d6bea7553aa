import { type Codec, optional, vector } from '../codec/codec.ts';
import { malformed } from '../codec/reader.ts';
import { type LeafNode, leafNodeCodec } from './leafNode.ts';
import { type ParentNode, parentNodeCodec } from './parentNode.ts';
import { isLeaf, nodeCount, nodeOfLeaf } from './treeMath.ts';

/** Leaves that a tree may have at most: a Commit has to be a message that somebody can carry. */
export const MAX_LEAVES = 1 << 16;

/** What stands in a tree where it is not blank. */
export type TreeNode = LeafNode | ParentNode;

/**
 * The public part of a group's ratchet tree (RFC 9420 §7), in array form and never changed once made: each operation
 * gives a new tree that shares its nodes with the old one.
 */
export interface RatchetTree {
  /** A power of two. */
  readonly leafCount: number;
  /** Leaves at even, parents at odd places; `undefined` where blank. */
  readonly nodes: readonly (TreeNode | undefined)[];
  /** Tree hashes already computed, by node: filled in when first asked for (see treeHash.ts). */
  readonly hashes: (Uint8Array | undefined)[];
}

/** A tree of one member. */
export function treeOfOne(leaf: LeafNode): RatchetTree {
  return { leafCount: 1, nodes: [leaf], hashes: [undefined] };
}

export function leafAt(tree: RatchetTree, leafIndex: number): LeafNode | undefined {
  return leafIndex < tree.leafCount ? (tree.nodes[nodeOfLeaf(leafIndex)] as LeafNode | undefined) : undefined;
}

export function parentAt(tree: RatchetTree, node: number): ParentNode | undefined {
  return tree.nodes[node] as ParentNode | undefined;
}

/** The members of a group with their leaf indexes, from left to right. */
export function* members(tree: RatchetTree): Generator<readonly [leafIndex: number, leaf: LeafNode]> {
  for (let leafIndex = 0; leafIndex < tree.leafCount; leafIndex++) {
    const leaf = leafAt(tree, leafIndex);
    if (leaf !== undefined) yield [leafIndex, leaf];
  }
}

export const nodeCodec: Codec<TreeNode> = {
  read: r => {
    switch (r.uint8()) {
      case 1:
        return leafNodeCodec.read(r);
      case 2:
        return parentNodeCodec.read(r);
      default:
        throw malformed('node type is not known');
    }
  },
  write: (w, node) => {
    if ('signatureKey' in node) {
      w.uint8(1);
      leafNodeCodec.write(w, node);
    } else {
      w.uint8(2);
      parentNodeCodec.write(w, node);
    }
  },
};
const nodesCodec = vector(optional(nodeCodec));

/** `optional<Node> ratchet_tree<V>` (RFC 9420 §12.4.3.3): without the blank nodes behind the last one. */
export const ratchetTreeCodec: Codec<RatchetTree> = {
  read: r => {
    const nodes = [...nodesCodec.read(r)];
    if (nodes.length === 0 || nodes.at(-1) === undefined) throw malformed('last node of the tree is blank');
    let leafCount = 1;
    while (nodeCount(leafCount) < nodes.length) leafCount *= 2;
    if (leafCount > MAX_LEAVES) throw malformed('tree has too many leaves');
    for (const [index, node] of nodes.entries()) {
      if (node !== undefined && isLeaf(index) !== 'signatureKey' in node) {
        throw malformed('node of the tree has the wrong type for its place');
      }
    }
    while (nodes.length < nodeCount(leafCount)) nodes.push(undefined);
    return { leafCount, nodes, hashes: new Array<undefined>(nodes.length).fill(undefined) };
  },
  write: (w, tree) => {
    let used = tree.nodes.length;
    while (used > 0 && tree.nodes[used - 1] === undefined) used--;
    nodesCodec.write(w, tree.nodes.slice(0, used));
  },
};
