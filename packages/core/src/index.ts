/**
 * The cryptographic state machines of Sotto: identity, invite links, conversations.
 *
 * Sans-IO: `(state, input, env) -> {state, output}`. Nothing here reads a clock, draws randomness, stores or sends;
 * what is to be stored comes back as writes. States are immutable, inputs are never written to. Foreign bytes pass one
 * decoder per type. Every function throws `CoreError` and nothing else.
 */

export {
  isContentOf,
  newBlob,
  openBlob,
  openBlobChunk,
  referTo,
  type SealedBlob,
  sealBlob,
} from './blob/sealedBlob.ts';
export {
  type ChangedKeys,
  type ContactTrust,
  changeContact,
  decideChange,
  firstContact,
  isAbout,
  type KeyDecision,
  keysSeen,
  roomBlocks,
  type SendingBlock,
  sendingBlock,
  setCertainty,
  type TrustState,
  takeTrustRecord,
  trustState,
} from './certainty/contactTrust.ts';
export { nameSkeleton, type Posing, posesAs } from './certainty/likeness.ts';
export {
  accountFingerprint,
  compareQr,
  type SafetyNumber,
  type SafetyParty,
  type ScanOutcome,
  safetyNumber,
} from './certainty/safetyNumber.ts';
export { signTrustRecord, verifyTrustRecord } from './certainty/trustRecord.ts';
export { abandonPending } from './conversation/abandonPending.ts';
export { askAgain } from './conversation/askAgain.ts';
export {
  admit,
  type BegunCommit,
  becomeMember,
  changePolicy,
  removeMembers,
  updateKeys,
} from './conversation/beginCommit.ts';
export {
  alignStreamEpoch,
  type Conversation,
  type ConversationView,
  conversationView,
  createConversation,
  loadConversation,
  memberOf,
  type NewRoom,
} from './conversation/conversation.ts';
export { addDevices, removeRevoked, revokedMembers } from './conversation/deviceCommits.ts';
export type {
  CommitRejection,
  EntryOutcome,
  RoomChange,
  UndecryptableCause,
} from './conversation/entryOutcome.ts';
export {
  type EphemeralBody,
  isPresenceNow,
  openEphemeral,
  sealEphemeral,
} from './conversation/ephemeral.ts';
export { giveRoles } from './conversation/giveRoles.ts';
export { introductionBody } from './conversation/introduction.ts';
export { joinAdded } from './conversation/joinAdded.ts';
export {
  type Continued,
  type ImpostorReason,
  joinFromWelcome,
  type WelcomeForUs,
} from './conversation/joinFromWelcome.ts';
export type { RoomMember } from './conversation/member.ts';
export { openEntry, type RoomEntry } from './conversation/openEntry.ts';
export type { PendingAdmission, PendingCommit } from './conversation/pendingCommit.ts';
export { coveredBy, openedMarks, receiptBody } from './conversation/receipts.ts';
export { mayChangeMessage, mayModerate, mayRemove, type RuleName } from './conversation/rules.ts';
export {
  composeContent,
  type Draft,
  type SealedDraft,
  sealDraft,
  withdrawDraft,
} from './conversation/sealContent.ts';
export type { CounterOrder } from './conversation/senderOrder.ts';
export { streamAdmins } from './conversation/streamAdmins.ts';
export { openTree, pendingTree, treeOfWelcome } from './conversation/treeBlob.ts';
export { type CoreEnv, ROOM_SUITE, ROOM_SUITE_NAME, type StateWrite } from './env.ts';
export { CoreError, type CoreErrorCode, type CoreErrorFacts } from './errors.ts';
export {
  type AccountBundle,
  type BundleKey,
  type BundleKeyKind,
  openAccountBundle,
  sealAccountBundle,
} from './identity/accountBundle.ts';
export { asMember, deletionProof, registrationProof } from './identity/accountProofs.ts';
export {
  type AddedDevice,
  answerOffer,
  certifyOffered,
  type DeviceOffer,
  deviceOfferWords,
  offerDevice,
  openAnswer,
  refuseOffer,
  type TakenOffer,
  takeOffer,
} from './identity/addDevice.ts';
export {
  type BadCertificateReason,
  type VerifiedCertificate,
  verifyCertificate,
} from './identity/certificate.ts';
export { deviceCodeKeys, readDeviceCode } from './identity/deviceCode.ts';
export {
  type BadDeviceListReason,
  firstDeviceList,
  isListed,
  listDevice,
  renameDevice,
  revokeDevice,
  type VerifiedDevice,
  type VerifiedDeviceList,
  verifyDeviceList,
} from './identity/deviceList.ts';
export { deviceNames } from './identity/deviceName.ts';
export {
  createDevice,
  createIdentity,
  type DeviceIdentity,
  decodeIdentity,
  encodeIdentity,
  sessionProof,
} from './identity/identity.ts';
export { accountIdOf, deviceIdOf, inboxStreamOf } from './identity/ids.ts';
export {
  type BadKeyPackageReason,
  makeKeyPackages,
  type SuppliedKeyPackage,
  type VerifiedKeyPackage,
  verifyKeyPackages,
} from './identity/keyPackages.ts';
export {
  openPasskeyAbout,
  type PasskeyAbout,
  type PasskeyChallenge,
  type PasskeyKeys,
  passkeyAddition,
  passkeyKeysOf,
  passkeyProof,
  passkeyRemoval,
  sealPasskeyAbout,
} from './identity/passkey.ts';
export {
  type BadCodeReason,
  makeRecoveryCode,
  type RecoveryCode,
  type RecoveryKeys,
  readRecoveryCode,
  recoveryKeysOf,
} from './identity/recoveryCode.ts';
export { createLink, linkFingerprint } from './link/createLink.ts';
export { type BadLinkReason, formatPathAndFragment, type InviteLink, parseLink } from './link/inviteLink.ts';
export { openJoinAnswer, sealJoinAnswer } from './link/joinAnswer.ts';
export {
  openJoinRequest,
  type PreparedKnock,
  prepareKnock,
  type VerifiedJoinRequest,
} from './link/joinRequest.ts';
export {
  deriveCardKey,
  deriveLinkKeys,
  type LinkKeys,
  type PasswordKey,
  passwordSalt,
} from './link/linkKeys.ts';
export { openRoomCard, sealRoomCard } from './link/roomCard.ts';
export { pbkdf2By, type Stretch, safetyWords } from './link/safetyWords.ts';
export { cleanName, cleanTitle } from './names.ts';
export type { NoteAttachment } from './sealed/noteAttachments.ts';
export {
  type BadSealedKeysReason,
  decodeWrappedKeys,
  encodeWrappedKeys,
  firstSealedKeys,
  letStrangers,
  type OwnSealedKeys,
  rotateSealedKeys,
  type VerifiedSealedKeys,
  verifySealedKeys,
} from './sealed/publishedKeys.ts';
export { bitsOf, type RsaBits, rsaKeyPem } from './sealed/rsaKeys.ts';
export {
  enterSealedRoom,
  inviterOf,
  type OpenedSealedEntry,
  openInSealedRoom,
  type SealedTalker,
  sealInSealedRoom,
  sealLeave,
  sealRoster,
} from './sealed/sealedEntry.ts';
export { SealedKeyring } from './sealed/sealedKeyring.ts';
export {
  type OpenedNote,
  openNote,
  type SealedNote,
  sealNote,
  sealSignedNote,
} from './sealed/sealedMessage.ts';
export { type BadSealedReason, sealedReasonOf } from './sealed/sealedRefusal.ts';
export {
  alignSealedRoom,
  beginSealedRoom,
  composeInSealedRoom,
  loadSealedRoom,
  otherAccountOf,
  type SealedRoom,
  type SealedRoomStep,
  sealedMarks,
  sealedRoomView,
} from './sealed/sealedRoom.ts';
export {
  makeSourceToken,
  openSourceAbout,
  type SourceAbout,
  type SourceToken,
  sealedPlaceOf,
  sealSourceAbout,
} from './sealed/sealedSource.ts';
export { openTyping, type SealedTyping, sealTyping } from './sealed/sealedTyping.ts';
