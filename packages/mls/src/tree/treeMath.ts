import { MlsError } from '../errors.ts';

/**
 * Arithmetic of the array representation of trees (RFC 9420 Appendix C): leaf `i` is node `2i`, a node's level is
 * the number of its trailing one bits. `leafCount` is always a power of two.
 */

/** Levels above the leaves: 0 for a leaf. */
function level(node: number): number {
  let count = 0;
  while ((node >>> count) & 1) count++;
  return count;
}

export function isLeaf(node: number): boolean {
  return (node & 1) === 0;
}

export function nodeOfLeaf(leafIndex: number): number {
  return 2 * leafIndex;
}

export function leafOfNode(node: number): number {
  return node >>> 1;
}

/** Nodes of a full tree with so many leaves. */
export function nodeCount(leafCount: number): number {
  return 2 * leafCount - 1;
}

export function root(leafCount: number): number {
  return leafCount - 1;
}

/** The left child; `undefined` for a leaf. */
export function left(node: number): number | undefined {
  const height = level(node);
  return height === 0 ? undefined : node ^ (1 << (height - 1));
}

/** The right child; `undefined` for a leaf. */
export function right(node: number): number | undefined {
  const height = level(node);
  return height === 0 ? undefined : node ^ (3 << (height - 1));
}

/** The parent; `undefined` for the root. */
export function parent(node: number, leafCount: number): number | undefined {
  if (node === root(leafCount)) return undefined;
  const height = level(node);
  const bit = (node >>> (height + 1)) & 1;
  return (node | (1 << height)) ^ (bit << (height + 1));
}

/** The other child of the parent; `undefined` for the root. */
export function sibling(node: number, leafCount: number): number | undefined {
  const above = parent(node, leafCount);
  if (above === undefined) return undefined;
  return node < above ? right(above) : left(above);
}

/**
 * The ancestors of a node, from its parent to the root.
 * @throws {MlsError} `MALFORMED` for a node outside of the tree, whose way up would never end
 */
export function directPath(node: number, leafCount: number): number[] {
  if (node >= nodeCount(leafCount)) throw new MlsError('MALFORMED', 'node is outside of the tree', { node });
  const path: number[] = [];
  for (let above = parent(node, leafCount); above !== undefined; above = parent(above, leafCount)) {
    path.push(above);
  }
  return path;
}

/** True where `node` stands under `ancestor`, or is it. */
export function isInSubtree(node: number, ancestor: number): boolean {
  const height = level(ancestor);
  return node >>> (height + 1) === ancestor >>> (height + 1) && level(node) <= height;
}

/** The lowest node that has both in its subtree. */
export function commonAncestor(a: number, b: number): number {
  if (isInSubtree(a, b)) return b;
  if (isInSubtree(b, a)) return a;
  let x = a;
  let y = b;
  let shifts = 0;
  while (x !== y) {
    x >>>= 1;
    y >>>= 1;
    shifts++;
  }
  return (x << shifts) + (1 << (shifts - 1)) - 1;
}

/** First and last leaf index of the subtree under a node. */
export function leavesUnder(node: number): { readonly first: number; readonly last: number } {
  const half = (1 << level(node)) - 1;
  return { first: (node - half) >>> 1, last: (node + half) >>> 1 };
}
