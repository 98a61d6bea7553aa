import { encode } from '../codec/codec.ts';
import type { AuthenticatedContent } from '../framing/framedContent.ts';
import { epochFrame } from '../framing/privateMessage.ts';
import { type GroupContext, groupContextCodec } from '../keySchedule/groupContext.ts';
import {
  confirmationTag,
  deriveEpochSecrets,
  type EpochSecrets,
  epochSecret,
  joinerSecret,
  memberSecret,
  type NewEpochSecrets,
} from '../keySchedule/keySchedule.ts';
import { type PreSharedKey, pskSecret } from '../keySchedule/preSharedKey.ts';
import { newSecretTree, secretsInTree } from '../keySchedule/secretTree.ts';
import { confirmedTranscriptHash, interimTranscriptHash } from '../keySchedule/transcriptHash.ts';
import { bytesEqual } from '../labelled/bytesEqual.ts';
import type { SuiteCrypto } from '../labelled/suiteCrypto.ts';
import type { Extension } from '../tree/extension.ts';
import type { PrivateKeys } from '../tree/pathSecrets.ts';
import { members, type RatchetTree } from '../tree/ratchetTree.ts';
import { treeHash } from '../tree/treeHash.ts';
import type { Epoch, Group, OwnMember, PastEpoch } from './group.ts';

/** The context of the epoch that a Commit begins; provisional as long as the transcript hash is the old one. */
export function nextContext(
  crypto: SuiteCrypto,
  before: GroupContext,
  tree: RatchetTree,
  extensions: readonly Extension[],
): GroupContext {
  return { ...before, epoch: before.epoch + 1n, treeHash: treeHash(crypto, tree), extensions };
}

/** An epoch that begins, before its confirmation tag was compared. */
export interface EpochStart {
  readonly context: GroupContext;
  readonly contextBytes: Uint8Array;
  readonly joiner: Uint8Array;
  readonly member: Uint8Array;
  readonly newSecrets: NewEpochSecrets;
  readonly confirmationTag: Uint8Array;
}

/** What a new epoch takes from the one before. */
export interface EpochBefore {
  readonly interimTranscriptHash: Uint8Array;
  readonly secrets: Pick<EpochSecrets, 'initSecret'>;
}

/** The key schedule of an epoch, from what its Commit says (RFC 9420 §8, §12.4.2). */
export function startEpoch(
  crypto: SuiteCrypto,
  before: EpochBefore,
  provisional: GroupContext,
  commit: Pick<AuthenticatedContent, 'format' | 'framed'>,
  signature: Uint8Array,
  commitSecret: Uint8Array,
  psks: readonly PreSharedKey[],
): EpochStart {
  const context: GroupContext = {
    ...provisional,
    confirmedTranscriptHash: confirmedTranscriptHash(crypto, before.interimTranscriptHash, commit, signature),
  };
  const contextBytes = encode(groupContextCodec, context);
  const joiner = joinerSecret(crypto, before.secrets.initSecret, commitSecret, contextBytes);
  const member = memberSecret(crypto, joiner, pskSecret(crypto, psks));
  return { ...startFromMember(crypto, context, contextBytes, member), joiner };
}

/** The part of the key schedule that new members share. */
export function startFromMember(
  crypto: SuiteCrypto,
  context: GroupContext,
  contextBytes: Uint8Array,
  member: Uint8Array,
): Omit<EpochStart, 'joiner'> {
  const root = epochSecret(crypto, member, contextBytes);
  const newSecrets = deriveEpochSecrets(crypto, root);
  root.fill(0);
  return {
    context,
    contextBytes,
    member,
    newSecrets,
    confirmationTag: confirmationTag(crypto, newSecrets.secrets, context.confirmedTranscriptHash),
  };
}

/** A group at the beginning of an epoch, without a past. */
export function groupAt(
  crypto: SuiteCrypto,
  start: Omit<EpochStart, 'joiner'>,
  tree: RatchetTree,
  own: OwnMember,
  rest: Pick<Epoch, 'retention' | 'resumptionPsks'>,
): Group {
  const { context, newSecrets } = start;
  return {
    epoch: {
      context,
      frame: epochFrame(context, start.contextBytes),
      tree,
      secrets: newSecrets.secrets,
      confirmationTag: start.confirmationTag,
      interimTranscriptHash: interimTranscriptHash(
        crypto,
        context.confirmedTranscriptHash,
        start.confirmationTag,
      ),
      own,
      ...rest,
    },
    secretTree: newSecretTree(tree.leafCount, newSecrets.encryptionSecret),
    proposals: [],
    past: [],
    staleKeys: [],
    ended: false,
    reInit: undefined,
  };
}

/** The past epoch that this one becomes. */
function asPast(group: Group): PastEpoch {
  const { epoch } = group;
  return {
    frame: epoch.frame,
    senderDataSecret: epoch.secrets.senderDataSecret,
    ownLeafIndex: epoch.own.leafIndex,
    signatureKeys: new Map(Array.from(members(epoch.tree), ([index, leaf]) => [index, leaf.signatureKey])),
    secretTree: group.secretTree,
  };
}

/** The group that follows on another, with as much of its past as it is to keep. */
export function groupAfter(
  crypto: SuiteCrypto,
  before: Group,
  start: EpochStart,
  tree: RatchetTree,
  own: OwnMember,
): Group {
  const { retention, resumptionPsks, context, secrets } = before.epoch;
  const group = groupAt(crypto, start, tree, own, {
    retention,
    resumptionPsks: [{ epoch: context.epoch, psk: secrets.resumptionPsk }, ...resumptionPsks].slice(
      0,
      retention.resumptionPsks,
    ),
  });
  const past =
    retention.pastEpochs === 0 ? [] : [asPast(before), ...before.past].slice(0, retention.pastEpochs);
  return { ...group, past };
}

/** The private keys whose nodes are the same in both trees. */
export function keptPrivateKeys(
  keys: PrivateKeys,
  before: RatchetTree,
  after: RatchetTree,
): Map<number, Uint8Array> {
  const kept = new Map<number, Uint8Array>();
  for (const [node, key] of keys) {
    const old = before.nodes[node];
    const now = after.nodes[node];
    if (old !== undefined && now !== undefined && bytesEqual(old.encryptionKey, now.encryptionKey))
      kept.set(node, key);
  }
  return kept;
}

function secretsIn(group: Group): Uint8Array[] {
  const trees = [group.secretTree, ...group.past.map(past => past.secretTree)];
  return [
    ...Object.values(group.epoch.secrets),
    ...group.epoch.own.privateKeys.values(),
    ...group.epoch.resumptionPsks.map(({ psk }) => psk),
    ...group.past.map(past => past.senderDataSecret),
    ...trees.flatMap(secretsInTree),
    ...group.proposals.flatMap(({ leafPrivateKey }) => leafPrivateKey ?? []),
  ];
}

/** Secrets of a group that its successor no longer holds; all of them where there is none. */
export function secretsGivenUp(before: Group, after: Group): Uint8Array[] {
  const held = new Set(after.ended ? [] : secretsIn(after));
  return secretsIn(before).filter(secret => !held.has(secret));
}
