import type { InviteToken, MessageId } from '@sotto/protocol';
import type { AccountIntents, PasskeyIntents, ServedAccountIntents } from './accountIntents.ts';
import type { FileIntents } from './fileIntents.ts';
import type { PeopleIntents } from './peopleIntents.ts';
import type {
  EngineEvent,
  ExportedFile,
  ExportRequest,
  Imported,
  ImportRequest,
  InviteOptions,
  RoomId,
  SearchRequest,
  SearchResults,
  ServerSaw,
  StorageTrouble,
} from './projection.ts';
import type { SealedIntents } from './sealedIntents.ts';

/** Everything a person can ask for. Each rejects with `ClientError` and then has changed nothing. */
export interface Intents {
  setName(name: string): Promise<void>;
  /**
   * Makes a room and its first invite; the invite can be used once this resolves. The link's card says who invites:
   * `BAD_NAME` until there is a name (`setName`).
   */
  startRoom(options: {
    title: string;
    invite: InviteOptions;
  }): Promise<{ roomId: RoomId; token: InviteToken }>;
  createInvite(roomId: RoomId, options: InviteOptions): Promise<{ token: InviteToken }>;
  /** Stops new people by this link; those inside stay. */
  revokeInvite(roomId: RoomId, token: InviteToken): Promise<void>;
  /** "Stop new people": revokes every open invite of the room. */
  closeDoor(roomId: RoomId): Promise<void>;
  admit(roomId: RoomId, knockId: string): Promise<void>;
  decline(roomId: RoomId, knockId: string): Promise<void>;
  /** A guest asks to come in. Resolves when the request is on its way; progress is in `RoomView.join`. */
  join(options: { link: string; name: string; password: string | undefined }): Promise<{ roomId: RoomId }>;
  /**
   * Shown as "sending" and durable when this resolves. With a `messageId` (random, chosen by the caller) it may be
   * asked again by whoever does not know whether it was done: the same text under the same id is said once.
   * `BAD_MESSAGE_ID` when the id is none, or that of another message.
   */
  sendText(
    roomId: RoomId,
    text: string,
    replyTo?: MessageId,
    messageId?: MessageId,
  ): Promise<{ messageId: MessageId }>;
  retry(roomId: RoomId, messageId: MessageId): Promise<void>;
  /** Takes a failed message out of the log. */
  discard(roomId: RoomId, messageId: MessageId): Promise<void>;
  /**
   * How long messages stay that are written from now on, by anyone, once they are read; `undefined`: for good. Throws
   * `BAD_TIMER` outside of 5 seconds to 365 days.
   */
  setTimer(roomId: RoomId, seconds: number | undefined): Promise<void>;
  setTyping(roomId: RoomId, active: boolean): void;
  /** All that is in the log, or what stands up to a place of it (`order`). */
  markRead(roomId: RoomId, upTo?: number): Promise<void>;
  setTitle(roomId: RoomId, title: string): Promise<void>;
  /**
   * Of a group, by owners and admins; `undefined` takes it away. A baseline JPEG of `ROOM_PICTURE_PIXELS` on each side,
   * at most `LIMITS.pictureBytes` without its metadata, which is left out. Throws `BAD_PICTURE`, `NOT_ALLOWED`.
   */
  setPicture(roomId: RoomId, jpeg: Uint8Array | undefined): Promise<void>;
  /** The JPEG that `RoomView.picture` is the id of now; `undefined` where there is none. */
  readPicture(roomId: RoomId): Promise<Uint8Array | undefined>;
  removeMember(roomId: RoomId, deviceId: string): Promise<void>;
  pause(roomId: RoomId): Promise<void>;
  resume(roomId: RoomId): Promise<void>;
  /** Ends for everyone; `erase` also erases the room here and asks the others' devices to. */
  end(roomId: RoomId, options: { erase: boolean }): Promise<void>;
  /** Leaves (a guest) and erases what this device holds of the room. */
  leaveAndErase(roomId: RoomId): Promise<void>;
  /**
   * Takes messages off this device, with what quotes them; `forEveryone` (own messages only) also asks the others'
   * devices to. When it resolves, nothing of them can be read on this device, by whoever has its disk and passphrase.
   * Throws `NOT_ALLOWED` (`retryable`: it is still on its way), `UNKNOWN_MESSAGE`.
   */
  deleteMessages(
    roomId: RoomId,
    messageIds: readonly MessageId[],
    options: { forEveryone: boolean },
  ): Promise<void>;
  /** Takes a room that has ended, or that this device left, off it. `NOT_ALLOWED` while it goes on. */
  deleteConversation(roomId: RoomId): Promise<void>;
  /**
   * Sends a timeline event with `reset` and the newest items, or those around a place of the log, and keeps that
   * room's items coming.
   */
  openTimeline(roomId: RoomId, around?: number): Promise<void>;
  closeTimeline(roomId: RoomId): Promise<void>;
  /** Sends older items by a timeline event without `reset`. */
  loadOlder(roomId: RoomId): Promise<void>;
  /** Sends newer items, when the timeline was opened at an older place. */
  loadNewer(roomId: RoomId): Promise<void>;
  /** Looks through all that this device keeps. The first search makes the index ready. */
  search(request: SearchRequest): Promise<SearchResults>;
  /** Throws `WEAK_PASSPHRASE`, `CANCELLED`. */
  exportHistory(request: ExportRequest): Promise<ExportedFile>;
  /**
   * All of an archive, or nothing: throws `ARCHIVE_FOREIGN`, `ARCHIVE_WRONG_PASSPHRASE`, `ARCHIVE_TOO_NEW`,
   * `ARCHIVE_DAMAGED`, `CANCELLED`.
   */
  importArchive(request: ImportRequest): Promise<Imported>;
  /** Stops an export or import; nothing of it stays. */
  cancelTask(taskId: string): Promise<void>;
  serverSaw(roomId: RoomId, messageId: MessageId): Promise<ServerSaw>;
  /** Tries to reach the relay at once instead of at the next retry, and again after `taken-over` or `refused`. */
  reconnectNow(): void;
}

/** What a person does about the lock of this device. Each rejects with `ClientError` and then has changed nothing. */
export interface LockIntents {
  /** Throws `WRONG_SECRET`, `MISTYPED_CODE`, `NO_SUCH_LOCK`, `NO_MEMORY`. */
  unlock(secret: UnlockSecret): Promise<void>;
  /** Wipes the keys from memory as far as the browser lets; every window of this device shows nothing any more. */
  lock(): Promise<void>;
  /** Somebody is there: the time until it locks by itself begins anew. */
  stayUnlocked(): Promise<void>;
  setLockAfter(lockAfterMs: number | undefined): Promise<void>;
  /**
   * Sets the passphrase, or changes it (then `current` is needed). A guest's history is kept from then on. Throws
   * `WEAK_PASSPHRASE` (fewer than eight characters), `WRONG_SECRET`, `NO_MEMORY`.
   */
  setPassphrase(passphrase: string, current?: string): Promise<void>;
  addPasskey(passkey: NewPasskey): Promise<void>;
  /** A new one takes the place of the old one. It is shown once and kept nowhere. */
  makeRecoveryCode(): Promise<{ code: string }>;
  /** Throws `LAST_LOCK`, `NO_SUCH_LOCK`. */
  removeLock(id: string): Promise<void>;
  /** Destroys the keys and takes away everything that this device keeps. Also while it is locked. */
  eraseDevice(): Promise<void>;
}

/** What a person brings to unlock. */
export type UnlockSecret =
  | { readonly kind: 'passphrase'; readonly passphrase: string }
  | { readonly kind: 'recovery-code'; readonly code: string }
  | { readonly kind: 'passkey'; readonly credentialId: Uint8Array; readonly prfOutput: Uint8Array };

/** What the browser gave for a new passkey (WebAuthn PRF: 32 bytes of salt, 32 of output). */
export interface NewPasskey {
  readonly credentialId: Uint8Array;
  readonly prfSalt: Uint8Array;
  readonly prfOutput: Uint8Array;
}

/** The engine as a window sees it, in process or through a Worker: the same interface. */
export interface EnginePort extends UnlockedPort, LockIntents, Pick<AccountIntents, 'signOut'> {}

/** The same for one who has the key in hand: a program, whose lock is somebody else's business. */
export interface UnlockedPort
  extends Intents,
    FileIntents,
    ServedAccountIntents,
    PasskeyIntents,
    PeopleIntents,
    SealedIntents {
  /** The listener first gets the current state. */
  subscribe(listener: (event: EngineEvent) => void): () => void;
  close(): Promise<void>;
}

/** Why an intent was refused. */
export type ClientErrorCode =
  | 'BAD_LINK'
  | 'BAD_MESSAGE_ID'
  | 'BAD_NAME'
  | 'BAD_PASSWORD'
  | 'BAD_TEXT'
  | 'BAD_TIMER'
  | 'BAD_PICTURE'
  | 'FILE_EMPTY'
  | 'FILE_TOO_LARGE'
  | 'BAD_FILE'
  | 'TEXT_TOO_LARGE'
  | 'UNKNOWN_ROOM'
  | 'UNKNOWN_MESSAGE'
  | 'UNKNOWN_KNOCK'
  | 'UNKNOWN_INVITE'
  | 'NOT_ALLOWED'
  | 'ROOM_ENDED'
  | 'ROOM_PAUSED'
  | 'NOT_A_MEMBER'
  | 'ROOM_FULL'
  | 'OFFLINE'
  | 'CLOSED'
  | 'STORAGE_FAILED'
  | StorageTrouble
  /** What this device keeps is locked. */
  | 'LOCKED'
  | 'WRONG_SECRET'
  | 'WEAK_PASSPHRASE'
  | 'MISTYPED_CODE'
  | 'PASSKEY_UNSUPPORTED'
  | 'NO_SUCH_LOCK'
  | 'LAST_LOCK'
  | 'TOO_MANY_LOCKS'
  | 'NO_MEMORY'
  | 'CANCELLED'
  | 'ARCHIVE_FOREIGN'
  | 'ARCHIVE_WRONG_PASSPHRASE'
  | 'ARCHIVE_TOO_NEW'
  | 'ARCHIVE_DAMAGED'
  /** Not 3 to 32 of `a-z 0-9` with single `.`, `_`, `-` between, a letter first. */
  | 'HANDLE_INVALID'
  /** Somebody has it, or one that looks like it. */
  | 'HANDLE_TAKEN'
  /** It would pose as the operator or as Sotto. */
  | 'HANDLE_RESERVED'
  /** Of an account: fewer than ten characters. */
  | 'WEAK_PASSWORD'
  /** No such handle, wrong password or wrong code: the relay does not say which. */
  | 'SIGN_IN_FAILED'
  | 'RATE_LIMITED'
  | 'REGISTRATION_CLOSED'
  | 'INVITATION_NEEDED'
  /** Only a device without rooms and without an account can become one of an account's. */
  | 'DEVICE_IN_USE'
  | 'TOO_MANY_DEVICES'
  | 'UNKNOWN_DEVICE'
  | 'TOO_MANY_PASSKEYS'
  | 'UNKNOWN_PASSKEY'
  /** This device's account is registered already; or is not, and would have to be. */
  | 'HAS_ACCOUNT'
  | 'NO_ACCOUNT'
  /** No code of a new device. */
  | 'BAD_CODE'
  /** No new device waits under it: it ran out, was used, or has a slip that nothing else shows. */
  | 'LINK_EXPIRED'
  /** The relay passed on something that the device with this code did not offer. */
  | 'LINK_TAMPERED'
  | 'PERSON_UNKNOWN'
  | 'NOT_VERIFIED'
  | 'KEYS_CHANGED'
  | 'BLOCKED'
  | 'LAST_OWNER'
  /** This account, or the other, has no RSA keys; or has some already. */
  | 'NO_SEALED_KEYS'
  | 'HAS_SEALED_KEYS'
  | 'UNKNOWN_SOURCE'
  | 'TOO_MANY_SOURCES'
  | 'RELAY_REFUSED';

/** An intent that was not carried out, with what to do next where something can be done. */
export class ClientError extends Error {
  override readonly name = 'ClientError';
  constructor(
    readonly code: ClientErrorCode,
    message: string,
    readonly facts: {
      readonly retryable?: boolean;
      readonly retryAfterMs?: number;
      readonly limitBytes?: number;
    } = {},
  ) {
    super(message);
  }
}
