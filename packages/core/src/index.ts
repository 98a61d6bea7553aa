/**
 * The cryptographic state machines of Sotto: identity, invite links, conversations.
 *
 * Sans-IO: `(state, input, env) -> {state, output}`. Nothing here reads a clock, draws randomness, stores or sends;
 * what is to be stored comes back as writes. States are immutable, inputs are never written to. Foreign bytes pass one
 * decoder per type. Every function throws `CoreError` and nothing else.
 */

export { abandonPending } from './conversation/abandonPending.ts';
export {
  admit,
  type BegunCommit,
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
} from './conversation/conversation.ts';
export type {
  CommitRejection,
  EntryOutcome,
  RoomChange,
  UndecryptableCause,
} from './conversation/entryOutcome.ts';
export { type EphemeralBody, openEphemeral, sealEphemeral } from './conversation/ephemeral.ts';
export { type ImpostorReason, joinFromWelcome } from './conversation/joinFromWelcome.ts';
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
export { type CoreEnv, ROOM_SUITE, ROOM_SUITE_NAME, type StateWrite } from './env.ts';
export { CoreError, type CoreErrorCode, type CoreErrorFacts } from './errors.ts';
export {
  type BadCertificateReason,
  type VerifiedCertificate,
  verifyCertificate,
} from './identity/certificate.ts';
export {
  createIdentity,
  type DeviceIdentity,
  decodeIdentity,
  encodeIdentity,
  sessionProof,
} from './identity/identity.ts';
export { accountIdOf, deviceIdOf, inboxStreamOf } from './identity/ids.ts';
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
