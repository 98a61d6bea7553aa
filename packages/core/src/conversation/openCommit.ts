import { type CommitSummary, type Group, MlsError, type MlsErrorCode, open } from '@sotto/mls';
import { type ContentBody, type DeviceId, decodeContent, ProtocolError } from '@sotto/protocol';
import { equalBytes } from '../bytes.ts';
import type { CoreEnv, StateWrite } from '../env.ts';
import { CoreError } from '../errors.ts';
import { type Revocations, revocationsIn } from '../identity/deviceList.ts';
import { mlsEnvOf } from '../mlsEnv.ts';
import type { CommitRejection } from './entryOutcome.ts';
import type { RoomMember } from './member.ts';
import { bundledMessages, causeOf, type OpenedEntry } from './openMessage.ts';
import {
  epochsWrite,
  erasingWrites,
  groupChangeWrites,
  noPendingWrite,
  roomWrite,
  senderWrite,
} from './records.ts';
import { changeBetween, changesIdentity } from './roomChange.ts';
import { brokenByCommit, type RuleName } from './rules.ts';
import { NOTHING_YET } from './senderOrder.ts';
import {
  type ConversationState,
  type GroupReading,
  type PendingStep,
  readGroup,
  withEpochMark,
} from './state.ts';

/** Opens an entry of kind `commit`: the secrets it announces, then the Commit. Either all of it holds or none. */
export function openCommitEntry(env: CoreEnv, state: ConversationState, payload: Uint8Array): OpenedEntry {
  const { pending } = state;
  // Nobody can open their own Commit. That it came back is what puts it into force.
  if (pending !== undefined && equalBytes(pending.commit.payload, payload))
    return applyOwn(env, state, pending);
  try {
    return applyForeign(env, state, payload);
  } catch (error) {
    if (error instanceof RejectedCommit) return reject(state, error);
    throw error;
  }
}

/** A Commit that this device does not apply, on the way to its outcome. */
class RejectedCommit extends Error {
  constructor(
    readonly reason: CommitRejection,
    readonly detail: string,
    readonly by?: RoomMember,
    readonly rule?: RuleName,
  ) {
    super(detail);
  }
}

function applyOwn(env: CoreEnv, state: ConversationState, pending: PendingStep): OpenedEntry {
  const seen = readGroup(env, pending.next);
  const next = { ...state, room: { ...state.room, keysUpdatedAtMs: env.nowMs() } };
  const removed = new Set(pending.commit.removedDeviceIds);
  const removedLeaves = new Set(
    state.seen.members.flatMap(({ deviceId, leafIndex }) => (removed.has(deviceId) ? [leafIndex] : [])),
  );
  return enterEpoch(next, { group: pending.next, seen, by: state.seen.self, own: true, removedLeaves });
}

function applyForeign(env: CoreEnv, state: ConversationState, payload: Uint8Array): OpenedEntry {
  const messages = bundledMessages(payload);
  const commitMessage = messages.at(-1);
  if (commitMessage === undefined) throw new RejectedCommit('undecryptable', 'malformed');
  const announced = openAnnounced(env, state, messages.slice(0, -1));
  const revocations = announcedRevocations(env, announced);
  const judged: { by?: RoomMember; rule?: RuleName } = {};
  const authorize = (summary: CommitSummary): boolean => {
    judged.by = committerOf(state, summary);
    const strange = announced.find(({ leafIndex }) => leafIndex !== judged.by?.leafIndex);
    const rule = strange
      ? RULE_OF[strange.body.type]
      : brokenByCommit(env, state.seen, judged.by, { ...summary, revocations });
    if (rule !== undefined) judged.rule = rule;
    return rule === undefined;
  };
  const psk = (id: Uint8Array) => secretsIn(announced).find(({ pskId }) => equalBytes(pskId, id))?.psk;
  const group = announced.at(-1)?.group ?? state.group;
  try {
    const opened = open(mlsEnvOf(env), group, commitMessage, { psk, authorize });
    if (opened.kind !== 'commit') throw new RejectedCommit('undecryptable', 'malformed');
    const by = committerOf(state, opened.summary);
    if (opened.selfRemoved) return { ...leaveRemoved(state, by), wipe: opened.wipe };
    const seen = readGroup(env, opened.group);
    if (changesIdentity(state.seen, seen, opened.summary))
      throw new RejectedCommit('not-allowed', 'identity', by, 'identity');
    const removedLeaves = new Set(opened.summary.removed.map(({ leafIndex }) => leafIndex ?? -1));
    const entered = enterEpoch(state, { group: opened.group, seen, by, own: false, removedLeaves });
    return { ...entered, wipe: opened.wipe };
  } catch (error) {
    if (error instanceof MlsError) throw rejection(error, judged);
    if (error instanceof CoreError) throw new RejectedCommit('invalid', error.code, judged.by);
    throw error;
  }
}

/** What may stand before a Commit in its entry, and the rule that it serves. */
const RULE_OF = { inviteSecrets: 'psk', deviceList: 'device-list' } as const;
type AnnouncedBody = Extract<ContentBody, { readonly type: keyof typeof RULE_OF }>;

interface Announced {
  readonly leafIndex: number;
  readonly body: AnnouncedBody;
  /** The old epoch after this message. */
  readonly group: Group;
}

/** Opens what stands before the Commit in its entry: the secrets of links, and device lists. */
function openAnnounced(
  env: CoreEnv,
  state: ConversationState,
  messages: readonly Uint8Array[],
): readonly Announced[] {
  const announced: Announced[] = [];
  for (const message of messages) {
    const group = announced.at(-1)?.group ?? state.group;
    announced.push(openAnnouncement(env, group, message));
  }
  return announced;
}

function secretsIn(announced: readonly Announced[]) {
  return announced.flatMap(({ body }) => (body.type === 'inviteSecrets' ? [body] : []));
}

function announcedRevocations(env: CoreEnv, announced: readonly Announced[]): readonly Revocations[] {
  return announced.flatMap(({ body }) => {
    if (body.type !== 'deviceList') return [];
    try {
      return [revocationsIn(env, body.signedDeviceList)];
    } catch (error) {
      if (!(error instanceof CoreError)) throw error;
      throw new RejectedCommit('not-allowed', 'device-list', undefined, 'device-list');
    }
  });
}

function openAnnouncement(env: CoreEnv, group: Group, message: Uint8Array): Announced {
  try {
    const opened = open(mlsEnvOf(env), group, message, { authorize: () => false });
    const body = opened.kind === 'application' ? decodeContent(opened.plaintext).body : undefined;
    if (opened.kind !== 'application' || (body?.type !== 'inviteSecrets' && body?.type !== 'deviceList')) {
      throw new RejectedCommit('not-allowed', 'content-kind', undefined, 'content-kind');
    }
    return { leafIndex: opened.senderLeafIndex, body, group: opened.group };
  } catch (error) {
    if (error instanceof MlsError) throw new RejectedCommit('undecryptable', causeOf(error));
    if (error instanceof ProtocolError) throw new RejectedCommit('invalid', error.code);
    throw error;
  }
}

function committerOf(state: ConversationState, summary: CommitSummary): RoomMember {
  const member = state.seen.byLeaf.get(summary.committerLeafIndex);
  if (member === undefined) throw new RejectedCommit('undecryptable', 'unknown-sender');
  return member;
}

function rejection(
  error: MlsError,
  judged: { readonly by?: RoomMember; readonly rule?: RuleName },
): RejectedCommit {
  const { by, rule } = judged;
  if (error.code === 'NOT_AUTHORIZED') return new RejectedCommit('not-allowed', rule ?? error.code, by, rule);
  if (error.code === 'NOT_AUTHENTICATED') return new RejectedCommit('bad-certificate', error.code, by);
  if (error.code === 'OWN_MESSAGE') {
    const detail = error.facts.unspent === 1 ? 'own-later-commit' : 'own-commit';
    return new RejectedCommit('undecryptable', detail, by);
  }
  if (UNREADABLE.has(error.code)) return new RejectedCommit('undecryptable', causeOf(error), by);
  return new RejectedCommit('invalid', String(error.facts.reason ?? error.code), by);
}

const UNREADABLE: ReadonlySet<MlsErrorCode> = new Set<MlsErrorCode>([
  'MALFORMED',
  'WRONG_GROUP',
  'WRONG_EPOCH',
  'REPLAYED',
  'TOO_FAR_AHEAD',
  'UNKNOWN_SENDER',
  'DECRYPT_FAILED',
  'BAD_SIGNATURE',
]);

/** It counts for the stream, and for nothing else. One's own pending commit can still be the epoch's. */
function reject(state: ConversationState, { by, reason, rule, detail }: RejectedCommit): OpenedEntry {
  const room = { ...state.room, streamEpoch: state.room.streamEpoch + 1 };
  return {
    state: { ...state, room },
    writes: [roomWrite(room)],
    outcome: { type: 'rejected-commit', by, reason, rule, detail },
  };
}

interface NewEpoch {
  readonly group: Group;
  readonly seen: GroupReading;
  readonly by: RoomMember;
  readonly own: boolean;
  readonly removedLeaves: ReadonlySet<number>;
}

function enterEpoch(
  state: ConversationState,
  { group, seen, by, own, removedLeaves }: NewEpoch,
): OpenedEntry {
  const change = changeBetween(state.seen, seen, state.room.leaving, removedLeaves);
  const here = new Set(seen.members.map(({ deviceId }) => deviceId));
  const room = {
    ...state.room,
    streamEpoch: state.room.streamEpoch + 1,
    leaving: state.room.leaving.filter(deviceId => here.has(deviceId)),
  };
  const epochs = withEpochMark(state.epochs, seen);
  const changed = changedSenders(state, change.joined, change.removed);
  const senders = new Map([...state.senders, ...changed].filter(([deviceId]) => here.has(deviceId)));
  const writes: StateWrite[] = [
    ...groupChangeWrites(state.group, group),
    roomWrite(room),
    epochsWrite(epochs),
    ...changed.map(([deviceId]) => senderWrite(deviceId, senders.get(deviceId))),
    ...(state.pending === undefined ? [] : [noPendingWrite()]),
  ];
  const dropped = own ? undefined : state.pending?.commit;
  return {
    state: { ...state, group, seen, room, epochs, senders, pending: undefined },
    writes,
    outcome: { type: 'commit', by, own, change, selfRemoved: false, dropped },
  };
}

/** Who joined begins with message 1; who was removed is forgotten. */
function changedSenders(
  state: ConversationState,
  joined: readonly RoomMember[],
  removed: readonly { readonly member: RoomMember }[],
) {
  return [
    ...joined.map(({ deviceId }) => [deviceId, NOTHING_YET] as const),
    ...removed
      .filter(({ member }) => state.senders.has(member.deviceId))
      .map(({ member }) => [member.deviceId, NOTHING_YET] as const),
  ] satisfies (readonly [DeviceId, typeof NOTHING_YET])[];
}

/** This device was removed: it keeps nothing that opens anything. */
function leaveRemoved(state: ConversationState, by: RoomMember): OpenedEntry {
  const { self, members } = state.seen;
  const leaving = state.room.leaving.includes(self.deviceId);
  return {
    state: { ...state, senders: new Map(), pending: undefined, removed: true },
    writes: erasingWrites(state),
    outcome: {
      type: 'commit',
      by,
      own: false,
      change: {
        joined: [],
        removed: members
          .filter(({ deviceId }) => deviceId === self.deviceId)
          .map(member => ({ member, leaving })),
        addedAgain: [],
        title: undefined,
        picture: undefined,
        announcements: undefined,
        roles: [],
        accountsMade: [],
      },
      selfRemoved: true,
      dropped: state.pending?.commit,
    },
  };
}
