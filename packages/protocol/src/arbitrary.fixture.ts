import fc from 'fast-check';
import { BLOB_CHUNK_PLAIN_BYTES, type BlobReference } from './blobReference.ts';
import type { ClientBody, ClientFrame } from './clientFrame.ts';
import { STREAM_ACTIONS } from './clientFrame.ts';
import {
  type Bundle,
  type Content,
  type ContentBody,
  HISTORY_STEPS,
  PRESENCE_STATES,
  ROOM_CONDITIONS,
} from './content.ts';
import { ACCOUNT_KINDS, type DeviceCertificate, type SignedDeviceCertificate } from './deviceCertificate.ts';
import type { DeviceList, SignedDeviceList } from './deviceList.ts';
import type { DeviceMail, LeaveDeviceOffer, ReadDeviceMail } from './deviceOffer.ts';
import { Handle } from './handle.ts';
import {
  AccountId,
  BlobId,
  DedupeId,
  DeviceId,
  InvitationCode,
  InviteToken,
  MessageId,
  SourceId,
  StreamId,
} from './ids.ts';
import { JOIN_REFUSALS, type JoinAnswer, type JoinRequest } from './joinRequest.ts';
import { LIMITS } from './limits.ts';
import { OPAQUE_BYTES } from './opaqueMessages.ts';
import type { Passkey, PasskeyFinish, PasskeyStart, PasskeyStarted } from './passkey.ts';
import {
  REGISTRATION_MODES,
  type RegisterFinish,
  type RegisterStart,
  type RegisterStarted,
  type Registration,
  type RegistrationPolicy,
} from './registration.ts';
import { ROLES, ROOM_KINDS, type RoomCard, type RoomPolicy } from './room.ts';
import { frame, pictureOf } from './roomPicture.fixture.ts';
import type { SealedDelivery } from './sealedFrames.ts';
import type { SignedSealedKeys } from './sealedKeys.ts';
import { INVITE_STATUSES, type ServerBody, type ServerFrame, WIRE_ERROR_CODES } from './serverFrame.ts';
import type { AddDevice, Recover, SignedIn, SignInFinish, SignInStart, SignInStarted } from './signIn.ts';
import { ENTRY_KINDS, STREAM_CONDITIONS, STREAM_KINDS, type StreamStatus } from './streamStatus.ts';
import { THUMBNAIL_PIXELS } from './thumbnail.ts';
import { CERTAINTIES, type TrustRecord } from './trustRecord.ts';
import type { Enumeration } from './wire/field.ts';

// Values of every type of the wire, for property tests.

const bytes = (minLength: number, maxLength: number) => fc.uint8Array({ minLength, maxLength });
const exact = (sizeBytes: number) => bytes(sizeBytes, sizeBytes);
const word = <Word extends string>(words: Enumeration<Word>) =>
  fc.constantFrom(...(words.slice(1) as Word[]));
const uint64 = fc.oneof(fc.maxSafeNat(), fc.nat(300), fc.constant(Number.MAX_SAFE_INTEGER));
const uint32 = fc.oneof(fc.integer({ min: 0, max: 0xffff_ffff }), fc.nat(3));
/** At most `maxBytes` bytes of UTF-8: four for each code point. */
const text = (maxBytes: number) =>
  fc.string({ unit: 'binary', maxLength: Math.floor(Math.min(maxBytes, 200) / 4) });
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

const accountId = exact(32).map(AccountId.fromBytes);
const deviceId = exact(16).map(DeviceId.fromBytes);
const streamId = exact(16).map(StreamId.fromBytes);
const messageId = exact(16).map(MessageId.fromBytes);
const dedupeId = exact(16).map(DedupeId.fromBytes);
const blobId = exact(16).map(BlobId.fromBytes);
const sourceId = exact(16).map(SourceId.fromBytes);
const token = fc.stringMatching(/^[0-9A-Za-z]{24}$/).map(InviteToken.parse);
const payload = bytes(1, 600);
const handle = fc.stringMatching(/^[a-z][a-z0-9]{2,8}([._-][a-z0-9]{1,6}){0,3}$/).map(Handle.parse);
const invitationCode = optional(exact(16).map(InvitationCode.fromBytes));

const streamStatus: fc.Arbitrary<StreamStatus> = fc.record({
  streamId,
  kind: word(STREAM_KINDS),
  condition: word(STREAM_CONDITIONS),
  headSeq: uint64,
  epoch: uint64,
  acknowledgedSeq: uint64,
  admin: fc.boolean(),
  lostUpToSeq: uint64,
});

const type = <T extends string>(name: T) => fc.constant(name);

const clientBody: fc.Arbitrary<ClientBody> = fc.oneof(
  fc.record({
    type: type('authenticate'),
    protocolVersion: uint32,
    deviceCertificate: payload,
    origin: text(LIMITS.originBytes),
    signature: exact(64),
    inviteToken: optional(token),
  }),
  fc.record({ type: type('createStream'), streamId }),
  fc.record({
    type: type('append'),
    streamId,
    dedupeId,
    kind: word(ENTRY_KINDS),
    expectEpoch: optional(uint64),
    payload,
    admissions: fc.array(fc.record({ deviceId, welcome: payload, inviteToken: optional(token) }), {
      maxLength: 4,
    }),
    removedDeviceIds: fc.array(deviceId, { maxLength: 4 }),
    adminDeviceIds: fc.array(deviceId, { maxLength: 4 }),
  }),
  fc.record({ type: type('subscribe'), streamId, afterSeq: uint64 }),
  fc.record({ type: type('acknowledge'), streamId, seq: uint64 }),
  fc.record({ type: type('ephemeral'), streamId, payload }),
  fc.record({ type: type('controlStream'), streamId, action: word(STREAM_ACTIONS) }),
  fc.record({
    type: type('createInvite'),
    token,
    streamId,
    expiresAtMs: uint64,
    maxUses: uint32,
    sealedCard: bytes(0, 300),
  }),
  fc.record({ type: type('closeInvite'), token }),
  fc.record({ type: type('knock'), token, dedupeId, payload }),
  fc.record({ type: type('answerKnock'), token, deviceId, dedupeId, payload, block: fc.boolean() }),
  fc.record({ type: type('ping') }),
  fc.record({ type: type('leaveStream'), streamId }),
  fc.record({ type: type('lookUpHandle'), handle }),
  fc.record({ type: type('lookUpAccounts'), accountIds: fc.array(accountId, { maxLength: 4 }) }),
  fc.record({ type: type('putDeviceList'), signedDeviceList: payload }),
  fc.record({
    type: type('publishKeyPackages'),
    keyPackages: fc.array(payload, { maxLength: 4 }),
    lastResort: bytes(0, 300),
    replace: fc.boolean(),
  }),
  fc.record({ type: type('countKeyPackages') }),
  fc.record({ type: type('claimKeyPackages'), accountId }),
  fc.record({ type: type('startPasswordChange'), registrationRequest: exact(32) }),
  fc.record({
    type: type('finishPasswordChange'),
    registrationRecord: exact(192),
    sealedBundle: payload,
    removePasskeys: fc.boolean(),
  }),
  fc.record({ type: type('replaceRecovery'), sealedBundle: payload, recoveryProofHash: exact(32) }),
  fc.record({ type: type('deleteAccount'), signature: exact(64) }),
  fc.record({ type: type('createInvitation') }),
  fc.record({
    type: type('addPasskey'),
    passkey: payload,
    accountSignature: exact(64),
    keySignature: exact(64),
  }),
  fc.record({ type: type('listPasskeys') }),
  fc.record({ type: type('removePasskey'), signInKey: exact(32), signature: exact(64) }),
  fc.record({ type: type('openBlob'), blobId, streamId, chunkCount: uint32 }),
  fc.record({ type: type('putBlobChunk'), blobId, index: uint32, bytes: payload }),
  fc.record({ type: type('getBlobChunk'), blobId, index: uint32 }),
  fc.record({ type: type('deleteBlob'), blobId }),
  fc.record({ type: type('putSealedKeys'), signedSealedKeys: payload, wrappedKeys: payload }),
  fc.record({ type: type('getSealedKeys'), accountIds: fc.array(accountId, { maxLength: 4 }) }),
  fc.record({
    type: type('putSealedSource'),
    sourceId,
    tokenHash: bytes(0, 32),
    sealedAbout: bytes(1, 200),
    perHour: uint32,
  }),
  fc.record({ type: type('listSealedSources') }),
  fc.record({ type: type('revokeSealedSource'), sourceId }),
);

export const clientFrames: fc.Arbitrary<ClientFrame> = fc.record({
  requestId: fc.integer({ min: 1, max: 0xffff_ffff }),
  body: clientBody,
});

const serverBody: fc.Arbitrary<ServerBody> = fc.oneof(
  fc.record({ type: type('challenge'), nonce: exact(32), protocolVersion: uint32 }),
  fc.record({
    type: type('authenticated'),
    streams: fc.array(streamStatus, { maxLength: 5 }),
    serverTimeMs: uint64,
    limits: fc.record({ maxPayloadBytes: uint32, maxFrameBytes: uint32, retentionDays: uint32 }),
    mayHost: fc.boolean(),
  }),
  fc.record({ type: type('done') }),
  fc.record({ type: type('appended'), seq: uint64, receivedAtMs: uint64 }),
  fc.record({ type: type('subscribed'), status: streamStatus }),
  fc.record({
    type: type('entries'),
    streamId,
    entries: fc.array(
      fc.record({
        seq: uint64,
        kind: word(ENTRY_KINDS),
        dedupeId,
        payload: bytes(0, 300),
        receivedAtMs: uint64,
        inviteToken: optional(token),
        deviceId: optional(deviceId),
      }),
      { maxLength: 5 },
    ),
  }),
  fc.record({ type: type('ephemeral'), streamId, payload }),
  fc.record({ type: type('streamChanged'), status: streamStatus }),
  fc.record({ type: type('inviteChanged'), token, status: word(INVITE_STATUSES) }),
  fc.record({
    type: type('failure'),
    code: fc.constantFrom(...WIRE_ERROR_CODES),
    message: text(LIMITS.failureMessageBytes),
    epoch: uint64,
    retryAfterMs: uint64,
    seq: uint64,
  }),
  fc.record({ type: type('pong') }),
  fc.record({
    type: type('accounts'),
    accounts: fc.array(fc.record({ accountKey: exact(32), handle, signedDeviceList: payload }), {
      maxLength: 4,
    }),
  }),
  fc.record({ type: type('keyPackageCount'), count: uint32, lastResort: fc.boolean() }),
  fc.record({
    type: type('claimedKeyPackages'),
    keyPackages: fc.array(fc.record({ deviceId, keyPackage: payload, lastResort: fc.boolean() }), {
      maxLength: 4,
    }),
  }),
  fc.record({ type: type('passwordChangeStarted'), registrationResponse: exact(64) }),
  fc.record({ type: type('invitationCreated'), code: exact(16).map(InvitationCode.fromBytes) }),
  fc.record({ type: type('deviceListChanged'), signedDeviceList: payload }),
  fc.record({
    type: type('passkeys'),
    passkeys: fc.array(fc.record({ signInKey: exact(32), sealedAbout: payload }), { maxLength: 4 }),
  }),
  fc.record({ type: type('blobOpened'), missing: fc.array(uint64, { maxLength: 5 }) }),
  fc.record({ type: type('blobChunk'), bytes: payload }),
  fc.record({
    type: type('sealedKeys'),
    found: fc.array(
      fc.record({ accountKey: exact(32), signedSealedKeys: payload, wrappedKeys: bytes(0, 200) }),
      { maxLength: 4 },
    ),
  }),
  fc.record({
    type: type('sealedSources'),
    sources: fc.array(
      fc.record({ sourceId, sealedAbout: bytes(1, 200), perHour: uint32, createdAtMs: uint64 }),
      { maxLength: 4 },
    ),
  }),
  fc.record({ type: type('sealedChanged') }),
);

export const serverFrames: fc.Arbitrary<ServerFrame> = fc.record({ requestId: uint32, body: serverBody });

const receiptMarks = fc.array(
  fc.record({ deviceId, counter: uint64, missing: fc.array(uint64, { maxLength: 4 }) }),
  { maxLength: 5 },
);

const disappearAfterS = optional(
  fc.integer({ min: LIMITS.disappearAfterMinS, max: LIMITS.disappearAfterMaxS }),
);

export const blobReferences: fc.Arbitrary<BlobReference> = fc
  .record({
    blobId,
    key: exact(32),
    hash: exact(32),
    sizeBytes: fc.integer({ min: 1, max: LIMITS.blobBytes - 16 * LIMITS.blobChunks }),
  })
  .map(reference => ({
    ...reference,
    chunkCount: Math.ceil(reference.sizeBytes / BLOB_CHUNK_PLAIN_BYTES),
  }));

const thumbnails = fc
  .record({
    width: fc.integer({ min: 1, max: THUMBNAIL_PIXELS }),
    height: fc.integer({ min: 1, max: THUMBNAIL_PIXELS }),
    coded: fc.array(fc.integer({ min: 0, max: 0xfe }), { maxLength: 64 }),
  })
  .map(({ width, height, coded }) => pictureOf(coded, { head: frame(width, height) }));

const contentBody: fc.Arbitrary<ContentBody> = fc.oneof(
  fc.record({
    type: type('text'),
    text: text(LIMITS.textBytes),
    replyTo: optional(messageId),
    disappearAfterS,
  }),
  fc.record({
    type: type('receipt'),
    delivered: receiptMarks,
    read: receiptMarks,
    epoch: uint64,
    epochAuthenticator: bytes(0, 64),
  }),
  fc.record({ type: type('roomNotice'), condition: word(ROOM_CONDITIONS), erase: fc.boolean() }),
  fc.record({ type: type('inviteSecrets'), pskId: exact(16), psk: exact(32) }),
  fc.record({ type: type('profile'), name: text(LIMITS.nameBytes) }),
  fc.record({ type: type('typing'), active: fc.boolean() }),
  fc.record({ type: type('reaction'), target: messageId, emoji: text(LIMITS.emojiBytes) }),
  fc.record({ type: type('edit'), target: messageId, text: text(LIMITS.textBytes) }),
  fc.record({ type: type('delete'), target: messageId }),
  fc.record({ type: type('leave') }),
  fc.record({
    type: type('timer'),
    seconds: disappearAfterS,
    joinedEpoch: optional(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })),
  }),
  fc.record({
    type: type('presence'),
    state: word(PRESENCE_STATES),
    lastSeenMs: optional(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })),
  }),
  fc.record({ type: type('trust'), record: payload, signature: exact(64) }),
  fc.record({ type: type('deviceUse'), day: fc.integer({ min: 0, max: 0xffff_ffff }) }),
  fc.record({
    type: type('history'),
    step: word(HISTORY_STEPS),
    transferId: exact(16),
    toDeviceId: deviceId,
    index: fc.integer({ min: 0, max: 0xffff_ffff }),
    count: fc.integer({ min: 0, max: 0xffff_ffff }),
    blob: bytes(0, 128),
  }),
  fc.record({
    type: type('attachment'),
    blob: blobReferences.filter(({ sizeBytes }) => sizeBytes <= LIMITS.attachmentBytes),
    name: text(LIMITS.fileNameBytes),
    mediaType: text(LIMITS.mediaTypeBytes),
    width: fc.integer({ min: 0, max: 0xffff_ffff }),
    height: fc.integer({ min: 0, max: 0xffff_ffff }),
    thumbnail: optional(thumbnails),
    text: text(LIMITS.textBytes),
    replyTo: optional(messageId),
    disappearAfterS,
  }),
  fc.record({ type: type('deviceList'), signedDeviceList: payload }),
  fc.record({
    type: type('introduction'),
    accountKey: exact(32),
    handle: text(LIMITS.handleMaxChars),
    signature: exact(64),
  }),
);

export const contents: fc.Arbitrary<Content> = fc.record({
  messageId,
  counter: uint64,
  sentAtMs: uint64,
  body: contentBody,
});

export const bundles: fc.Arbitrary<Bundle> = fc.oneof(
  fc.record({
    mlsMessages: fc.array(payload, { minLength: 1, maxLength: LIMITS.messagesPerBundle }),
    askAgain: fc.constant(undefined),
  }),
  fc.record({
    mlsMessages: fc.constant([]),
    askAgain: fc.record({ deviceId, signature: exact(64) }),
  }),
);

export const signedDeviceCertificates: fc.Arbitrary<SignedDeviceCertificate> = fc.record({
  certificate: bytes(1, 300),
  signature: exact(64),
});

export const deviceCertificates: fc.Arbitrary<DeviceCertificate> = fc.record({
  accountKey: exact(32),
  deviceKey: exact(32),
  createdAtMs: fc.nat(),
  expiresAtMs: fc.integer({ min: 2 ** 31, max: Number.MAX_SAFE_INTEGER }),
  accountKind: word(ACCOUNT_KINDS),
});

export const roomPolicies: fc.Arbitrary<RoomPolicy> = fc
  .record({
    title: text(LIMITS.titleBytes),
    roles: fc.array(fc.record({ accountId, role: word(ROLES) }), { maxLength: 5 }),
    founderAccountKey: exact(32),
    kind: word(ROOM_KINDS),
    announcements: fc.boolean(),
    peerAccountId: accountId,
    picture: optional(fc.uint8Array({ max: 254, maxLength: 40 }).map(coded => pictureOf(coded))),
  })
  .map(policy => (policy.kind === 'direct' ? policy : { ...policy, peerAccountId: undefined }));

export const trustRecords: fc.Arbitrary<TrustRecord> = fc.record({
  accountId,
  accountKey: exact(32),
  certainty: word(CERTAINTIES),
  verifiedAtMs: optional(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })),
  name: text(LIMITS.nameBytes),
  handle: text(LIMITS.handleMaxChars),
  blocked: fc.boolean(),
  muted: fc.boolean(),
  updatedAtMs: uint64,
  counter: uint64,
  deviceId,
});

export const roomCards: fc.Arbitrary<RoomCard> = fc.record({
  title: text(LIMITS.titleBytes),
  inviterName: text(LIMITS.nameBytes),
  expiresAtMs: uint64,
  maxUses: uint32,
  approval: fc.boolean(),
  password: fc.boolean(),
});

export const joinRequests: fc.Arbitrary<JoinRequest> = fc.record({
  name: text(LIMITS.nameBytes),
  keyPackage: payload,
  sentAtMs: uint64,
  mac: exact(32),
});

export const joinAnswers: fc.Arbitrary<JoinAnswer> = fc.record({
  refusal: word(JOIN_REFUSALS),
  triesLeft: uint32,
});

export const signedDeviceLists: fc.Arbitrary<SignedDeviceList> = fc.record({
  list: payload,
  signature: exact(64),
});

export const deviceLists: fc.Arbitrary<DeviceList> = fc.record({
  accountKey: exact(32),
  counter: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  devices: fc.array(fc.record({ certificate: bytes(1, 200), sealedName: bytes(0, 40) }), {
    minLength: 1,
    maxLength: LIMITS.devicesPerAccount,
  }),
  revokedDeviceIds: fc.uniqueArray(deviceId, { maxLength: 8 }),
});

export const registrationPolicies: fc.Arbitrary<RegistrationPolicy> = fc.record({
  mode: word(REGISTRATION_MODES),
});

export const registerStarts: fc.Arbitrary<RegisterStart> = fc.record({
  handle,
  invitationCode,
  registrationRequest: exact(OPAQUE_BYTES.registrationRequest),
});

export const registerStarteds: fc.Arbitrary<RegisterStarted> = fc.record({
  registrationResponse: exact(OPAQUE_BYTES.registrationResponse),
});

export const registerFinishes: fc.Arbitrary<RegisterFinish> = fc.record({
  registration: payload,
  signature: exact(64),
});

export const registrations: fc.Arbitrary<Registration> = fc.record({
  handle,
  origin: text(LIMITS.originBytes),
  accountKey: exact(32),
  registrationRecord: exact(OPAQUE_BYTES.registrationRecord),
  sealedBundle: payload,
  sealedRecoveryBundle: payload,
  recoveryProofHash: exact(32),
  signedDeviceList: payload,
  invitationCode,
});

export const signInStarts: fc.Arbitrary<SignInStart> = fc.record({
  handle,
  startLoginRequest: exact(OPAQUE_BYTES.startLoginRequest),
});

export const signInStarteds: fc.Arbitrary<SignInStarted> = fc.record({
  signInId: exact(16),
  loginResponse: exact(OPAQUE_BYTES.loginResponse),
});

export const signInFinishes: fc.Arbitrary<SignInFinish> = fc.record({
  signInId: exact(16),
  finishLoginRequest: exact(OPAQUE_BYTES.finishLoginRequest),
});

export const recovers: fc.Arbitrary<Recover> = fc.record({ handle, recoveryProof: exact(32) });

export const signedIns: fc.Arbitrary<SignedIn> = fc.record({
  sealedBundle: payload,
  signedDeviceList: payload,
  ticket: exact(32),
});

export const passkeys: fc.Arbitrary<Passkey> = fc.record({
  signInKey: exact(32),
  sealedBundle: payload,
  sealedAbout: payload,
});

export const passkeyStarts: fc.Arbitrary<PasskeyStart> = fc.record({ origin: text(LIMITS.originBytes) });

export const passkeyStarteds: fc.Arbitrary<PasskeyStarted> = fc.record({ challenge: exact(32) });

export const passkeyFinishes: fc.Arbitrary<PasskeyFinish> = fc.record({
  challenge: exact(32),
  signInKey: exact(32),
  signature: exact(64),
});

export const leaveDeviceMails: fc.Arbitrary<LeaveDeviceOffer> = fc.record({
  token: exact(16),
  sealed: bytes(1, LIMITS.deviceOfferBytes),
});

export const readDeviceMails: fc.Arbitrary<ReadDeviceMail> = fc.record({ token: exact(16) });

export const deviceMails: fc.Arbitrary<DeviceMail> = fc.record({
  sealed: bytes(0, LIMITS.deviceOfferBytes),
});

export const addDevices: fc.Arbitrary<AddDevice> = fc.record({
  ticket: exact(32),
  signedDeviceList: payload,
});

export const signedSealedKeys: fc.Arbitrary<SignedSealedKeys> = fc.record({
  keys: payload,
  signature: exact(64),
});

export const sealedDeliveries: fc.Arbitrary<SealedDelivery> = fc.oneof(
  fc.record({ sourceId: optional(sourceId), message: fc.uint8Array({ minLength: 1, maxLength: 40 }) }),
  fc.record({
    sourceId: optional(sourceId),
    stored: fc.record({
      blobId,
      sizeBytes: fc.integer({ min: LIMITS.sealedMessageBytes + 1, max: LIMITS.sealedPostBytes }),
      hash: exact(32),
    }),
  }),
);
