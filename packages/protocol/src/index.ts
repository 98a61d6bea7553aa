/**
 * The wire of Sotto: typed frames and content, their one decoder each, ids, limits and error codes. No I/O.
 *
 * Ids are branded text in code and bytes on the wire; enums are words; 64-bit integers are numbers below 2^53.
 * Every decoder takes foreign bytes, copies what it keeps and throws `ProtocolError` and nothing else. Encoders
 * refuse what the decoder at the other end would refuse. Times are in milliseconds since 1970, sizes in bytes.
 */
export type {
  Account,
  AccountAnswer,
  AccountRequest,
  AddPasskey,
  ClaimedKeyPackage,
  ListedPasskey,
  PublishKeyPackages,
} from './accountFrames.ts';
export { base62Decode, base62Encode, base62Length } from './base62.ts';
export { base64urlDecode, base64urlEncode } from './base64url.ts';
export type { BlobAnswer, BlobChunk, BlobRequest, OpenBlob } from './blobFrames.ts';
export {
  BLOB_CHUNK_PLAIN_BYTES,
  type BlobReference,
  decodeBlobReference,
  encodeBlobReference,
} from './blobReference.ts';
export {
  type Admission,
  type AnswerKnock,
  type Append,
  type Authenticate,
  type ClientBody,
  type ClientFrame,
  type CreateInvite,
  decodeClientFrame,
  encodeClientFrame,
  type Knock,
  type StreamAction,
} from './clientFrame.ts';
export {
  type AskAgain,
  type Attachment,
  type Bundle,
  type Content,
  type ContentBody,
  decodeBundle,
  decodeContent,
  encodeBundle,
  encodeContent,
  type History,
  type HistoryStep,
  type Introduction,
  type Presence,
  type PresenceState,
  type Receipt,
  type ReceiptMark,
  type RoomCondition,
  type Timer,
} from './content.ts';
export {
  type AccountKind,
  type DeviceCertificate,
  decodeDeviceCertificate,
  decodeSignedDeviceCertificate,
  encodeDeviceCertificate,
  encodeSignedDeviceCertificate,
  type SignedDeviceCertificate,
} from './deviceCertificate.ts';
export {
  type DeviceList,
  decodeDeviceList,
  decodeSignedDeviceList,
  encodeDeviceList,
  encodeSignedDeviceList,
  type ListedDevice,
  type SignedDeviceList,
} from './deviceList.ts';
export {
  type DeviceMail,
  decodeDeviceMail,
  decodeLeaveDeviceAnswer,
  decodeLeaveDeviceOffer,
  decodeReadDeviceMail,
  encodeDeviceMail,
  encodeLeaveDeviceAnswer,
  encodeLeaveDeviceOffer,
  encodeReadDeviceMail,
  type LeaveDeviceAnswer,
  type LeaveDeviceOffer,
  type ReadDeviceMail,
} from './deviceOffer.ts';
export { CLOSE, ProtocolError, type ProtocolErrorCode, type WireErrorCode } from './errors.ts';
export { isFileName, shownFileName, shownMediaType } from './fileName.ts';
export { Handle, handleSkeleton, isReservedHandle } from './handle.ts';
export {
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
export {
  decodeJoinAnswer,
  decodeJoinRequest,
  encodeJoinAnswer,
  encodeJoinRequest,
  type JoinAnswer,
  type JoinRefusal,
  type JoinRequest,
  joinRequestMacInput,
} from './joinRequest.ts';
export { LIMITS } from './limits.ts';
export {
  decodePasskey,
  decodePasskeyFinish,
  decodePasskeyStart,
  decodePasskeyStarted,
  encodePasskey,
  encodePasskeyFinish,
  encodePasskeyStart,
  encodePasskeyStarted,
  type Passkey,
  type PasskeyFinish,
  type PasskeyStart,
  type PasskeyStarted,
} from './passkey.ts';
export {
  decodeRegisterFinish,
  decodeRegisterStart,
  decodeRegisterStarted,
  decodeRegistration,
  decodeRegistrationPolicy,
  encodeRegisterFinish,
  encodeRegisterStart,
  encodeRegisterStarted,
  encodeRegistration,
  encodeRegistrationPolicy,
  type RegisterFinish,
  type RegisterStart,
  type RegisterStarted,
  type Registration,
  type RegistrationMode,
  type RegistrationPolicy,
} from './registration.ts';
export {
  decodeRoomCard,
  decodeRoomPolicy,
  encodeRoomCard,
  encodeRoomPolicy,
  type Role,
  type RoleGrant,
  type RoomCard,
  type RoomKind,
  type RoomPolicy,
} from './room.ts';
export { isRoomPicture, ROOM_PICTURE_PIXELS, roomPicture } from './roomPicture.ts';
export {
  decodeSealedDelivery,
  encodeSealedDelivery,
  type FoundSealedKeys,
  type PutSealedKeys,
  type PutSealedSource,
  type SealedAnswer,
  type SealedDelivery,
  type SealedRequest,
  type SealedSource,
  type StoredSealedMessage,
} from './sealedFrames.ts';
export {
  decodeSealedKeys,
  decodeSignedSealedKeys,
  encodeSealedKeys,
  encodeSignedSealedKeys,
  type SealedKey,
  type SealedKeys,
  type SealedKeyUse,
  type SignedSealedKeys,
  sealedKeyJwk,
  sealedKeysInput,
  sealedKeyThumbprintInput,
} from './sealedKeys.ts';
export {
  type Authenticated,
  decodeServerFrame,
  type Entry,
  encodeServerFrame,
  type Failure,
  type InviteStatus,
  type RelayLimits,
  type ServerBody,
  type ServerFrame,
  WIRE_ERROR_CODES,
} from './serverFrame.ts';
export {
  addPasskeyInput,
  deleteAccountInput,
  deviceCertificateInput,
  deviceListInput,
  passkeySignInInput,
  registrationInput,
  removePasskeyInput,
  sessionProofInput,
} from './signedBytes.ts';
export {
  type AddDevice,
  decodeAddDevice,
  decodeRecover,
  decodeSignedIn,
  decodeSignInFinish,
  decodeSignInStart,
  decodeSignInStarted,
  encodeAddDevice,
  encodeRecover,
  encodeSignedIn,
  encodeSignInFinish,
  encodeSignInStart,
  encodeSignInStarted,
  type Recover,
  type SignedIn,
  type SignInFinish,
  type SignInStart,
  type SignInStarted,
} from './signIn.ts';
export type { EntryKind, StreamCondition, StreamKind, StreamStatus } from './streamStatus.ts';
export { isThumbnail, THUMBNAIL_PIXELS, thumbnailOf } from './thumbnail.ts';
export {
  type Certainty,
  decodeTrustRecord,
  encodeTrustRecord,
  type SignedTrustRecord,
  type TrustRecord,
} from './trustRecord.ts';
