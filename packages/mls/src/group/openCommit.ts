import type { MlsEnv } from '../env.ts';
import type { AuthenticatedContent } from '../framing/framedContent.ts';
import type { SuiteCrypto } from '../labelled/suiteCrypto.ts';
import type { Commit } from '../messages/commit.ts';
import { leafAt } from '../tree/ratchetTree.ts';
import { applyProposals, summaryOf } from './appliedProposals.ts';
import { type CommitDecisions, type CommitOutcome, carryOutCommit } from './carryOutCommit.ts';
import { resolveProposals } from './commitProposals.ts';
import type { Group } from './group.ts';
import { asPartOf, invalid } from './invalid.ts';
import { checkProposalList, isPathRequired } from './proposalRules.ts';

/**
 * Carries out another member's Commit whose signature was verified (RFC 9420 §12.4.2).
 * @throws {MlsError} `INVALID_COMMIT`, `NOT_AUTHORIZED`, `NOT_AUTHENTICATED`, `PSK_UNKNOWN`, `UNSUPPORTED_FEATURE`
 */
export function openCommit(
  env: MlsEnv,
  crypto: SuiteCrypto,
  group: Group,
  message: AuthenticatedContent & { readonly commit: Commit },
  committer: number,
  decisions: CommitDecisions,
): CommitOutcome {
  const { epoch } = group;
  const { commit } = message;
  const list = resolveProposals(group, commit.proposals, committer);
  const ground = { tree: epoch.tree, groupId: epoch.context.groupId };
  asPartOf('INVALID_COMMIT', () => checkProposalList(env, crypto, ground, list, committer));
  if (commit.path === undefined && isPathRequired(list.map(({ proposal }) => proposal))) {
    throw invalid('INVALID_COMMIT', 'path_missing', 'commit needs an update path and has none');
  }
  const applied = applyProposals(epoch.tree, epoch.context.extensions, list);
  const updateKey = list.find(
    ({ proposal, senderLeafIndex }) => proposal.kind === 'update' && senderLeafIndex === epoch.own.leafIndex,
  )?.leafPrivateKey;
  const judged = {
    summary: summaryOf(epoch, committer, applied),
    applied,
    path: commit.path,
    committer,
    leafBefore: leafAt(epoch.tree, committer),
    updateKey,
    kemOutput: undefined,
  };
  return carryOutCommit(env, crypto, group, message, judged, decisions);
}
