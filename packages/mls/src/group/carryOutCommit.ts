import { encode } from '../codec/codec.ts';
import type { CommitSummary, MlsEnv } from '../env.ts';
import { MlsError } from '../errors.ts';
import type { AuthenticatedContent } from '../framing/framedContent.ts';
import { externalInitSecret } from '../keySchedule/externalInit.ts';
import { groupContextCodec } from '../keySchedule/groupContext.ts';
import { bytesEqual } from '../labelled/bytesEqual.ts';
import { zeroSecret } from '../labelled/kdf.ts';
import type { SuiteCrypto } from '../labelled/suiteCrypto.ts';
import type { UpdatePath } from '../messages/updatePath.ts';
import type { LeafNode } from '../tree/leafNode.ts';
import type { PathKeys } from '../tree/pathSecrets.ts';
import type { RatchetTree } from '../tree/ratchetTree.ts';
import { nodeOfLeaf } from '../tree/treeMath.ts';
import { type MergedPath, mergeUpdatePath, openUpdatePath } from '../tree/updatePathProcessing.ts';
import type { AppliedProposals } from './appliedProposals.ts';
import { checkEncryptionKey } from './encryptionKeyRules.ts';
import { groupAfter, keptPrivateKeys, nextContext, startEpoch } from './epochStart.ts';
import type { Group, OwnMember } from './group.ts';
import { asPartOf, invalid } from './invalid.ts';
import { checkLeaf } from './leafRules.ts';
import { findPsks, type PskLookup } from './preSharedKeys.ts';
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

/** A Commit whose proposals were found right, and what they make of the group. */
export interface JudgedCommit {
  readonly summary: CommitSummary;
  readonly applied: AppliedProposals;
  readonly path: UpdatePath | undefined;
  /** Where the path begins. */
  readonly committer: number;
  /** The leaf in whose place the path's leaf comes: its key must not come again. */
  readonly leafBefore: LeafNode | undefined;
  /** The private key of this member's own Update, where it is in the list. */
  readonly updateKey: Uint8Array | undefined;
  /** Of an ExternalInit: the next epoch begins with its init secret. */
  readonly kemOutput: Uint8Array | undefined;
}

/** The rules for an UpdatePath, up to decrypting it (RFC 9420 §12.4.2). */
function checkPath(
  env: MlsEnv,
  crypto: SuiteCrypto,
  group: Group,
  judged: JudgedCommit,
  path: UpdatePath,
): MergedPath {
  const { applied, committer, leafBefore } = judged;
  const { leafNode } = path;
  const place = { groupId: group.epoch.context.groupId, leafIndex: committer };
  if (leafBefore !== undefined && bytesEqual(leafBefore.encryptionKey, leafNode.encryptionKey)) {
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
  judged: JudgedCommit,
  tree: RatchetTree,
  pathKeys: PathKeys | undefined,
): OwnMember {
  const { own } = group.epoch;
  const privateKeys = keptPrivateKeys(ownKeys(group, judged), judged.applied.tree, tree);
  for (const { node, privateKey } of pathKeys?.keys ?? []) privateKeys.set(node, privateKey);
  return { ...own, privateKeys };
}

/** This member's private keys once the proposals were applied; its own Update may be among them. */
function ownKeys(group: Group, { applied, updateKey }: JudgedCommit): Map<number, Uint8Array> {
  const { own, tree } = group.epoch;
  const keys = keptPrivateKeys(own.privateKeys, tree, applied.tree);
  if (updateKey !== undefined) keys.set(nodeOfLeaf(own.leafIndex), updateKey);
  return keys;
}

/** The init secret with which the next epoch begins (RFC 9420 §8, §8.3). */
function initSecretFor(crypto: SuiteCrypto, group: Group, kemOutput: Uint8Array | undefined): Uint8Array {
  const { secrets } = group.epoch;
  if (kemOutput === undefined) return secrets.initSecret.slice();
  return asPartOf('INVALID_COMMIT', () => externalInitSecret(crypto, secrets, kemOutput));
}

/**
 * Carries out somebody else’s Commit whose signature and proposals were checked, if the caller allows it
 * (RFC 9420 §12.4.2).
 * @throws {MlsError} `INVALID_COMMIT`, `NOT_AUTHORIZED`, `NOT_AUTHENTICATED`, `PSK_UNKNOWN`, `UNSUPPORTED_FEATURE`
 */
export function carryOutCommit(
  env: MlsEnv,
  crypto: SuiteCrypto,
  group: Group,
  message: AuthenticatedContent,
  judged: JudgedCommit,
  decisions: CommitDecisions,
): CommitOutcome {
  const { epoch } = group;
  const { applied, summary, path } = judged;
  if (decisions.authorize !== undefined && !decisions.authorize(summary)) {
    throw new MlsError('NOT_AUTHORIZED', 'committer may not do that');
  }
  const merged = path && asPartOf('INVALID_COMMIT', () => checkPath(env, crypto, group, judged, path));
  const tree = merged?.tree ?? applied.tree;
  asPartOf('INVALID_COMMIT', () => checkMembers(crypto, tree, applied.extensions));
  if (applied.removed.some(({ leafIndex }) => leafIndex === epoch.own.leafIndex)) {
    return { group: { ...group, ended: true }, summary, selfRemoved: true };
  }
  const psks = findPsks(applied.psks, epoch, decisions.psk);
  const provisional = nextContext(crypto, epoch.context, tree, applied.extensions);
  const newLeaves = new Set(applied.added.map(({ leafIndex }) => leafIndex));
  const pathKeys =
    merged &&
    path &&
    asPartOf('INVALID_COMMIT', () =>
      openUpdatePath(
        crypto,
        merged,
        path,
        { leafIndex: epoch.own.leafIndex, privateKeys: ownKeys(group, judged) },
        newLeaves,
        encode(groupContextCodec, provisional),
      ),
    );
  const commitSecret = pathKeys?.commitSecret ?? zeroSecret(crypto);
  const initSecret = initSecretFor(crypto, group, judged.kemOutput);
  const before = { interimTranscriptHash: epoch.interimTranscriptHash, secrets: { initSecret } };
  const start = startEpoch(crypto, before, provisional, message, message.auth.signature, commitSecret, psks);
  for (const secret of [commitSecret, initSecret, start.joiner, start.member]) secret.fill(0);
  for (const { pathSecret } of pathKeys?.keys ?? []) pathSecret.fill(0);
  if (!bytesEqual(start.confirmationTag, message.auth.confirmationTag ?? new Uint8Array(0))) {
    throw invalid('INVALID_COMMIT', 'confirmation_tag', 'confirmation tag does not fit');
  }
  const own = ownAfter(group, judged, tree, pathKeys);
  const next = { ...groupAfter(crypto, group, start, tree, own), reInit: applied.reInit };
  return { group: next, summary, selfRemoved: false };
}
