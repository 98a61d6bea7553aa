import { createGroup } from '@sotto/mls';
import { type AccountId, type DeviceId, type RoomKind, type RoomPolicy, StreamId } from '@sotto/protocol';
import { type CoreEnv, ROOM_SUITE, type StateWrite } from '../env.ts';
import { CoreError } from '../errors.ts';
import type { DeviceIdentity } from '../identity/identity.ts';
import { byEngine, mlsEnvOf } from '../mlsEnv.ts';
import { cleanTitle } from '../names.ts';
import type { RoomMember } from './member.ts';
import type { PendingCommit } from './pendingCommit.ts';
import { POLICY_EXTENSION, policyExtension } from './policy.ts';
import { allWrites, readRecords, roomWrite } from './records.ts';
import { type ConversationState, readGroup, withEpochMark } from './state.ts';

declare const conversationBrand: unique symbol;

/**
 * A room's MLS group and Sotto's rules over it, as one device has it. Immutable: every step gives a new one, with
 * the records to write. Read it by `conversationView`.
 *
 * Records, keys relative to the caller's prefix: `room` (own counter, stream epoch: small, written per message sent
 * and per commit), `sender/<device>` (counters seen: small, written per message received), `pending` (one's own
 * commit under way), `epochs` (recent epoch authenticators, per commit) and `mls/…` (the engine's own: one small
 * record per message, the rest per commit).
 */
export interface Conversation {
  readonly [conversationBrand]: true;
}

/** What may be known of a conversation, without secrets. */
export interface ConversationView {
  readonly streamId: StreamId;
  readonly title: string;
  /** A JPEG of the one form that `@sotto/protocol` lets through. */
  readonly picture: Uint8Array | undefined;
  readonly kind: RoomKind;
  /** Only owners and admins write. */
  readonly announcements: boolean;
  /** Who made the room, and in a direct room whom they made it for; neither needs to be in it any more. */
  readonly founderAccountId: AccountId;
  readonly peerAccountId: AccountId | undefined;
  /** Everyone in the room, by leaf; never by the relay's word. */
  readonly members: readonly RoomMember[];
  readonly self: RoomMember;
  /** Of the MLS group. */
  readonly epoch: number;
  /** Commit entries that the stream has taken: the `expectEpoch` for the next append. */
  readonly streamEpoch: number;
  /** When this device last changed its own leaf keys, by its own clock: bounded by policy, shown when too old. */
  readonly keysUpdatedAtMs: number;
  readonly epochAuthenticator: Uint8Array;
  /** Devices that said they leave: an owner or admin removes them. */
  readonly leaving: readonly DeviceId[];
  /** One's own commit that has not come back from the log yet. */
  readonly pending: PendingCommit | undefined;
  /** `removed`: nothing more can be sent or read. */
  readonly membership: 'member' | 'removed';
}

export function conversationView(conversation: Conversation): ConversationView {
  const { room, seen, pending, removed } = stateOf(conversation);
  return {
    streamId: seen.streamId,
    title: seen.policy.title,
    picture: seen.policy.picture,
    kind: seen.policy.kind,
    announcements: seen.policy.announcements,
    founderAccountId: seen.founderAccountId,
    peerAccountId: seen.policy.peerAccountId,
    members: seen.members,
    self: seen.self,
    epoch: seen.info.epoch,
    streamEpoch: room.streamEpoch,
    keysUpdatedAtMs: room.keysUpdatedAtMs,
    epochAuthenticator: seen.info.epochAuthenticator,
    leaving: room.leaving,
    pending: pending && { ...pending.commit, expectEpoch: room.streamEpoch },
    membership: removed ? 'removed' : 'member',
  };
}

/** What a room is made as. A direct room is with one other account, a self room for one's own devices. */
export type NewRoom =
  | { readonly kind?: 'group'; readonly title: string }
  | { readonly kind: 'direct'; readonly peerAccountId: AccountId }
  | { readonly kind: 'self' };

/** Makes a room with oneself as its owner; the stream of that id is still to be made at the relay. Throws `BAD_NAME`. */
export function createConversation(
  env: CoreEnv,
  options: { readonly identity: DeviceIdentity; readonly streamId: StreamId } & NewRoom,
): { readonly conversation: Conversation; readonly writes: readonly StateWrite[] } {
  const { identity, streamId } = options;
  if (identity.kind === 'guest')
    throw new CoreError('NOT_ALLOWED', 'guests make no rooms', { rule: 'founder' });
  const policy = firstPolicy(identity, options);
  const { group } = byEngine('BAD_STATE', () =>
    createGroup(mlsEnvOf(env), {
      suite: ROOM_SUITE,
      groupId: StreamId.toBytes(streamId),
      credentialIdentity: identity.certificate,
      signaturePrivateKey: identity.devicePrivateKey,
      groupExtensions: [policyExtension(policy)],
      requiredExtensions: [POLICY_EXTENSION],
      capabilitiesExtensions: [POLICY_EXTENSION],
      pastEpochs: 0,
    }),
  );
  const seen = readGroup(env, group);
  const state: ConversationState = {
    group,
    seen,
    room: { ownCounter: 0, streamEpoch: 0, keysUpdatedAtMs: env.nowMs(), leaving: [] },
    senders: new Map(),
    epochs: withEpochMark([], seen),
    pending: undefined,
    removed: false,
  };
  return { conversation: conversationOf(state), writes: allWrites(state) };
}

function firstPolicy(identity: DeviceIdentity, room: NewRoom): RoomPolicy {
  const founderAccountKey = identity.accountKey;
  const policy = { title: '', roles: [], founderAccountKey, announcements: false };
  switch (room.kind) {
    case 'direct':
      if (room.peerAccountId === identity.accountId)
        throw new CoreError('NOT_ALLOWED', 'a direct room is with another', { rule: 'accounts' });
      return { ...policy, kind: 'direct', peerAccountId: room.peerAccountId };
    case 'self':
      return { ...policy, kind: 'self' };
    default:
      return { ...policy, kind: 'group', title: cleanTitle(room.title) };
  }
}

/** From the records written before, in any order. Throws `BAD_STATE`. */
export function loadConversation(
  env: Pick<CoreEnv, 'provider'>,
  records: Iterable<readonly [string, Uint8Array]>,
): Conversation {
  try {
    return conversationOf(readRecords(env, records));
  } catch (error) {
    if (error instanceof CoreError && error.code === 'BAD_STATE') throw error;
    throw new CoreError('BAD_STATE', 'the records make up no conversation');
  }
}

/**
 * Takes the stream's epoch from the relay: after joining, once everything up to the relay's `EPOCH_CONFLICT.seq` has
 * been opened. It only decides what the next append expects, never what is accepted.
 */
export function alignStreamEpoch(
  conversation: Conversation,
  streamEpoch: number,
): { readonly conversation: Conversation; readonly writes: readonly StateWrite[] } {
  const state = stateOf(conversation);
  const room = { ...state.room, streamEpoch };
  return { conversation: conversationOf({ ...state, room }), writes: [roomWrite(room)] };
}

/** The member with this device, if it is in the room. */
export function memberOf(conversation: Conversation, deviceId: DeviceId): RoomMember | undefined {
  return stateOf(conversation).seen.members.find(member => member.deviceId === deviceId);
}

export function stateOf(conversation: Conversation): ConversationState {
  return conversation as unknown as ConversationState;
}

export function conversationOf(state: ConversationState): Conversation {
  return state as unknown as Conversation;
}
