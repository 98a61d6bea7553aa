import { type AccountRequest, accountRequests } from './accountFrames.ts';
import { type BlobRequest, blobRequests } from './blobFrames.ts';
import { ProtocolError } from './errors.ts';
import { DedupeId, DeviceId, type InviteToken, StreamId } from './ids.ts';
import { LIMITS } from './limits.ts';
import { type SealedRequest, sealedRequests } from './sealedFrames.ts';
import { ENTRY_KINDS, type EntryKind } from './streamStatus.ts';
import {
  bool,
  bytes,
  type Enumeration,
  enumeration,
  exactBytes,
  id,
  list,
  nested,
  optionalToken,
  optionalUint64,
  someBytes,
  text,
  token,
  uint32,
  uint64,
} from './wire/field.ts';
import { body, decode, encode, message, messageWithBody } from './wire/message.ts';
import type { WireReader } from './wire/reader.ts';
import type { WireWriter } from './wire/writer.ts';

/** What a device asks of a relay: one per binary WebSocket message. Meanings: frames.proto. */
export interface ClientFrame {
  /** Chosen by the client, echoed in the reply; 1 to 2^32 - 1. */
  readonly requestId: number;
  readonly body: ClientBody;
}

export type ClientBody =
  | ({ readonly type: 'authenticate' } & Authenticate)
  | { readonly type: 'createStream'; readonly streamId: StreamId }
  | ({ readonly type: 'append' } & Append)
  /** Starts pushes of the entries after `afterSeq`; again moves the cursor of the pushes. */
  | { readonly type: 'subscribe'; readonly streamId: StreamId; readonly afterSeq: number }
  /** Cumulative: this device has stored everything up to `seq`. */
  | { readonly type: 'acknowledge'; readonly streamId: StreamId; readonly seq: number }
  /** Pushed to the subscribers that are online, never stored, never answered unless it fails. */
  | { readonly type: 'ephemeral'; readonly streamId: StreamId; readonly payload: Uint8Array }
  | { readonly type: 'controlStream'; readonly streamId: StreamId; readonly action: StreamAction }
  | ({ readonly type: 'createInvite' } & CreateInvite)
  | { readonly type: 'closeInvite'; readonly token: InviteToken }
  | ({ readonly type: 'knock' } & Knock)
  | ({ readonly type: 'answerKnock' } & AnswerKnock)
  | { readonly type: 'ping' }
  /** Gives up the subscription and everything queued for it. */
  | { readonly type: 'leaveStream'; readonly streamId: StreamId }
  | AccountRequest
  | BlobRequest
  | SealedRequest;

export interface Authenticate {
  readonly protocolVersion: number;
  /** An encoded `SignedDeviceCertificate`. */
  readonly deviceCertificate: Uint8Array;
  /** The origin the client connected to, e.g. `https://192.168.1.20:8443`. */
  readonly origin: string;
  /** By the device key over `sessionProofInput(origin, nonce)`; 64 bytes. */
  readonly signature: Uint8Array;
  /** A guest shows the invite it came by. */
  readonly inviteToken?: InviteToken | undefined;
}

export interface Append {
  readonly streamId: StreamId;
  readonly dedupeId: DedupeId;
  readonly kind: EntryKind;
  /** Refused with `EPOCH_CONFLICT` unless the stream is at this epoch. Required for `message` and `commit`. */
  readonly expectEpoch?: number | undefined;
  readonly payload: Uint8Array;
  /** Commits of stream admins only. */
  readonly admissions: readonly Admission[];
  /** Commits of stream admins only: they lose the subscription after this entry. */
  readonly removedDeviceIds: readonly DeviceId[];
  /** Commits of stream admins only: who the stream's admins are from this entry on; empty: who they were. */
  readonly adminDeviceIds: readonly DeviceId[];
}

/** A device that a Commit adds. */
export interface Admission {
  readonly deviceId: DeviceId;
  readonly welcome: Uint8Array;
  /** One use of it is spent. */
  readonly inviteToken?: InviteToken | undefined;
}

export type StreamAction = 'pause' | 'resume' | 'end';

export const STREAM_ACTIONS: Enumeration<StreamAction> = [undefined, 'pause', 'resume', 'end'];

export interface CreateInvite {
  readonly token: InviteToken;
  /** The conversation; the caller must be its admin. */
  readonly streamId: StreamId;
  readonly expiresAtMs: number;
  /** 0 for as many as come. */
  readonly maxUses: number;
  readonly sealedCard: Uint8Array;
}

/** A sealed join request. */
export interface Knock {
  readonly token: InviteToken;
  readonly dedupeId: DedupeId;
  readonly payload: Uint8Array;
}

/** By the owner of the invite: a sealed answer into the inbox of the device that knocked. */
export interface AnswerKnock {
  readonly token: InviteToken;
  readonly deviceId: DeviceId;
  readonly dedupeId: DedupeId;
  readonly payload: Uint8Array;
  /** Further knocks of this device on this invite are refused. */
  readonly block: boolean;
}

const authenticate = message<Authenticate>({
  protocolVersion: uint32(1),
  deviceCertificate: someBytes(2, LIMITS.certificateBytes),
  origin: text(3, LIMITS.originBytes),
  signature: exactBytes(4, 64),
  inviteToken: optionalToken(5),
});

const admission = message<Admission>({
  deviceId: id(1, DeviceId),
  welcome: someBytes(2, LIMITS.payloadBytes),
  inviteToken: optionalToken(3),
});

const append = message<Append>({
  streamId: id(1, StreamId),
  dedupeId: id(2, DedupeId),
  kind: enumeration(3, ENTRY_KINDS),
  expectEpoch: optionalUint64(4),
  payload: someBytes(5, LIMITS.commitBytes),
  admissions: list(nested(6, admission), LIMITS.admissionsPerAppend),
  removedDeviceIds: list(id(7, DeviceId), LIMITS.membersPerStream),
  adminDeviceIds: list(id(8, DeviceId), LIMITS.membersPerStream),
});

const streamOnly = message<{ streamId: StreamId }>({ streamId: id(1, StreamId) });

const clientBody = body<ClientBody>({
  authenticate: [2, authenticate],
  createStream: [3, streamOnly],
  append: [4, append],
  subscribe: [5, message({ streamId: id(1, StreamId), afterSeq: uint64(2) })],
  acknowledge: [6, message({ streamId: id(1, StreamId), seq: uint64(2) })],
  ephemeral: [7, message({ streamId: id(1, StreamId), payload: someBytes(2, LIMITS.ephemeralBytes) })],
  controlStream: [8, message({ streamId: id(1, StreamId), action: enumeration(2, STREAM_ACTIONS) })],
  createInvite: [
    9,
    message<CreateInvite>({
      token: token(1),
      streamId: id(2, StreamId),
      expiresAtMs: uint64(3),
      maxUses: uint32(4),
      sealedCard: bytes(5, LIMITS.sealedCardBytes),
    }),
  ],
  closeInvite: [10, message({ token: token(1) })],
  knock: [
    11,
    message<Knock>({ token: token(1), dedupeId: id(2, DedupeId), payload: someBytes(3, LIMITS.knockBytes) }),
  ],
  answerKnock: [
    12,
    message<AnswerKnock>({
      token: token(1),
      deviceId: id(2, DeviceId),
      dedupeId: id(3, DedupeId),
      payload: someBytes(4, LIMITS.knockBytes),
      block: bool(5),
    }),
  ],
  ping: [13, message<object>({})],
  leaveStream: [14, streamOnly],
  ...accountRequests,
  ...blobRequests,
  ...sealedRequests,
});

export const clientFrameCodec = messageWithBody<ClientBody, ClientFrame>(
  { requestId: requestId() },
  clientBody,
);

function requestId() {
  const field = uint32(1);
  const nonZero = (value: number): number => {
    if (value === 0) throw new ProtocolError('MALFORMED', 'requestId is 0');
    return value;
  };
  return {
    ...field,
    read: (reader: WireReader) => nonZero(field.read(reader)),
    write: (writer: WireWriter, value: number) => field.write(writer, nonZero(value)),
    absent: () => nonZero(0),
  };
}

/** Bytes of one WebSocket message; throws `ProtocolError` for what no relay would take. */
export function encodeClientFrame(frame: ClientFrame): Uint8Array {
  return encode(clientFrameCodec, frame, LIMITS.frameBytes);
}

/** Parses one WebSocket message of a client; throws `ProtocolError`. */
export function decodeClientFrame(frame: Uint8Array): ClientFrame {
  return decode(clientFrameCodec, frame, LIMITS.frameBytes);
}
