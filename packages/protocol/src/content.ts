import {
  BLOB_REFERENCE_BYTES,
  type BlobReference,
  decodeBlobReference,
  encodeBlobReference,
} from './blobReference.ts';
import { ProtocolError } from './errors.ts';
import { DeviceId, MessageId } from './ids.ts';
import { LIMITS } from './limits.ts';
import { isThumbnail } from './thumbnail.ts';
import { type SignedTrustRecord, signedTrustRecordCodec } from './trustRecord.ts';
import {
  bool,
  boundedUint64,
  bytes,
  type Enumeration,
  enumeration,
  exactBytes,
  type Field,
  id,
  list,
  nested,
  optionalBytes,
  optionalId,
  optionalNested,
  someBytes,
  text,
  uint32,
  uint64,
  uint64List,
} from './wire/field.ts';
import { body, decode, encode, message, versionedMessage, versionedMessageWithBody } from './wire/message.ts';

/** The plaintext of one MLS application message, before padding. Meanings: content.proto. */
export interface Content {
  /** Chosen at random by the sender: shown once, whatever the relay does. */
  readonly messageId: MessageId;
  /** Dense per sending device and conversation, from 1; ephemeral content (typing) carries 0. */
  readonly counter: number;
  /** The sender's clock, for display. */
  readonly sentAtMs: number;
  readonly body: ContentBody;
}

export type ContentBody =
  | ({ readonly type: 'text' } & Text)
  | ({ readonly type: 'receipt' } & Receipt)
  /** By owner or admin: what holds for the room from here on. `erase`: with `ended`, everyone's copy goes. */
  | { readonly type: 'roomNotice'; readonly condition: RoomCondition; readonly erase: boolean }
  /** Before a Commit that admits by a link, so that every member has its PSK: 16 and 32 bytes. */
  | { readonly type: 'inviteSecrets'; readonly pskId: Uint8Array; readonly psk: Uint8Array }
  /** The display name of the sender. */
  | { readonly type: 'profile'; readonly name: string }
  | { readonly type: 'typing'; readonly active: boolean }
  /** An empty `emoji` takes it back. */
  | { readonly type: 'reaction'; readonly target: MessageId; readonly emoji: string }
  | { readonly type: 'edit'; readonly target: MessageId; readonly text: string }
  | { readonly type: 'delete'; readonly target: MessageId }
  /** The sender's last word: whoever may remove members commits its removal. */
  | { readonly type: 'leave' }
  | ({ readonly type: 'timer' } & Timer)
  | ({ readonly type: 'presence' } & Presence)
  /** In a room of one's own devices: what they take from one another of a contact. */
  | ({ readonly type: 'trust' } & SignedTrustRecord)
  /** Before a Commit that removes devices which their own account has revoked: a `SignedDeviceList`. */
  | { readonly type: 'deviceList'; readonly signedDeviceList: Uint8Array }
  | ({ readonly type: 'introduction' } & Introduction)
  /** In a room of one's own devices: the sender was used on that day since 1970, by UTC. */
  | { readonly type: 'deviceUse'; readonly day: number }
  | ({ readonly type: 'history' } & History)
  | ({ readonly type: 'attachment' } & Attachment);

interface Text {
  readonly text: string;
  readonly replyTo?: MessageId | undefined;
  /** How long after it was read it is to go from each device: `LIMITS.disappearAfterMinS` to `…MaxS`, or it stays. */
  readonly disappearAfterS?: number | undefined;
}

/** One file, and what is said with it. Its bytes are a blob of the stream. */
export interface Attachment {
  /** Of this message alone; 1 to `LIMITS.attachmentBytes` bytes. */
  readonly blob: BlobReference;
  /** Its sender's word, as are the next three: what is shown of them is `shownFileName` and `shownMediaType`. */
  readonly name: string;
  readonly mediaType: string;
  /** Of a picture, in pixels; 0 where it is none, and then both are. */
  readonly width: number;
  readonly height: number;
  /** A picture that `isThumbnail`. */
  readonly thumbnail?: Uint8Array | undefined;
  /** May be empty. */
  readonly text: string;
  readonly replyTo?: MessageId | undefined;
  /** As `Text.disappearAfterS`. */
  readonly disappearAfterS?: number | undefined;
}

/** By any member: what the texts of the room are sent with from here on, by everyone. */
export interface Timer {
  /** As `Text.disappearAfterS`. */
  readonly seconds?: number | undefined;
  /** Absent in a change. Else it is said again to those who joined in this epoch; nobody else heeds it. */
  readonly joinedEpoch?: number | undefined;
}

/** Ephemeral, as typing. */
export interface Presence {
  readonly state: PresenceState;
  /** With `away`: when its sender was last there, by its own clock. */
  readonly lastSeenMs?: number | undefined;
}

export type PresenceState = 'online' | 'away';

export const PRESENCE_STATES: Enumeration<PresenceState> = [undefined, 'online', 'away'];

/** In a room of one's own devices: one gives another what was said before that one came. */
export interface History {
  readonly step: HistoryStep;
  /** 16 bytes, chosen at random by the device that gives. */
  readonly transferId: Uint8Array;
  /** The one device that it is for. */
  readonly toDeviceId: DeviceId;
  /** Of the part, from 0; 0 with `stopped`. */
  readonly index: number;
  /** Parts of the transfer; 0 but with `part`. */
  readonly count: number;
  /** With `part`: an encoded `BlobReference`; else empty. */
  readonly blob: Uint8Array;
}

/** `part`: it is at the relay. `taken`, `refused`: its blob may go. `stopped`: all of it is over, by either side. */
export type HistoryStep = 'part' | 'taken' | 'refused' | 'stopped';

export const HISTORY_STEPS: Enumeration<HistoryStep> = [undefined, 'part', 'taken', 'refused', 'stopped'];

/** By a guest: the account it goes on with. */
export interface Introduction {
  /** Ed25519, 32 bytes. */
  readonly accountKey: Uint8Array;
  /** Empty when it has none. */
  readonly handle: string;
  /** By that account, over the room and the guest's device; 64 bytes. */
  readonly signature: Uint8Array;
}

/** Cumulative, per sending device: everything up to `counter` is on this device's disk, or was read. */
export interface Receipt {
  readonly delivered: readonly ReceiptMark[];
  readonly read: readonly ReceiptMark[];
  /** The sender's epoch and its `epoch_authenticator` (up to 64 bytes): members that differ see a fork. */
  readonly epoch: number;
  readonly epochAuthenticator: Uint8Array;
}

export interface ReceiptMark {
  readonly deviceId: DeviceId;
  readonly counter: number;
  /** Counters up to `counter` that have not come; at most `LIMITS.missingPerMark`. */
  readonly missing: readonly number[];
}

export type RoomCondition = 'open' | 'paused' | 'ended';

export const ROOM_CONDITIONS: Enumeration<RoomCondition> = [undefined, 'open', 'paused', 'ended'];

const receiptMarks = (number: number) =>
  list(
    nested(
      number,
      message<ReceiptMark>({
        deviceId: id(1, DeviceId),
        counter: uint64(2),
        missing: uint64List(3, LIMITS.missingPerMark),
      }),
    ),
    LIMITS.membersPerStream,
  );

const disappearAfter = (number: number) =>
  boundedUint64(number, LIMITS.disappearAfterMinS, LIMITS.disappearAfterMaxS);

/** An encoded reference to a blob that is as large as a file may be. */
function attachedBlob(number: number): Field<BlobReference> {
  const field = someBytes(number, BLOB_REFERENCE_BYTES);
  const checked = (reference: BlobReference): BlobReference => {
    if (reference.sizeBytes <= LIMITS.attachmentBytes) return reference;
    throw new ProtocolError('TOO_LARGE', `a file has at most ${LIMITS.attachmentBytes} bytes`);
  };
  return {
    ...field,
    read: reader => checked(decodeBlobReference(field.read(reader))),
    write: (writer, value) => field.write(writer, encodeBlobReference(checked(value))),
    absent: name => {
      throw new ProtocolError('MALFORMED', `${name} is missing`);
    },
  };
}

/** A thumbnail of the one form, or none. */
function thumbnail(number: number): Field<Uint8Array | undefined> {
  const field = optionalBytes(number, LIMITS.thumbnailBytes);
  const checked = (jpeg: Uint8Array | undefined): Uint8Array | undefined => {
    if (jpeg === undefined || isThumbnail(jpeg)) return jpeg;
    throw new ProtocolError('MALFORMED', 'not a thumbnail of the one form');
  };
  return {
    ...field,
    read: reader => checked(field.read(reader)),
    write: (writer, value) => field.write(writer, checked(value)),
  };
}

const contentBody = body<ContentBody>({
  text: [
    5,
    message<Text>({
      text: text(1, LIMITS.textBytes),
      replyTo: optionalId(2, MessageId),
      disappearAfterS: disappearAfter(3),
    }),
  ],
  receipt: [
    6,
    message<Receipt>({
      delivered: receiptMarks(1),
      read: receiptMarks(2),
      epoch: uint64(3),
      epochAuthenticator: bytes(4, 64),
    }),
  ],
  roomNotice: [7, message({ condition: enumeration(1, ROOM_CONDITIONS), erase: bool(2) })],
  inviteSecrets: [8, message({ pskId: exactBytes(1, 16), psk: exactBytes(2, 32) })],
  profile: [9, message({ name: text(1, LIMITS.nameBytes) })],
  typing: [10, message({ active: bool(1) })],
  reaction: [11, message({ target: id(1, MessageId), emoji: text(2, LIMITS.emojiBytes) })],
  edit: [12, message({ target: id(1, MessageId), text: text(2, LIMITS.textBytes) })],
  delete: [13, message({ target: id(1, MessageId) })],
  leave: [14, message<object>({})],
  timer: [
    15,
    message<Timer>({
      seconds: disappearAfter(1),
      joinedEpoch: boundedUint64(2, 1, Number.MAX_SAFE_INTEGER),
    }),
  ],
  presence: [
    16,
    message<Presence>({
      state: enumeration(1, PRESENCE_STATES),
      lastSeenMs: boundedUint64(2, 1, Number.MAX_SAFE_INTEGER),
    }),
  ],
  trust: [17, signedTrustRecordCodec],
  deviceList: [18, message({ signedDeviceList: someBytes(1, LIMITS.payloadBytes) })],
  introduction: [
    19,
    message<Introduction>({
      accountKey: exactBytes(1, 32),
      handle: text(2, LIMITS.handleMaxChars),
      signature: exactBytes(3, 64),
    }),
  ],
  deviceUse: [20, message({ day: uint32(1) })],
  attachment: [
    25,
    message<Attachment>({
      blob: attachedBlob(1),
      name: text(2, LIMITS.fileNameBytes),
      mediaType: text(3, LIMITS.mediaTypeBytes),
      width: uint32(4),
      height: uint32(5),
      thumbnail: thumbnail(6),
      text: text(7, LIMITS.textBytes),
      replyTo: optionalId(8, MessageId),
      disappearAfterS: disappearAfter(9),
    }),
  ],
  history: [
    24,
    message<History>({
      step: enumeration(1, HISTORY_STEPS),
      transferId: exactBytes(2, 16),
      toDeviceId: id(3, DeviceId),
      index: uint32(4),
      count: uint32(5),
      blob: bytes(6, BLOB_REFERENCE_BYTES),
    }),
  ],
});

export const contentCodec = versionedMessageWithBody<ContentBody, Content>(
  { messageId: id(2, MessageId), counter: uint64(3), sentAtMs: uint64(4) },
  contentBody,
);

export function encodeContent(content: Content): Uint8Array {
  return encode(contentCodec, content, LIMITS.payloadBytes);
}

/** Parses decrypted, unpadded bytes; throws `ProtocolError`, `UNSUPPORTED` for a kind of content of later versions. */
export function decodeContent(bytes: Uint8Array): Content {
  return decode(contentCodec, bytes, LIMITS.payloadBytes);
}

/** The payload of one conversation entry: MLS messages that belong together, in order; at least one. */
export interface Bundle {
  readonly mlsMessages: readonly Uint8Array[];
  /** Instead of messages. */
  readonly askAgain?: AskAgain | undefined;
}

/** The person of a device that fell out of step asks for it to be added again. */
export interface AskAgain {
  readonly deviceId: DeviceId;
  /** By the device key over stream and epoch (core: `askAgain`); 64 bytes. */
  readonly signature: Uint8Array;
}

export const bundleCodec = versionedMessage<Bundle>({
  mlsMessages: list(someBytes(2, LIMITS.commitBytes), LIMITS.messagesPerBundle),
  askAgain: optionalNested(3, message<AskAgain>({ deviceId: id(1, DeviceId), signature: exactBytes(2, 64) })),
});

export function encodeBundle(bundle: Bundle): Uint8Array {
  return encode(bundleCodec, notEmpty(bundle), LIMITS.commitBytes);
}

/** Parses an entry's payload; throws `ProtocolError`. */
export function decodeBundle(bytes: Uint8Array): Bundle {
  return notEmpty(decode(bundleCodec, bytes, LIMITS.commitBytes));
}

function notEmpty(bundle: Bundle): Bundle {
  if (bundle.mlsMessages.length > 0 !== (bundle.askAgain !== undefined)) return bundle;
  throw new ProtocolError('MALFORMED', 'a bundle holds MLS messages, or a request to be added again');
}
