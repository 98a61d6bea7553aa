import { parentAt, type RatchetTree } from './ratchetTree.ts';
import { directPath, isLeaf, left, nodeOfLeaf, right, sibling } from './treeMath.ts';

/** The nodes whose keys together reach everybody below a node, and nobody else (RFC 9420 §4.1.1). */
export function resolution(tree: RatchetTree, node: number): number[] {
  if (tree.nodes[node] !== undefined) {
    if (isLeaf(node)) return [node];
    return [node, ...(parentAt(tree, node)?.unmergedLeaves ?? []).map(nodeOfLeaf)];
  }
  if (isLeaf(node)) return [];
  return [...resolution(tree, left(node) as number), ...resolution(tree, right(node) as number)];
}

function isEmptySubtree(tree: RatchetTree, node: number): boolean {
  if (tree.nodes[node] !== undefined) return false;
  if (isLeaf(node)) return true;
  return isEmptySubtree(tree, left(node) as number) && isEmptySubtree(tree, right(node) as number);
}

/** A step of a filtered direct path: the ancestor, and its child off the path. */
export interface PathStep {
  readonly node: number;
  readonly copathChild: number;
}

/** The ancestors of a leaf, without those under whose other child is nobody (RFC 9420 §4.1.2). */
export function filteredDirectPath(tree: RatchetTree, leafIndex: number): PathStep[] {
  const steps: PathStep[] = [];
  let below = nodeOfLeaf(leafIndex);
  for (const node of directPath(below, tree.leafCount)) {
    const copathChild = sibling(below, tree.leafCount) as number;
    if (!isEmptySubtree(tree, copathChild)) steps.push({ node, copathChild });
    below = node;
  }
  return steps;
}
