import { type Group, loadGroup, saveGroup } from '@sotto/mls';
import { DedupeId, DeviceId, InviteToken } from '@sotto/protocol';
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
const PENDING_VERSION = 1;

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

export function pendingWrite(pending: PendingStep | undefined): StateWrite {
  return { key: KEY.pending, value: pending === undefined ? null : encodePending(pending) };
}

/** The engine's writes under the conversation's keys. */
export function groupWrites(writes: readonly StateWrite[]): readonly StateWrite[] {
  return writes.map(({ key, value }) => ({ key: KEY.mls + key, value }));
}

/** From one group's records to another's, whatever either holds: for steps that were not taken one after the other. */
export function replaceGroupWrites(before: Group, after: Group): readonly StateWrite[] {
  const writes = saveGroup(after);
  const kept = new Set(writes.map(({ key }) => key));
  const gone = saveGroup(before).filter(({ key }) => !kept.has(key));
  return groupWrites([...gone.map(({ key }) => ({ key, value: null })), ...writes]);
}

/** Every record of the conversation. */
export function allWrites(state: ConversationState): readonly StateWrite[] {
  return [
    roomWrite(state.room),
    epochsWrite(state.epochs),
    ...[...state.senders].map(([deviceId, order]) => senderWrite(deviceId, order)),
    ...(state.pending === undefined ? [] : [pendingWrite(state.pending)]),
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
    pending: pending && decodePending(pending),
    removed: false,
    seen: readGroup(env, group),
  };
}

function liveRecords(group: Group): readonly { readonly key: string; readonly value: Uint8Array }[] {
  return saveGroup(group).flatMap(({ key, value }) => (value === null ? [] : [{ key, value }]));
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

function encodePending({ commit, next }: PendingStep): Uint8Array {
  return writeRecord(PENDING_VERSION, [
    commit.kind,
    commit.dedupeId,
    commit.payload,
    ...listFields(commit.admissions, ({ deviceId, welcome, inviteToken }) => [
      deviceId,
      welcome,
      inviteToken,
    ]),
    ...listFields(commit.removedDeviceIds, deviceId => [deviceId]),
    ...listFields(liveRecords(next), ({ key, value }) => [key, value]),
  ]);
}

function decodePending(bytes: Uint8Array): PendingStep {
  const reader = new RecordReader(bytes, PENDING_VERSION);
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
      inviteToken: InviteToken.parse(reader.text()),
    })),
    removedDeviceIds: reader.list(() => DeviceId.parse(reader.text())),
  };
  const next = loadGroup(reader.list(() => [reader.text(), reader.bytesField()] as const));
  reader.end();
  return { commit, next };
}
