import { encode } from '../codec/codec.ts';
import { type Content, type FramedContent, framedContentTbs } from '../framing/framedContent.ts';
import { mlsMessageCodec } from '../framing/mlsMessage.ts';
import { nextContext, startEpoch } from '../group/epochStart.ts';
import { applyExternalProposals } from '../group/externalCommit.ts';
import { leafContents } from '../group/keyPackages.ts';
import { newExternalInit } from '../keySchedule/externalInit.ts';
import { groupContextCodec } from '../keySchedule/groupContext.ts';
import { externalKeyPair } from '../keySchedule/keySchedule.ts';
import { signWithLabel } from '../labelled/signing.ts';
import type { Proposal } from '../messages/proposal.ts';
import type { UpdatePath } from '../messages/updatePath.ts';
import type { UnsignedLeafNode } from '../tree/leafNode.ts';
import { encryptPath, mergePath, pathParents, stagePath } from '../tree/updatePathCreation.ts';
import { resignedLeaf } from './forgedLeaf.ts';
import { cryptoOf } from './forgedMessage.ts';
import { type ExternalPsk, type Party, utf8 } from './scenario.ts';

/** What is wrong with an external Commit. */
export interface ExternalCommitForgery {
  /** Changes the list that is right: one ExternalInit, one external PSK. */
  readonly proposals?: (honest: readonly Proposal[]) => readonly Proposal[];
  /** Named by reference, beside them. */
  readonly references?: readonly Uint8Array[];
  readonly withoutPath?: boolean;
  /** Changes the joiner's leaf before it is signed. */
  readonly leaf?: Partial<UnsignedLeafNode>;
  readonly leafSignaturePrivateKey?: Uint8Array;
  /** Where the leaf says that it stands. */
  readonly leafIndex?: number;
  readonly pathKeys?: (keys: readonly Uint8Array[]) => readonly Uint8Array[];
  /** Changes the finished path. */
  readonly path?: (path: UpdatePath) => UpdatePath;
  readonly signaturePrivateKey?: Uint8Array;
  readonly confirmationTag?: (tag: Uint8Array) => Uint8Array;
  /** The init secret that the joiner goes by, where not the one of its ExternalInit. */
  readonly initSecret?: Uint8Array;
  /** The value of the PSK that the joiner goes by. */
  readonly psk?: Uint8Array;
  readonly epoch?: bigint;
  /** Something else than a Commit. */
  readonly content?: Content;
}

/**
 * An external Commit that breaks the rules named, and no other, by somebody who sees all that a member sees but is
 * none: signatures and tags are computed over what it says.
 */
export function forgedExternalCommit(
  seenBy: Party,
  joiner: Party,
  psk: ExternalPsk,
  forgery: ExternalCommitForgery = {},
): Uint8Array {
  const { epoch } = seenBy.group;
  const { random } = joiner.env;
  const crypto = cryptoOf(joiner);
  const init = newExternalInit(crypto, random, externalKeyPair(crypto, epoch.secrets).publicKey);
  const honest: readonly Proposal[] = [
    { kind: 'external_init', kemOutput: init.kemOutput },
    { kind: 'psk', psk: { kind: 'external', id: psk.id, nonce: random(crypto.suite.hashBytes) } },
  ];
  const proposals = forgery.proposals?.(honest) ?? honest;
  const applied = applyExternalProposals(epoch.tree, epoch.context.extensions, proposals);
  const leafIndex = forgery.leafIndex ?? applied.joinerLeaf;
  const place = { groupId: epoch.context.groupId, leafIndex: applied.joinerLeaf };
  const { signaturePrivateKey } = joiner;
  const contents = leafContents(
    joiner.env,
    crypto,
    { credentialIdentity: utf8(joiner.name), signaturePrivateKey },
    0x0a0a,
  );
  const staged = stagePath(crypto, random, applied.tree, place, contents, signaturePrivateKey);
  const stagedKeys = staged.path.keys.map(keys => keys.publicKey);
  const publicKeys = forgery.pathKeys?.(stagedKeys) ?? stagedKeys;
  const { parents, leafParentHash } = pathParents(crypto, applied.tree, staged.steps, publicKeys);
  const leafNode = resignedLeaf(
    joiner,
    staged.leafNode,
    { source: { kind: 'commit', parentHash: leafParentHash }, ...forgery.leaf },
    { ...place, leafIndex },
    forgery.leafSignaturePrivateKey,
  );
  const tree = mergePath(applied.tree, applied.joinerLeaf, leafNode, staged.steps, parents);
  const keys = staged.path.keys.map((one, index) => ({ ...one, publicKey: publicKeys[index] as Uint8Array }));
  const forged = { ...staged, tree, leafNode, path: { ...staged.path, keys } };
  const provisional = nextContext(crypto, epoch.context, tree, epoch.context.extensions);
  const sealed = encryptPath(crypto, random, forged, new Set(), encode(groupContextCodec, provisional));
  const path = forgery.withoutPath ? undefined : (forgery.path?.(sealed) ?? sealed);
  const items = [
    ...proposals.map(proposal => ({ kind: 'proposal', proposal }) as const),
    ...(forgery.references ?? []).map(reference => ({ kind: 'reference', reference }) as const),
  ];
  const framed: FramedContent = {
    groupId: epoch.context.groupId,
    epoch: forgery.epoch ?? epoch.context.epoch,
    sender: { kind: 'new_member_commit' },
    authenticatedData: new Uint8Array(0),
    content: forgery.content ?? { type: 'commit', commit: { proposals: items, path } },
  };
  const signature = signWithLabel(
    crypto,
    forgery.signaturePrivateKey ?? signaturePrivateKey,
    'FramedContentTBS',
    framedContentTbs('public_message', framed, epoch.frame.groupContext),
  );
  const before = {
    interimTranscriptHash: epoch.interimTranscriptHash,
    secrets: { initSecret: forgery.initSecret ?? init.initSecret },
  };
  const psks = applied.psks.map(id => ({ id, psk: forgery.psk ?? psk.psk }));
  const message = { format: 'public_message', framed } as const;
  const { commitSecret } = staged.path;
  const start = startEpoch(crypto, before, provisional, message, signature, commitSecret, psks);
  const tag = forgery.confirmationTag?.(start.confirmationTag) ?? start.confirmationTag;
  const confirmationTag = framed.content.type === 'commit' ? tag : undefined;
  return encode(mlsMessageCodec, {
    format: 'public_message',
    message: { framed, auth: { signature, confirmationTag }, membershipTag: undefined },
  });
}
