import type { CommitSummary, LeafView, ReInitView } from '../env.ts';
import type { PreSharedKeyId } from '../keySchedule/preSharedKeyId.ts';
import type { KeyPackage } from '../messages/keyPackage.ts';
import type { ReInit } from '../messages/proposal.ts';
import type { Extension } from '../tree/extension.ts';
import type { LeafNode } from '../tree/leafNode.ts';
import { leafAt, type RatchetTree } from '../tree/ratchetTree.ts';
import { addLeaf, removeLeaf, updateLeaf } from '../tree/treeOperations.ts';
import type { Epoch } from './group.ts';
import { leafView } from './leafRules.ts';
import type { SentProposal } from './proposalRules.ts';

/** What a list of proposals makes of a group (RFC 9420 §12.3). */
export interface AppliedProposals {
  readonly tree: RatchetTree;
  readonly extensions: readonly Extension[];
  readonly extensionsChanged: boolean;
  readonly added: readonly { readonly leafIndex: number; readonly keyPackage: KeyPackage }[];
  readonly removed: readonly { readonly leafIndex: number; readonly leaf: LeafNode }[];
  readonly updated: readonly { readonly leafIndex: number; readonly leaf: LeafNode }[];
  readonly psks: readonly PreSharedKeyId[];
  readonly reInit: ReInit | undefined;
}

/** Applies proposals in the order of RFC 9420 §12.3: extensions, updates, removes, adds. They must have been checked. */
export function applyProposals(
  before: RatchetTree,
  extensionsBefore: readonly Extension[],
  list: readonly SentProposal[],
): AppliedProposals {
  let tree = before;
  let extensions = extensionsBefore;
  let extensionsChanged = false;
  const updated: { leafIndex: number; leaf: LeafNode }[] = [];
  const removed: { leafIndex: number; leaf: LeafNode }[] = [];
  const added: { leafIndex: number; keyPackage: KeyPackage }[] = [];
  const psks: PreSharedKeyId[] = [];
  let reInit: ReInit | undefined;
  for (const { proposal, senderLeafIndex } of list) {
    if (proposal.kind === 'group_context_extensions') {
      extensions = proposal.extensions;
      extensionsChanged = true;
    } else if (proposal.kind === 'update') {
      updated.push({ leafIndex: senderLeafIndex, leaf: proposal.leafNode });
      tree = updateLeaf(tree, senderLeafIndex, proposal.leafNode);
    } else if (proposal.kind === 'psk') psks.push(proposal.psk);
    else if (proposal.kind === 'reinit') reInit = proposal.reInit;
  }
  for (const { proposal } of list) {
    if (proposal.kind !== 'remove') continue;
    removed.push({ leafIndex: proposal.removed, leaf: leafAt(before, proposal.removed) as LeafNode });
    tree = removeLeaf(tree, proposal.removed);
  }
  for (const { proposal } of list) {
    if (proposal.kind !== 'add') continue;
    const place = addLeaf(tree, proposal.keyPackage.leafNode);
    tree = place.tree;
    added.push({ leafIndex: place.leafIndex, keyPackage: proposal.keyPackage });
  }
  return { tree, extensions, extensionsChanged, added, removed, updated, psks, reInit };
}

/** What a caller may know of the group that takes another's place. */
export function reInitView({ groupId, cipherSuite, extensions }: ReInit): ReInitView {
  return { groupId, suite: cipherSuite, extensions };
}

/**
 * What the caller is asked to authorise.
 * @param joiner the leaf that an external Commit brings for its author
 */
export function summaryOf(
  epoch: Epoch,
  committer: number,
  applied: AppliedProposals,
  joiner?: LeafNode,
): CommitSummary {
  const view = ({ leafIndex, leaf }: { leafIndex: number; leaf: LeafNode }): LeafView =>
    leafView(leaf, leafIndex);
  return {
    committerLeafIndex: committer,
    committer: leafView(joiner ?? (leafAt(epoch.tree, committer) as LeafNode), committer),
    external: joiner !== undefined,
    added: [
      ...applied.added.map(({ leafIndex, keyPackage }) => leafView(keyPackage.leafNode, leafIndex)),
      ...(joiner === undefined ? [] : [leafView(joiner, committer)]),
    ],
    removed: applied.removed.map(view),
    updated: applied.updated.map(view),
    groupExtensions: applied.extensionsChanged ? applied.extensions : undefined,
    pskIds: applied.psks.flatMap(id => (id.kind === 'external' ? [id.id] : [])),
    reinit: applied.reInit && reInitView(applied.reInit),
    epoch: Number(epoch.context.epoch) + 1,
  };
}
