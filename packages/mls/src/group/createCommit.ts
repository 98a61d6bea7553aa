import { encode } from '../codec/codec.ts';
import type { CommitSummary, ExtensionView, MlsEnv, StateWrite } from '../env.ts';
import { MlsError } from '../errors.ts';
import { groupContextCodec } from '../keySchedule/groupContext.ts';
import type { PreSharedKey } from '../keySchedule/preSharedKey.ts';
import { bytesEqual } from '../labelled/bytesEqual.ts';
import { zeroSecret } from '../labelled/kdf.ts';
import { type SuiteCrypto, suiteCrypto } from '../labelled/suiteCrypto.ts';
import type { Proposal } from '../messages/proposal.ts';
import { BASIC_CREDENTIAL } from '../tree/credential.ts';
import type { LeafNode } from '../tree/leafNode.ts';
import { leafAt, ratchetTreeCodec } from '../tree/ratchetTree.ts';
import { nodeOfLeaf } from '../tree/treeMath.ts';
import { encryptPath, type StagedPath, stagePath } from '../tree/updatePathCreation.ts';
import { type AppliedProposals, applyProposals, summaryOf } from './appliedProposals.ts';
import {
  type CommitChanges,
  type CommittedProposal,
  collectProposals,
  proposalsFor,
} from './commitProposals.ts';
import { groupAfter, keptPrivateKeys, nextContext, secretsGivenUp, startEpoch } from './epochStart.ts';
import { type Group, type OwnMember, refuseClosed } from './group.ts';
import { ratchetTreeExtension } from './groupInfo.ts';
import { sealContent, signContent } from './handshake.ts';
import { findPsks, type PskLookup } from './preSharedKeys.ts';
import { isPathRequired } from './proposalRules.ts';
import { epochChangeWrites } from './records.ts';
import { checkMembers } from './treeRules.ts';
import { createWelcome } from './welcomeCreation.ts';

/** What a Commit is to do, and how it is to look. */
export interface CommitRequest extends CommitChanges {
  /** Takes the pending proposals of this epoch along, as many as go together; true where not given. */
  readonly includePending?: boolean;
  /** External PSKs that pending proposals ask for. */
  readonly psk?: PskLookup;
  /**
   * Fresh keys along this member's path even where the RFC lets a Commit go without (only adds and PSKs); true where
   * not given. Where the RFC requires a path, there is one in any case.
   */
  readonly forcePath?: boolean;
  /** A new identity for this member's basic credential; needs a path. Whether it may be, `authenticate` says everywhere. */
  readonly credentialIdentity?: Uint8Array;
  /** On the wire; private (encrypted) where not given. */
  readonly wireFormat?: 'private' | 'public';
  /** False leaves the ratchet tree out of the Welcome: new members need `ratchetTree` from elsewhere. */
  readonly treeInWelcome?: boolean;
  /**
   * Called with the new epoch's encoded ratchet tree where there are new members: gives what goes into the Welcome's
   * GroupInfo in its place, so that they know where to find it (`inspectWelcome`); `undefined` leaves the tree inside.
   */
  readonly treeElsewhere?: (ratchetTree: Uint8Array) => readonly ExtensionView[] | undefined;
  /** Pads the encrypted content to at least so many bytes. */
  readonly paddingToBytes?: number;
  /** Authenticated, not encrypted. */
  readonly aad?: Uint8Array;
}

/** A Commit, and both ways it can go. */
export interface CommitResult {
  /** The group once the Commit was accepted. */
  readonly next: Group;
  /** From `group` to `next`: to be stored as the state only when the Commit was accepted. */
  readonly writes: StateWrite[];
  /** Secrets that go with the old epoch: to be wiped when `next` was stored. */
  readonly wipe: Uint8Array[];
  /** MLSMessage for all members. */
  readonly commit: Uint8Array;
  /** MLSMessage for all new members, to be sent when the Commit was accepted. */
  readonly welcome: Uint8Array | undefined;
  /** The new epoch's ratchet tree, for new members: where it is not in the Welcome. */
  readonly ratchetTree: Uint8Array | undefined;
  readonly summary: CommitSummary;
  /**
   * The group as it stays until then: still in the old epoch, with the key spent that encrypted the Commit. To go on
   * with this one, and to store `groupWrites` before the Commit is sent, is what keeps a key from being used twice
   * when the Commit is lost and another is made.
   */
  readonly group: Group;
  readonly groupWrites: StateWrite[];
}

function ownAfter(group: Group, applied: AppliedProposals, staged: StagedPath | undefined): OwnMember {
  const { own, tree } = group.epoch;
  const privateKeys = keptPrivateKeys(own.privateKeys, tree, staged?.tree ?? applied.tree);
  if (staged !== undefined) {
    privateKeys.set(nodeOfLeaf(own.leafIndex), staged.leafPrivateKey);
    for (const { node, privateKey } of staged.path.keys) privateKeys.set(node, privateKey);
  }
  return { ...own, privateKeys };
}

function stageOwnPath(
  env: MlsEnv,
  crypto: SuiteCrypto,
  group: Group,
  applied: AppliedProposals,
  identity: Uint8Array | undefined,
): StagedPath {
  const { own, context } = group.epoch;
  const before = leafAt(applied.tree, own.leafIndex) as LeafNode;
  const current: LeafNode =
    identity === undefined ? before : { ...before, credential: { type: BASIC_CREDENTIAL, identity } };
  return stagePath(
    crypto,
    env.random,
    applied.tree,
    { groupId: context.groupId, leafIndex: own.leafIndex },
    current,
    own.signaturePrivateKey,
  );
}

/** External PSKs from the request first, then from the lookup. */
function lookupOf(request: CommitRequest): PskLookup {
  return id => request.psks?.find(psk => bytesEqual(psk.id, id))?.psk ?? request.psk?.(id);
}

/**
 * Makes a Commit (RFC 9420 §12.4.1). The group given is not changed: `next` becomes the state when the Commit was
 * accepted. If messages were opened in between, `adoptCommit` gives the writes that fit.
 * @throws {MlsError} `INVALID_PROPOSAL`, `INVALID_KEY_PACKAGE`, `INVALID_LEAF`, `INVALID_TREE`, `NOT_AUTHENTICATED`,
 *   `PSK_UNKNOWN`, `REMOVED`, `REINITIALIZED`, `TOO_LARGE`
 */
export function commit(env: MlsEnv, group: Group, request: CommitRequest): CommitResult {
  return commitWith(env, group, request, undefined);
}

/** The proposal of a PSK from the group that another is made of, which the rules for a Commit know nothing of. */
function linkProposal(link: PreSharedKey, committer: number): CommittedProposal {
  const proposal: Proposal = { kind: 'psk', psk: link.id };
  return { proposal, senderLeafIndex: committer, item: { kind: 'proposal', proposal } };
}

/**
 * `commit`, with the PSK that links a new group to the one that it comes from: only the first Commit of the new group,
 * which nobody else has to accept, can have one (RFC 9420 §11.2, §11.3).
 */
export function commitWith(
  env: MlsEnv,
  group: Group,
  request: CommitRequest,
  link: PreSharedKey | undefined,
): CommitResult {
  refuseClosed(group);
  const { epoch } = group;
  const crypto = suiteCrypto(env, epoch.context.cipherSuite);
  const wanted = proposalsFor(env, crypto, group, request);
  const lookup = lookupOf(request);
  const collected = collectProposals(env, crypto, group, wanted, request.includePending ?? true, lookup);
  const list = link === undefined ? collected : [...collected, linkProposal(link, epoch.own.leafIndex)];
  const applied = applyProposals(epoch.tree, epoch.context.extensions, list);
  const psks = findPsks(applied.psks, epoch, lookup, link);
  const withPath = (request.forcePath ?? true) || isPathRequired(list.map(({ proposal }) => proposal));
  const staged = withPath ? stageOwnPath(env, crypto, group, applied, request.credentialIdentity) : undefined;
  const tree = staged?.tree ?? applied.tree;
  checkMembers(crypto, tree, applied.extensions);
  const provisional = nextContext(crypto, epoch.context, tree, applied.extensions);
  const newLeaves = new Set(applied.added.map(({ leafIndex }) => leafIndex));
  const path =
    staged && encryptPath(crypto, env.random, staged, newLeaves, encode(groupContextCodec, provisional));
  const signed = signContent(
    crypto,
    group,
    request.wireFormat === 'public' ? 'public_message' : 'private_message',
    { type: 'commit', commit: { proposals: list.map(({ item }) => item), path } },
    request.aad ?? new Uint8Array(0),
  );
  const commitSecret = staged?.path.commitSecret ?? zeroSecret(crypto);
  const start = startEpoch(crypto, epoch, provisional, signed, signed.signature, commitSecret, psks);
  const sealed = sealContent(env, crypto, group, signed, start.confirmationTag, request.paddingToBytes ?? 0);
  const own = ownAfter(group, applied, staged);
  const next = { ...groupAfter(crypto, sealed.group, start, tree, own), reInit: applied.reInit };
  const newcomers = { added: applied.added, path: staged, psks: applied.psks };
  const treeBytes =
    applied.added.length > 0 || request.treeInWelcome === false ? encode(ratchetTreeCodec, tree) : undefined;
  const elsewhere = treeBytes && placeOfTree(request, treeBytes);
  const welcome =
    applied.added.length === 0 || treeBytes === undefined
      ? undefined
      : createWelcome(
          env,
          crypto,
          next.epoch,
          start,
          newcomers,
          elsewhere ?? [ratchetTreeExtension(treeBytes)],
        );
  for (const secret of [commitSecret, start.joiner, start.member]) secret.fill(0);
  for (const { pathSecret } of staged?.path.keys ?? []) pathSecret.fill(0);
  return {
    next,
    writes: epochChangeWrites(sealed.group, next),
    wipe: [...sealed.wipe, ...secretsGivenUp(group, next)],
    commit: sealed.message,
    welcome,
    ratchetTree: elsewhere && treeBytes,
    summary: summaryOf(epoch, epoch.own.leafIndex, applied),
    group: sealed.group,
    groupWrites: sealed.writes,
  };
}

/** The extensions that stand for the tree in the Welcome; `undefined` where it is there itself. */
function placeOfTree(request: CommitRequest, tree: Uint8Array): readonly ExtensionView[] | undefined {
  return request.treeElsewhere?.(tree) ?? (request.treeInWelcome === false ? [] : undefined);
}

/** The step into the epoch of one's own Commit. */
export interface AdoptedCommit {
  readonly group: Group;
  readonly writes: StateWrite[];
  readonly wipe: Uint8Array[];
}

/**
 * The step to the epoch of one's own Commit, from where the group is now: the same as the Commit's `next` and
 * `writes`, but for what was received since it was made.
 * @throws {MlsError} `USAGE` where `next` does not follow on the group's epoch
 */
export function adoptCommit(current: Group, next: Group): AdoptedCommit {
  refuseClosed(current);
  refuseUnrelated(current, next);
  const past = next.past.map(one =>
    one.frame.epoch === current.epoch.context.epoch ? { ...one, secretTree: current.secretTree } : one,
  );
  const group = { ...next, past };
  return { group, writes: epochChangeWrites(current, group), wipe: secretsGivenUp(current, group) };
}

function refuseUnrelated(current: Group, next: Group): void {
  const { context } = current.epoch;
  const follows =
    next.epoch.context.epoch === context.epoch + 1n &&
    bytesEqual(next.epoch.context.groupId, context.groupId);
  if (!follows)
    throw new MlsError('USAGE', 'commit does not follow on this epoch', { reason: 'wrong_epoch' });
}
