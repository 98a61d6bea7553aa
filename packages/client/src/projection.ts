import type { AccountId, DeviceId, InviteToken, MessageId, StreamId } from '@sotto/protocol';
import type { AccountView, LinkingState, Registration } from './accountIntents.ts';
import type { PersonView, PresenceView, PrivacyView } from './peopleIntents.ts';
import type { SealedRefusal, SealedRoomView, SealedView } from './sealedIntents.ts';

/** A conversation as the screens know it: the same as its stream at the relay. */
export type RoomId = StreamId;

/** How the relay is reached right now. `stopped`: will not try again by itself, `reason` says why. */
export type Connection =
  | { readonly state: 'connecting' }
  | { readonly state: 'online' }
  | { readonly state: 'offline'; readonly retryAtMs: number }
  | { readonly state: 'stopped'; readonly reason: StopReason; readonly trouble?: StorageTrouble };

/** What is wrong with the place where this device keeps its records, where that is known. */
export type StorageTrouble =
  /** No room is left: making some helps. */
  | 'STORAGE_FULL'
  /** The browser or the person took it away: cleared, evicted, or deleted by another page. It does not come back. */
  | 'STORAGE_LOST'
  /** The browser gives this page no storage: a private window, or site data is blocked. */
  | 'STORAGE_UNAVAILABLE'
  /** Another program, or a page of another version, holds it: closing that one helps. */
  | 'STORAGE_IN_USE'
  /** The records are there, and the keys to them are gone: nothing of it can be read any more. */
  | 'KEYS_LOST';

/** Why the engine stopped for good in this page. */
export type StopReason =
  /** Another window of this browser took over the device. */
  | 'taken-over'
  /** The store is older than what this device already sent: using it would repeat keys. */
  | 'rolled-back'
  /** The relay speaks no version that this build knows. */
  | 'unsupported-relay'
  | 'storage-failed'
  /** Another device of the account has taken this one off its list: it is let in nowhere any more. */
  | 'revoked'
  | 'refused';

export type Trust = 'unverified' | 'verified' | 'verified-by-link' | 'changed';
export type RoleName = 'owner' | 'admin' | 'member' | 'guest';

export interface Member {
  readonly accountId: AccountId;
  readonly deviceId: DeviceId;
  /** As they call themselves; already stripped of bidi controls. Never a proof of who they are. */
  readonly name: string;
  readonly role: RoleName;
  /** From the signed certificate, not from the name. */
  readonly guest: boolean;
  readonly trust: Trust;
  readonly self: boolean;
  /** By the directory, where this device has looked it up. Without `@`. */
  readonly handle?: string;
  readonly presence?: PresenceView;
  /** This device fell out, and its person asks for it to be added again. */
  readonly fellOut?: true;
}

/** Someone waits at the door of a room this device hosts. */
export interface KnockView {
  readonly knockId: string;
  /** The device that asks, and that the member will have. */
  readonly deviceId: DeviceId;
  readonly name: string;
  readonly safetyWords: readonly string[];
  readonly receivedAtMs: number;
  /** A second decline blocks this guest for the link. */
  readonly declinedBefore: boolean;
  readonly inviteToken: InviteToken;
  readonly state: 'waiting' | 'admitting';
}

export interface InviteView {
  readonly token: InviteToken;
  /** Path and fragment, `/chat/<token>#1.…`: the screen puts an address before it. */
  readonly pathAndFragment: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  /** 0: no limit. */
  readonly maxUses: number;
  readonly uses: number;
  readonly approval: boolean;
  readonly password: boolean;
  readonly status: 'open' | 'expired' | 'used-up' | 'revoked' | 'ended';
}

/** Where a guest stands on its way in. */
export type JoinState =
  /** Asked; the host has it or will get it. */
  | {
      readonly step: 'waiting';
      readonly safetyWords: readonly string[];
      readonly hostOnline: boolean;
      readonly delivered: boolean;
      /** Let in: what the room is made of is being fetched. `failed`: it did not come, and is asked for again. */
      readonly entering?: 'fetching' | 'failed';
    }
  | { readonly step: 'refused'; readonly reason: JoinFailure; readonly triesLeft?: number };

/** Each has its own sentence and next step in the web client. */
export type JoinFailure =
  | 'declined'
  | 'blocked'
  | 'wrong-password'
  | 'expired'
  | 'full'
  | 'revoked'
  | 'ended'
  | 'unknown-link'
  | 'cannot-read'
  | 'impostor'
  | 'rate-limited';

export type RoomCondition = 'open' | 'paused' | 'ended';

export interface RoomView {
  readonly roomId: RoomId;
  /** The room’s id on every device that is in it; `roomId` is this device’s own. Absent before one is in. */
  readonly streamId?: StreamId;
  readonly title: string;
  /** The id of the group's picture, another for each; `readPicture` gives its bytes. Absent: it has none. */
  readonly picture?: string;
  /** Absent: a group. A direct room has no title of its own. */
  readonly kind?: RoomKindName;
  readonly condition: RoomCondition;
  /** `joining`: a guest before the Welcome; `left`, `removed`: nothing more comes. */
  readonly membership: 'joining' | 'member' | 'left' | 'removed';
  readonly join?: JoinState;
  readonly members: readonly Member[];
  /** A stranger's: nothing goes back before it was accepted. */
  readonly request?: { readonly fromName: string; readonly handle?: string };
  /** Only owners and admins write. */
  readonly announcements?: boolean;
  readonly muted?: boolean;
  /** Why nothing can be written here now. */
  readonly sendingBlocked?: SendingBlocked;
  /** This device cannot follow the room any more; its person may ask to be added again, once. */
  readonly fallenOut?: { readonly asked: boolean };
  /** Holds sealed messages: no forward secrecy, and lost keys mean lost messages. */
  readonly sealed?: SealedRoomView;
  /** Came out of an archive: there to be read. */
  readonly imported?: boolean;
  readonly myRole: RoleName;
  readonly knocks: readonly KnockView[];
  readonly invites: readonly InviteView[];
  readonly epoch: number;
  readonly suite: string;
  /**
   * When this device last changed its own keys here and the room took it, by this device's clock. They are changed
   * weekly: where that is long ago, somebody may be holding it back. Absent where there are none.
   */
  readonly keysRenewedAtMs?: number;
  /** How long texts stay once they are read, in seconds; absent: for good. */
  readonly timerS?: number;
  readonly unread: number;
  /** The place of the log up to which all is read; absent: nothing is yet. */
  readonly readTo?: number;
  readonly lastActivityMs: number;
  /** Newest message as one line of text, for the list. */
  readonly preview?: {
    readonly text: string;
    readonly own: boolean;
    readonly atMs: number;
    /** The text is the name of this file. */
    readonly file?: FileNamed;
  };
  /** Names of those typing now. */
  readonly typing: readonly string[];
  /** Things that need a person's eye: a fork, a gap that could not be filled, … */
  readonly warnings: readonly RoomWarning[];
}

export type RoomKindName = 'group' | 'direct';

/** Why this device sends nothing to a room, and because of whom. */
export interface SendingBlocked {
  readonly why:
    | 'keys-changed'
    | 'not-verified'
    | 'blocked'
    | 'announcements'
    | 'request'
    /** Both began a conversation with each other at once: it goes on in the other room. */
    | 'goes-on-elsewhere'
    /** A conversation of two with somebody who has other keys now, those of `accountIds`: it goes on with them. */
    | 'keys-replaced';
  readonly accountIds: readonly AccountId[];
  /** With `keys-changed`: the person has decided to leave it so. */
  readonly left?: boolean;
  /** Where the conversation goes on. Absent with `keys-replaced` while there is none with whoever has the new keys. */
  readonly roomId?: RoomId;
}

export type RoomWarning =
  | { readonly kind: 'fork'; readonly withName: string }
  | { readonly kind: 'bad-commit'; readonly byName: string }
  | { readonly kind: 'out-of-sync' }
  /** The relay has less of the log than it had acknowledged: it was put back, and others may not hear what is said. */
  | { readonly kind: 'relay-set-back' };

export type SendState =
  | { readonly state: 'sending' }
  | { readonly state: 'sent' }
  | { readonly state: 'delivered' }
  | { readonly state: 'read' }
  | { readonly state: 'failed'; readonly reason: 'too-large' | 'refused' | 'room-ended' | 'not-a-member' };

/** The file of a message. */
export interface FileView {
  /** Such as can be shown; never a path. */
  readonly name: string;
  /** `type/subtype`, its sender's word. */
  readonly mediaType: string;
  readonly sizeBytes: number;
  /** Of a picture, in pixels: its sender's word. */
  readonly width?: number;
  readonly height?: number;
  /** A baseline JPEG without metadata, at most `THUMBNAIL_PIXELS` a side. */
  readonly thumbnail?: Uint8Array;
  readonly state: FileState;
}

/** What a quote or a preview says of a file. */
export type FileNamed = Pick<FileView, 'name' | 'mediaType'>;

export type FileState =
  /** An own one, on its way to the relay. */
  | { readonly state: 'uploading'; readonly doneBytes: number }
  /** `fetchFile` gets it. `trouble`: why it is not here although it was fetched. */
  | { readonly state: 'at-relay'; readonly trouble?: FileTrouble }
  | { readonly state: 'downloading'; readonly doneBytes: number }
  | { readonly state: 'here' }
  /** The relay does not have it (any more). */
  | { readonly state: 'gone' };

/** `wrong-bytes`: what the relay gave is not what was sent. `storage-full`: this device has no room for it. */
export type FileTrouble = 'wrong-bytes' | 'storage-full';

/** One line of the log, oldest first by `order`; `order` is dense enough to sort by and never changes once sent. */
export type TimelineItem =
  | {
      readonly kind: 'message';
      readonly key: string;
      readonly order: number;
      readonly messageId: MessageId;
      readonly author: {
        readonly deviceId: DeviceId;
        readonly name: string;
        readonly guest: boolean;
        readonly role: RoleName;
        readonly self: boolean;
      };
      /** With a file: what is said with it, or ''. */
      readonly text: string;
      readonly file?: FileView;
      readonly replyTo?: {
        readonly messageId: MessageId;
        readonly name: string;
        readonly text: string;
        /** The text is the name of this file. */
        readonly file?: FileNamed;
      };
      readonly sentAtMs: number;
      /** How long it can be read: counted from reading it, an own one from when the server has it. Absent: it stays. */
      readonly disappearAfterS?: number;
      /** Once that counts: when it goes, by this device's clock. */
      readonly goneAtMs?: number;
      /** Own messages only. */
      readonly send?: SendState;
      readonly edited?: boolean;
      readonly deleted?: boolean;
      readonly reactions?: readonly {
        readonly emoji: string;
        readonly count: number;
        readonly own: boolean;
      }[];
    }
  | {
      /** Something that happened to the room, in facts; the screen finds the words. */
      readonly kind: 'event';
      readonly key: string;
      readonly order: number;
      readonly atMs: number;
      readonly event: RoomEvent;
    }
  | {
      /** An entry that was there and cannot be shown. */
      readonly kind: 'gap';
      readonly key: string;
      readonly order: number;
      readonly atMs: number;
      readonly cause: 'undecryptable' | 'missing' | 'expired-at-relay' | 'unsupported';
      readonly count: number;
      /** Of a sealed message: why it is not taken. */
      readonly reason?: SealedRefusal;
    };

export type RoomEvent =
  | { readonly type: 'created' }
  | { readonly type: 'joined'; readonly name: string; readonly guest: boolean; readonly self: boolean }
  | { readonly type: 'left'; readonly name: string; readonly self: boolean }
  | { readonly type: 'removed'; readonly name: string; readonly byName: string; readonly self: boolean }
  | { readonly type: 'paused' | 'resumed' | 'ended'; readonly byName: string }
  | {
      readonly type: 'role-changed';
      readonly name: string;
      readonly role: RoleName;
      readonly byName: string;
      readonly self: boolean;
    }
  /** A device of someone who was there already, or is still. `self`: of one's own account. */
  | { readonly type: 'device-added' | 'device-removed'; readonly name: string; readonly self: boolean }
  /** A device of someone in the room could not follow any more; it was added again. */
  | { readonly type: 'fell-out' | 'added-again'; readonly name: string; readonly self: boolean }
  /** A guest has an account now. */
  | { readonly type: 'account-made'; readonly name: string; readonly self: boolean }
  /** Another account is behind that person's handle. */
  | { readonly type: 'keys-changed'; readonly name: string }
  | { readonly type: 'announcements'; readonly on: boolean; readonly byName: string }
  /** What the group is called from here on; empty: it has no title any more. */
  | { readonly type: 'title'; readonly title: string; readonly byName: string; readonly self: boolean }
  /** Another picture from here on, or (`on` false) none any more. */
  | { readonly type: 'picture'; readonly on: boolean; readonly byName: string; readonly self: boolean }
  /** How long messages stay from here on; `undefined`: for good. */
  | {
      readonly type: 'timer';
      readonly byName: string;
      readonly seconds: number | undefined;
      readonly self: boolean;
    };

/** A way to unlock what this device keeps. */
export interface LockItem {
  readonly id: string;
  readonly kind: 'passphrase' | 'recovery-code' | 'passkey';
  readonly createdAtMs: number;
  /** What the browser needs to ask a passkey for its secret. */
  readonly passkey?: { readonly credentialId: Uint8Array; readonly prfSalt: Uint8Array };
}

/** How what this device keeps is locked. */
export interface LockState {
  /** While `locked` there is nothing to show but the ways to unlock. */
  readonly state: 'locked' | 'unlocked';
  /** `tab`: the key goes with the tab, and the history with it. */
  readonly keeps: 'tab' | 'device';
  /** Empty where nobody has set one: then whoever can read this browser's files can read the history. */
  readonly locks: readonly LockItem[];
  /** Without anyone using it; `undefined`: never by itself. */
  readonly lockAfterMs: number | undefined;
  /** False where this browser writes new keys beside the old ones: what is erased may be found for a while. */
  readonly overwritesInPlace: boolean;
}

export interface EngineState {
  readonly lock: LockState;
  readonly connection: Connection;
  /** Whether this device may start chats at this relay; unknown until first online. */
  readonly mayHost: boolean | undefined;
  readonly self:
    | { readonly accountId: AccountId; readonly deviceId: DeviceId; readonly name: string }
    | undefined;
  /** Newest activity first. */
  readonly rooms: readonly RoomView[];
  /** Absent: this device's account is not registered anywhere. */
  readonly account?: AccountView;
  /** The handle of the account that this device had, until it was deleted, here or on another of its devices. */
  readonly deletedAccount?: string;
  /** Of this relay; absent until asked. */
  readonly registration?: Registration;
  /** While this device is being added by one that is in. */
  readonly linking?: LinkingState;
  /** By name. */
  readonly people?: readonly PersonView[];
  readonly privacy?: PrivacyView;
  /** Of the account of this device. */
  readonly sealed?: SealedView;
}

/** What the engine tells its windows. State is whole and small; timelines come as changes. */
export type EngineEvent =
  | { readonly type: 'state'; readonly state: EngineState }
  | {
      readonly type: 'timeline';
      readonly roomId: RoomId;
      readonly reset: boolean;
      readonly upserts: readonly TimelineItem[];
      readonly removedKeys: readonly string[];
      readonly hasOlder: boolean;
      /** Newer items can be asked for: the window looks at an older place of the log. */
      readonly hasNewer?: boolean;
    }
  /** How far an export or import of this window has come. */
  | {
      readonly type: 'progress';
      readonly taskId: string;
      readonly done: number;
      readonly total: number;
    }
  /** For sound and notification; never for content. */
  | {
      readonly type: 'notice';
      readonly roomId: RoomId;
      readonly what: 'knock' | 'message';
      readonly name: string;
    };

/** What of a history goes into a file. */
export interface ExportRequest {
  /** The window's own name for it: progress is told under it, and `cancelTask` stops it. */
  readonly taskId: string;
  /** All rooms where it is left out. */
  readonly roomIds?: readonly RoomId[];
  /** `html` and `json` can be read by whoever gets the file; an `archive` by whoever has its passphrase. */
  readonly format: 'html' | 'json' | 'archive';
  /** For an `archive`. */
  readonly passphrase?: string;
}

export interface ExportedFile {
  readonly blob: Blob;
  readonly fileName: string;
}

export interface ImportRequest {
  readonly taskId: string;
  /** An archive that `exportHistory` made: a `Blob` or `File`. */
  readonly file: Blob;
  readonly passphrase: string;
}

/** What came in. Conversations that this device has already are left as they are. */
export interface Imported {
  readonly conversations: number;
  readonly messages: number;
  readonly skipped: number;
}

/**
 * What a person looks for. Words in any order; the last may be unfinished; quotation marks for words in a row.
 * Without words: all that a filter besides the room lets through, newest first.
 */
export interface SearchRequest {
  readonly query: string;
  /** Only in this room. */
  readonly roomId?: RoomId;
  /** Only by one of these devices. */
  readonly deviceIds?: readonly DeviceId[];
  /** Only sent at this time or later, and before that one. */
  readonly fromMs?: number;
  readonly toMs?: number;
  /** Only messages with a file; or only those without. */
  readonly hasFile?: boolean;
  /** At most 100. */
  readonly limit: number;
  /** The last of the page before. */
  readonly after?: SearchFound;
}

/** A message that was found: best first, then newest first. */
export interface SearchFound {
  readonly roomId: RoomId;
  /** Its place in the log: `openTimeline` shows it there. */
  readonly order: number;
  readonly messageId: MessageId;
  readonly author: { readonly name: string; readonly self: boolean };
  readonly sentAtMs: number;
  readonly score: number;
  /** The place of the text that answers; `marks` in UTF-16 units of it, `cutBefore`: it begins within the text. */
  readonly snippet: {
    readonly text: string;
    readonly cutBefore: boolean;
    readonly marks: readonly { readonly start: number; readonly end: number }[];
  };
}

export interface SearchResults {
  readonly found: readonly SearchFound[];
  /** There may be more behind the last. */
  readonly more: boolean;
}

/** What the relay had of one message, and what it had not. */
export interface ServerSaw {
  readonly ciphertext: Uint8Array;
  readonly sizeBytes: number;
  readonly writtenBytes: number;
  readonly seq: number | undefined;
  readonly receivedAtMs: number | undefined;
  readonly epoch: number;
  readonly suite: string;
  /** Devices it was encrypted to. The relay knows how many, not who. */
  readonly recipients: readonly { readonly name: string; readonly deviceId: DeviceId }[];
}

export interface InviteOptions {
  readonly lifetimeMs: number;
  /** 0: no limit; 1: just one person. */
  readonly maxUses: number;
  readonly approval: boolean;
  readonly password: string | undefined;
}
