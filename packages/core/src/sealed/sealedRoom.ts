import {
  AccountId,
  type ContentBody,
  DeviceId,
  type MessageId,
  type ReceiptMark,
  StreamId,
} from '@sotto/protocol';
import type { ConversationView } from '../conversation/conversation.ts';
import type { RoomMember } from '../conversation/member.ts';
import { listFields, RecordReader, writeRecord } from '../conversation/record.ts';
import { brokenByContent } from '../conversation/rules.ts';
import { type Draft, draftOf, newMessageId } from '../conversation/sealContent.ts';
import {
  decodeSenderOrder,
  encodeSenderOrder,
  markOf,
  type SenderOrder,
} from '../conversation/senderOrder.ts';
import type { CoreEnv, StateWrite } from '../env.ts';
import { CoreError } from '../errors.ts';
import type { DeviceIdentity } from '../identity/identity.ts';
import { cleanName } from '../names.ts';

/** A device in a sealed room, by the certificate that its account signed. */
export interface SealedDevice {
  readonly deviceId: DeviceId;
  readonly accountId: AccountId;
  /** Ed25519, 32 bytes. */
  readonly accountKey: Uint8Array;
}

/**
 * A live conversation of two accounts by RSA, as one device has it. There is no group and there are no epochs: every
 * message is encrypted to the keys that both accounts have published, and signed by its sender's. Immutable.
 */
export interface SealedRoom {
  readonly streamId: StreamId;
  readonly selfDeviceId: DeviceId;
  readonly founderAccountId: AccountId;
  /** Whom the founder talks to. */
  readonly peerAccountId: AccountId;
  readonly devices: readonly SealedDevice[];
  /** Counter of this device's newest draft. */
  readonly ownCounter: number;
  /** Commit entries that the stream has taken. */
  readonly streamEpoch: number;
  readonly senders: ReadonlyMap<DeviceId, SenderOrder>;
}

/** A room with the records that go with it. */
export interface SealedRoomStep {
  readonly room: SealedRoom;
  readonly writes: readonly StateWrite[];
}

const VERSION = 1;
const ROOM_KEY = 'room';
const SENDER_KEY = 'sender/';

/** A room as it begins, at its founder's device or at one that was let in. */
export function beginSealedRoom(
  begun: Pick<SealedRoom, 'streamId' | 'selfDeviceId' | 'founderAccountId' | 'peerAccountId' | 'devices'>,
): SealedRoomStep {
  return changed({ ...begun, ownCounter: 0, streamEpoch: 0, senders: new Map() });
}

/** What may be known of it, in the words of every other conversation. */
export function sealedRoomView(room: SealedRoom): ConversationView {
  const members = room.devices.map(device => sealedMember(room, device));
  const self = members.find(({ deviceId }) => deviceId === room.selfDeviceId);
  if (self === undefined) throw new CoreError('BAD_STATE', 'not in its own room');
  return {
    streamId: room.streamId,
    title: '',
    picture: undefined,
    kind: 'direct',
    announcements: false,
    founderAccountId: room.founderAccountId,
    peerAccountId: room.peerAccountId,
    members,
    self,
    epoch: 0,
    streamEpoch: room.streamEpoch,
    keysUpdatedAtMs: 0,
    epochAuthenticator: new Uint8Array(0),
    leaving: [],
    pending: undefined,
    membership: 'member',
  };
}

export function sealedMember({ founderAccountId }: SealedRoom, device: SealedDevice): RoomMember {
  const role = device.accountId === founderAccountId ? 'owner' : 'member';
  return { ...device, role, guest: false, leafIndex: -1 };
}

/** The account at the other end. */
export function otherAccountOf(room: SealedRoom, own: Pick<DeviceIdentity, 'accountId'>): AccountId {
  return room.founderAccountId === own.accountId ? room.peerAccountId : room.founderAccountId;
}

/** As `composeContent`. Throws `NOT_ALLOWED`, `TOO_LARGE`, `BAD_NAME`, `MALFORMED`. */
export function composeInSealedRoom(
  env: CoreEnv,
  room: SealedRoom,
  body: ContentBody,
  messageId: MessageId = newMessageId(env),
): SealedRoomStep & { readonly draft: Draft } {
  const rule = brokenByContent(SEALED_RULES, sealedRoomView(room).self, body);
  if (rule !== undefined)
    throw new CoreError('NOT_ALLOWED', `the room's rules do not allow it: ${rule}`, { rule });
  const said = body.type === 'profile' ? { ...body, name: cleanName(body.name) } : body;
  const draft = draftOf(env, room.ownCounter + 1, said, messageId);
  return { ...changed({ ...room, ownCounter: draft.counter }), draft };
}

/** What holds in every sealed room. */
export const SEALED_RULES = { kind: 'direct', announcements: false } as const;

/** What this device has opened of every other sender. */
export function sealedMarks({ senders }: SealedRoom): readonly ReceiptMark[] {
  return [...senders]
    .map(([deviceId, order]) => ({ deviceId, ...markOf(order) }))
    .filter(({ counter }) => counter > 0);
}

/** Takes the stream's epoch from the relay: it only decides what the next append expects. */
export function alignSealedRoom(room: SealedRoom, streamEpoch: number): SealedRoomStep {
  return changed({ ...room, streamEpoch });
}

/** The room with something of its own record changed. */
export function changed(room: SealedRoom): SealedRoomStep {
  return { room, writes: [{ key: ROOM_KEY, value: encodeRoom(room) }] };
}

/** As it was last, with nothing of it kept. */
export function forgotten(room: SealedRoom): SealedRoomStep {
  const keys = [ROOM_KEY, ...[...room.senders.keys()].map(deviceId => SENDER_KEY + deviceId)];
  return { room, writes: keys.map(key => ({ key, value: null })) };
}

/** The room with one sender's messages counted on. */
export function withSender(room: SealedRoom, deviceId: DeviceId, order: SenderOrder): SealedRoomStep {
  const senders = new Map(room.senders).set(deviceId, order);
  const writes = [{ key: SENDER_KEY + deviceId, value: encodeSenderOrder(order) }];
  return { room: { ...room, senders }, writes };
}

/** From the records written before; `undefined` when there are none. Throws `BAD_STATE`. */
export function loadSealedRoom(records: Iterable<readonly [string, Uint8Array]>): SealedRoom | undefined {
  const senders = new Map<DeviceId, SenderOrder>();
  let kept: Uint8Array | undefined;
  for (const [key, value] of records) {
    if (key === ROOM_KEY) kept = value;
    else if (key.startsWith(SENDER_KEY))
      senders.set(DeviceId.parse(key.slice(SENDER_KEY.length)), decodeSenderOrder(value));
  }
  return kept && { ...decodeRoom(kept), senders };
}

function encodeRoom(room: SealedRoom): Uint8Array {
  return writeRecord(VERSION, [
    room.streamId,
    room.selfDeviceId,
    room.founderAccountId,
    room.peerAccountId,
    room.ownCounter,
    room.streamEpoch,
    ...listFields(room.devices, ({ deviceId, accountId, accountKey }) => [deviceId, accountId, accountKey]),
  ]);
}

function decodeRoom(bytes: Uint8Array): Omit<SealedRoom, 'senders'> {
  const reader = new RecordReader(bytes, VERSION);
  const room = {
    streamId: StreamId.parse(reader.text()),
    selfDeviceId: DeviceId.parse(reader.text()),
    founderAccountId: AccountId.parse(reader.text()),
    peerAccountId: AccountId.parse(reader.text()),
    ownCounter: reader.number(),
    streamEpoch: reader.number(),
    devices: reader.list(() => ({
      deviceId: DeviceId.parse(reader.text()),
      accountId: AccountId.parse(reader.text()),
      accountKey: reader.bytesField(),
    })),
  };
  reader.end();
  return room;
}
