import { decode, encode } from '../codec/codec.ts';
import type { MlsEnv, StateWrite } from '../env.ts';
import { MlsError } from '../errors.ts';
import { mlsMessageCodec } from '../framing/mlsMessage.ts';
import { groupContextCodec } from '../keySchedule/groupContext.ts';
import { memberSecret, welcomeKey, welcomeSecret } from '../keySchedule/keySchedule.ts';
import { pskSecret } from '../keySchedule/preSharedKey.ts';
import { bytesEqual } from '../labelled/bytesEqual.ts';
import { decryptWithLabel } from '../labelled/publicKeyEncryption.ts';
import { keyPackageRef } from '../labelled/reference.ts';
import { type SuiteCrypto, suiteCrypto } from '../labelled/suiteCrypto.ts';
import { type KeyPackage, keyPackageCodec } from '../messages/keyPackage.ts';
import {
  type GroupInfo,
  type GroupSecrets,
  groupInfoCodec,
  groupSecretsCodec,
  type Welcome,
} from '../messages/welcome.ts';
import { type LeafNode, leafNodeCodec } from '../tree/leafNode.ts';
import { derivePathKeys } from '../tree/pathSecrets.ts';
import { members, type RatchetTree } from '../tree/ratchetTree.ts';
import { filteredDirectPath } from '../tree/resolution.ts';
import { commonAncestor, isInSubtree, nodeOfLeaf } from '../tree/treeMath.ts';
import { groupAt, startFromMember } from './epochStart.ts';
import type { Group } from './group.ts';
import { checkGroupInfo, treeOf } from './groupInfo.ts';
import { asPartOf, invalid } from './invalid.ts';
import { decodeKeyPackage, type KeyPackageSecrets, keyPackageSecretsCodec } from './keyPackages.ts';
import { checkLinkedGroup, linkOf } from './linkedGroup.ts';
import { findPsks, type PskLookup } from './preSharedKeys.ts';
import { saveGroup } from './records.ts';

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
  /**
   * The group that the new one is to come from, by re-initialisation or branching (RFC 9420 §11.2, §11.3): a Welcome
   * that is not linked to it is refused. Without it, those that are linked to a group are.
   */
  readonly parent?: Group;
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

function openGroupInfo(crypto: SuiteCrypto, welcome: Welcome, member: Uint8Array): GroupInfo {
  const { key, nonce } = welcomeKey(crypto, welcomeSecret(crypto, member));
  const { provider, suite } = crypto;
  const plain = provider.aeadOpen(suite.aead, key, nonce, new Uint8Array(0), welcome.encryptedGroupInfo);
  if (plain === undefined) {
    throw invalid('INVALID_WELCOME', 'group_info', 'group info cannot be decrypted; a PSK may be wrong');
  }
  return decode(groupInfoCodec, plain);
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
  const link = linkOf(env, groupSecrets.psks, request.parent);
  const psks = findPsks(groupSecrets.psks, undefined, request.psk, link);
  const member = memberSecret(crypto, groupSecrets.joinerSecret, pskSecret(crypto, psks));
  const groupInfo = openGroupInfo(crypto, welcome, member);
  const tree = treeOf(groupInfo, request.ratchetTree);
  checkGroupInfo(env, crypto, groupInfo, tree);
  if (link && request.parent) checkLinkedGroup(env, link.id.usage, request.parent, groupInfo, tree);
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
