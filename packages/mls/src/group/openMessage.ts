import { decode, encode } from '../codec/codec.ts';
import type { CommitSummary, MlsEnv, StateWrite } from '../env.ts';
import { MlsError } from '../errors.ts';
import { authenticatedContentCodec } from '../framing/framedContent.ts';
import { mlsMessageCodec, type PrivateMessage, type PublicMessage } from '../framing/mlsMessage.ts';
import { verifyPublic } from '../framing/publicMessage.ts';
import { bytesEqual } from '../labelled/bytesEqual.ts';
import { proposalRef } from '../labelled/reference.ts';
import { type SuiteCrypto, suiteCrypto } from '../labelled/suiteCrypto.ts';
import { PROPOSAL_TYPE, type Proposal } from '../messages/proposal.ts';
import type { CommitDecisions, CommitOutcome } from './carryOutCommit.ts';
import { secretsGivenUp } from './epochStart.ts';
import { openExternalCommit } from './externalCommit.ts';
import { type Group, refuseClosed, refuseEnded } from './group.ts';
import { openCommit } from './openCommit.ts';
import { currentKeys, openPrivate, pastKeys, signatureKeyOf, type Verified } from './openPrivateMessage.ts';
import { takesExternalCommits } from './policy.ts';
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

function wrongEpoch(messageEpoch: bigint, group: Group): MlsError {
  return new MlsError('WRONG_EPOCH', 'message is of an epoch whose keys are not held', {
    messageEpoch: Number(messageEpoch),
    groupEpoch: Number(group.epoch.context.epoch),
  });
}

/** Verifies a PublicMessage of a member (RFC 9420 §6.2). */
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

/** What a Commit did, with what opening it took. */
function committed(
  before: Group,
  taken: { readonly writes: readonly StateWrite[]; readonly wipe: readonly Uint8Array[] },
  outcome: CommitOutcome,
): Opened {
  const change = epochChangeWrites(before, outcome.group);
  const changed = new Set(change.map(({ key }) => key));
  return {
    kind: 'commit',
    ...outcome,
    writes: [...taken.writes.filter(({ key }) => !changed.has(key)), ...change],
    wipe: [...taken.wipe, ...secretsGivenUp(before, outcome.group)],
  };
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
    return committed(group, { writes, wipe }, outcome);
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
 *   `TOO_FAR_AHEAD`, `DECRYPT_FAILED`, `BAD_SIGNATURE`, `BAD_MAC`, `REMOVED`, `REINITIALIZED`; for proposals `INVALID_PROPOSAL`,
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
  // The last epoch of a group that was re-initialised is for nothing but the way into the next group.
  if (epoch === frame.epoch) refuseClosed(group);
  if (decoded.format === 'private_message') {
    if (epoch !== frame.epoch) return openPast(crypto, group, decoded.message);
    return openCurrent(env, crypto, group, openPrivate(crypto, currentKeys(group), decoded.message), options);
  }
  if (epoch !== frame.epoch) throw wrongEpoch(epoch, group);
  if (decoded.message.framed.sender.kind === 'new_member_commit' && takesExternalCommits(env)) {
    const tidy = withoutStale(group);
    const outcome = openExternalCommit(env, crypto, tidy.group, decoded.message, options);
    return committed(tidy.group, { writes: tidy.writes, wipe: [] }, outcome);
  }
  return openCurrent(env, crypto, group, openPublic(crypto, group, decoded.message), options);
}
