import {
  type Conversation,
  type ConversationView,
  type CoreEnv,
  conversationView,
  type DeviceIdentity,
  loadConversation,
  loadSealedRoom,
  openedMarks,
  type SealedRoom,
  sealedMarks,
  sealedRoomView,
} from '@sotto/core';
import type { AccountId, BlobId, DeviceId, InviteToken, ReceiptMark } from '@sotto/protocol';
import type { Vault } from '@sotto/vault';
import type { RoomId } from '../projection.ts';
import { KEYS } from '../records/keys.ts';
import { decodeRecord } from '../records/recordCodec.ts';
import type {
  InviteRecord,
  JoinRecord,
  KnockRecord,
  OutRecord,
  PeerRecord,
  RoomRecord,
  TreeRecord,
} from '../records/roomRecords.ts';
import { scanAll } from '../records/scanAll.ts';

/** A room as this device has it on disk: never ahead of what is stored. Immutable; `RoomStep` makes the next one. */
export interface RoomState {
  readonly record: RoomRecord;
  /** Absent while joining, and once the room is erased. */
  readonly conversation: Conversation | undefined;
  /** In its place, where two accounts talk by RSA. */
  readonly sealed?: SealedRoom | undefined;
  readonly peers: ReadonlyMap<DeviceId, PeerRecord>;
  /** In order of `number`. */
  readonly outbox: readonly OutRecord[];
  readonly invites: ReadonlyMap<InviteToken, InviteRecord>;
  readonly knocks: ReadonlyMap<string, KnockRecord>;
  readonly join: JoinRecord | undefined;
  readonly trees: ReadonlyMap<BlobId, TreeRecord>;
}

export function emptyRoom(roomId: RoomId, nowMs: number): RoomState {
  return {
    record: {
      roomId,
      membership: 'joining',
      created: false,
      condition: 'open',
      nextOut: 1,
      echoedCounter: 0,
      deliveredFloor: 0,
      readFloor: 0,
      unread: 0,
      lastActivityMs: nowMs,
      owesDelivered: false,
      owesRead: false,
      unattributedGaps: 0,
      warnings: [],
      keyUpdateDue: false,
    },
    conversation: undefined,
    peers: new Map(),
    outbox: [],
    invites: new Map(),
    knocks: new Map(),
    join: undefined,
    trees: new Map(),
  };
}

/** All rooms of the store. Throws `VaultError`, `CoreError` `BAD_STATE`. */
export async function loadRooms(vault: Vault, env: CoreEnv): Promise<readonly RoomState[]> {
  const records = await scanAll(vault, KEYS.rooms);
  return Promise.all(records.map(({ value }) => loadRoom(vault, env, decodeRecord<RoomRecord>(value))));
}

async function loadRoom(vault: Vault, env: CoreEnv, record: RoomRecord): Promise<RoomState> {
  const { roomId } = record;
  const prefix = KEYS.conversation(roomId);
  const mls = await scanAll(vault, prefix);
  const sealedPrefix = KEYS.sealedRoom(roomId);
  const sealed = await scanAll(vault, sealedPrefix);
  const [peers, outbox, invites, knocks, join, trees] = await Promise.all([
    decodeAll<PeerRecord>(vault, KEYS.peers(roomId)),
    decodeAll<OutRecord>(vault, KEYS.outbox(roomId)),
    decodeAll<InviteRecord>(vault, KEYS.invites(roomId)),
    decodeAll<KnockRecord>(vault, KEYS.knocks(roomId)),
    vault.read(KEYS.join(roomId)),
    decodeAll<TreeRecord>(vault, KEYS.trees(roomId)),
  ]);
  return {
    record,
    sealed: loadSealedRoom(sealed.map(({ key, value }) => [key.slice(sealedPrefix.length), value] as const)),
    conversation:
      mls.length === 0
        ? undefined
        : loadConversation(
            env,
            mls.map(({ key, value }) => [key.slice(prefix.length), value] as const),
          ),
    peers: new Map(peers.map(peer => [peer.deviceId, peer])),
    outbox,
    invites: new Map(invites.map(invite => [invite.link.token, invite])),
    knocks: new Map(knocks.map(knock => [knock.knockId, knock])),
    join: join === undefined ? undefined : decodeRecord<JoinRecord>(join),
    trees: new Map(trees.map(tree => [tree.blobId, tree])),
  };
}

async function decodeAll<T extends object>(vault: Vault, prefix: string): Promise<readonly T[]> {
  return (await scanAll(vault, prefix)).map(({ value }) => decodeRecord<T>(value));
}

/** What this device has opened of every other; `undefined` where nothing is opened any more. */
export function marksOf(state: RoomState): readonly ReceiptMark[] | undefined {
  if (state.sealed !== undefined) return sealedMarks(state.sealed);
  return state.conversation && openedMarks(state.conversation);
}

/** The cryptographic side, where there is one. */
export function viewOf(state: RoomState): ConversationView | undefined {
  if (state.sealed !== undefined) return sealedRoomView(state.sealed);
  return state.conversation === undefined ? undefined : conversationView(state.conversation);
}

/** Who looks at a room, and whom they know. */
export interface ShownBy {
  readonly identity: DeviceIdentity;
  readonly selfName: string;
  readonly people: { handle(accountId: AccountId): string | undefined };
}

interface Looking extends Omit<ShownBy, 'selfName'> {
  readonly selfName: () => string;
}

export function shownBy({ identity, selfName, people }: Looking): ShownBy {
  return { identity, selfName: selfName(), people };
}

/**
 * What a device's person is called: as it said, or another device of theirs, or by their handle; where none of it is
 * known, by the end of the device's id.
 */
export function nameOf(state: RoomState, by: ShownBy, deviceId: DeviceId): string {
  if (deviceId === by.identity.deviceId) return by.selfName;
  const said = (id: DeviceId) => state.peers.get(id)?.name || undefined;
  return said(deviceId) ?? nameOfAccount(state, by, deviceId, said) ?? `#${deviceId.slice(-4)}`;
}

function nameOfAccount(
  state: RoomState,
  { people }: ShownBy,
  deviceId: DeviceId,
  said: (id: DeviceId) => string | undefined,
): string | undefined {
  const account = accountsOf(viewOf(state)?.members ?? []).get(deviceId);
  if (account === undefined) return undefined;
  const other = account.deviceIds.find(id => said(id) !== undefined);
  return other === undefined ? people.handle(account.accountId) : said(other);
}

interface AccountInRoom {
  readonly accountId: AccountId;
  readonly deviceIds: DeviceId[];
}

const SORTED = new WeakMap<object, ReadonlyMap<DeviceId, AccountInRoom>>();

/** Of each device. Sorted out once for each epoch: names are asked for often, and rooms are large. */
function accountsOf(members: ConversationView['members']): ReadonlyMap<DeviceId, AccountInRoom> {
  const sorted = SORTED.get(members);
  if (sorted !== undefined) return sorted;
  const accounts = new Map<AccountId, AccountInRoom>();
  const byDevice = new Map<DeviceId, AccountInRoom>();
  for (const { accountId, deviceId } of members) {
    const account = accounts.get(accountId) ?? { accountId, deviceIds: [] };
    account.deviceIds.push(deviceId);
    accounts.set(accountId, account);
    byDevice.set(deviceId, account);
  }
  SORTED.set(members, byDevice);
  return byDevice;
}

/** What somebody is called in a step that is being made. */
export function shownName(
  context: Looking,
  { state }: { readonly state: RoomState },
  member: { readonly deviceId: DeviceId },
): string {
  return nameOf(state, shownBy(context), member.deviceId);
}

/** Whether somebody is called otherwise than before. */
export function differInNames(before: RoomState['peers'], after: RoomState['peers']): boolean {
  for (const { deviceId, name, fellOut } of after.values()) {
    const was = before.get(deviceId);
    if ((was?.name ?? '') !== name || was?.fellOut !== fellOut) return true;
  }
  return false;
}
