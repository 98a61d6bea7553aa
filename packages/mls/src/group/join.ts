import { decode, encode } from '../codec/codec.ts';
import type { MlsEnv, StateWrite } from '../env.ts';
import { MlsError } from '../errors.ts';
import { mlsMessageCodec } from '../framing/mlsMessage.ts';
import { groupContextCodec } from '../keySchedule/groupContext.ts';
import { memberSecret, welcomeKey, welcomeSecret } from '../keySchedule/keySchedule.ts';
import { pskSecret } from '../keySchedule/preSharedKey.ts';
import type { PreSharedKeyId } from '../keySchedule/preSharedKeyId.ts';
import { bytesEqual } from '../labelled/bytesEqual.ts';
import { decryptWithLabel } from '../labelled/publicKeyEncryption.ts';
import { keyPackageRef } from '../labelled/reference.ts';
import { verifyWithLabel } from '../labelled/signing.ts';
import { type SuiteCrypto, suiteCrypto } from '../labelled/suiteCrypto.ts';
import { type KeyPackage, keyPackageCodec } from '../messages/keyPackage.ts';
import {
  type GroupInfo,
  type GroupSecrets,
  groupInfoCodec,
  groupInfoTbs,
  groupSecretsCodec,
  type Welcome,
} from '../messages/welcome.ts';
import { EXTENSION, extensionData } from '../tree/extension.ts';
import { type LeafNode, leafNodeCodec } from '../tree/leafNode.ts';
import { derivePathKeys } from '../tree/pathSecrets.ts';
import { leafAt, members, type RatchetTree, ratchetTreeCodec } from '../tree/ratchetTree.ts';
import { filteredDirectPath } from '../tree/resolution.ts';
import { treeHash } from '../tree/treeHash.ts';
import { commonAncestor, isInSubtree, nodeOfLeaf } from '../tree/treeMath.ts';
import { groupAt, startFromMember } from './epochStart.ts';
import type { Group } from './group.ts';
import { asPartOf, invalid } from './invalid.ts';
import { decodeKeyPackage, type KeyPackageSecrets, keyPackageSecretsCodec } from './keyPackages.ts';
import { checkLeaf } from './leafRules.ts';
import { findPsks, type PskLookup } from './preSharedKeys.ts';
import { saveGroup } from './records.ts';
import { checkInnerNodes, checkMembers } from './treeRules.ts';

/** What one needs to join. */
export interface JoinRequest {
  /** MLSMessage with wire format mls_welcome. */
  readonly welcome: Uint8Array;
  /** The key package that was added, as `createKeyPackage` made it. */
  readonly keyPackage: Uint8Array;
  /** Its private keys; to be deleted after joining. */
  readonly privateState: Uint8Array;
  /** Gives external PSKs. */
  readonly psk?: PskLookup;
  /** The ratchet tree, where the Welcome goes without. */
  readonly ratchetTree?: Uint8Array;
  /** How many past epochs to keep for late messages; none where not given. */
  readonly pastEpochs?: number;
  /** How many past resumption PSKs to keep; none where not given. */
  readonly resumptionPsks?: number;
}

/** A group joined. */
export interface JoinResult {
  readonly group: Group;
  readonly writes: StateWrite[];
  /** The member that signed the GroupInfo, and so let this one in. */
  readonly signerLeafIndex: number;
}

interface OwnKeyPackage {
  readonly keyPackage: KeyPackage;
  readonly secrets: KeyPackageSecrets;
}

function decodeWelcome(message: Uint8Array): Welcome {
  const decoded = decode(mlsMessageCodec, message);
  if (decoded.format !== 'welcome') throw new MlsError('MALFORMED', 'message is no welcome');
  return decoded.message;
}

/** The part of the Welcome that is for this key package (RFC 9420 §12.4.3.1). */
function openGroupSecrets(crypto: SuiteCrypto, welcome: Welcome, own: OwnKeyPackage): GroupSecrets {
  const ref = keyPackageRef(crypto, encode(keyPackageCodec, own.keyPackage));
  const entry = welcome.secrets.find(({ newMember }) => bytesEqual(newMember, ref));
  if (entry === undefined || own.keyPackage.cipherSuite !== welcome.cipherSuite) {
    throw new MlsError('WELCOME_NOT_FOR_US', 'welcome has nothing for this key package');
  }
  const plain = asPartOf('INVALID_WELCOME', () =>
    decryptWithLabel(
      crypto,
      own.secrets.initPrivateKey,
      'Welcome',
      welcome.encryptedGroupInfo,
      entry.encryptedGroupSecrets,
    ),
  );
  if (plain === undefined) {
    throw invalid('INVALID_WELCOME', 'group_secrets', 'group secrets cannot be decrypted');
  }
  return decode(groupSecretsCodec, plain);
}

function checkPskIds(ids: readonly PreSharedKeyId[]): void {
  // PSKs for re-initialisation and branching need the old group's say, which this engine does not ask for.
  if (ids.some(id => id.kind === 'resumption' && id.usage !== 'application')) {
    throw new MlsError('UNSUPPORTED_FEATURE', 'welcome re-initialises or branches a group', {
      reason: 'psk_usage',
    });
  }
}

function openGroupInfo(crypto: SuiteCrypto, welcome: Welcome, member: Uint8Array): GroupInfo {
  const { key, nonce } = welcomeKey(crypto, welcomeSecret(crypto, member));
  const { provider, suite } = crypto;
  const plain = provider.aeadOpen(suite.aead, key, nonce, new Uint8Array(0), welcome.encryptedGroupInfo);
  if (plain === undefined) {
    throw invalid('INVALID_WELCOME', 'group_info', 'group info cannot be decrypted; a PSK may be wrong');
  }
  return decode(groupInfoCodec, plain);
}

function treeOf(groupInfo: GroupInfo, separate: Uint8Array | undefined): RatchetTree {
  const bytes = extensionData(groupInfo.extensions, EXTENSION.ratchetTree) ?? separate;
  if (bytes === undefined) throw invalid('INVALID_WELCOME', 'no_tree', 'ratchet tree did not come along');
  return decode(ratchetTreeCodec, bytes);
}

function checkGroupInfo(
  crypto: SuiteCrypto,
  own: OwnKeyPackage,
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
  if (groupContext.cipherSuite !== own.keyPackage.cipherSuite) {
    throw invalid('INVALID_WELCOME', 'suite', 'group has another cipher suite than the key package');
  }
  if (groupContext.epoch > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw invalid('INVALID_WELCOME', 'epoch', 'epoch is too large to count on');
  }
  if (!bytesEqual(treeHash(crypto, tree), groupContext.treeHash)) {
    throw invalid('INVALID_WELCOME', 'tree_hash', 'ratchet tree is not the one of the group info');
  }
}

/**
 * All rules for a tree that one joins (RFC 9420 §12.4.3.1). That the new member supports the group's extensions (§13.4)
 * is one of them: its leaf is in the tree.
 */
function checkTree(env: MlsEnv, crypto: SuiteCrypto, groupInfo: GroupInfo, tree: RatchetTree): void {
  const { groupId, extensions } = groupInfo.groupContext;
  checkInnerNodes(crypto, tree);
  for (const [leafIndex, leaf] of members(tree)) {
    checkLeaf(env, crypto, leaf, { source: undefined, place: { groupId, leafIndex } });
  }
  checkMembers(crypto, tree, extensions);
}

function ownLeafIndex(tree: RatchetTree, own: LeafNode): number {
  const bytes = encode(leafNodeCodec, own);
  for (const [leafIndex, leaf] of members(tree)) {
    if (bytesEqual(encode(leafNodeCodec, leaf), bytes)) return leafIndex;
  }
  throw invalid('INVALID_WELCOME', 'own_leaf', 'leaf of the key package is not in the tree');
}

/** The private keys that a new member gets: its leaf's, and those above it that the committer renewed. */
function privateKeysOf(
  crypto: SuiteCrypto,
  tree: RatchetTree,
  ownLeaf: number,
  signer: number,
  leafPrivateKey: Uint8Array,
  pathSecret: Uint8Array | undefined,
): Map<number, Uint8Array> {
  const privateKeys = new Map([[nodeOfLeaf(ownLeaf), leafPrivateKey]]);
  if (pathSecret === undefined) return privateKeys;
  if (ownLeaf === signer || pathSecret.length !== crypto.suite.hashBytes) {
    throw invalid('INVALID_WELCOME', 'path_secret', 'path secret is of no use');
  }
  const shared = commonAncestor(nodeOfLeaf(ownLeaf), nodeOfLeaf(signer));
  const nodes = filteredDirectPath(tree, signer)
    .map(step => step.node)
    .filter(node => isInSubtree(shared, node));
  for (const keys of derivePathKeys(crypto, nodes, pathSecret).keys) {
    const node = tree.nodes[keys.node];
    if (node === undefined || !bytesEqual(node.encryptionKey, keys.publicKey)) {
      throw invalid(
        'INVALID_WELCOME',
        'path_key',
        'public key in the tree is not the one of the path secret',
      );
    }
    privateKeys.set(keys.node, keys.privateKey);
    keys.pathSecret.fill(0);
  }
  return privateKeys;
}

/**
 * Joins a group by Welcome (RFC 9420 §12.4.3.1). `env.authenticate` is asked about every member. Whether this client
 * is in a group of that id already is for the caller to know.
 * @throws {MlsError} `MALFORMED`, `UNSUPPORTED_SUITE`, `UNSUPPORTED_FEATURE`, `WELCOME_NOT_FOR_US`, `PSK_UNKNOWN`,
 *   `INVALID_WELCOME`, `NOT_AUTHENTICATED`
 */
export function join(env: MlsEnv, request: JoinRequest): JoinResult {
  const welcome = decodeWelcome(request.welcome);
  const crypto = suiteCrypto(env, welcome.cipherSuite);
  const own: OwnKeyPackage = {
    keyPackage: decodeKeyPackage(request.keyPackage),
    secrets: decode(keyPackageSecretsCodec, request.privateState),
  };
  const groupSecrets = openGroupSecrets(crypto, welcome, own);
  checkPskIds(groupSecrets.psks);
  const psks = findPsks(groupSecrets.psks, undefined, request.psk);
  const member = memberSecret(crypto, groupSecrets.joinerSecret, pskSecret(crypto, psks));
  const groupInfo = openGroupInfo(crypto, welcome, member);
  const tree = treeOf(groupInfo, request.ratchetTree);
  checkGroupInfo(crypto, own, groupInfo, tree);
  asPartOf('INVALID_WELCOME', () => checkTree(env, crypto, groupInfo, tree));
  const leafIndex = ownLeafIndex(tree, own.keyPackage.leafNode);
  const context = groupInfo.groupContext;
  const start = startFromMember(crypto, context, encode(groupContextCodec, context), member);
  if (!bytesEqual(start.confirmationTag, groupInfo.confirmationTag)) {
    throw invalid('INVALID_WELCOME', 'confirmation_tag', 'confirmation tag does not fit');
  }
  const privateKeys = asPartOf('INVALID_WELCOME', () =>
    privateKeysOf(
      crypto,
      tree,
      leafIndex,
      groupInfo.signer,
      own.secrets.leafPrivateKey,
      groupSecrets.pathSecret,
    ),
  );
  for (const secret of [groupSecrets.joinerSecret, groupSecrets.pathSecret, member]) secret?.fill(0);
  const group = groupAt(
    crypto,
    start,
    tree,
    { leafIndex, signaturePrivateKey: own.secrets.signaturePrivateKey, privateKeys },
    {
      retention: { pastEpochs: request.pastEpochs ?? 0, resumptionPsks: request.resumptionPsks ?? 0 },
      resumptionPsks: [],
    },
  );
  return { group, writes: saveGroup(group), signerLeafIndex: groupInfo.signer };
}
