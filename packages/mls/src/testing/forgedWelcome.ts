import { encode } from '../codec/codec.ts';
import { mlsMessageCodec } from '../framing/mlsMessage.ts';
import { startFromMember } from '../group/epochStart.ts';
import { decodeKeyPackage } from '../group/keyPackages.ts';
import type { NewKeyPackage } from '../index.ts';
import { type GroupContext, groupContextCodec } from '../keySchedule/groupContext.ts';
import { memberSecret, welcomeKey, welcomeSecret } from '../keySchedule/keySchedule.ts';
import { pskSecret } from '../keySchedule/preSharedKey.ts';
import type { PreSharedKeyId } from '../keySchedule/preSharedKeyId.ts';
import { encryptWithLabel } from '../labelled/publicKeyEncryption.ts';
import { signWithLabel } from '../labelled/signing.ts';
import { type GroupInfo, groupInfoCodec, groupInfoTbs, groupSecretsCodec } from '../messages/welcome.ts';
import { EXTENSION, type Extension } from '../tree/extension.ts';
import { type RatchetTree, ratchetTreeCodec } from '../tree/ratchetTree.ts';
import { treeHash } from '../tree/treeHash.ts';
import { cryptoOf } from './forgedMessage.ts';
import type { Party } from './scenario.ts';

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
  /** Of all of them; zeros where not given. */
  readonly pskValue?: Uint8Array;
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
  const psks = (forgery.psks ?? []).map(id => ({ id, psk: forgery.pskValue ?? new Uint8Array(32) }));
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
