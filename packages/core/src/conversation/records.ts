import { epochChangeWrites, type Group, loadGroup, saveGroup } from '@sotto/mls';
import { DedupeId, DeviceId, decodeBlobReference, encodeBlobReference, InviteToken } from '@sotto/protocol';
import { decoded } from '../decoded.ts';
import type { CoreEnv, StateWrite } from '../env.ts';
import { CoreError } from '../errors.ts';
import { PENDING_KINDS } from './pendingCommit.ts';
import { listFields, RecordReader, writeRecord } from './record.ts';
import { decodeSenderOrder, encodeSenderOrder, type SenderOrder } from './senderOrder.ts';
import {
  type ConversationState,
  type EpochMark,
  type PendingStep,
  type RoomRecord,
  readGroup,
} from './state.ts';

/** Keys of a conversation's records, relative to the caller's prefix. */
const KEY = { room: 'room', epochs: 'epochs', pending: 'pending', sender: 'sender/', mls: 'mls/' } as const;

const ROOM_VERSION = 1;
const EPOCHS_VERSION = 1;
const PENDING_VERSION = 2;
/** Had all records of the group that the commit leads to, not only those that it changes. */
const WHOLE_PENDING_VERSION = 1;

export function roomWrite(room: RoomRecord): StateWrite {
  const value = writeRecord(ROOM_VERSION, [
    room.ownCounter,
    room.streamEpoch,
    room.keysUpdatedAtMs,
    ...listFields(room.leaving, deviceId => [deviceId]),
  ]);
  return { key: KEY.room, value };
}

export function senderWrite(deviceId: DeviceId, order: SenderOrder | undefined): StateWrite {
  return { key: KEY.sender + deviceId, value: order === undefined ? null : encodeSenderOrder(order) };
}

export function epochsWrite(epochs: readonly EpochMark[]): StateWrite {
  const fields = listFields(epochs, ({ epoch, authenticator }) => [epoch, authenticator]);
  return { key: KEY.epochs, value: writeRecord(EPOCHS_VERSION, fields) };
}

/** A commit of one's own, made from `group`: with the records that it changes, not with those that stay. */
export function pendingWrite(group: Group, pending: PendingStep): StateWrite {
  return { key: KEY.pending, value: encodePending(group, pending) };
}

export function noPendingWrite(): StateWrite {
  return { key: KEY.pending, value: null };
}

/** The engine's writes under the conversation's keys. */
export function groupWrites(writes: readonly StateWrite[]): readonly StateWrite[] {
  return writes.map(({ key, value }) => ({ key: KEY.mls + key, value }));
}

/** From one epoch's records to a later one's: what the two have in common is not written again. */
export function groupChangeWrites(before: Group, after: Group): readonly StateWrite[] {
  return groupWrites(epochChangeWrites(before, after));
}

/** Every record of the conversation. */
export function allWrites(state: ConversationState): readonly StateWrite[] {
  return [
    roomWrite(state.room),
    epochsWrite(state.epochs),
    ...[...state.senders].map(([deviceId, order]) => senderWrite(deviceId, order)),
    ...(state.pending === undefined ? [] : [pendingWrite(state.group, state.pending)]),
    ...groupWrites(saveGroup(state.group)),
  ];
}

/** Takes every record of the conversation away. */
export function erasingWrites(state: ConversationState): readonly StateWrite[] {
  return allWrites(state).map(({ key }) => ({ key, value: null }));
}

/** Throws `BAD_STATE`. */
export function readRecords(
  env: Pick<CoreEnv, 'provider'>,
  records: Iterable<readonly [string, Uint8Array]>,
): ConversationState {
  const mls: [string, Uint8Array][] = [];
  const senders = new Map<DeviceId, SenderOrder>();
  const single = new Map<string, Uint8Array>();
  for (const [key, value] of records) {
    if (key.startsWith(KEY.mls)) mls.push([key.slice(KEY.mls.length), value]);
    else if (key.startsWith(KEY.sender)) {
      senders.set(DeviceId.parse(key.slice(KEY.sender.length)), decodeSenderOrder(value));
    } else single.set(key, value);
  }
  const room = single.get(KEY.room);
  const epochs = single.get(KEY.epochs);
  const pending = single.get(KEY.pending);
  if (room === undefined || epochs === undefined) throw new CoreError('BAD_STATE', 'records are missing');
  const group = loadGroup(mls);
  return {
    group,
    room: decodeRoom(room),
    senders,
    epochs: decodeEpochs(epochs),
    pending: pending && decodePending(pending, mls),
    removed: false,
    seen: readGroup(env, group),
  };
}

function decodeRoom(bytes: Uint8Array): RoomRecord {
  const reader = new RecordReader(bytes, ROOM_VERSION);
  const room = {
    ownCounter: reader.number(),
    streamEpoch: reader.number(),
    keysUpdatedAtMs: reader.number(),
    leaving: reader.list(() => DeviceId.parse(reader.text())),
  };
  reader.end();
  return room;
}

function decodeEpochs(bytes: Uint8Array): readonly EpochMark[] {
  const reader = new RecordReader(bytes, EPOCHS_VERSION);
  const epochs = reader.list(() => ({ epoch: reader.number(), authenticator: reader.bytesField() }));
  reader.end();
  return epochs;
}

function encodePending(group: Group, { commit, next }: PendingStep): Uint8Array {
  return writeRecord(PENDING_VERSION, [
    commit.kind,
    commit.dedupeId,
    commit.payload,
    ...listFields(commit.admissions, ({ deviceId, welcome, inviteToken }) => [
      deviceId,
      welcome,
      inviteToken ?? '',
    ]),
    ...listFields(commit.removedDeviceIds, deviceId => [deviceId]),
    ...listFields(commit.tree === undefined ? [] : [commit.tree], tree => [encodeBlobReference(tree)]),
    ...listFields(epochChangeWrites(group, next), ({ key, value }) => [
      key,
      ...listFields(value === null ? [] : [value], written => [written]),
    ]),
  ]);
}

/** @param records of the group as it is now: what the commit does not change is in them */
function inviteTokenOf(text: string): InviteToken | undefined {
  return text === '' ? undefined : InviteToken.parse(text);
}

function decodePending(bytes: Uint8Array, records: Iterable<readonly [string, Uint8Array]>): PendingStep {
  const whole = bytes[0] === WHOLE_PENDING_VERSION;
  const reader = new RecordReader(bytes, whole ? WHOLE_PENDING_VERSION : PENDING_VERSION);
  const word = reader.text();
  const kind = PENDING_KINDS.find(known => known === word);
  if (kind === undefined) throw new CoreError('BAD_STATE', 'pending commit of an unknown kind');
  const commit = {
    kind,
    dedupeId: DedupeId.parse(reader.text()),
    payload: reader.bytesField(),
    admissions: reader.list(() => ({
      deviceId: DeviceId.parse(reader.text()),
      welcome: reader.bytesField(),
      inviteToken: inviteTokenOf(reader.text()),
    })),
    removedDeviceIds: reader.list(() => DeviceId.parse(reader.text())),
  };
  if (whole) {
    const next = loadGroup(reader.list(() => [reader.text(), reader.bytesField()] as const));
    reader.end();
    return { commit, next };
  }
  const [tree] = reader.list(() => decoded(() => decodeBlobReference(reader.bytesField()), 'BAD_STATE'));
  const next = new Map(records);
  reader.list(() => {
    const key = reader.text();
    const [value] = reader.list(() => reader.bytesField());
    if (value === undefined) next.delete(key);
    else next.set(key, value);
  });
  reader.end();
  return { commit: { ...commit, tree }, next: loadGroup(next) };
}
