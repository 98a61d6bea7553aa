import type { MlsEnv } from '../env.ts';
import { MlsError } from '../errors.ts';
import { type AuthenticatedContent, framedContentTbs } from '../framing/framedContent.ts';
import type { PublicMessage } from '../framing/mlsMessage.ts';
import { verifyWithLabel } from '../labelled/signing.ts';
import type { SuiteCrypto } from '../labelled/suiteCrypto.ts';
import type { Commit } from '../messages/commit.ts';
import type { Proposal } from '../messages/proposal.ts';
import type { UpdatePath } from '../messages/updatePath.ts';
import type { Extension } from '../tree/extension.ts';
import type { LeafNode } from '../tree/leafNode.ts';
import { leafAt, type RatchetTree } from '../tree/ratchetTree.ts';
import { emptyLeaf, removeLeaf } from '../tree/treeOperations.ts';
import { type AppliedProposals, summaryOf } from './appliedProposals.ts';
import { type CommitDecisions, type CommitOutcome, carryOutCommit } from './carryOutCommit.ts';
import type { Group } from './group.ts';
import { asPartOf, invalid } from './invalid.ts';
import { isSameClient } from './policy.ts';
import { checkPsk, checkPskIds } from './proposalRules.ts';

/** What the proposals of an external Commit make of a group. */
export interface AppliedExternal extends AppliedProposals {
  /** The leaf that the joiner gets, still empty in `tree`. */
  readonly joinerLeaf: number;
}

/** Takes out the former self, if any, and finds the joiner its place (RFC 9420 §12.4.2). */
export function applyExternalProposals(
  before: RatchetTree,
  extensions: readonly Extension[],
  proposals: readonly Proposal[],
): AppliedExternal {
  const removed = proposals.flatMap(proposal => {
    const leaf = proposal.kind === 'remove' ? leafAt(before, proposal.removed) : undefined;
    return proposal.kind === 'remove' && leaf !== undefined ? [{ leafIndex: proposal.removed, leaf }] : [];
  });
  const left = removed.reduce((tree, { leafIndex }) => removeLeaf(tree, leafIndex), before);
  const { tree, leafIndex } = emptyLeaf(left);
  return {
    tree,
    extensions,
    extensionsChanged: false,
    added: [],
    removed,
    updated: [],
    psks: proposals.flatMap(proposal => (proposal.kind === 'psk' ? [proposal.psk] : [])),
    reInit: undefined,
    joinerLeaf: leafIndex,
  };
}

/**
 * The rules for the list of proposals of an external Commit (RFC 9420 §12.2), and the policy that it binds a PSK.
 * @returns the KEM output of its one ExternalInit
 * @throws {MlsError} `INVALID_PROPOSAL`; `UNSUPPORTED_FEATURE` with reason `external_commit_without_psk`
 */
export function checkExternalProposals(
  crypto: SuiteCrypto,
  tree: RatchetTree,
  proposals: readonly Proposal[],
): Uint8Array {
  const inits: Uint8Array[] = [];
  let removes = 0;
  for (const proposal of proposals) {
    if (proposal.kind === 'external_init') inits.push(proposal.kemOutput);
    else if (proposal.kind === 'psk') checkPsk(crypto, proposal.psk);
    else if (proposal.kind === 'remove') {
      removes++;
      if (leafAt(tree, proposal.removed) === undefined) {
        throw invalid('INVALID_PROPOSAL', 'unknown_leaf', 'nobody is at the leaf to be removed');
      }
    } else {
      throw invalid(
        'INVALID_PROPOSAL',
        'not_in_external_commit',
        'proposal has no place in an external commit',
      );
    }
  }
  if (removes > 1) {
    throw invalid('INVALID_PROPOSAL', 'several_removes', 'external commit removes more than a former self');
  }
  checkPskIds(proposals.map(proposal => ({ proposal })));
  const [kemOutput] = inits;
  if (kemOutput === undefined || inits.length > 1) {
    throw invalid('INVALID_PROPOSAL', 'external_init_count', 'external commit has not one external init');
  }
  if (!proposals.some(proposal => proposal.kind === 'psk' && proposal.psk.kind === 'external')) {
    throw new MlsError('UNSUPPORTED_FEATURE', 'external commit binds no PSK', {
      reason: 'external_commit_without_psk',
    });
  }
  return kemOutput;
}

/** The proposals of an external Commit: all by value, its author cannot judge others' (RFC 9420 §12.4.3.2). */
function proposalsByValue(commit: Commit): Proposal[] {
  return commit.proposals.map(item => {
    if (item.kind === 'proposal') return item.proposal;
    throw invalid('INVALID_COMMIT', 'proposal_by_reference', 'external commit names a proposal by reference');
  });
}

/**
 * Refuses a Remove of anybody but the joiner's former self (RFC 9420 §12.2).
 * @throws {MlsError} `INVALID_COMMIT` with reason `former_self`
 */
export function checkFormerSelf(env: MlsEnv, applied: AppliedExternal, joiner: LeafNode): void {
  const after = { leaf: joiner, leafIndex: applied.joinerLeaf };
  if (applied.removed.some(before => !isSameClient(env, before, after))) {
    throw invalid('INVALID_COMMIT', 'former_self', 'external commit removes somebody else');
  }
}

/** The Commit and path of a message from outside; its author is known by the leaf in the path alone (RFC 9420 §6.1). */
function verifyExternal(
  crypto: SuiteCrypto,
  group: Group,
  { framed, auth }: PublicMessage,
): { commit: Commit; path: UpdatePath } {
  const { content } = framed;
  if (content.type !== 'commit')
    throw new MlsError('MALFORMED', 'newcomer sends something else than a commit');
  const { commit } = content;
  const { path } = commit;
  if (path === undefined) {
    throw invalid('INVALID_COMMIT', 'path_missing', 'external commit has no update path');
  }
  const tbs = framedContentTbs('public_message', framed, group.epoch.frame.groupContext);
  const { signatureKey } = path.leafNode;
  const isSigned = asPartOf('INVALID_COMMIT', () =>
    verifyWithLabel(crypto, signatureKey, 'FramedContentTBS', tbs, auth.signature),
  );
  if (!isSigned) throw new MlsError('BAD_SIGNATURE', 'signature of the message does not verify');
  return { commit, path };
}

/**
 * Carries out the external Commit of a client that comes in by it (RFC 9420 §12.4.2, §12.4.3.2). Whether the policy
 * takes any is for the caller to ask.
 * @throws {MlsError} `MALFORMED`, `BAD_SIGNATURE`, `INVALID_COMMIT`, `UNSUPPORTED_FEATURE`, `NOT_AUTHENTICATED`,
 *   `NOT_AUTHORIZED`, `PSK_UNKNOWN`
 */
export function openExternalCommit(
  env: MlsEnv,
  crypto: SuiteCrypto,
  group: Group,
  message: PublicMessage,
  decisions: CommitDecisions,
): CommitOutcome {
  const { epoch } = group;
  const { commit, path } = verifyExternal(crypto, group, message);
  const proposals = proposalsByValue(commit);
  const kemOutput = asPartOf('INVALID_COMMIT', () => checkExternalProposals(crypto, epoch.tree, proposals));
  const applied = applyExternalProposals(epoch.tree, epoch.context.extensions, proposals);
  checkFormerSelf(env, applied, path.leafNode);
  const judged = {
    summary: summaryOf(epoch, applied.joinerLeaf, applied, path.leafNode),
    applied,
    path,
    committer: applied.joinerLeaf,
    leafBefore: applied.removed[0]?.leaf,
    updateKey: undefined,
    kemOutput,
  };
  const authenticated: AuthenticatedContent = { format: 'public_message', ...message };
  return carryOutCommit(env, crypto, group, authenticated, judged, decisions);
}
