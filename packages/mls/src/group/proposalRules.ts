import { encode } from '../codec/codec.ts';
import type { MlsEnv } from '../env.ts';
import { MlsError } from '../errors.ts';
import { type PreSharedKeyId, preSharedKeyIdCodec } from '../keySchedule/preSharedKeyId.ts';
import { bytesEqual } from '../labelled/bytesEqual.ts';
import { type SuiteCrypto, suiteCrypto } from '../labelled/suiteCrypto.ts';
import { MLS10 } from '../messages/keyPackage.ts';
import type { Proposal, ReInit } from '../messages/proposal.ts';
import { hasDuplicateTypes } from '../tree/extension.ts';
import { leafAt, members, type RatchetTree } from '../tree/ratchetTree.ts';
import { invalid } from './invalid.ts';
import { checkKeyPackage } from './keyPackageRules.ts';
import { authenticateLeaf, checkLeaf } from './leafRules.ts';
import { refuseExternalCommits, refuseReInit } from './policy.ts';
import { KeySet } from './treeRules.ts';

/** A proposal with the member that made it. */
export interface SentProposal {
  readonly proposal: Proposal;
  readonly senderLeafIndex: number;
  /** It came earlier in this epoch, and was checked by itself then; only its credential is asked about again. */
  readonly checked?: boolean;
}

/** What proposals are judged against: the group as it is before the Commit. */
export interface ProposalGround {
  readonly tree: RatchetTree;
  readonly groupId: Uint8Array;
}

export function checkPsk(crypto: SuiteCrypto, psk: PreSharedKeyId): void {
  if (psk.kind === 'resumption' && psk.usage !== 'application') {
    throw invalid(
      'INVALID_PROPOSAL',
      'psk_usage',
      'resumption PSK is meant for re-initialisation or branching',
    );
  }
  if (psk.nonce.length !== crypto.suite.hashBytes) {
    throw invalid('INVALID_PROPOSAL', 'psk_nonce', 'PSK nonce has the wrong length');
  }
}

/**
 * The rules for a ReInit (RFC 9420 §12.1.5), and that the group it announces is one that this engine can follow into:
 * by it a member could lead all others to a suite that is not allowed.
 */
function checkReInit(env: MlsEnv, ground: ProposalGround, reInit: ReInit): void {
  refuseReInit(env);
  const { version, cipherSuite } = reInit;
  if (version < MLS10) {
    throw invalid('INVALID_PROPOSAL', 'reinit_version', 'group is to go back to an older version');
  }
  if (version > MLS10)
    throw new MlsError('UNSUPPORTED_VERSION', 'group is to have another version', { version });
  suiteCrypto(env, cipherSuite);
  if (bytesEqual(reInit.groupId, ground.groupId)) {
    throw invalid('INVALID_PROPOSAL', 'reinit_group_id', 'new group is to have the id of the old one');
  }
}

/**
 * The rules for one proposal (RFC 9420 §12.1). Proposals to re-initialise, and external inits, are refused unless
 * the policy takes them; external inits have no place outside of external Commits in any case.
 * @throws {MlsError} `INVALID_PROPOSAL`, `INVALID_KEY_PACKAGE`, `INVALID_LEAF`, `NOT_AUTHENTICATED`,
 *   `UNSUPPORTED_FEATURE`, `UNSUPPORTED_SUITE`, `UNSUPPORTED_VERSION`
 */
export function checkProposal(
  env: MlsEnv,
  crypto: SuiteCrypto,
  ground: ProposalGround,
  { proposal, senderLeafIndex }: SentProposal,
): void {
  switch (proposal.kind) {
    case 'add':
      checkKeyPackage(env, crypto, proposal.keyPackage);
      return;
    case 'update': {
      const current = leafAt(ground.tree, senderLeafIndex);
      if (current === undefined || bytesEqual(current.encryptionKey, proposal.leafNode.encryptionKey)) {
        throw invalid('INVALID_PROPOSAL', 'update_key', 'update keeps the encryption key');
      }
      const place = { groupId: ground.groupId, leafIndex: senderLeafIndex };
      checkLeaf(env, crypto, proposal.leafNode, { source: 'update', place });
      return;
    }
    case 'remove':
      if (leafAt(ground.tree, proposal.removed) === undefined) {
        throw invalid('INVALID_PROPOSAL', 'unknown_leaf', 'nobody is at the leaf to be removed');
      }
      return;
    case 'psk':
      checkPsk(crypto, proposal.psk);
      return;
    case 'group_context_extensions':
      if (hasDuplicateTypes(proposal.extensions)) {
        throw invalid('INVALID_PROPOSAL', 'duplicate_extension', 'group extension appears twice');
      }
      return;
    case 'reinit':
      checkReInit(env, ground, proposal.reInit);
      return;
    case 'external_init':
      refuseExternalCommits(env);
      throw invalid('INVALID_PROPOSAL', 'external_init', 'external init is not in an external commit');
  }
}

function authenticateProposed(env: MlsEnv, { proposal, senderLeafIndex }: SentProposal): void {
  if (proposal.kind === 'add') authenticateLeaf(env, proposal.keyPackage.leafNode, undefined);
  if (proposal.kind === 'update') authenticateLeaf(env, proposal.leafNode, senderLeafIndex);
}

/** The leaf that an Update or Remove changes. */
export function changedLeaf({ proposal, senderLeafIndex }: SentProposal): number | undefined {
  if (proposal.kind === 'update') return senderLeafIndex;
  return proposal.kind === 'remove' ? proposal.removed : undefined;
}

function checkChangedLeaves(list: readonly SentProposal[], committer: number): void {
  const changed = new Set<number>();
  for (const sent of list) {
    const leafIndex = changedLeaf(sent);
    if (leafIndex === undefined) continue;
    if (leafIndex === committer) {
      const reason = sent.proposal.kind === 'update' ? 'update_by_committer' : 'committer_removed';
      throw invalid('INVALID_PROPOSAL', reason, 'committer updates or removes itself by a proposal');
    }
    if (changed.has(leafIndex)) {
      throw invalid('INVALID_PROPOSAL', 'leaf_changed_twice', 'two proposals change one leaf');
    }
    changed.add(leafIndex);
  }
}

/** No client twice: neither among the new members, nor again where it stays a member. */
function checkAdds(tree: RatchetTree, list: readonly SentProposal[]): void {
  const adds = list.flatMap(({ proposal }) =>
    proposal.kind === 'add' ? [proposal.keyPackage.leafNode] : [],
  );
  if (adds.length === 0) return;
  const removed = new Set(
    list.map(({ proposal }) => (proposal.kind === 'remove' ? proposal.removed : undefined)),
  );
  const staying = new KeySet();
  for (const [leafIndex, leaf] of members(tree)) {
    if (!removed.has(leafIndex)) staying.add(leaf.signatureKey);
  }
  const added = new KeySet();
  for (const leaf of adds) {
    if (staying.has(leaf.signatureKey)) {
      throw invalid('INVALID_PROPOSAL', 'already_member', 'client to be added is a member already');
    }
    if (!added.add(leaf.signatureKey)) {
      throw invalid('INVALID_PROPOSAL', 'added_twice', 'one client is added twice');
    }
  }
}

export function checkPskIds(list: readonly { readonly proposal: Proposal }[]): void {
  const ids: Uint8Array[] = [];
  for (const { proposal } of list) {
    if (proposal.kind !== 'psk') continue;
    const id = encode(preSharedKeyIdCodec, proposal.psk);
    if (ids.some(other => bytesEqual(other, id))) {
      throw invalid('INVALID_PROPOSAL', 'duplicate_psk', 'one PSK is injected twice');
    }
    ids.push(id);
  }
}

/**
 * The rules for the list of proposals of a Commit (RFC 9420 §12.2), but for those that need the tree after it.
 * @throws {MlsError} as `checkProposal` does
 */
export function checkProposalList(
  env: MlsEnv,
  crypto: SuiteCrypto,
  ground: ProposalGround,
  list: readonly SentProposal[],
  committer: number,
): void {
  for (const sent of list) {
    if (sent.checked) authenticateProposed(env, sent);
    else checkProposal(env, crypto, ground, sent);
  }
  checkChangedLeaves(list, committer);
  checkAdds(ground.tree, list);
  checkPskIds(list);
  if (list.filter(({ proposal }) => proposal.kind === 'group_context_extensions').length > 1) {
    throw invalid('INVALID_PROPOSAL', 'several_group_context_extensions', 'group extensions are set twice');
  }
  if (list.length > 1 && list.some(({ proposal }) => proposal.kind === 'reinit')) {
    throw invalid('INVALID_PROPOSAL', 'reinit_with_others', 'group is re-initialised and changed at once');
  }
}

const PATH_REQUIRED: ReadonlySet<Proposal['kind']> = new Set([
  'update',
  'remove',
  'external_init',
  'group_context_extensions',
]);

/** True where a Commit of these proposals must have an UpdatePath (RFC 9420 §12.4). */
export function isPathRequired(proposals: readonly Proposal[]): boolean {
  return proposals.length === 0 || proposals.some(proposal => PATH_REQUIRED.has(proposal.kind));
}
