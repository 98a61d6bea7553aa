import { type AccountAnswer, accountAnswers } from './accountFrames.ts';
import { type BlobAnswer, blobAnswers } from './blobFrames.ts';
import type { WireErrorCode } from './errors.ts';
import { DedupeId, DeviceId, type InviteToken, StreamId } from './ids.ts';
import { LIMITS } from './limits.ts';
import { type SealedAnswer, sealedAnswers } from './sealedFrames.ts';
import { ENTRY_KINDS, type EntryKind, type StreamStatus, streamStatusCodec } from './streamStatus.ts';
import {
  bool,
  bytes,
  type Enumeration,
  enumeration,
  exactBytes,
  id,
  list,
  nested,
  optionalId,
  optionalToken,
  text,
  token,
  uint32,
  uint64,
  word,
} from './wire/field.ts';
import { body, decode, encode, message, messageWithBody } from './wire/message.ts';

/** What a relay tells a device: one per binary WebSocket message. Meanings: frames.proto. */
export interface ServerFrame {
  /** That of the request it answers, or 0 for a push. */
  readonly requestId: number;
  readonly body: ServerBody;
}

export type ServerBody =
  /** The first frame on every connection. `nonce`: 32 bytes, good for one `authenticate`. */
  | { readonly type: 'challenge'; readonly nonce: Uint8Array; readonly protocolVersion: number }
  | ({ readonly type: 'authenticated' } & Authenticated)
  | { readonly type: 'done' }
  | { readonly type: 'appended'; readonly seq: number; readonly receivedAtMs: number }
  | { readonly type: 'subscribed'; readonly status: StreamStatus }
  | { readonly type: 'entries'; readonly streamId: StreamId; readonly entries: readonly Entry[] }
  | { readonly type: 'ephemeral'; readonly streamId: StreamId; readonly payload: Uint8Array }
  | { readonly type: 'streamChanged'; readonly status: StreamStatus }
  | { readonly type: 'inviteChanged'; readonly token: InviteToken; readonly status: InviteStatus }
  | ({ readonly type: 'failure' } & Failure)
  | { readonly type: 'pong' }
  | AccountAnswer
  | BlobAnswer
  | SealedAnswer;

export interface Authenticated {
  /** What this device is subscribed to, its inbox among it. */
  readonly streams: readonly StreamStatus[];
  readonly serverTimeMs: number;
  readonly limits: RelayLimits;
  /** Whether this session may create conversations. */
  readonly mayHost: boolean;
}

export interface RelayLimits {
  readonly maxPayloadBytes: number;
  readonly maxFrameBytes: number;
  readonly retentionDays: number;
}

export interface Entry {
  readonly seq: number;
  readonly kind: EntryKind;
  readonly dedupeId: DedupeId;
  /** Empty only in what an older version stored; ciphertext otherwise. */
  readonly payload: Uint8Array;
  /** The relay's word, a hint for display only. */
  readonly receivedAtMs: number;
  /** Requests only: the invite it came by. */
  readonly inviteToken?: InviteToken | undefined;
  /** Requests only: who knocked, by the relay's word; the sealed request proves it. */
  readonly deviceId?: DeviceId | undefined;
}

export type InviteStatus = 'open' | 'expired' | 'used-up' | 'revoked' | 'ended';

export const INVITE_STATUSES: Enumeration<InviteStatus> = [
  undefined,
  'open',
  'expired',
  'used-up',
  'revoked',
  'ended',
];

export interface Failure {
  readonly code: WireErrorCode;
  /** For people who read logs; never shown to a user as is, never holds content. */
  readonly message: string;
  /** `EPOCH_CONFLICT`: the epoch the stream is at; else 0. */
  readonly epoch: number;
  /** `RATE_LIMITED`: wait this long; else 0. */
  readonly retryAfterMs: number;
  /** `EPOCH_CONFLICT`: the seq of the newest commit; else 0. */
  readonly seq: number;
}

export const WIRE_ERROR_CODES: readonly WireErrorCode[] = [
  'MALFORMED',
  'TOO_LARGE',
  'UNSUPPORTED_VERSION',
  'UNAUTHENTICATED',
  'NOT_FOUND',
  'FORBIDDEN',
  'EPOCH_CONFLICT',
  'STREAM_PAUSED',
  'STREAM_ENDED',
  'STREAM_FULL',
  'INVITE_EXPIRED',
  'INVITE_USED_UP',
  'INVITE_REVOKED',
  'INVITE_ENDED',
  'KNOCK_BLOCKED',
  'RATE_LIMITED',
  'HANDLE_TAKEN',
  'HANDLE_RESERVED',
  'REGISTRATION_CLOSED',
  'INVITATION_NEEDED',
  'SIGN_IN_FAILED',
  'ACCOUNT_UNKNOWN',
  'DEVICE_LIST_OLD',
  'TOO_MANY_DEVICES',
  'DEVICE_REVOKED',
  'SEALED_KEYS_OLD',
  'CONFLICT',
  'UNAVAILABLE',
];

const entry = message<Entry>({
  seq: uint64(1),
  kind: enumeration(2, ENTRY_KINDS),
  dedupeId: id(3, DedupeId),
  payload: bytes(4, LIMITS.commitBytes),
  receivedAtMs: uint64(5),
  inviteToken: optionalToken(6),
  deviceId: optionalId(7, DeviceId),
});

const limits = message<RelayLimits>({
  maxPayloadBytes: uint32(1),
  maxFrameBytes: uint32(2),
  retentionDays: uint32(3),
});

const serverBody = body<ServerBody>({
  challenge: [2, message({ nonce: exactBytes(1, 32), protocolVersion: uint32(2) })],
  authenticated: [
    3,
    message<Authenticated>({
      streams: list(nested(1, streamStatusCodec), LIMITS.streamsPerDevice),
      serverTimeMs: uint64(2),
      limits: nested(3, limits),
      mayHost: bool(4),
    }),
  ],
  done: [4, message<object>({})],
  appended: [5, message({ seq: uint64(1), receivedAtMs: uint64(2) })],
  subscribed: [6, message({ status: nested(1, streamStatusCodec) })],
  entries: [
    7,
    message<{ streamId: StreamId; entries: readonly Entry[] }>({
      streamId: id(1, StreamId),
      entries: list(nested(2, entry), LIMITS.entriesPerPush),
    }),
  ],
  ephemeral: [8, message({ streamId: id(1, StreamId), payload: bytes(2, LIMITS.ephemeralBytes) })],
  streamChanged: [9, message({ status: nested(1, streamStatusCodec) })],
  inviteChanged: [
    10,
    message<{ token: InviteToken; status: InviteStatus }>({
      token: token(1),
      status: enumeration(2, INVITE_STATUSES),
    }),
  ],
  failure: [
    11,
    message<Failure>({
      code: word(1, WIRE_ERROR_CODES),
      message: text(2, LIMITS.failureMessageBytes),
      epoch: uint64(3),
      retryAfterMs: uint64(4),
      seq: uint64(5),
    }),
  ],
  pong: [12, message<object>({})],
  ...accountAnswers,
  ...blobAnswers,
  ...sealedAnswers,
});

export const serverFrameCodec = messageWithBody<ServerBody, ServerFrame>(
  { requestId: uint32(1) },
  serverBody,
);

/** Bytes of one WebSocket message. */
export function encodeServerFrame(frame: ServerFrame): Uint8Array {
  return encode(serverFrameCodec, frame, LIMITS.frameBytes);
}

/** Parses one WebSocket message of a relay; throws `ProtocolError`. */
export function decodeServerFrame(frame: Uint8Array): ServerFrame {
  return decode(serverFrameCodec, frame, LIMITS.frameBytes);
}
