import type { AccountId, DeviceId, MessageId } from '@sotto/protocol';
import type { RoleName, RoomId, Trust } from './projection.ts';

/**
 * What a person does about other people: conversations by handle, groups, certainty, blocking, privacy. Each rejects
 * with `ClientError` and then has changed nothing.
 */
export interface PeopleIntents {
  /** Finds a person by handle. Throws `HANDLE_INVALID`, `PERSON_UNKNOWN`, `NO_ACCOUNT`, `RATE_LIMITED`. */
  lookUp(handle: string): Promise<PersonView>;
  /** The one conversation with this person, made where there is none. Throws as `lookUp`, `KEYS_CHANGED`, `BLOCKED`. */
  startDirect(person: PersonRef, options?: DirectOptions): Promise<{ roomId: RoomId }>;
  /** Throws `PERSON_UNKNOWN`, `NOT_VERIFIED` in strict mode, `ROOM_FULL`. */
  createGroup(options: {
    readonly title: string;
    readonly accountIds: readonly AccountId[];
  }): Promise<{ roomId: RoomId }>;
  addMembers(roomId: RoomId, accountIds: readonly AccountId[]): Promise<void>;
  /** This device fell out: asks those inside to add it again. Throws `NO_ACCOUNT`, `NOT_ALLOWED`, `OFFLINE`. */
  askToBeAddedAgain(roomId: RoomId): Promise<void>;
  /** One commit that takes out a device that asked for it, and adds it. Throws `NOT_ALLOWED`, `PERSON_UNKNOWN`. */
  addAgain(roomId: RoomId, deviceId: DeviceId): Promise<void>;
  /** All devices of that person. */
  removePerson(roomId: RoomId, accountId: AccountId): Promise<void>;
  /** By owners. Throws `LAST_OWNER`. */
  setRole(roomId: RoomId, accountId: AccountId, role: Exclude<RoleName, 'guest'>): Promise<void>;
  /** Only owners and admins write from then on. */
  setAnnouncements(roomId: RoomId, on: boolean): Promise<void>;
  /** Leaves, and keeps what was said. Throws `LAST_OWNER` while others are there and nobody else owns the room. */
  leaveRoom(roomId: RoomId): Promise<void>;
  /** A stranger's first message: before it is accepted nothing goes back. */
  acceptRequest(roomId: RoomId): Promise<void>;
  /** Leaves and erases the room; `block` also stops that person. */
  declineRequest(roomId: RoomId, options: { readonly block: boolean }): Promise<void>;

  safetyNumber(accountId: AccountId): Promise<SafetyNumberView>;
  /** The person compared the digits by eye. */
  markVerified(accountId: AccountId): Promise<void>;
  /** What a camera read of the other's screen; `match` also marks as verified. */
  compareScanned(accountId: AccountId, scanned: Uint8Array): Promise<ScanOutcome>;
  forgetVerification(accountId: AccountId): Promise<void>;
  /** Another account is behind a handle that was known: takes the new one, unverified. */
  acceptNewKeys(accountId: AccountId): Promise<void>;
  /** Keeps what was known, and sends nothing, until one decides otherwise. */
  leaveNewKeys(accountId: AccountId): Promise<void>;

  /** Nothing goes to them or comes from them, in direct rooms; in groups their words are folded away. */
  block(accountId: AccountId): Promise<void>;
  unblock(accountId: AccountId): Promise<void>;
  /** No notices; `untilMs` undefined: until unmuted. */
  mute(roomId: RoomId, untilMs?: number): Promise<void>;
  unmute(roomId: RoomId): Promise<void>;
  /** Sends these messages, as this device has them, to the owners and admins of the group. */
  report(roomId: RoomId, messageIds: readonly MessageId[]): Promise<void>;
  setPrivacy(patch: Partial<PrivacyView>): Promise<void>;
}

/**
 * `rsa-sealed`: by RSA, where a policy asks for it; both accounts need keys, else `NO_SEALED_KEYS`. It lacks forward
 * secrecy, presence and the warning of a fork.
 */
export interface DirectOptions {
  readonly kind?: 'mls' | 'rsa-sealed';
}

/** A person, by whichever is known. */
export type PersonRef = { readonly handle: string } | { readonly accountId: AccountId };

/** Someone this device knows: a direct room exists, or they are verified, blocked or named. */
export interface PersonView {
  readonly accountId: AccountId;
  readonly name: string;
  /** Without `@`. */
  readonly handle?: string;
  readonly trust: Trust;
  readonly blocked: boolean;
  readonly presence?: PresenceView;
  /** Their name looks like that of another person this device knows. */
  readonly posesAs?: string;
}

export interface PresenceView {
  readonly online: boolean;
  readonly lastSeenMs?: number;
}

/** What this device tells others, and whom it writes to. */
export interface PrivacyView {
  readonly readReceipts: boolean;
  readonly typing: boolean;
  readonly presence: boolean;
  /** Sends to verified people only. */
  readonly strict: boolean;
}

export interface SafetyNumberView {
  /** Sixty. */
  readonly digits: string;
  /** For a QR code, as bytes. */
  readonly qr: Uint8Array;
}

export type ScanOutcome = 'match' | 'mismatch' | 'wrong-version' | 'other-person';
