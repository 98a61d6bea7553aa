import { expect, it } from 'vitest';
import { decode } from '../codec/codec.ts';
import { checkInnerNodes } from '../group/treeRules.ts';
import { fromHex, hex } from '../testing/scenario.ts';
import { runsOf } from '../testing/vectorCases.ts';
import { describeVectors } from '../testVectors.ts';
import { isLeafSigned } from './leafSigning.ts';
import { members, ratchetTreeCodec } from './ratchetTree.ts';
import { resolution } from './resolution.ts';
import { treeHash } from './treeHash.ts';

interface ValidationCase {
  readonly cipher_suite: number;
  readonly tree: string;
  readonly group_id: string;
  readonly resolutions: number[][];
  readonly tree_hashes: string[];
}

describeVectors('mls/tree-validation.json', 'mlswg/mls-implementations', data => {
  it.each(runsOf<ValidationCase>(data))('$title', ({ crypto, expected }) => {
    const tree = decode(ratchetTreeCodec, fromHex(expected.tree));
    expect(tree.nodes.map((_, node) => resolution(tree, node))).toEqual(expected.resolutions);
    expect(tree.nodes.map((_, node) => hex(treeHash(crypto, tree, node)))).toEqual(expected.tree_hashes);
    checkInnerNodes(crypto, tree);
    const groupId = fromHex(expected.group_id);
    for (const [leafIndex, leaf] of members(tree)) {
      expect(isLeafSigned(crypto, leaf, { groupId, leafIndex })).toBe(true);
    }
  });
});
