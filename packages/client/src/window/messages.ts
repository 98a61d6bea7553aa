import type { AccountIntents } from '../accountIntents.ts';
import type { EnginePort, LockIntents } from '../intents.ts';
import { ClientError } from '../intents.ts';
import type { StorageTrouble } from '../projection.ts';
import type { CrossingState } from './sameMembers.ts';

/** What the lock of a device is asked. */
export const LOCK_CALLS = [
  'unlock',
  'lock',
  'stayUnlocked',
  'setLockAfter',
  'setPassphrase',
  'addPasskey',
  'makeRecoveryCode',
  'removeLock',
  'eraseDevice',
  'signOut',
] as const satisfies readonly (keyof (LockIntents & AccountIntents))[];

/** The intents that are answered; each is a method of `EnginePort`. */
export const CALLS = [
  ...LOCK_CALLS,
  'setName',
  'startRoom',
  'createInvite',
  'revokeInvite',
  'closeDoor',
  'admit',
  'decline',
  'join',
  'sendText',
  'sendFile',
  'cancelFile',
  'fetchFile',
  'readFile',
  'retry',
  'discard',
  'markRead',
  'setTimer',
  'setTitle',
  'setPicture',
  'readPicture',
  'removeMember',
  'pause',
  'resume',
  'end',
  'leaveAndErase',
  'openTimeline',
  'closeTimeline',
  'loadOlder',
  'loadNewer',
  'search',
  'exportHistory',
  'importArchive',
  'cancelTask',
  'serverSaw',
  'deleteMessages',
  'deleteConversation',
  'askRegistration',
  'createAccount',
  'signIn',
  'recover',
  'changePassword',
  'makeAccountRecoveryCode',
  'deleteAccount',
  'renameDevice',
  'revokeDevice',
  'beginLink',
  'cancelLink',
  'confirmLink',
  'readLinkCode',
  'approveLink',
  'refuseLink',
  'measureHistory',
  'sendHistory',
  'stopHistory',
  'lookUp',
  'startDirect',
  'createGroup',
  'addMembers',
  'askToBeAddedAgain',
  'addAgain',
  'removePerson',
  'setRole',
  'setAnnouncements',
  'leaveRoom',
  'acceptRequest',
  'declineRequest',
  'safetyNumber',
  'markVerified',
  'compareScanned',
  'forgetVerification',
  'acceptNewKeys',
  'leaveNewKeys',
  'block',
  'unblock',
  'mute',
  'unmute',
  'report',
  'setPrivacy',
  'signInByPasskey',
  'listSignInPasskeys',
  'addSignInPasskey',
  'removeSignInPasskey',
  'makeSealedKeys',
  'rotateSealedKeys',
  'allowStrangers',
  'sealedKeysPem',
  'makeSource',
  'changeSource',
  'renewSourceToken',
  'revokeSource',
] as const satisfies readonly (keyof EnginePort)[];

export type CallName = (typeof CALLS)[number];

/** From a window to the engine. `windowId` tells the windows of one channel apart. */
export type WindowMessage =
  | { readonly to: 'engine'; readonly type: 'hello'; readonly windowId: string }
  | { readonly to: 'engine'; readonly type: 'bye'; readonly windowId: string }
  | {
      readonly to: 'engine';
      readonly type: 'call';
      readonly windowId: string;
      readonly callId: number;
      readonly name: CallName;
      readonly args: readonly unknown[];
    }
  | {
      readonly to: 'engine';
      readonly type: 'typing';
      readonly windowId: string;
      readonly roomId: string;
      readonly active: boolean;
    }
  | { readonly to: 'engine'; readonly type: 'reconnectNow'; readonly windowId: string };

/** What crosses of an error. */
export interface CrossedError {
  readonly code: ClientError['code'];
  readonly message: string;
  readonly facts: ClientError['facts'];
}

/** From the engine to its windows; without `windowId` to all of them. */
export type EngineMessage =
  /** A new engine serves from here on: say hello again. */
  | { readonly to: 'window'; readonly type: 'serving' }
  /** There is no engine: the store does not open, or was lost. */
  | { readonly to: 'window'; readonly type: 'failed'; readonly trouble?: StorageTrouble | undefined }
  /** Answers a hello: calls will be heard, events follow. `engineId` tells a new engine from the old one. */
  | { readonly to: 'window'; readonly type: 'welcome'; readonly windowId: string; readonly engineId: string }
  | ({ readonly to: 'window'; readonly type: 'event'; readonly windowId: string } & CrossingState)
  | {
      readonly to: 'window';
      readonly type: 'result';
      readonly windowId: string;
      readonly callId: number;
      readonly value: unknown;
    }
  | {
      readonly to: 'window';
      readonly type: 'error';
      readonly windowId: string;
      readonly callId: number;
      readonly error: CrossedError;
    };

/** A MessagePort, a Worker, a Worker's own scope or a BroadcastChannel, as far as it is used here. */
export interface Channel {
  /** What is transferred is the other side's from then on; a BroadcastChannel, which cannot, copies. */
  postMessage(message: unknown, transfer?: ArrayBuffer[]): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  removeEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
}

export function isWindowMessage(data: unknown): data is WindowMessage {
  return isAddressed(data, 'engine');
}

export function isEngineMessage(data: unknown): data is EngineMessage {
  return isAddressed(data, 'window');
}

function isAddressed(data: unknown, to: string): boolean {
  return typeof data === 'object' && data !== null && (data as { to?: unknown }).to === to;
}

/** Errors that no intent should throw cross as `STORAGE_FAILED`, without their text: it may name what is private. */
export function crossError(error: unknown): CrossedError {
  if (error instanceof ClientError) return { code: error.code, message: error.message, facts: error.facts };
  return { code: 'STORAGE_FAILED', message: 'the engine failed', facts: {} };
}

export function uncrossError({ code, message, facts }: CrossedError): ClientError {
  return new ClientError(code, message, facts);
}
