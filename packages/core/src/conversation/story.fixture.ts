import { type CommitRequest, commit, type Group } from '@sotto/mls';
import { nodeProvider } from '@sotto/mls/node';
import type { ContentBody, DeviceId, RoomPolicy, StreamId } from '@sotto/protocol';
import { encodeBundle, StreamId as StreamIds } from '@sotto/protocol';
import { expect } from 'vitest';
import type { CoreEnv, StateWrite } from '../env.ts';
import type { VerifiedDeviceList } from '../identity/deviceList.ts';
import { createIdentity, type DeviceIdentity } from '../identity/identity.ts';
import { makeKeyPackages, type SuppliedKeyPackage, verifyKeyPackages } from '../identity/keyPackages.ts';
import type { Person } from '../identity/people.fixture.ts';
import { createLink } from '../link/createLink.ts';
import type { InviteLink } from '../link/inviteLink.ts';
import { openJoinRequest, prepareKnock } from '../link/joinRequest.ts';
import { deriveLinkKeys } from '../link/linkKeys.ts';
import { mlsEnvOf } from '../mlsEnv.ts';
import { admit, type BegunCommit } from './beginCommit.ts';
import {
  type Conversation,
  conversationView,
  createConversation,
  loadConversation,
  type NewRoom,
  stateOf,
} from './conversation.ts';
import { addDevices } from './deviceCommits.ts';
import type { EntryOutcome } from './entryOutcome.ts';
import { joinAdded } from './joinAdded.ts';
import { joinFromWelcome } from './joinFromWelcome.ts';
import type { RoomMember } from './member.ts';
import { openEntry, type RoomEntry } from './openEntry.ts';
import { POLICY_EXTENSION, policyExtension } from './policy.ts';
import { allWrites } from './records.ts';
import { composeContent, type Draft, sealDraft } from './sealContent.ts';
import type { ConversationState } from './state.ts';

/** A device that keeps its records as a vault would, so that it can crash and come back at any point. */
export class StoryDevice {
  readonly records = new Map<string, Uint8Array>();
  private held: Conversation | undefined;

  constructor(
    readonly env: CoreEnv,
    readonly identity: DeviceIdentity,
  ) {}

  static of(env: CoreEnv, kind: 'member' | 'guest'): StoryDevice {
    return new StoryDevice(env, createIdentity(env, { kind }));
  }

  get deviceId(): DeviceId {
    return this.identity.deviceId;
  }

  get conversation(): Conversation {
    if (this.held === undefined) throw new Error('not in a room');
    return this.held;
  }

  get view() {
    return conversationView(this.conversation);
  }

  /**
   * Takes a step: the new state, and its records. Fails unless what is stored is then exactly the state: a record too
   * few and a crash loses something, a record too many and a used-up secret stays on the disk.
   */
  take(step: { readonly conversation: Conversation; readonly writes: readonly StateWrite[] }): void {
    this.held = step.conversation;
    for (const { key, value } of step.writes) {
      if (value === null) this.records.delete(key);
      else this.records.set(key, value);
    }
    expect(this.snapshot()).toEqual(textsOf(recordsOf(stateOf(step.conversation))));
  }

  /** Forgets everything but the records. */
  crash(): void {
    this.held = loadConversation(this.env, this.records);
  }

  /** Makes a message and encrypts it. */
  say(body: ContentBody | string): { readonly draft: Draft; readonly entry: RoomEntry } {
    const said: ContentBody = typeof body === 'string' ? { type: 'text', text: body } : body;
    const composed = composeContent(this.env, this.conversation, said);
    this.take(composed);
    return { draft: composed.draft, entry: this.seal(composed.draft) };
  }

  seal(draft: Draft): RoomEntry {
    const sealed = sealDraft(this.env, this.conversation, draft);
    this.take(sealed);
    return { kind: 'message', payload: sealed.payload };
  }

  begin(make: (env: CoreEnv, conversation: Conversation) => BegunCommit): BegunCommit {
    const begun = make(this.env, this.conversation);
    this.take({ conversation: begun.conversation, writes: begun.writesBeforeSending });
    return begun;
  }

  open(entry: RoomEntry): EntryOutcome {
    const opened = openEntry(this.env, this.conversation, entry);
    this.take(opened);
    return opened.outcome;
  }

  /** Everything stored, for comparing to the byte. */
  snapshot(): ReadonlyMap<string, string> {
    return textsOf(this.records);
  }
}

function recordsOf(state: ConversationState): ReadonlyMap<string, Uint8Array> {
  const writes = state.removed ? [] : allWrites(state);
  return new Map(writes.flatMap(({ key, value }) => (value === null ? [] : [[key, value] as const])));
}

/** Short, so that a difference can be read. */
function digest(value: Uint8Array): string {
  return `${value.length} bytes ${nodeProvider.hash('SHA-256', value).slice(0, 8).join('.')}`;
}

function textsOf(records: ReadonlyMap<string, Uint8Array>): ReadonlyMap<string, string> {
  return new Map(
    [...records].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => [key, digest(value)]),
  );
}

export function commitEntry({ pending }: BegunCommit): RoomEntry {
  return { kind: 'commit', payload: pending.payload };
}

/** Gives an entry to everyone, as the relay pushes it; the outcome for each. */
export function push(entry: RoomEntry, devices: readonly StoryDevice[]): readonly EntryOutcome[] {
  return devices.map(device => device.open(entry));
}

export function newStreamId(env: CoreEnv): StreamId {
  return StreamIds.fromBytes(env.random(StreamIds.sizeBytes));
}

/** The policy of a group as it is made. */
export function groupPolicy(founderAccountKey: Uint8Array, title = 'Tea'): RoomPolicy {
  return { kind: 'group', title, roles: [], announcements: false, founderAccountKey };
}

export function startRoom(
  env: CoreEnv,
  title = 'Tea',
): { readonly host: StoryDevice; readonly streamId: StreamId } {
  const host = StoryDevice.of(env, 'member');
  const streamId = newStreamId(env);
  host.take(createConversation(env, { identity: host.identity, streamId, title }));
  return { host, streamId };
}

export function linkInto(env: CoreEnv, host: StoryDevice, passwordKey?: Uint8Array) {
  const link = createLink(env, {
    inviterAccountKey: host.identity.accountKey,
    streamId: host.view.streamId,
    password: passwordKey !== undefined,
  });
  return { link, keys: deriveLinkKeys(env, link, passwordKey) };
}

/** A guest's knock as the host's device opens it. */
export function knock(
  env: CoreEnv,
  guest: StoryDevice,
  link: InviteLink,
  name = 'Grace',
  passwordKey?: Uint8Array,
) {
  const keys = deriveLinkKeys(env, link, passwordKey);
  const prepared = prepareKnock(env, { identity: guest.identity, link, keys, name });
  return { prepared, keys };
}

/** The whole way in: knock, admit, the commit to everyone inside, the Welcome to the guest. */
export function letIn(
  env: CoreEnv,
  inside: readonly StoryDevice[],
  host: StoryDevice = inside[0]!,
): StoryDevice {
  const guest = StoryDevice.of(env, 'guest');
  const { link, keys } = linkInto(env, host);
  const { prepared } = knock(env, guest, link);
  const request = openJoinRequest(env, {
    link,
    keys,
    sealedRequest: prepared.sealedRequest,
    deviceId: guest.deviceId,
  });
  const begun = host.begin((e, conversation) => admit(e, conversation, { link, keys, requests: [request] }));
  for (const outcome of push(commitEntry(begun), inside)) {
    if (outcome.type !== 'commit') throw new Error(`admission became ${outcome.type}`);
  }
  const { welcome } = begun.pending.admissions[0]!;
  guest.take(joinFromWelcome(env, { identity: guest.identity, link, keys, knock: prepared, welcome }));
  return guest;
}

/** What a device gives the relay for others to add it with, and keeps to join by. */
export function supplyOf(env: CoreEnv, device: StoryDevice): SuppliedKeyPackage {
  return makeKeyPackages(env, device.identity, { count: 1, lastResort: false })[0]!;
}

/** The key packages of devices of one account, as whoever adds them has checked them. */
export function claimed(env: CoreEnv, list: VerifiedDeviceList, supplies: readonly SuppliedKeyPackage[]) {
  const keyPackages = supplies.map(({ keyPackage }) => keyPackage);
  return verifyKeyPackages(env, { list, keyPackages, wasUsed: () => false });
}

/** Joins by the Welcome in a commit that added this device. */
export function joinBy(
  env: CoreEnv,
  device: StoryDevice,
  supply: SuppliedKeyPackage,
  { pending }: Pick<BegunCommit, 'pending'>,
): RoomMember {
  const { welcome } = pending.admissions.find(({ deviceId }) => deviceId === device.deviceId)!;
  const knock = { keyPackage: supply.keyPackage, keyPackagePrivateState: supply.privateState };
  const joined = joinAdded(env, { identity: device.identity, knock, welcome, holds: () => false });
  device.take(joined);
  return joined.addedBy;
}

/** The whole way of devices of one account: claimed, added by the first of `inside`, joined. */
export function addIn(
  env: CoreEnv,
  inside: readonly StoryDevice[],
  person: Person,
  newcomers: readonly StoryDevice[] = devicesOf(env, person),
): readonly StoryDevice[] {
  const supplies = newcomers.map(device => supplyOf(env, device));
  const keyPackages = claimed(env, person.list, supplies);
  const begun = inside[0]!.begin((e, room) => addDevices(e, room, keyPackages));
  for (const outcome of push(commitEntry(begun), inside)) {
    if (outcome.type !== 'commit') throw new Error(`adding became ${outcome.type}`);
  }
  newcomers.forEach((device, at) => {
    joinBy(env, device, supplies[at]!, begun);
  });
  return newcomers;
}

export function devicesOf(env: CoreEnv, person: Person): readonly StoryDevice[] {
  return person.devices.map(identity => new StoryDevice(env, identity));
}

/** A room that a person makes, with their first device in it. */
export function startRoomOf(env: CoreEnv, person: Person, room: NewRoom): StoryDevice {
  const device = new StoryDevice(env, person.devices[0]);
  device.take(createConversation(env, { identity: device.identity, streamId: newStreamId(env), ...room }));
  return device;
}

/** A Commit by a member whose client keeps no rules: it goes past every check of this package. */
export function lawless(
  env: CoreEnv,
  from: StoryDevice | Group,
  request: CommitRequest,
  before: readonly Uint8Array[] = [],
): RoomEntry {
  const made = commit(mlsEnvOf(env), from instanceof StoryDevice ? groupOf(from) : from, request);
  return { kind: 'commit', payload: encodeBundle({ mlsMessages: [...before, made.commit] }) };
}

export function groupOf(device: StoryDevice): Group {
  return stateOf(device.conversation).group;
}

/** How devices refused a commit, or the type of what it became. */
export function refusals(entry: RoomEntry, devices: readonly StoryDevice[]): readonly string[] {
  return push(entry, devices).map(outcome =>
    outcome.type === 'rejected-commit' ? `${outcome.reason}: ${outcome.rule}` : outcome.type,
  );
}

/** Group extensions with a policy that has been changed, for `lawless`. */
export function withPolicyOf(device: StoryDevice, change: Partial<RoomPolicy>) {
  const { policy, info } = stateOf(device.conversation).seen;
  return info.extensions.map(extension =>
    extension.type === POLICY_EXTENSION ? policyExtension({ ...policy, ...change }) : extension,
  );
}
