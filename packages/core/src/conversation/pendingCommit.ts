import type { DedupeId, DeviceId, InviteToken, RoleGrant } from '@sotto/protocol';
import type { CoreEnv, StateWrite } from '../env.ts';
import type { InviteLink } from '../link/inviteLink.ts';
import type { VerifiedJoinRequest } from '../link/joinRequest.ts';
import type { LinkKeys } from '../link/linkKeys.ts';
import type { Conversation } from './conversation.ts';

/**
 * One's own commit, made and not yet in the log. It is part of the stored state, because nobody can open their own
 * commit: append it (again, with the same `dedupeId`, after a crash) until its entry comes back through `openEntry`,
 * which puts it into force. Another commit that comes first takes it away by itself.
 */
export interface PendingCommit {
  readonly kind: 'admit' | 'remove' | 'policy' | 'update';
  readonly dedupeId: DedupeId;
  readonly expectEpoch: number;
  /** The payload of an `Append` of kind `commit`. */
  readonly payload: Uint8Array;
  readonly admissions: readonly {
    readonly deviceId: DeviceId;
    readonly welcome: Uint8Array;
    readonly inviteToken: InviteToken;
  }[];
  readonly removedDeviceIds: readonly DeviceId[];
}

/** A commit that may be sent once `writesBeforeSending` are on disk. */
export interface BegunCommit {
  /** Goes on in the old epoch, with the generations that the commit used up never to be used again. */
  readonly conversation: Conversation;
  readonly pending: PendingCommit;
  readonly writesBeforeSending: readonly StateWrite[];
}

/**
 * Lets in who asked by one link: Add, bound to the link's pre-shared key, with the secret for those already inside
 * before it in the same entry. Requests of different links need a commit each.
 *
 * Throws `NOT_ALLOWED`, `COMMIT_PENDING`, `ALREADY_MEMBER`, `BAD_KEY_PACKAGE`, `ROOM_FULL`, `REMOVED`.
 */
export function admit(
  _env: CoreEnv,
  _conversation: Conversation,
  _options: {
    readonly link: InviteLink;
    readonly keys: LinkKeys;
    readonly requests: readonly VerifiedJoinRequest[];
  },
): BegunCommit {
  throw new Error('not built yet');
}

/** Throws `NOT_ALLOWED`, `UNKNOWN_MEMBER`, `COMMIT_PENDING`, `REMOVED`. */
export function removeMembers(
  _env: CoreEnv,
  _conversation: Conversation,
  _deviceIds: readonly DeviceId[],
): BegunCommit {
  throw new Error('not built yet');
}

/** A new title (owner, admin) or new roles (owner). Throws `NOT_ALLOWED`, `BAD_NAME`, `COMMIT_PENDING`, `REMOVED`. */
export function changePolicy(
  _env: CoreEnv,
  _conversation: Conversation,
  _change: { readonly title?: string; readonly roles?: readonly RoleGrant[] },
): BegunCommit {
  throw new Error('not built yet');
}

/** Fresh keys for one's own leaf: after joining and at least weekly. Throws `COMMIT_PENDING`, `REMOVED`. */
export function updateKeys(_env: CoreEnv, _conversation: Conversation): BegunCommit {
  throw new Error('not built yet');
}

/**
 * Gives up a pending commit that the relay refused for good (`INVITE_USED_UP`, …). Never after a timeout or with an
 * unknown outcome: if it is in the log after all, this device could not follow. What it used up stays used up.
 */
export function abandonPending(_conversation: Conversation): {
  readonly conversation: Conversation;
  readonly writes: readonly StateWrite[];
} {
  throw new Error('not built yet');
}
