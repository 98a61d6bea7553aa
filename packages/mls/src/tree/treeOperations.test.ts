import { expect, it } from 'vitest';
import { decode, encode } from '../codec/codec.ts';
import { applyProposals } from '../group/appliedProposals.ts';
import { proposalCodec } from '../messages/proposal.ts';
import { fromHex, hex } from '../testing/scenario.ts';
import { runsOf } from '../testing/vectorCases.ts';
import { describeVectors } from '../testVectors.ts';
import { ratchetTreeCodec } from './ratchetTree.ts';
import { treeHash } from './treeHash.ts';

interface OperationCase {
  readonly cipher_suite: number;
  readonly tree_before: string;
  readonly proposal: string;
  readonly proposal_sender: number;
  readonly tree_hash_before: string;
  readonly tree_after: string;
  readonly tree_hash_after: string;
}

describeVectors('mls/tree-operations.json', 'mlswg/mls-implementations', data => {
  it.each(runsOf<OperationCase>(data))('$title', ({ crypto, expected }) => {
    const before = decode(ratchetTreeCodec, fromHex(expected.tree_before));
    expect(hex(treeHash(crypto, before))).toBe(expected.tree_hash_before);
    const proposal = decode(proposalCodec, fromHex(expected.proposal));
    const { tree } = applyProposals(before, [], [{ proposal, senderLeafIndex: expected.proposal_sender }]);
    expect(hex(encode(ratchetTreeCodec, tree))).toBe(expected.tree_after);
    expect(hex(treeHash(crypto, tree))).toBe(expected.tree_hash_after);
    expect(hex(encode(ratchetTreeCodec, before))).toBe(expected.tree_before);
  });
});
