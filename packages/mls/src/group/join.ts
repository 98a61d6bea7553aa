import { encode } from '../codec/codec.ts';
import type { MlsEnv, StateWrite } from '../env.ts';
import { groupContextCodec } from '../keySchedule/groupContext.ts';
import { bytesEqual } from '../labelled/bytesEqual.ts';
import type { SuiteCrypto } from '../labelled/suiteCrypto.ts';
import { type LeafNode, leafNodeCodec } from '../tree/leafNode.ts';
import { derivePathKeys } from '../tree/pathSecrets.ts';
import { members, type RatchetTree } from '../tree/ratchetTree.ts';
import { filteredDirectPath } from '../tree/resolution.ts';
import { commonAncestor, isInSubtree, nodeOfLeaf } from '../tree/treeMath.ts';
import { groupAt, startFromMember } from './epochStart.ts';
import type { Group } from './group.ts';
import { checkGroupInfo, treeOf } from './groupInfo.ts';
import { asPartOf, invalid } from './invalid.ts';
import { checkLinkedGroup } from './linkedGroup.ts';
import { saveGroup } from './records.ts';
import { readWelcome, type WelcomeRequest } from './welcomeReading.ts';

/** What one needs to join. */
export interface JoinRequest extends WelcomeRequest {
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

function ownLeafIndex(tree: RatchetTree, own: LeafNode): number {
  const bytes = encode(leafNodeCodec, own);
  for (const [leafIndex, leaf] of members(tree)) {
    if (!bytesEqual(leaf.signatureKey, own.signatureKey)) continue;
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
  const { crypto, own, groupSecrets, groupInfo, member, link } = readWelcome(env, request);
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
