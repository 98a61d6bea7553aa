import { encode } from '../codec/codec.ts';
import type { CommitSummary, MlsEnv } from '../env.ts';
import { MlsError } from '../errors.ts';
import type { AuthenticatedContent } from '../framing/framedContent.ts';
import { groupContextCodec } from '../keySchedule/groupContext.ts';
import { bytesEqual } from '../labelled/bytesEqual.ts';
import { zeroSecret } from '../labelled/kdf.ts';
import type { SuiteCrypto } from '../labelled/suiteCrypto.ts';
import type { Commit } from '../messages/commit.ts';
import type { UpdatePath } from '../messages/updatePath.ts';
import type { LeafNode } from '../tree/leafNode.ts';
import type { PathKeys } from '../tree/pathSecrets.ts';
import { leafAt, type RatchetTree } from '../tree/ratchetTree.ts';
import { nodeOfLeaf } from '../tree/treeMath.ts';
import { type MergedPath, mergeUpdatePath, openUpdatePath } from '../tree/updatePathProcessing.ts';
import { type AppliedProposals, applyProposals, summaryOf } from './appliedProposals.ts';
import { resolveProposals } from './commitProposals.ts';
import { checkEncryptionKey } from './encryptionKeyRules.ts';
import { groupAfter, keptPrivateKeys, nextContext, startEpoch } from './epochStart.ts';
import type { Group, OwnMember } from './group.ts';
import { asPartOf, invalid } from './invalid.ts';
import { checkLeaf } from './leafRules.ts';
import { findPsks, type PskLookup } from './preSharedKeys.ts';
import { checkProposalList, isPathRequired } from './proposalRules.ts';
import { checkMembers, encryptionKeysOf } from './treeRules.ts';

/** What a Commit made of the group. */
export interface CommitOutcome {
  readonly group: Group;
  readonly summary: CommitSummary;
  readonly selfRemoved: boolean;
}

/** How the caller takes part in a Commit. */
export interface CommitDecisions {
  /** Gives external PSKs. */
  readonly psk?: PskLookup | undefined;
  /** False refuses the Commit: its author may not do that. Called before anything is applied. */
  readonly authorize?: ((summary: CommitSummary) => boolean) | undefined;
}

/** The rules for an UpdatePath, up to decrypting it (RFC 9420 §12.4.2). */
function checkPath(
  env: MlsEnv,
  crypto: SuiteCrypto,
  group: Group,
  applied: AppliedProposals,
  committer: number,
  path: UpdatePath,
): MergedPath {
  const { leafNode } = path;
  const place = { groupId: group.epoch.context.groupId, leafIndex: committer };
  const current = leafAt(group.epoch.tree, committer) as LeafNode;
  if (bytesEqual(current.encryptionKey, leafNode.encryptionKey)) {
    throw invalid('INVALID_COMMIT', 'path_leaf_key', 'path keeps the encryption key of the committer’s leaf');
  }
  checkLeaf(env, crypto, leafNode, { source: 'commit', place });
  const keys = encryptionKeysOf(applied.tree);
  for (const key of [leafNode.encryptionKey, ...path.nodes.map(node => node.encryptionKey)]) {
    if (!keys.add(key)) {
      throw invalid('INVALID_COMMIT', 'path_key_reused', 'path has a key that is in the tree');
    }
  }
  for (const node of path.nodes) checkEncryptionKey(crypto, node.encryptionKey);
  return mergeUpdatePath(crypto, applied.tree, committer, path);
}

function ownAfter(
  group: Group,
  applied: AppliedProposals,
  tree: RatchetTree,
  updateKey: Uint8Array | undefined,
  pathKeys: PathKeys | undefined,
): OwnMember {
  const { own } = group.epoch;
  const privateKeys = keptPrivateKeys(ownKeys(group, applied, updateKey), applied.tree, tree);
  for (const { node, privateKey } of pathKeys?.keys ?? []) privateKeys.set(node, privateKey);
  return { ...own, privateKeys };
}

/** This member's private keys once the proposals were applied; its own Update may be among them. */
function ownKeys(
  group: Group,
  applied: AppliedProposals,
  updateKey: Uint8Array | undefined,
): Map<number, Uint8Array> {
  const { own, tree } = group.epoch;
  const keys = keptPrivateKeys(own.privateKeys, tree, applied.tree);
  if (updateKey !== undefined) keys.set(nodeOfLeaf(own.leafIndex), updateKey);
  return keys;
}

/**
 * Carries out somebody else's Commit whose signature was verified (RFC 9420 §12.4.2).
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
  const summary = summaryOf(epoch, committer, applied);
  if (decisions.authorize !== undefined && !decisions.authorize(summary)) {
    throw new MlsError('NOT_AUTHORIZED', 'committer may not do that');
  }
  const { path } = commit;
  const merged =
    path && asPartOf('INVALID_COMMIT', () => checkPath(env, crypto, group, applied, committer, path));
  const tree = merged?.tree ?? applied.tree;
  asPartOf('INVALID_COMMIT', () => checkMembers(crypto, tree, applied.extensions));
  if (applied.removed.some(({ leafIndex }) => leafIndex === epoch.own.leafIndex)) {
    return { group: { ...group, ended: true }, summary, selfRemoved: true };
  }
  const psks = findPsks(applied.psks, epoch, decisions.psk);
  const provisional = nextContext(crypto, epoch.context, tree, applied.extensions);
  const updateKey = list.find(
    ({ proposal, senderLeafIndex }) => proposal.kind === 'update' && senderLeafIndex === epoch.own.leafIndex,
  )?.leafPrivateKey;
  const newLeaves = new Set(applied.added.map(({ leafIndex }) => leafIndex));
  const pathKeys =
    merged &&
    path &&
    asPartOf('INVALID_COMMIT', () =>
      openUpdatePath(
        crypto,
        merged,
        path,
        { leafIndex: epoch.own.leafIndex, privateKeys: ownKeys(group, applied, updateKey) },
        newLeaves,
        encode(groupContextCodec, provisional),
      ),
    );
  const commitSecret = pathKeys?.commitSecret ?? zeroSecret(crypto);
  const start = startEpoch(crypto, epoch, provisional, message, message.auth.signature, commitSecret, psks);
  for (const secret of [commitSecret, start.joiner, start.member]) secret.fill(0);
  for (const { pathSecret } of pathKeys?.keys ?? []) pathSecret.fill(0);
  if (!bytesEqual(start.confirmationTag, message.auth.confirmationTag ?? new Uint8Array(0))) {
    throw invalid('INVALID_COMMIT', 'confirmation_tag', 'confirmation tag does not fit');
  }
  const own = ownAfter(group, applied, tree, updateKey, pathKeys);
  return { group: groupAfter(crypto, group, start, tree, own), summary, selfRemoved: false };
}
