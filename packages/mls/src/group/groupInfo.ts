import { decode, encode, opaque } from '../codec/codec.ts';
import type { MlsEnv } from '../env.ts';
import { MlsError } from '../errors.ts';
import { mlsMessageCodec } from '../framing/mlsMessage.ts';
import { externalKeyPair } from '../keySchedule/keySchedule.ts';
import { bytesEqual } from '../labelled/bytesEqual.ts';
import { signWithLabel, verifyWithLabel } from '../labelled/signing.ts';
import { type SuiteCrypto, suiteCrypto } from '../labelled/suiteCrypto.ts';
import { type GroupInfo, groupInfoTbs } from '../messages/welcome.ts';
import { EXTENSION, type Extension, extensionData } from '../tree/extension.ts';
import { leafAt, members, type RatchetTree, ratchetTreeCodec } from '../tree/ratchetTree.ts';
import { treeHash } from '../tree/treeHash.ts';
import { greaseExtension, greaseValue } from './grease.ts';
import { type Epoch, type Group, refuseClosed } from './group.ts';
import { asPartOf, invalid } from './invalid.ts';
import { checkLeaf } from './leafRules.ts';
import { refuseExternalCommits } from './policy.ts';
import { checkInnerNodes, checkMembers } from './treeRules.ts';

/** A GroupInfo of an epoch, signed by this member (RFC 9420 §12.4.3). */
export function signedGroupInfo(
  crypto: SuiteCrypto,
  epoch: Pick<Epoch, 'context' | 'confirmationTag' | 'own'>,
  extensions: readonly Extension[],
): GroupInfo {
  const unsigned = {
    groupContext: epoch.context,
    extensions,
    confirmationTag: epoch.confirmationTag,
    signer: epoch.own.leafIndex,
  };
  const signature = signWithLabel(
    crypto,
    epoch.own.signaturePrivateKey,
    'GroupInfoTBS',
    groupInfoTbs(unsigned),
  );
  return { ...unsigned, signature };
}

/** The extension of a GroupInfo that carries the epoch's encoded tree (RFC 9420 §12.4.3.3). */
export function ratchetTreeExtension(tree: Uint8Array): Extension {
  return { type: EXTENSION.ratchetTree, data: tree };
}

/**
 * What a client needs to join by an external Commit (RFC 9420 §12.4.3.2): the epoch's GroupInfo with `external_pub` and
 * the ratchet tree, as MLSMessage. It names all members, is good for this epoch only, and lets nobody in who does not
 * hold a PSK as well.
 * @throws {MlsError} `UNSUPPORTED_FEATURE` where the policy refuses external Commits, `REMOVED`, `REINITIALIZED`
 */
export function createGroupInfo(env: MlsEnv, group: Group): Uint8Array {
  refuseClosed(group);
  refuseExternalCommits(env);
  const { epoch } = group;
  const crypto = suiteCrypto(env, epoch.context.cipherSuite);
  const { publicKey, privateKey } = externalKeyPair(crypto, epoch.secrets);
  privateKey.fill(0);
  const message = signedGroupInfo(crypto, epoch, [
    ratchetTreeExtension(encode(ratchetTreeCodec, epoch.tree)),
    { type: EXTENSION.externalPub, data: encode(opaque, publicKey) },
    greaseExtension(env.random, greaseValue(env.random)),
  ]);
  return encode(mlsMessageCodec, { format: 'group_info', message });
}

/** The public key to which an external Commit's init secret is encrypted (RFC 9420 §12.4.3.2). */
export function externalPubOf({ extensions }: GroupInfo): Uint8Array {
  const data = extensionData(extensions, EXTENSION.externalPub);
  if (data === undefined) {
    throw invalid('INVALID_WELCOME', 'external_pub', 'group info has no key for external commits');
  }
  return decode(opaque, data);
}

/** The tree of the GroupInfo, or the one that came apart from it. @throws {MlsError} `INVALID_WELCOME`, `MALFORMED` */
export function treeOf(groupInfo: GroupInfo, separate: Uint8Array | undefined): RatchetTree {
  const bytes = extensionData(groupInfo.extensions, EXTENSION.ratchetTree) ?? separate;
  if (bytes === undefined) throw invalid('INVALID_WELCOME', 'no_tree', 'ratchet tree did not come along');
  return decode(ratchetTreeCodec, bytes);
}

/**
 * All rules for a tree that one joins (RFC 9420 §12.4.3.1). That the new member supports the group's extensions (§13.4)
 * is one of them where its leaf is in the tree.
 */
function checkTree(env: MlsEnv, crypto: SuiteCrypto, groupInfo: GroupInfo, tree: RatchetTree): void {
  const { groupId, extensions } = groupInfo.groupContext;
  checkInnerNodes(crypto, tree);
  for (const [leafIndex, leaf] of members(tree)) {
    checkLeaf(env, crypto, leaf, { source: undefined, place: { groupId, leafIndex } });
  }
  checkMembers(crypto, tree, extensions);
}

/**
 * The rules for a GroupInfo and its tree, for one who joins (RFC 9420 §12.4.3, §12.4.3.1).
 * @throws {MlsError} `INVALID_WELCOME`, `NOT_AUTHENTICATED`, `UNSUPPORTED_FEATURE`
 */
export function checkGroupInfo(
  env: MlsEnv,
  crypto: SuiteCrypto,
  groupInfo: GroupInfo,
  tree: RatchetTree,
): void {
  const signer = leafAt(tree, groupInfo.signer);
  const tbs = groupInfoTbs(groupInfo);
  if (
    signer === undefined ||
    !verifyWithLabel(crypto, signer.signatureKey, 'GroupInfoTBS', tbs, groupInfo.signature)
  ) {
    throw invalid('INVALID_WELCOME', 'signature', 'signature of the group info does not verify');
  }
  const { groupContext } = groupInfo;
  if (groupContext.cipherSuite !== crypto.suite.id) {
    throw invalid('INVALID_WELCOME', 'suite', 'group has another cipher suite than the key package');
  }
  if (groupContext.epoch > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw invalid('INVALID_WELCOME', 'epoch', 'epoch is too large to count on');
  }
  if (!bytesEqual(treeHash(crypto, tree), groupContext.treeHash)) {
    throw invalid('INVALID_WELCOME', 'tree_hash', 'ratchet tree is not the one of the group info');
  }
  asPartOf('INVALID_WELCOME', () => checkTree(env, crypto, groupInfo, tree));
}

/** The GroupInfo in an MLSMessage. @throws {MlsError} `MALFORMED`, `UNSUPPORTED_VERSION` */
export function decodeGroupInfo(message: Uint8Array): GroupInfo {
  const decoded = decode(mlsMessageCodec, message);
  if (decoded.format !== 'group_info') throw new MlsError('MALFORMED', 'message is no group info');
  return decoded.message;
}
