import { describe, expect, it } from 'vitest';
import { describeVectors } from '../testVectors.ts';
import {
  commonAncestor,
  directPath,
  isInSubtree,
  leavesUnder,
  left,
  nodeCount,
  parent,
  right,
  root,
  sibling,
} from './treeMath.ts';

interface TreeMathCase {
  readonly n_leaves: number;
  readonly n_nodes: number;
  readonly root: number;
  readonly left: (number | null)[];
  readonly right: (number | null)[];
  readonly parent: (number | null)[];
  readonly sibling: (number | null)[];
}

describeVectors('mls/tree-math.json', 'mlswg/mls-implementations', data => {
  it.each(data as TreeMathCase[])('$n_leaves leaves', expected => {
    const { n_leaves: leaves } = expected;
    const nodes = Array.from({ length: nodeCount(leaves) }, (_, node) => node);
    expect(nodes.length).toBe(expected.n_nodes);
    expect(root(leaves)).toBe(expected.root);
    expect(nodes.map(node => left(node) ?? null)).toEqual(expected.left);
    expect(nodes.map(node => right(node) ?? null)).toEqual(expected.right);
    expect(nodes.map(node => parent(node, leaves) ?? null)).toEqual(expected.parent);
    expect(nodes.map(node => sibling(node, leaves) ?? null)).toEqual(expected.sibling);
  });
});

describe('tree math', () => {
  const leaves = 16;
  const nodes = Array.from({ length: nodeCount(leaves) }, (_, node) => node);

  it('agrees with itself on ancestors, subtrees and the leaves under a node', () => {
    for (const a of nodes) {
      for (const b of nodes) {
        expect(isInSubtree(a, b)).toBe(a === b || directPath(a, leaves).includes(b));
      }
      const { first, last } = leavesUnder(a);
      const under = nodes.filter(node => node % 2 === 0 && isInSubtree(node, a)).map(node => node / 2);
      expect([under[0], under.at(-1)]).toEqual([first, last]);
    }
  });

  it('finds the lowest common ancestor', () => {
    for (const a of nodes) {
      for (const b of nodes) {
        const shared = [a, ...directPath(a, leaves)].find(node => isInSubtree(b, node));
        expect(commonAncestor(a, b)).toBe(shared);
      }
    }
  });

  it('refuses to walk up from outside of the tree', () => {
    for (const node of [nodeCount(leaves), 2 ** 31, 2 ** 32 - 2, 2 ** 33]) {
      expect(() => directPath(node, leaves)).toThrowError(expect.objectContaining({ code: 'MALFORMED' }));
    }
  });
});
