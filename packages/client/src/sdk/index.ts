/**
 * Sotto for programs, wherever they run: `Sotto` over a device. `connect` opens one: in Node that of
 * `@sotto/client/node`, in a page that of `@sotto/client/browser`.
 */
export type { CreateAccountOptions, RecoverOptions, SignInOptions } from '../accountIntents.ts';
export type { PersonView, PresenceView, PrivacyView } from '../peopleIntents.ts';
export type {
  Connection,
  EngineState,
  Imported,
  JoinFailure,
  Member,
  RoomView,
  SendState,
  Trust,
} from '../projection.ts';
export {
  Conversation,
  type Invitation,
  type InvitationOptions,
  type Knock,
  type TimelineEvent,
} from './conversation.ts';
export type { Device, MessageItem, Waiting } from './device.ts';
export { Message, SentMessage } from './message.ts';
export { MessageFile } from './messageFile.ts';
export type { FileOptions, FileToSend, PictureShown } from './outgoing.ts';
export { type Found, type MessageHandler, type MessageOptions, Sotto, type Verification } from './sotto.ts';
export { SottoError, type SottoErrorCode, type SottoErrorFacts } from './sottoError.ts';
