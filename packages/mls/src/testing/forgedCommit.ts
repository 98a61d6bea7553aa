import { encode } from '../codec/codec.ts';
import { type Content, type FramedContent, framedContentTbs } from '../framing/framedContent.ts';
import { type AppliedProposals, applyProposals } from '../group/appliedProposals.ts';
import { nextContext, startEpoch } from '../group/epochStart.ts';
import { groupContextCodec } from '../keySchedule/groupContext.ts';
import type { PreSharedKey } from '../keySchedule/preSharedKey.ts';
import { zeroSecret } from '../labelled/kdf.ts';
import { signWithLabel } from '../labelled/signing.ts';
import type { Proposal } from '../messages/proposal.ts';
import type { UpdatePath } from '../messages/updatePath.ts';
import type { LeafNode, UnsignedLeafNode } from '../tree/leafNode.ts';
import { leafAt } from '../tree/ratchetTree.ts';
import {
  encryptPath,
  mergePath,
  pathParents,
  type StagedPath,
  stagePath,
} from '../tree/updatePathCreation.ts';
import { resignedLeaf } from './forgedLeaf.ts';

import { cryptoOf, forgedPublic, type MessageForgery } from './forgedMessage.ts';
import type { Party } from './scenario.ts';

/** What is wrong with a Commit. */
export interface CommitForgery {
  /** By value, and said to be the committer's. */
  readonly proposals?: readonly Proposal[];
  /** By reference. */
  readonly references?: readonly Uint8Array[];
  readonly withoutPath?: boolean;
  /** Changes the committer's new leaf before it is signed. */
  readonly leaf?: Partial<UnsignedLeafNode>;
  readonly leafSignaturePrivateKey?: Uint8Array;
  /** Puts other public keys on the path, with parent hashes that fit them. */
  readonly pathKeys?: (keys: readonly Uint8Array[]) => readonly Uint8Array[];
  /** Changes the finished path. */
  readonly path?: (path: UpdatePath) => UpdatePath;
  readonly confirmationTag?: (tag: Uint8Array) => Uint8Array;
  readonly psks?: readonly PreSharedKey[];
  readonly message?: MessageForgery;
  /** Keeps encrypting to members that are new in this Commit. */
  readonly encryptToNewMembers?: boolean;
}

function applied(by: Party, forgery: CommitForgery): AppliedProposals {
  const { tree, context, own } = by.group.epoch;
  const list = (forgery.proposals ?? [])
    .filter(proposal => proposal.kind !== 'remove' || leafAt(tree, proposal.removed) !== undefined)
    .map(proposal => ({ proposal, senderLeafIndex: own.leafIndex }));
  const referred = by.group.proposals.filter(({ reference }) => forgery.references?.includes(reference));
  return applyProposals(tree, context.extensions, [...list, ...referred]);
}

function stagedPath(by: Party, after: AppliedProposals, forgery: CommitForgery): StagedPath {
  const { context, own, tree } = by.group.epoch;
  const crypto = cryptoOf(by);
  const place = { groupId: context.groupId, leafIndex: own.leafIndex };
  const current = leafAt(tree, own.leafIndex) as LeafNode;
  const honest = stagePath(crypto, by.env.random, after.tree, place, current, own.signaturePrivateKey);
  const honestKeys = honest.path.keys.map(keys => keys.publicKey);
  const publicKeys = forgery.pathKeys?.(honestKeys) ?? honestKeys;
  const { parents, leafParentHash } = pathParents(crypto, after.tree, honest.steps, publicKeys);
  const leafNode = resignedLeaf(
    by,
    honest.leafNode,
    { source: { kind: 'commit', parentHash: leafParentHash }, ...forgery.leaf },
    place,
    forgery.leafSignaturePrivateKey,
  );
  const keys = honest.path.keys.map((one, index) => ({ ...one, publicKey: publicKeys[index] as Uint8Array }));
  return {
    ...honest,
    leafNode,
    path: { ...honest.path, keys },
    tree: mergePath(after.tree, own.leafIndex, leafNode, honest.steps, parents),
  };
}

/** A Commit that breaks the rules named, and no other: tags and signatures are computed over what it says. */
export function forgedCommit(by: Party, forgery: CommitForgery): Uint8Array {
  const { epoch } = by.group;
  const crypto = cryptoOf(by);
  const after = applied(by, forgery);
  const staged = forgery.withoutPath ? undefined : stagedPath(by, after, forgery);
  const tree = staged?.tree ?? after.tree;
  const provisional = nextContext(crypto, epoch.context, tree, after.extensions);
  const newLeaves = new Set(forgery.encryptToNewMembers ? [] : after.added.map(({ leafIndex }) => leafIndex));
  const contextBytes = encode(groupContextCodec, provisional);
  const honest = staged && encryptPath(crypto, by.env.random, staged, newLeaves, contextBytes);
  const path = honest && (forgery.path?.(honest) ?? honest);
  const proposals = [
    ...(forgery.proposals ?? []).map(proposal => ({ kind: 'proposal', proposal }) as const),
    ...(forgery.references ?? []).map(reference => ({ kind: 'reference', reference }) as const),
  ];
  const content: Content = { type: 'commit', commit: { proposals, path } };
  const framed: FramedContent = {
    groupId: epoch.frame.groupId,
    epoch: epoch.frame.epoch,
    sender: { kind: 'member', leafIndex: epoch.own.leafIndex },
    authenticatedData: new Uint8Array(0),
    content,
  };
  const tbs = framedContentTbs('public_message', framed, epoch.frame.groupContext);
  const signature = signWithLabel(crypto, epoch.own.signaturePrivateKey, 'FramedContentTBS', tbs);
  const commitSecret = staged?.path.commitSecret ?? zeroSecret(crypto);
  const start = startEpoch(
    crypto,
    epoch,
    provisional,
    { format: 'public_message', framed },
    signature,
    commitSecret,
    forgery.psks ?? [],
  );
  const tag = forgery.confirmationTag?.(start.confirmationTag) ?? start.confirmationTag;
  return forgedPublic(by, content, tag, forgery.message);
}
