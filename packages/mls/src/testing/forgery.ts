import { encode } from '../codec/codec.ts';
import { Writer } from '../codec/writer.ts';
import { suiteOf } from '../crypto/suites.ts';
import {
  type Content,
  type FramedContent,
  framedContentTbs,
  type Sender,
  writeContent,
} from '../framing/framedContent.ts';
import { mlsMessageCodec } from '../framing/mlsMessage.ts';
import { sealStatement, signStatement } from '../framing/privateMessage.ts';
import { sealPublic } from '../framing/publicMessage.ts';
import { type AppliedProposals, applyProposals } from '../group/appliedProposals.ts';
import { nextContext, startEpoch, startFromMember } from '../group/epochStart.ts';
import { decodeKeyPackage } from '../group/keyPackages.ts';
import type { NewKeyPackage } from '../index.ts';
import { type GroupContext, groupContextCodec } from '../keySchedule/groupContext.ts';
import { memberSecret, welcomeKey, welcomeSecret } from '../keySchedule/keySchedule.ts';
import { type PreSharedKey, pskSecret } from '../keySchedule/preSharedKey.ts';
import type { PreSharedKeyId } from '../keySchedule/preSharedKeyId.ts';
import { takeNextKey } from '../keySchedule/secretTree.ts';
import { zeroSecret } from '../labelled/kdf.ts';
import { encryptWithLabel } from '../labelled/publicKeyEncryption.ts';
import { keyPackageRef } from '../labelled/reference.ts';
import { type SignatureLabel, signWithLabel } from '../labelled/signing.ts';
import type { SuiteCrypto } from '../labelled/suiteCrypto.ts';
import { type KeyPackage, keyPackageCodec, keyPackageTbs } from '../messages/keyPackage.ts';
import type { Proposal } from '../messages/proposal.ts';
import type { UpdatePath } from '../messages/updatePath.ts';
import { type GroupInfo, groupInfoCodec, groupInfoTbs, groupSecretsCodec } from '../messages/welcome.ts';
import { EXTENSION, type Extension } from '../tree/extension.ts';
import type { LeafNode, LeafPlace, UnsignedLeafNode } from '../tree/leafNode.ts';
import { signLeafNode } from '../tree/leafSigning.ts';
import { leafAt, type RatchetTree, ratchetTreeCodec } from '../tree/ratchetTree.ts';
import { treeHash } from '../tree/treeHash.ts';
import {
  encryptPath,
  mergePath,
  pathParents,
  type StagedPath,
  stagePath,
} from '../tree/updatePathCreation.ts';
import type { Party } from './scenario.ts';

/*
 * Messages that the engine would never make: everything the engine checks before it sends is left out here, while
 * signatures, tags and keys are right, as an insider with a changed client would have them.
 */

export function cryptoOf(party: Party): SuiteCrypto {
  return { provider: party.env.provider, suite: suiteOf(party.suite) };
}

/** Changes a leaf and signs it again with its owner's key (or another). */
export function resignedLeaf(
  owner: Party,
  leaf: LeafNode,
  changes: Partial<UnsignedLeafNode>,
  place?: LeafPlace,
  signaturePrivateKey = owner.signaturePrivateKey,
): LeafNode {
  const { signature: _, ...unsigned } = leaf;
  return signLeafNode(cryptoOf(owner), { ...unsigned, ...changes }, place, signaturePrivateKey);
}

/** A key package with changes to it or its leaf, signed again. */
export function forgedKeyPackage(
  owner: Party,
  changes: { readonly keyPackage?: Partial<KeyPackage>; readonly leaf?: Partial<UnsignedLeafNode> } = {},
  own: NewKeyPackage = owner.keyPackage(),
): NewKeyPackage {
  const crypto = cryptoOf(owner);
  const original = decodeKeyPackage(own.keyPackage);
  const leafNode = resignedLeaf(owner, original.leafNode, changes.leaf ?? {});
  const { signature: _, ...unsigned } = { ...original, leafNode, ...changes.keyPackage };
  const signature = signWithLabel(
    crypto,
    owner.signaturePrivateKey,
    'KeyPackageTBS',
    keyPackageTbs(unsigned),
  );
  const message = { ...unsigned, signature };
  return {
    keyPackage: encode(mlsMessageCodec, { format: 'key_package', message }),
    privateState: own.privateState,
    ref: keyPackageRef(crypto, encode(keyPackageCodec, message)),
  };
}

/** What is wrong with a message of a member. */
export interface MessageForgery {
  readonly sender?: Sender;
  readonly leafIndex?: number;
  readonly groupId?: Uint8Array;
  readonly epoch?: bigint;
  readonly signatureLabel?: SignatureLabel;
  readonly signaturePrivateKey?: Uint8Array;
  readonly membershipKey?: Uint8Array;
  /** Bytes put behind content and signature, where zeros belong. */
  readonly padding?: Uint8Array;
}

/** Any content as a PublicMessage, signed and tagged. */
export function forgedPublic(
  by: Party,
  content: Content,
  confirmationTag: Uint8Array | undefined,
  forgery: MessageForgery = {},
): Uint8Array {
  const { frame, own, secrets } = by.group.epoch;
  const crypto = cryptoOf(by);
  const framed: FramedContent = {
    groupId: forgery.groupId ?? frame.groupId,
    epoch: forgery.epoch ?? frame.epoch,
    sender: forgery.sender ?? { kind: 'member', leafIndex: forgery.leafIndex ?? own.leafIndex },
    authenticatedData: new Uint8Array(0),
    content,
  };
  const tbs = framedContentTbs('public_message', framed, frame.groupContext);
  const signature = signWithLabel(
    crypto,
    forgery.signaturePrivateKey ?? own.signaturePrivateKey,
    forgery.signatureLabel ?? 'FramedContentTBS',
    tbs,
  );
  const auth = { signature, confirmationTag };
  if (framed.sender.kind !== 'member' || content.type === 'application') {
    const membershipTag = framed.sender.kind === 'member' ? zeroSecret(crypto) : undefined;
    return encode(mlsMessageCodec, { format: 'public_message', message: { framed, auth, membershipTag } });
  }
  return sealPublic(crypto, framed, auth, frame.groupContext, forgery.membershipKey ?? secrets.membershipKey);
}

/** Any content as a PrivateMessage, signed and encrypted. The sender's ratchet stays where it was. */
export function forgedPrivate(
  by: Party,
  content: Content,
  confirmationTag: Uint8Array | undefined,
  forgery: MessageForgery & { readonly generation?: number } = {},
): Uint8Array {
  const { frame, own, secrets } = by.group.epoch;
  const crypto = cryptoOf(by);
  const writer = new Writer();
  writeContent(writer, content);
  const leafIndex = forgery.leafIndex ?? own.leafIndex;
  const statement = {
    leafIndex,
    authenticatedData: new Uint8Array(0),
    contentType: content.type,
    content: writer.finish(),
  };
  const signature = signStatement(
    crypto,
    frame,
    statement,
    forgery.signaturePrivateKey ?? own.signaturePrivateKey,
  );
  const type = content.type === 'application' ? 'application' : 'handshake';
  const taken = takeNextKey(crypto, by.group.secretTree, type, own.leafIndex);
  const generation = forgery.generation ?? taken.generation;
  const sealing = forgery.padding === undefined ? crypto : paddedCrypto(crypto, forgery.padding);
  return sealStatement(
    sealing,
    by.env.random,
    { ...frame, epoch: forgery.epoch ?? frame.epoch },
    secrets.senderDataSecret,
    { ...taken, generation },
    statement,
    { signature, confirmationTag },
    0,
  );
}

/** Puts bytes behind the first plaintext that is sealed. */
function paddedCrypto(crypto: SuiteCrypto, padding: Uint8Array): SuiteCrypto {
  let first = true;
  const { provider } = crypto;
  return {
    ...crypto,
    provider: {
      ...provider,
      aeadSeal: (aead, key, nonce, aad, plaintext) => {
        if (!first) return provider.aeadSeal(aead, key, nonce, aad, plaintext);
        first = false;
        const padded = new Uint8Array(plaintext.length + padding.length);
        padded.set(plaintext);
        padded.set(padding, plaintext.length);
        return provider.aeadSeal(aead, key, nonce, aad, padded);
      },
    },
  };
}

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

/** What is wrong with a Welcome. */
export interface WelcomeForgery {
  /** Changes the tree; its hash is computed after that. */
  readonly tree?: (tree: RatchetTree) => RatchetTree;
  readonly context?: (context: GroupContext) => GroupContext;
  readonly groupInfo?: (groupInfo: GroupInfo) => GroupInfo;
  readonly extensions?: readonly Extension[];
  readonly signer?: number;
  readonly signaturePrivateKey?: Uint8Array;
  readonly psks?: readonly PreSharedKeyId[];
  readonly pathSecret?: Uint8Array;
  readonly cipherSuite?: number;
  readonly newMember?: Uint8Array;
  readonly withoutTree?: boolean;
}

/** The tree with these nodes in place of its own. */
export function withForgedNodes(tree: RatchetTree, changes: Readonly<Record<number, unknown>>): RatchetTree {
  const nodes = [...tree.nodes];
  for (const [node, value] of Object.entries(changes)) nodes[Number(node)] = value as (typeof nodes)[number];
  return { leafCount: tree.leafCount, nodes, hashes: nodes.map(() => undefined) };
}

/**
 * A Welcome into an epoch that the inviter makes up from the one it is in: with the tree it has, changed as named,
 * and secrets of its own choice. All that is not named is right.
 */
export function forgedWelcome(by: Party, newcomer: NewKeyPackage, forgery: WelcomeForgery = {}): Uint8Array {
  const crypto = cryptoOf(by);
  const { epoch } = by.group;
  const tree = forgery.tree?.(epoch.tree) ?? epoch.tree;
  const honest = { ...epoch.context, treeHash: treeHash(crypto, tree) };
  const context = forgery.context?.(honest) ?? honest;
  const joinerSecret = by.env.random(crypto.suite.hashBytes);
  const psks = (forgery.psks ?? []).map(id => ({ id, psk: new Uint8Array(32) }));
  const member = memberSecret(crypto, joinerSecret, pskSecret(crypto, psks));
  const start = startFromMember(crypto, context, encode(groupContextCodec, context), member);
  const treeExtension = { type: EXTENSION.ratchetTree, data: encode(ratchetTreeCodec, tree) };
  const unsigned: GroupInfo = {
    groupContext: context,
    extensions: [...(forgery.withoutTree ? [] : [treeExtension]), ...(forgery.extensions ?? [])],
    confirmationTag: start.confirmationTag,
    signer: forgery.signer ?? epoch.own.leafIndex,
    signature: new Uint8Array(0),
  };
  const changed = forgery.groupInfo?.(unsigned) ?? unsigned;
  const signature = signWithLabel(
    crypto,
    forgery.signaturePrivateKey ?? by.signaturePrivateKey,
    'GroupInfoTBS',
    groupInfoTbs(changed),
  );
  const { key, nonce } = welcomeKey(crypto, welcomeSecret(crypto, member));
  const info = encode(groupInfoCodec, { ...changed, signature });
  const { provider, suite } = crypto;
  const encryptedGroupInfo = provider.aeadSeal(suite.aead, key, nonce, new Uint8Array(0), info);
  const secrets = encode(groupSecretsCodec, {
    joinerSecret,
    pathSecret: forgery.pathSecret,
    psks: forgery.psks ?? [],
  });
  const initKey = decodeKeyPackage(newcomer.keyPackage).initKey;
  const sealed = encryptWithLabel(crypto, by.env.random, initKey, 'Welcome', encryptedGroupInfo, secrets);
  return encode(mlsMessageCodec, {
    format: 'welcome',
    message: {
      cipherSuite: forgery.cipherSuite ?? suite.id,
      secrets: [{ newMember: forgery.newMember ?? newcomer.ref, encryptedGroupSecrets: sealed }],
      encryptedGroupInfo,
    },
  });
}
