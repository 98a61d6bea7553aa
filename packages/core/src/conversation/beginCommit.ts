import { type CommitRequest, commit, encrypt, type Group } from '@sotto/mls';
import {
  DedupeId,
  type DeviceId,
  encodeBundle,
  encodeContent,
  LIMITS,
  MessageId,
  type RoleGrant,
} from '@sotto/protocol';
import type { CoreEnv, StateWrite } from '../env.ts';
import { CoreError } from '../errors.ts';
import type { InviteLink } from '../link/inviteLink.ts';
import type { VerifiedJoinRequest } from '../link/joinRequest.ts';
import type { LinkKeys } from '../link/linkKeys.ts';
import { byEngine, mlsEnvOf } from '../mlsEnv.ts';
import { cleanTitle } from '../names.ts';
import { assertCarried } from './carriedSize.ts';
import { paddingToBytes } from './contentPadding.ts';
import { type Conversation, conversationOf, conversationView, stateOf } from './conversation.ts';
import type { RoomMember } from './member.ts';
import type { PendingAdmission, PendingCommit } from './pendingCommit.ts';
import { POLICY_EXTENSION, policyExtension } from './policy.ts';
import { groupWrites, pendingWrite } from './records.ts';
import { brokenByPolicy, mayModerate, mayRemove, type RuleName } from './rules.ts';
import { assertMember, type ConversationState } from './state.ts';

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
 * Throws `NOT_ALLOWED`, `COMMIT_PENDING`, `ALREADY_MEMBER`, `BAD_KEY_PACKAGE`, `ROOM_FULL`, `TOO_LARGE`
 * (too many at once), `REMOVED`.
 */
export function admit(
  env: CoreEnv,
  conversation: Conversation,
  options: {
    readonly link: InviteLink;
    readonly keys: LinkKeys;
    readonly requests: readonly VerifiedJoinRequest[];
  },
): BegunCommit {
  const state = readyState(conversation);
  const { link, keys, requests } = options;
  const { self, members } = state.seen;
  if (!mayModerate(self.role)) throw notAllowed('add');
  if (requests.length === 0) throw notAllowed('psk');
  if (
    members.length + requests.length > LIMITS.membersPerStream ||
    requests.length > LIMITS.admissionsPerAppend
  ) {
    throw new CoreError('ROOM_FULL', `at most ${LIMITS.membersPerStream} devices`, {
      limit: LIMITS.membersPerStream,
    });
  }
  for (const { deviceId, kind } of requests) {
    if (kind !== 'guest') throw notAllowed('guest-mark');
    if (members.some(member => member.deviceId === deviceId)) {
      throw new CoreError('ALREADY_MEMBER', 'the device is in the room', { deviceId });
    }
  }
  return begin(env, state, {
    kind: 'admit',
    request: {
      adds: requests.map(({ keyPackage }) => keyPackage),
      psks: [{ id: keys.pskId, psk: keys.psk }],
    },
    announce: keys,
    admitted: requests.map(({ deviceId }) => ({ deviceId, inviteToken: link.token })),
  });
}

/** Throws `NOT_ALLOWED`, `UNKNOWN_MEMBER`, `COMMIT_PENDING`, `REMOVED`. */
export function removeMembers(
  env: CoreEnv,
  conversation: Conversation,
  deviceIds: readonly DeviceId[],
): BegunCommit {
  const state = readyState(conversation);
  const targets = deviceIds.map(deviceId => memberWith(state, deviceId));
  if (targets.some(target => !mayRemove(state.seen.self, target, state.seen.policy)))
    throw notAllowed('remove');
  return begin(env, state, {
    kind: 'remove',
    request: { removes: targets.map(({ leafIndex }) => leafIndex) },
    removed: deviceIds,
  });
}

/** A new title (owner, admin) or new roles (owner). Throws `NOT_ALLOWED`, `BAD_NAME`, `COMMIT_PENDING`, `REMOVED`. */
export function changePolicy(
  env: CoreEnv,
  conversation: Conversation,
  change: { readonly title?: string; readonly roles?: readonly RoleGrant[] },
): BegunCommit {
  const state = readyState(conversation);
  const { policy, info, self } = state.seen;
  const changed = {
    ...policy,
    ...(change.title !== undefined && { title: cleanTitle(change.title) }),
    ...(change.roles !== undefined && { roles: change.roles }),
  };
  const broken = brokenByPolicy(policy, changed, self);
  if (broken !== undefined) throw notAllowed(broken);
  const groupExtensions = info.extensions.map(extension =>
    extension.type === POLICY_EXTENSION ? policyExtension(changed) : extension,
  );
  return begin(env, state, { kind: 'policy', request: { groupExtensions } });
}

/** Fresh keys for one's own leaf: after joining and at least weekly. Throws `COMMIT_PENDING`, `REMOVED`. */
export function updateKeys(env: CoreEnv, conversation: Conversation): BegunCommit {
  return begin(env, readyState(conversation), { kind: 'update', request: {} });
}

interface Step {
  readonly kind: PendingCommit['kind'];
  readonly request: CommitRequest;
  readonly announce?: Pick<LinkKeys, 'psk' | 'pskId'>;
  readonly admitted?: readonly Omit<PendingAdmission, 'welcome'>[];
  readonly removed?: readonly DeviceId[];
}

/** Each commit gives its author fresh keys, and takes nobody's proposals along: rooms know none. */
const ALWAYS = { forcePath: true, includePending: false } as const;

function begin(env: CoreEnv, state: ConversationState, step: Step): BegunCommit {
  const announced = step.announce && announce(env, state.group, step.announce);
  // All that the room's rules leave for the engine to refuse is who is to be added.
  const made = byEngine(step.request.adds ? 'BAD_KEY_PACKAGE' : 'BAD_STATE', () =>
    commit(mlsEnvOf(env), announced?.group ?? state.group, { ...step.request, ...ALWAYS }),
  );
  const mlsMessages = [...(announced === undefined ? [] : [announced.message]), made.commit];
  assertCarried(mlsMessages, made.welcome, step.admitted?.length ?? 0);
  const pending = {
    commit: {
      kind: step.kind,
      dedupeId: DedupeId.fromBytes(env.random(DedupeId.sizeBytes)),
      payload: encodeBundle({ mlsMessages }),
      admissions: (step.admitted ?? []).map(admission => ({
        ...admission,
        welcome: welcomeOf(made.welcome),
      })),
      removedDeviceIds: step.removed ?? [],
    },
    next: made.next,
  };
  const conversation = conversationOf({ ...state, group: made.group, pending });
  return {
    conversation,
    pending: conversationView(conversation).pending!,
    writesBeforeSending: [
      ...groupWrites([...(announced?.writes ?? []), ...made.groupWrites]),
      pendingWrite(pending),
    ],
  };
}

/** The link's pre-shared key for those already inside: it is mixed into the key schedule of everyone. */
function announce(env: CoreEnv, group: Group, { psk, pskId }: Pick<LinkKeys, 'psk' | 'pskId'>) {
  const plaintext = encodeContent({
    messageId: MessageId.fromBytes(env.random(MessageId.sizeBytes)),
    // Outside the order of messages: a commit that is not taken leaves no gap.
    counter: 0,
    sentAtMs: env.nowMs(),
    body: { type: 'inviteSecrets', pskId, psk },
  });
  return byEngine('BAD_STATE', () =>
    encrypt(mlsEnvOf(env), group, { plaintext, paddingToBytes: paddingToBytes(plaintext.length) }),
  );
}

function welcomeOf(welcome: Uint8Array | undefined): Uint8Array {
  if (welcome === undefined) throw new CoreError('BAD_STATE', 'an Add without a Welcome');
  return welcome;
}

function readyState(conversation: Conversation): ConversationState {
  const state = stateOf(conversation);
  assertMember(state);
  if (state.pending !== undefined)
    throw new CoreError('COMMIT_PENDING', 'a commit of this device is under way');
  return state;
}

function memberWith(state: ConversationState, deviceId: DeviceId): RoomMember {
  const member = state.seen.members.find(candidate => candidate.deviceId === deviceId);
  if (member === undefined)
    throw new CoreError('UNKNOWN_MEMBER', 'the device is not in the room', { deviceId });
  return member;
}

function notAllowed(rule: RuleName): CoreError {
  return new CoreError('NOT_ALLOWED', `the room's rules do not allow it: ${rule}`, { rule });
}
