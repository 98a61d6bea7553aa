import { type Group, type GroupView, groupInfoOf } from '@sotto/mls';
import { type AccountId, type DeviceId, type RoomPolicy, StreamId } from '@sotto/protocol';
import type { CoreEnv } from '../env.ts';
import { CoreError } from '../errors.ts';
import { accountIdOf } from '../identity/ids.ts';
import { memberOfLeaf, type RoomMember } from './member.ts';
import type { PendingCommit } from './pendingCommit.ts';
import { policyOf } from './policy.ts';
import type { SenderOrder } from './senderOrder.ts';

/** The part of a conversation that is written with every message sent and every commit: a few dozen bytes. */
export interface RoomRecord {
  /** Counter of this device's newest draft. */
  readonly ownCounter: number;
  /** Commit entries that the stream has taken. */
  readonly streamEpoch: number;
  readonly keysUpdatedAtMs: number;
  /** Devices that said they leave and are still in the group. */
  readonly leaving: readonly DeviceId[];
}

/** An epoch's authenticator (RFC 9420 §8.7), kept to compare with receipts. */
export interface EpochMark {
  readonly epoch: number;
  readonly authenticator: Uint8Array;
}

/** One's own commit with what it leads to. */
export interface PendingStep {
  /** It expects the epoch that the stream is at, whatever that becomes by commits that are not applied. */
  readonly commit: Omit<PendingCommit, 'expectEpoch'>;
  readonly next: Group;
}

/** What stands behind the opaque `Conversation`. */
export interface ConversationState {
  readonly group: Group;
  readonly room: RoomRecord;
  /** Senders whose order is known; whoever else was here before this device. */
  readonly senders: ReadonlyMap<DeviceId, SenderOrder>;
  /** Newest first. */
  readonly epochs: readonly EpochMark[];
  readonly pending: PendingStep | undefined;
  readonly removed: boolean;
  /** Read from the group once per epoch. */
  readonly seen: GroupReading;
}

/** What the group says of itself, with Sotto's names. */
export interface GroupReading {
  readonly info: GroupView;
  readonly streamId: StreamId;
  readonly policy: RoomPolicy;
  readonly founderAccountId: AccountId;
  readonly members: readonly RoomMember[];
  readonly byLeaf: ReadonlyMap<number, RoomMember>;
  readonly self: RoomMember;
}

/** How many epochs back a receipt can be compared. */
const KEPT_EPOCH_MARKS = 8;

/** Reads a group whose leaves were authenticated when they entered. Throws `MALFORMED`, `UNSUPPORTED` for its policy. */
export function readGroup(env: Pick<CoreEnv, 'provider'>, group: Group): GroupReading {
  const info = groupInfoOf(group);
  if (info.groupId.length !== StreamId.sizeBytes) throw new CoreError('MALFORMED', 'not a group of a room');
  const policy = policyOf(info.extensions);
  const members = info.members.map(leaf => memberOfLeaf(env, policy, leaf));
  const byLeaf = new Map(members.map(member => [member.leafIndex, member]));
  const self = byLeaf.get(info.ownLeafIndex);
  if (self === undefined) throw new CoreError('BAD_STATE', 'not a member of its own group');
  const founderAccountId = accountIdOf(env, policy.founderAccountKey);
  return {
    info,
    streamId: StreamId.fromBytes(info.groupId),
    policy,
    founderAccountId,
    members,
    byLeaf,
    self,
  };
}

/** The newest epochs' marks, with that of the group as read. */
export function withEpochMark(epochs: readonly EpochMark[], seen: GroupReading): readonly EpochMark[] {
  const newest = { epoch: seen.info.epoch, authenticator: seen.info.epochAuthenticator };
  return [newest, ...epochs].slice(0, KEPT_EPOCH_MARKS);
}

/** Throws `REMOVED` when this device is no longer in the room. */
export function assertMember(state: ConversationState): void {
  if (state.removed) throw new CoreError('REMOVED', 'this device is no longer in the room');
}
