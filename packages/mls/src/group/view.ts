import { decode, encode } from '../codec/codec.ts';
import type { ExtensionView, LeafView, MlsEnv, ReInitView, SuiteId } from '../env.ts';
import { mlsMessageCodec } from '../framing/mlsMessage.ts';
import { exportFromSecret } from '../keySchedule/keySchedule.ts';
import { suiteCrypto } from '../labelled/suiteCrypto.ts';
import { members, ratchetTreeCodec } from '../tree/ratchetTree.ts';
import { reInitView } from './appliedProposals.ts';
import { type Group, refuseEnded } from './group.ts';
import { leafView } from './leafRules.ts';

/** What may be known of a group. */
export interface GroupView {
  readonly groupId: Uint8Array;
  readonly suite: SuiteId;
  readonly epoch: number;
  readonly ownLeafIndex: number;
  /** From left to right in the tree. */
  readonly members: readonly LeafView[];
  readonly extensions: readonly ExtensionView[];
  /** The same for all members that agree on the epoch (RFC 9420 §8.7). */
  readonly epochAuthenticator: Uint8Array;
  /** Leaves of the tree, blank ones too. */
  readonly treeSizeLeaves: number;
  /** Set in the last epoch of a group that was re-initialised: what has to take its place. */
  readonly reinit: ReInitView | undefined;
}

export function groupInfoOf(group: Group): GroupView {
  const { context, tree, own, secrets } = group.epoch;
  return {
    groupId: context.groupId,
    suite: context.cipherSuite,
    epoch: Number(context.epoch),
    ownLeafIndex: own.leafIndex,
    members: Array.from(members(tree), ([leafIndex, leaf]) => leafView(leaf, leafIndex)),
    extensions: context.extensions,
    epochAuthenticator: secrets.epochAuthenticator,
    treeSizeLeaves: tree.leafCount,
    reinit: group.reInit && reInitView(group.reInit),
  };
}

/** The epoch's ratchet tree, for a new member whose Welcome goes without it: `ratchetTree` of `join`. */
export function encodedTreeOf({ epoch }: Group): Uint8Array {
  return encode(ratchetTreeCodec, epoch.tree);
}

/**
 * A secret for use outside of MLS, the same for all members of the epoch (RFC 9420 §8.5).
 * @throws {MlsError} `REMOVED`, `UNSUPPORTED_SUITE`, `CRYPTO_INPUT` (over 255 hash lengths)
 */
export function exportSecret(
  env: MlsEnv,
  group: Group,
  label: string,
  context: Uint8Array,
  lengthBytes: number,
): Uint8Array {
  refuseEnded(group);
  const crypto = suiteCrypto(env, group.epoch.context.cipherSuite);
  return exportFromSecret(crypto, group.epoch.secrets.exporterSecret, label, context, lengthBytes);
}

/** What a message says in clear, unverified. */
export interface Peeked {
  readonly kind: 'private' | 'public' | 'welcome' | 'key_package' | 'group_info';
  readonly groupId?: Uint8Array;
  readonly epoch?: number;
  readonly sizeBytes: number;
}

/** Reads the header of a message. @throws {MlsError} `MALFORMED`, `UNSUPPORTED_VERSION` */
export function peek(message: Uint8Array): Peeked {
  const decoded = decode(mlsMessageCodec, message);
  const sizeBytes = message.length;
  switch (decoded.format) {
    case 'private_message': {
      const { groupId, epoch } = decoded.message;
      return { kind: 'private', groupId: groupId.slice(), epoch: Number(epoch), sizeBytes };
    }
    case 'public_message': {
      const { groupId, epoch } = decoded.message.framed;
      return { kind: 'public', groupId, epoch: Number(epoch), sizeBytes };
    }
    case 'group_info': {
      const { groupId, epoch } = decoded.message.groupContext;
      return { kind: 'group_info', groupId, epoch: Number(epoch), sizeBytes };
    }
    default:
      return { kind: decoded.format, sizeBytes };
  }
}
