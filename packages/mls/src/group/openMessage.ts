import { decode, encode } from '../codec/codec.ts';
import type { CommitSummary, MlsEnv, StateWrite } from '../env.ts';
import { MlsError } from '../errors.ts';
import {
  type AuthenticatedContent,
  authenticatedContentCodec,
  type FramedContent,
} from '../framing/framedContent.ts';
import { mlsMessageCodec, type PrivateMessage, type PublicMessage } from '../framing/mlsMessage.ts';
import { type EpochFrame, openStatement, ratchetTypeOf, senderOf } from '../framing/privateMessage.ts';
import { verifyPublic } from '../framing/publicMessage.ts';
import type { SenderData } from '../framing/senderData.ts';
import { type SecretTree, type TakenKey, takeKeyOf } from '../keySchedule/secretTree.ts';
import { bytesEqual } from '../labelled/bytesEqual.ts';
import { proposalRef } from '../labelled/reference.ts';
import { type SuiteCrypto, suiteCrypto } from '../labelled/suiteCrypto.ts';
import { PROPOSAL_TYPE, type Proposal } from '../messages/proposal.ts';
import { leafAt } from '../tree/ratchetTree.ts';
import { secretsGivenUp } from './epochStart.ts';
import { type Group, type PastEpoch, refuseEnded } from './group.ts';
import { type CommitDecisions, openCommit } from './openCommit.ts';
import { checkProposal } from './proposalRules.ts';
import { withPending } from './propose.ts';
import { epochChangeWrites, secretTreeWrite, withoutStale } from './records.ts';

/** How the caller takes part in what is opened. */
export type OpenOptions = CommitDecisions;

/** What a message was. `group` takes the place of the old one, `writes` store it, `wipe` is to be overwritten then. */
export type Opened =
  | {
      readonly kind: 'application';
      readonly group: Group;
      readonly writes: StateWrite[];
      readonly wipe: Uint8Array[];
      readonly senderLeafIndex: number;
      readonly plaintext: Uint8Array;
      /** Authenticated by the sender, but sent in clear. */
      readonly aad: Uint8Array;
      readonly epoch: number;
      readonly generation: number;
    }
  | {
      readonly kind: 'commit';
      readonly group: Group;
      readonly writes: StateWrite[];
      readonly wipe: Uint8Array[];
      readonly summary: CommitSummary;
      /** This member is out: the group ends here, and `writes` delete it. */
      readonly selfRemoved: boolean;
    }
  | {
      readonly kind: 'proposal';
      readonly group: Group;
      readonly writes: StateWrite[];
      readonly wipe: Uint8Array[];
      readonly senderLeafIndex: number;
      /** RFC 9420 §17.4. */
      readonly proposalType: number;
    };

/** A message that was verified, with what opening it took. */
interface Verified {
  readonly message: AuthenticatedContent;
  readonly senderLeafIndex: number;
  readonly taken: TakenKey | undefined;
}

/** What is needed to open a PrivateMessage: of the epoch the group is in, or of one that is kept. */
interface EpochKeys {
  readonly frame: EpochFrame;
  readonly senderDataSecret: Uint8Array;
  readonly ownLeafIndex: number;
  readonly secretTree: SecretTree;
  readonly signatureKeyOf: (leafIndex: number) => Uint8Array | undefined;
}

function currentKeys(group: Group): EpochKeys {
  const { epoch, secretTree } = group;
  return {
    frame: epoch.frame,
    senderDataSecret: epoch.secrets.senderDataSecret,
    ownLeafIndex: epoch.own.leafIndex,
    secretTree,
    signatureKeyOf: leafIndex => leafAt(epoch.tree, leafIndex)?.signatureKey,
  };
}

function pastKeys(past: PastEpoch): EpochKeys {
  return { ...past, signatureKeyOf: leafIndex => past.signatureKeys.get(leafIndex) };
}

function wrongEpoch(messageEpoch: bigint, group: Group): MlsError {
  return new MlsError('WRONG_EPOCH', 'message is of an epoch whose keys are not held', {
    messageEpoch: Number(messageEpoch),
    groupEpoch: Number(group.epoch.context.epoch),
  });
}

function signatureKeyOf(
  keys: Pick<EpochKeys, 'ownLeafIndex' | 'signatureKeyOf'>,
  leafIndex: number,
): Uint8Array {
  if (leafIndex === keys.ownLeafIndex)
    throw new MlsError('OWN_MESSAGE', 'message is one’s own', { leafIndex });
  const signatureKey = keys.signatureKeyOf(leafIndex);
  if (signatureKey === undefined) {
    throw new MlsError('UNKNOWN_SENDER', 'sender is no member of the group', { leafIndex });
  }
  return signatureKey;
}

/**
 * What a message with one's own name on it is refused with. Nobody opens their own, but a key that this state has not
 * used yet shows whether it is genuine: then a later copy of this state sent it, `unspent` is 1, and this copy must
 * not go on, or it would use that key again. A message of another member under that name is `DECRYPT_FAILED`.
 */
function ownMessage(
  crypto: SuiteCrypto,
  keys: EpochKeys,
  senderData: SenderData,
  message: PrivateMessage,
): MlsError {
  const { leafIndex, generation } = senderData;
  const signatureKey = keys.signatureKeyOf(leafIndex);
  try {
    const type = ratchetTypeOf(message.contentType);
    const taken = takeKeyOf(crypto, keys.secretTree, type, leafIndex, generation);
    if (signatureKey !== undefined)
      openStatement(crypto, keys.frame, taken, senderData, message, signatureKey);
  } catch (error) {
    if (!(error instanceof MlsError) || error.code !== 'REPLAYED') throw error;
    return new MlsError('OWN_MESSAGE', 'message is one’s own', { leafIndex });
  }
  return new MlsError('OWN_MESSAGE', 'message is of a later copy of oneself', { leafIndex, unspent: 1 });
}

/** Decrypts and verifies a PrivateMessage (RFC 9420 §6.3). */
function openPrivate(
  crypto: SuiteCrypto,
  keys: EpochKeys,
  message: PrivateMessage,
): Verified & { taken: TakenKey } {
  const { frame } = keys;
  const senderData = senderOf(crypto, frame, keys.senderDataSecret, message);
  const { leafIndex, generation } = senderData;
  if (leafIndex === keys.ownLeafIndex) throw ownMessage(crypto, keys, senderData, message);
  const signatureKey = signatureKeyOf(keys, leafIndex);
  const type = ratchetTypeOf(message.contentType);
  const taken = takeKeyOf(crypto, keys.secretTree, type, leafIndex, generation);
  const { content, auth } = openStatement(crypto, frame, taken, senderData, message, signatureKey);
  const framed: FramedContent = {
    groupId: frame.groupId,
    epoch: frame.epoch,
    sender: { kind: 'member', leafIndex },
    authenticatedData: message.authenticatedData.slice(),
    content,
  };
  return { message: { format: 'private_message', framed, auth }, senderLeafIndex: leafIndex, taken };
}

/** Verifies a PublicMessage of a member (RFC 9420 §6.2). Nobody else is listened to. */
function openPublic(crypto: SuiteCrypto, group: Group, message: PublicMessage): Verified {
  const { framed, auth } = message;
  if (framed.sender.kind !== 'member') {
    throw new MlsError('UNKNOWN_SENDER', 'only members are listened to', { sender: framed.sender.kind });
  }
  const { leafIndex } = framed.sender;
  const { secrets, frame } = group.epoch;
  const signatureKey = signatureKeyOf(currentKeys(group), leafIndex);
  verifyPublic(crypto, message, frame.groupContext, secrets.membershipKey, signatureKey);
  return {
    message: { format: 'public_message', framed, auth },
    senderLeafIndex: leafIndex,
    taken: undefined,
  };
}

function openProposal(
  env: MlsEnv,
  crypto: SuiteCrypto,
  group: Group,
  { message, senderLeafIndex }: Verified,
  proposal: Proposal,
): Opened {
  const { tree, context } = group.epoch;
  checkProposal(env, crypto, { tree, groupId: context.groupId }, { proposal, senderLeafIndex });
  const reference = proposalRef(crypto, encode(authenticatedContentCodec, message));
  const known = group.proposals.some(pending => bytesEqual(pending.reference, reference));
  const next = known
    ? { group, writes: [] }
    : withPending(group, { reference, senderLeafIndex, proposal, leafPrivateKey: undefined });
  return { kind: 'proposal', ...next, wipe: [], senderLeafIndex, proposalType: PROPOSAL_TYPE[proposal.kind] };
}

/** Opens a handshake or application message of the epoch the group is in. */
function openCurrent(
  env: MlsEnv,
  crypto: SuiteCrypto,
  before: Group,
  verified: Verified,
  options: OpenOptions,
): Opened {
  const { message, senderLeafIndex, taken } = verified;
  const epoch = before.epoch.context.epoch;
  const tidy = withoutStale(before);
  const group = taken === undefined ? tidy.group : { ...tidy.group, secretTree: taken.tree };
  const writes = [...tidy.writes, ...(taken?.changes.map(change => secretTreeWrite(epoch, change)) ?? [])];
  const wipe = taken === undefined ? [] : [...taken.consumed, taken.key, taken.nonce];
  const { content } = message.framed;
  if (content.type === 'proposal') {
    const opened = openProposal(env, crypto, group, verified, content.proposal);
    return { ...opened, writes: [...writes, ...opened.writes], wipe };
  }
  if (content.type === 'commit') {
    const signed = { ...message, commit: content.commit };
    const outcome = openCommit(env, crypto, group, signed, senderLeafIndex, options);
    const change = epochChangeWrites(group, outcome.group);
    const changed = new Set(change.map(({ key }) => key));
    return {
      kind: 'commit',
      ...outcome,
      writes: [...writes.filter(({ key }) => !changed.has(key)), ...change],
      wipe: [...wipe, ...secretsGivenUp(group, outcome.group)],
    };
  }
  return {
    kind: 'application',
    group,
    writes,
    wipe,
    senderLeafIndex,
    plaintext: content.data,
    aad: message.framed.authenticatedData,
    epoch: Number(epoch),
    generation: taken?.generation ?? 0,
  };
}

/** Opens a late application message of an epoch that is kept. */
function openPast(crypto: SuiteCrypto, group: Group, message: PrivateMessage): Opened {
  const past = group.past.find(({ frame }) => frame.epoch === message.epoch);
  if (past === undefined) throw wrongEpoch(message.epoch, group);
  const { message: opened, senderLeafIndex, taken } = openPrivate(crypto, pastKeys(past), message);
  const { content, authenticatedData } = opened.framed;
  if (content.type !== 'application') throw wrongEpoch(message.epoch, group);
  return {
    kind: 'application',
    group: {
      ...group,
      past: group.past.map(one => (one === past ? { ...past, secretTree: taken.tree } : one)),
    },
    writes: taken.changes.map(change => secretTreeWrite(past.frame.epoch, change)),
    wipe: [...taken.consumed, taken.key, taken.nonce],
    senderLeafIndex,
    plaintext: content.data,
    aad: authenticatedData,
    epoch: Number(past.frame.epoch),
    generation: taken.generation,
  };
}

/**
 * Opens a message of somebody else (RFC 9420 §6, §12): an application message, a proposal, or a Commit, which begins
 * a new epoch. When it throws, nothing has changed.
 * @throws {MlsError} `MALFORMED`, `WRONG_GROUP`, `WRONG_EPOCH`, `OWN_MESSAGE`, `UNKNOWN_SENDER`, `REPLAYED`,
 *   `TOO_FAR_AHEAD`, `DECRYPT_FAILED`, `BAD_SIGNATURE`, `BAD_MAC`, `REMOVED`; for proposals `INVALID_PROPOSAL`,
 *   `INVALID_KEY_PACKAGE`, `INVALID_LEAF`; for Commits `INVALID_COMMIT`, `NOT_AUTHORIZED`, `NOT_AUTHENTICATED`,
 *   `PSK_UNKNOWN`, `UNSUPPORTED_FEATURE`
 */
export function open(env: MlsEnv, group: Group, message: Uint8Array, options: OpenOptions = {}): Opened {
  refuseEnded(group);
  const { frame, context } = group.epoch;
  const crypto = suiteCrypto(env, context.cipherSuite);
  const decoded = decode(mlsMessageCodec, message);
  if (decoded.format !== 'private_message' && decoded.format !== 'public_message') {
    throw new MlsError('MALFORMED', 'message is none of a group', { format: decoded.format });
  }
  const { groupId, epoch } = decoded.format === 'private_message' ? decoded.message : decoded.message.framed;
  if (!bytesEqual(groupId, frame.groupId)) throw new MlsError('WRONG_GROUP', 'message is of another group');
  if (decoded.format === 'private_message') {
    if (epoch !== frame.epoch) return openPast(crypto, group, decoded.message);
    return openCurrent(env, crypto, group, openPrivate(crypto, currentKeys(group), decoded.message), options);
  }
  if (epoch !== frame.epoch) throw wrongEpoch(epoch, group);
  return openCurrent(env, crypto, group, openPublic(crypto, group, decoded.message), options);
}
