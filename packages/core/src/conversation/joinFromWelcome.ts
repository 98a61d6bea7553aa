import { type Group, join, MlsError, type WelcomeRequest } from '@sotto/mls';
import { equalBytes } from '../bytes.ts';
import type { CoreEnv, StateWrite } from '../env.ts';
import { CoreError } from '../errors.ts';
import type { DeviceIdentity } from '../identity/identity.ts';
import { linkFingerprint } from '../link/createLink.ts';
import type { InviteLink } from '../link/inviteLink.ts';
import type { PreparedKnock } from '../link/joinRequest.ts';
import type { LinkKeys } from '../link/linkKeys.ts';
import { mlsEnvOf } from '../mlsEnv.ts';
import { type Conversation, conversationOf, stateOf } from './conversation.ts';
import type { RoomMember } from './member.ts';
import { allWrites, erasingWrites } from './records.ts';
import { mayModerate } from './rules.ts';
import { type ConversationState, type GroupReading, readGroup, withEpochMark } from './state.ts';

/** A Welcome, and what opens it: the key package it answers, and the keys of the link that one knocked by. */
export interface WelcomeForUs {
  /** None where one was added without a link. */
  readonly keys?: LinkKeys | undefined;
  readonly knock: Pick<PreparedKnock, 'keyPackage' | 'keyPackagePrivateState'>;
  readonly welcome: Uint8Array;
}

/** Why a Welcome was not from who made the link. */
export type ImpostorReason =
  /** Inviter's account key and group do not hash to the link's fingerprint. */
  | 'fingerprint'
  /** The signer neither owns the room nor is an admin of it. */
  | 'may-not-invite'
  /** The group was not keyed with the link's pre-shared key. */
  | 'no-psk'
  /** A pre-shared key that is not the link's. */
  | 'foreign-psk'
  /** A leaf without a valid certificate. */
  | 'bad-member';

/**
 * Enters a room with the Welcome that answers a knock, and makes sure that the room is the one that the link commits to.
 *
 * Throws `IMPOSTOR` with `reason`, `UNSUPPORTED` (another suite or version), `MALFORMED` (damaged, or for another key
 * package). Delete the knock's private state in the transaction that stores `writes`.
 */
export function joinFromWelcome(
  env: CoreEnv,
  options: {
    readonly identity: DeviceIdentity;
    readonly link: InviteLink;
    /** The group's ratchet tree, where `treeOfWelcome` says that it is a blob. */
    readonly tree?: Uint8Array | undefined;
    readonly keys: LinkKeys;
    readonly knock: PreparedKnock;
  } & WelcomeForUs,
): {
  readonly conversation: Conversation;
  readonly writes: readonly StateWrite[];
  /** Who let us in: the one that the link's fingerprint proves. */
  readonly inviter: RoomMember;
} {
  const { group, signerLeafIndex } = joinWithLinkPsk(env, options);
  const seen = readGroup(env, group);
  const inviter = provenInviter(env, seen, signerLeafIndex, options.link);
  if (seen.self.deviceId !== options.identity.deviceId) throw malformed('not a Welcome for this device');
  return { ...enteredRoom(env, group, seen), inviter };
}

/** What a device that comes in again had of the room. */
export interface Continued {
  readonly conversation: Conversation | undefined;
  /** Of the newest own message that the caller knows of. */
  readonly ownCounter: number;
}

/** The state of a device that has just come in; with `before`, again: then its messages go on where they were. */
export function enteredRoom(env: CoreEnv, group: Group, seen: GroupReading, before?: Continued) {
  const old = before?.conversation && stateOf(before.conversation);
  const here = new Set(seen.members.map(({ deviceId }) => deviceId));
  const ownCounter = Math.max(before?.ownCounter ?? 0, old?.room.ownCounter ?? 0);
  const state: ConversationState = {
    group,
    seen,
    // As long as every commit was applied, stream and group count alike; `alignStreamEpoch` mends the rest.
    room: { ownCounter, streamEpoch: seen.info.epoch, keysUpdatedAtMs: env.nowMs(), leaving: [] },
    senders: new Map([...(old?.senders ?? [])].filter(([deviceId]) => here.has(deviceId))),
    epochs: withEpochMark([], seen),
    pending: undefined,
    removed: false,
  };
  const erased = old === undefined ? [] : erasingWrites(old);
  return { conversation: conversationOf(state), writes: [...erased, ...allWrites(state)] };
}

/** Joins with the link's pre-shared key, and only where the group was keyed with it, and with no other. */
function joinWithLinkPsk(
  env: CoreEnv,
  welcome: WelcomeForUs & { readonly tree?: Uint8Array | undefined },
): { readonly group: Group; readonly signerLeafIndex: number } {
  let used = false;
  try {
    const joined = join(mlsEnvOf(env), {
      ...welcomeRequest(welcome, () => {
        used = true;
      }),
      ...(welcome.tree && { ratchetTree: welcome.tree }),
      pastEpochs: 0,
    });
    if (!used) throw impostor('no-psk');
    return joined;
  } catch (error) {
    if (error instanceof MlsError) throw refusalOf(error);
    throw error;
  }
}

/** What the engine needs to open a Welcome with the link's pre-shared key; `used` is called when it is asked for. */
export function welcomeRequest(
  { keys, knock, welcome }: WelcomeForUs,
  used: () => void = () => undefined,
): WelcomeRequest {
  return {
    welcome,
    keyPackage: knock.keyPackage,
    privateState: knock.keyPackagePrivateState,
    psk(id) {
      if (keys === undefined || !equalBytes(id, keys.pskId)) return undefined;
      used();
      return keys.psk;
    },
  };
}

/** The Welcome's signer, when it is the one account that can stand behind the link. */
function provenInviter(
  env: CoreEnv,
  seen: GroupReading,
  signerLeafIndex: number,
  link: InviteLink,
): RoomMember {
  const signer = seen.byLeaf.get(signerLeafIndex);
  if (signer === undefined) throw impostor('may-not-invite');
  const expected = linkFingerprint(env, signer.accountKey, seen.streamId);
  if (!equalBytes(expected, link.fingerprint)) throw impostor('fingerprint');
  if (!mayModerate(signer.role)) throw impostor('may-not-invite');
  return signer;
}

export function refusalOf(error: MlsError): CoreError {
  switch (error.code) {
    case 'PSK_UNKNOWN':
      return impostor('foreign-psk');
    case 'NOT_AUTHENTICATED':
      return impostor('bad-member');
    case 'UNSUPPORTED_SUITE':
    case 'UNSUPPORTED_VERSION':
    case 'UNSUPPORTED_FEATURE':
      return new CoreError('UNSUPPORTED', error.message);
    default:
      return malformed(`Welcome: ${error.code}`);
  }
}

function impostor(reason: ImpostorReason): CoreError {
  return new CoreError('IMPOSTOR', `the Welcome is not from who made the link: ${reason}`, { reason });
}

function malformed(message: string): CoreError {
  return new CoreError('MALFORMED', message);
}
