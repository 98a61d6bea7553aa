import { MlsError } from '../errors.ts';
import type { LeafNode } from './leafNode.ts';
import type { ParentNode } from './parentNode.ts';
import { leafAt, MAX_LEAVES, parentAt, type RatchetTree } from './ratchetTree.ts';
import { directPath, nodeCount, nodeOfLeaf } from './treeMath.ts';

type NodeChange = readonly [node: number, value: LeafNode | ParentNode | undefined];

/** The tree with these nodes changed; only the hashes above them are forgotten. */
export function withNodes(tree: RatchetTree, changes: Iterable<NodeChange>): RatchetTree {
  const nodes = [...tree.nodes];
  const hashes = [...tree.hashes];
  for (const [node, value] of changes) {
    nodes[node] = value;
    hashes[node] = undefined;
    for (const above of directPath(node, tree.leafCount)) hashes[above] = undefined;
  }
  return { leafCount: tree.leafCount, nodes, hashes };
}

/** The changes that blank all ancestors of a leaf. */
export function blankPath(tree: RatchetTree, leafIndex: number): NodeChange[] {
  return directPath(nodeOfLeaf(leafIndex), tree.leafCount).map(node => [node, undefined]);
}

/** Doubles the tree to the right (RFC 9420 §7.7). */
function extend(tree: RatchetTree): RatchetTree {
  if (tree.leafCount >= MAX_LEAVES) throw new MlsError('TOO_LARGE', 'group has no room for more members');
  const blank = new Array<undefined>(nodeCount(tree.leafCount) + 1).fill(undefined);
  return {
    leafCount: tree.leafCount * 2,
    nodes: [...tree.nodes, ...blank],
    hashes: [...tree.hashes, ...blank],
  };
}

/** Halves the tree as long as nobody is in its right half (RFC 9420 §7.7). */
function truncate(tree: RatchetTree): RatchetTree {
  let lastLeaf = tree.leafCount - 1;
  while (lastLeaf > 0 && leafAt(tree, lastLeaf) === undefined) lastLeaf--;
  let leafCount = tree.leafCount;
  while (leafCount > 1 && lastLeaf < leafCount / 2) leafCount /= 2;
  if (leafCount === tree.leafCount) return tree;
  const kept = nodeCount(leafCount);
  return { leafCount, nodes: tree.nodes.slice(0, kept), hashes: tree.hashes.slice(0, kept) };
}

function leftmostBlankLeaf(tree: RatchetTree): number | undefined {
  for (let leafIndex = 0; leafIndex < tree.leafCount; leafIndex++) {
    if (leafAt(tree, leafIndex) === undefined) return leafIndex;
  }
  return undefined;
}

/** The leftmost empty leaf, in a tree that has one (RFC 9420 §12.1.1, §12.4.2). */
export function emptyLeaf(tree: RatchetTree): { tree: RatchetTree; leafIndex: number } {
  const free = leftmostBlankLeaf(tree);
  return free === undefined ? { tree: extend(tree), leafIndex: tree.leafCount } : { tree, leafIndex: free };
}

/** Puts a new member at the leftmost empty leaf; it is unmerged wherever there is a key above it (RFC 9420 §12.1.1). */
export function addLeaf(tree: RatchetTree, leaf: LeafNode): { tree: RatchetTree; leafIndex: number } {
  const { tree: roomy, leafIndex } = emptyLeaf(tree);
  const node = nodeOfLeaf(leafIndex);
  const changes: NodeChange[] = [[node, leaf]];
  for (const above of directPath(node, roomy.leafCount)) {
    const parent = parentAt(roomy, above);
    if (parent === undefined) continue;
    const unmergedLeaves = [...parent.unmergedLeaves, leafIndex].sort((a, b) => a - b);
    changes.push([above, { ...parent, unmergedLeaves }]);
  }
  return { tree: withNodes(roomy, changes), leafIndex };
}

/** Replaces a member's leaf and blanks the nodes above it (RFC 9420 §12.1.2). */
export function updateLeaf(tree: RatchetTree, leafIndex: number, leaf: LeafNode): RatchetTree {
  return withNodes(tree, [[nodeOfLeaf(leafIndex), leaf], ...blankPath(tree, leafIndex)]);
}

/** Blanks a member's leaf and the nodes above it, and cuts off what is empty at the right (RFC 9420 §12.1.3). */
export function removeLeaf(tree: RatchetTree, leafIndex: number): RatchetTree {
  return truncate(withNodes(tree, [[nodeOfLeaf(leafIndex), undefined], ...blankPath(tree, leafIndex)]));
}
