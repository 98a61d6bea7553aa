import { type CommitRequest, commit, encrypt, type Group, splitWelcome } from '@sotto/mls';
import {
  type ContentBody,
  DedupeId,
  type DeviceId,
  encodeBundle,
  encodeContent,
  LIMITS,
  MessageId,
  type RoomPolicy,
} from '@sotto/protocol';
import type { CoreEnv, StateWrite } from '../env.ts';
import { CoreError } from '../errors.ts';
import { isListed, type VerifiedDeviceList } from '../identity/deviceList.ts';
import type { DeviceIdentity } from '../identity/identity.ts';
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
import { brokenByPolicy } from './policyRules.ts';
import { groupWrites, pendingWrite } from './records.ts';
import { mayModerate, mayRemove, type RuleName } from './rules.ts';
import { assertMember, type ConversationState } from './state.ts';
import { treePlace } from './treeBlob.ts';

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
 * Who asks with an account's device instead of a guest's needs the list of that account as the directory has it
 * (`lists`): a visitor cannot take off the guest mark by making an account of their own.
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
    readonly lists?: readonly VerifiedDeviceList[];
  },
): BegunCommit {
  const state = readyState(conversation);
  const { link, keys, requests, lists = [] } = options;
  const { self, policy } = state.seen;
  if (!mayModerate(self.role)) throw notAllowed('add');
  if (policy.kind !== 'group') throw notAllowed('accounts');
  if (requests.length === 0) throw notAllowed('psk');
  assertRoomFor(state, requests);
  for (const { accountId, deviceId, kind } of requests) {
    const listed = lists.some(list => list.accountId === accountId && isListed(list, deviceId));
    if (kind !== 'guest' && !listed) throw notAllowed('guest-mark');
  }
  return begin(env, state, {
    kind: 'admit',
    request: {
      adds: requests.map(({ keyPackage }) => keyPackage),
      psks: [{ id: keys.pskId, psk: keys.psk }],
    },
    announce: [{ type: 'inviteSecrets', pskId: keys.pskId, psk: keys.psk }],
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

/**
 * A new title, a new picture (`undefined` takes it away), announcements on or off (owner, admin) or new roles (owner).
 * Throws `NOT_ALLOWED`, `BAD_NAME`, `MALFORMED` (a picture that is none), `COMMIT_PENDING`, `REMOVED`.
 */
export function changePolicy(
  env: CoreEnv,
  conversation: Conversation,
  change: Partial<Pick<RoomPolicy, 'title' | 'picture' | 'announcements' | 'roles'>>,
): BegunCommit {
  const state = readyState(conversation);
  const { policy, info, self, members } = state.seen;
  const changed = {
    ...policy,
    ...(change.title !== undefined && { title: cleanTitle(change.title) }),
    ...('picture' in change && { picture: change.picture }),
    ...(change.announcements !== undefined && { announcements: change.announcements }),
    ...(change.roles !== undefined && { roles: change.roles }),
  };
  const broken = brokenByPolicy(env, policy, changed, self, members);
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

/**
 * Takes the guest mark off this device's own leaf: its account has been registered since. `identity`: the same account
 * and device under a certificate without the mark (`asMember`). Nobody can do it for another, nor put the mark back.
 * Throws `NOT_ALLOWED` (`identity`), `COMMIT_PENDING`, `REMOVED`.
 */
export function becomeMember(
  env: CoreEnv,
  conversation: Conversation,
  identity: DeviceIdentity,
): BegunCommit {
  const state = readyState(conversation);
  const { self } = state.seen;
  const same = self.deviceId === identity.deviceId && self.accountId === identity.accountId;
  if (!same || !self.guest || identity.kind !== 'member') throw notAllowed('identity');
  return begin(env, state, {
    kind: 'update',
    request: { credentialIdentity: identity.certificate },
  });
}

type AnnouncedBody = Extract<ContentBody, { readonly type: 'inviteSecrets' | 'deviceList' }>;

interface Step {
  readonly kind: PendingCommit['kind'];
  readonly request: CommitRequest;
  /** What everyone inside has to have to judge the commit, or to follow it. */
  readonly announce?: readonly AnnouncedBody[];
  readonly admitted?: readonly Omit<PendingAdmission, 'welcome'>[];
  readonly removed?: readonly DeviceId[];
}

/** Each commit gives its author fresh keys, and takes nobody's proposals along: rooms know none. */
const ALWAYS = { forcePath: true, includePending: false } as const;

/** Makes the commit of a step, and what goes before it in its entry. */
export function begin(env: CoreEnv, state: ConversationState, step: Step): BegunCommit {
  const announced = announce(env, state.group, step.announce ?? []);
  // All that the room's rules leave for the engine to refuse is who is to be added.
  const { request, admitted = [] } = step;
  const place = treePlace(env, admitted.length);
  const made = byEngine(request.adds ? 'BAD_KEY_PACKAGE' : 'BAD_STATE', () =>
    commit(mlsEnvOf(env), announced.group, {
      ...request,
      ...ALWAYS,
      treeElsewhere: tree => place.choose(tree),
    }),
  );
  const mlsMessages = [...announced.messages, made.commit];
  const welcomes = made.welcome === undefined ? [] : splitWelcome(made.welcome);
  assertCarried(mlsMessages, welcomes);
  const pending = {
    commit: {
      kind: step.kind,
      dedupeId: DedupeId.fromBytes(env.random(DedupeId.sizeBytes)),
      payload: encodeBundle({ mlsMessages }),
      admissions: admitted.map((admission, index) => ({ ...admission, welcome: welcomeAt(welcomes, index) })),
      removedDeviceIds: step.removed ?? [],
      tree: place.reference,
    },
    next: made.next,
  };
  const conversation = conversationOf({ ...state, group: made.group, pending });
  return {
    conversation,
    pending: conversationView(conversation).pending!,
    writesBeforeSending: [
      ...groupWrites([...announced.writes, ...made.groupWrites]),
      pendingWrite(made.group, pending),
    ],
  };
}

/** One message each, in the old epoch, before the commit in its entry. */
function announce(env: CoreEnv, group: Group, bodies: readonly AnnouncedBody[]) {
  const announced = { group, messages: [] as Uint8Array[], writes: [] as StateWrite[] };
  for (const body of bodies) {
    const plaintext = encodeContent({
      messageId: MessageId.fromBytes(env.random(MessageId.sizeBytes)),
      // Outside the order of messages: a commit that is not taken leaves no gap.
      counter: 0,
      sentAtMs: env.nowMs(),
      body,
    });
    const made = byEngine('BAD_STATE', () =>
      encrypt(mlsEnvOf(env), announced.group, {
        plaintext,
        paddingToBytes: paddingToBytes(plaintext.length),
      }),
    );
    announced.group = made.group;
    announced.messages.push(made.message);
    announced.writes.push(...made.writes);
  }
  return announced;
}

/** Who is to be added is not here yet, and finds a place. Throws `ROOM_FULL`, `ALREADY_MEMBER`. */
export function assertRoomFor(
  state: ConversationState,
  newcomers: readonly { readonly deviceId: DeviceId }[],
  replaced: readonly RoomMember[] = [],
): void {
  const limit = LIMITS.membersPerStream;
  const staying = state.seen.members.filter(member => !replaced.includes(member));
  if (staying.length + newcomers.length > limit || newcomers.length > LIMITS.admissionsPerAppend) {
    throw new CoreError('ROOM_FULL', `at most ${limit} devices`, { limit });
  }
  for (const { deviceId } of newcomers) {
    if (staying.some(member => member.deviceId === deviceId)) {
      throw new CoreError('ALREADY_MEMBER', 'the device is in the room', { deviceId });
    }
  }
}

function welcomeAt(welcomes: readonly Uint8Array[], index: number): Uint8Array {
  const welcome = welcomes[index];
  if (welcome === undefined) throw new CoreError('BAD_STATE', 'an Add without a Welcome');
  return welcome;
}

/** Throws `REMOVED`, `COMMIT_PENDING`. */
export function readyState(conversation: Conversation): ConversationState {
  const state = stateOf(conversation);
  assertMember(state);
  if (state.pending !== undefined)
    throw new CoreError('COMMIT_PENDING', 'a commit of this device is under way');
  return state;
}

/** Throws `UNKNOWN_MEMBER`. */
export function memberWith(state: ConversationState, deviceId: DeviceId): RoomMember {
  const member = state.seen.members.find(candidate => candidate.deviceId === deviceId);
  if (member === undefined)
    throw new CoreError('UNKNOWN_MEMBER', 'the device is not in the room', { deviceId });
  return member;
}

export function notAllowed(rule: RuleName): CoreError {
  return new CoreError('NOT_ALLOWED', `the room's rules do not allow it: ${rule}`, { rule });
}
