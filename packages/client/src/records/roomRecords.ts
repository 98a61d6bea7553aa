import type { Draft, InviteLink, LinkKeys, VerifiedJoinRequest } from '@sotto/core';
import type {
  AccountId,
  BlobId,
  DedupeId,
  DeviceId,
  InviteToken,
  MessageId,
  ReceiptMark,
  SourceId,
  StreamId,
  Timer,
} from '@sotto/protocol';
import type { FileNamed, JoinFailure, RoleName, RoomCondition, RoomId, RoomWarning } from '../projection.ts';
import type { SealedRefusal } from '../sealedIntents.ts';
import type { FileRecord } from './fileRecords.ts';

/** A room in a few hundred bytes: written with every message, so nothing in it grows with members or history. */
export interface RoomRecord {
  readonly roomId: RoomId;
  /** Unknown to a guest until the Welcome. */
  readonly streamId?: StreamId;
  readonly membership: 'joining' | 'member' | 'left' | 'removed';
  /** Whether the relay has confirmed the stream that this device made. */
  readonly created: boolean;
  /** The first entry that this device could read; what another own device has from before belongs before it. */
  readonly beganSeq?: number;
  /** The last entry that is stored; absent until a joiner learns where its stream begins. */
  readonly cursorSeq?: number;
  /** By the signed notices of those who may speak for the room. */
  readonly condition: RoomCondition;
  /** What the room was called when its conversation went. */
  readonly title?: string;
  /** What is not finished: this device ends the room, or leaves it, or was told to erase what it has of it. */
  readonly closing?: { readonly how: 'end' | 'leave' | 'told'; readonly erase: boolean };
  /** The number of the next outbox item. */
  readonly nextOut: number;
  /** The counter of the newest own message that came back from the log. */
  readonly echoedCounter: number;
  /** All who were in the room had this counter of ours: what was shown as delivered or read stays so. */
  readonly deliveredFloor: number;
  readonly readFloor: number;
  readonly unread: number;
  /** The place of the log up to which its person has read; absent: nothing yet. */
  readonly readTo?: number;
  readonly lastActivityMs: number;
  readonly preview?: {
    readonly text: string;
    readonly own: boolean;
    readonly atMs: number;
    /** The text is the name of this file. */
    readonly file?: FileNamed;
  };
  /** Receipts that are due and not yet in the outbox. */
  readonly owesDelivered: boolean;
  readonly owesRead: boolean;
  /** Unreadable entries whose sender is not known: they also show as gaps in somebody's counters. */
  readonly unattributedGaps: number;
  readonly warnings: readonly RoomWarning[];
  /** The invite this device came by, or wants to. */
  readonly enteredBy?: InviteToken;
  /** Who let this device in: what the link's fingerprint proves. */
  readonly inviter?: AccountId;
  /** Whose device added this one without a link. */
  readonly addedBy?: AccountId;
  /** Its person leaves: no device of theirs is brought in any more. */
  readonly leaving?: true;
  /** A stranger's, until it is accepted: nothing goes back. `unwanted`: of one who is blocked, and on its way out. */
  readonly request?: 'asked' | 'unwanted';
  /** A fresh leaf key is due since then (joining). */
  readonly keyUpdateDue: boolean;
  /** Shelves of the vault on which something stood that was deleted: their keys are to be changed. */
  readonly owesErasure?: readonly string[];
  /** Of a room that holds sealed messages. */
  readonly sealed?: SealedPlace;
  /** Of a room that came out of an archive: what it was called there. */
  readonly importedFrom?: string;
  /** Blocks of the log below this one have their search segments, where there is something to find. */
  readonly indexedTo?: number;
  /** Blocks below it whose segments went, because something in them is another. */
  readonly unindexed?: readonly number[];
  /** The last that anyone said of how long texts stay; absent while nobody has. */
  readonly timer?: TimerRecord;
  /** The epoch that this device joined in: what is said again to joiners is said with it. */
  readonly joinedEpoch?: number;
  /** No message goes before that time. */
  readonly nextGoneAtMs?: number;
  /** This device cannot follow the room any more, as far as it can tell. `asked`: to be added again. */
  readonly fallenOut?: { readonly asked: boolean };
  /** Of two: whose keys the person here has taken for those of the other. `true`: written before that was kept. */
  readonly keysReplaced?: AccountId | true;
  /** Entries in a row that looked damaged. */
  readonly damagedInARow?: number;
  /** It was added again, and has not seen yet where its log goes on. */
  readonly cameBack?: true;
  /** The name this device last told the room, or wants to tell again. */
  readonly toldName?: string;
}

/** Whose sealed messages a room holds; a `conversation` has a stream at the relay, the others have none. */
export type SealedPlace =
  | { readonly kind: 'strangers' }
  | { readonly kind: 'source'; readonly sourceId: SourceId }
  | { readonly kind: 'person' | 'conversation'; readonly accountId: AccountId };

/** Absent `seconds`: texts stay. */
export interface TimerRecord {
  readonly seconds?: number;
  /** Who said so, and in which message of theirs. */
  readonly by: DeviceId;
  readonly counter: number;
}

/** Another device of the room, beyond what MLS knows of it. Kept when it goes: its messages stay. */
export interface PeerRecord {
  readonly deviceId: DeviceId;
  readonly name: string;
  /** Own messages up to this counter were sent before it came. */
  readonly baseline: number;
  /** What it said last about our messages. */
  readonly delivered?: ReceiptMark;
  readonly read?: ReceiptMark;
  /** Its person asked for it to be added again. */
  readonly fellOut?: true;
  /** Gaps in its messages that are shown: late ones fill the oldest. */
  readonly gaps: readonly GapRecord[];
}

/** Messages of one sender that have not come, shown at `order`; behind it are places for them, first missing first. */
export interface GapRecord {
  readonly order: number;
  readonly count: number;
  /** The counter of the first that is missing. */
  readonly from: number;
  readonly places: number;
}

export type OutPurpose =
  | 'text'
  | 'receipt'
  | 'profile'
  | 'notice'
  | 'delete'
  | 'leave'
  | 'timer'
  | 'trust'
  | 'deviceUse'
  | 'history'
  | 'withdrawal';

/** Where a message stands in the log; `deletedBy`: its author took it back before it came. */
export type PlaceRecord = { readonly order: number } | { readonly deletedBy: DeviceId };

/** Something this device says, on its way into the log. Sent in the order of `number`. */
export interface OutRecord {
  readonly number: number;
  readonly purpose: OutPurpose;
  readonly draft: Draft;
  /** One for the item's whole life, whatever is encrypted how often. */
  readonly dedupeId: DedupeId;
  /** For `text`: what is shown. */
  readonly text?: string;
  readonly replyTo?: ReplyQuote;
  readonly disappearAfterS?: number;
  readonly file?: FileRecord;
  /** Its file is not at the relay yet: it has no counter, and nothing waits behind it. */
  readonly uploading?: true;
  /** For `timer`: what it says. */
  readonly timer?: Timer;
  /** For `notice`: what it says. */
  readonly notice?: { readonly condition: RoomCondition; readonly erase: boolean };
  /** Encrypted, for the epoch that it says. */
  readonly sealed?: { readonly payload: Uint8Array; readonly expectEpoch: number; readonly epoch: number };
  /** The relay has it at this place; waits for its entry to come back. */
  readonly appended?: { readonly seq: number; readonly receivedAtMs: number };
  readonly failed?: 'too-large' | 'refused' | 'room-ended' | 'not-a-member';
}

export interface ReplyQuote {
  readonly messageId: MessageId;
  readonly name: string;
  readonly text: string;
  /** The text is the name of this file. */
  readonly file?: FileNamed;
  /** What it quotes disappears, and the quote with it. */
  readonly disappears?: true;
}

/** What stands in the log at one place; the key holds the order. */
export type TimelineRecord =
  | {
      readonly kind: 'message';
      readonly messageId: MessageId;
      readonly author: {
        readonly deviceId: DeviceId;
        readonly name: string;
        readonly guest: boolean;
        readonly role: RoleName;
        readonly self: boolean;
      };
      /** In its author's order: receipts speak of it. */
      readonly counter: number;
      readonly text: string;
      readonly file?: FileRecord;
      readonly replyTo?: ReplyQuote;
      readonly sentAtMs: number;
      /** How long it stays once it counts, as its author wrote. */
      readonly disappearAfterS?: number;
      /** Once it counts: when it goes, by this device's clock. */
      readonly goneAtMs?: number;
      readonly saw: SawRecord;
      readonly deleted?: boolean;
    }
  | { readonly kind: 'event'; readonly atMs: number; readonly event: EventRecord }
  | {
      readonly kind: 'gap';
      readonly atMs: number;
      readonly cause: 'undecryptable' | 'missing' | 'expired-at-relay' | 'unsupported';
      readonly count: number;
      /** Of a sealed message: why it is not taken. */
      readonly reason?: SealedRefusal;
    };

/** As `RoomEvent`, by device: names are looked up when it is shown. */
export type EventRecord =
  | { readonly type: 'created' }
  | { readonly type: 'joined'; readonly deviceId: DeviceId; readonly guest: boolean; readonly self: boolean }
  | { readonly type: 'left'; readonly deviceId: DeviceId; readonly self: boolean }
  | { readonly type: 'removed'; readonly deviceId: DeviceId; readonly by: DeviceId; readonly self: boolean }
  | {
      readonly type:
        | 'device-added'
        | 'device-removed'
        | 'account-made'
        | 'fell-out'
        | 'added-again'
        | 'keys-changed';
      readonly deviceId: DeviceId;
      readonly self: boolean;
    }
  | {
      readonly type: 'role-changed';
      readonly deviceId: DeviceId;
      readonly role: RoleName;
      readonly by: DeviceId;
      readonly self: boolean;
    }
  | { readonly type: 'announcements'; readonly on: boolean; readonly by: DeviceId }
  | { readonly type: 'title'; readonly title: string; readonly by: DeviceId; readonly self: boolean }
  | { readonly type: 'picture'; readonly on: boolean; readonly by: DeviceId; readonly self: boolean }
  | { readonly type: 'paused' | 'resumed' | 'ended'; readonly by: DeviceId }
  | { readonly type: 'timer'; readonly by: DeviceId; readonly seconds?: number; readonly self: boolean };

/** What the relay had of a message: its size, and the first bytes to show (flat cost: not the whole again). */
export interface SawRecord {
  readonly head: Uint8Array;
  readonly sizeBytes: number;
  readonly seq?: number;
  readonly receivedAtMs?: number;
  readonly epoch: number;
}

/** Who was in the room in an epoch: all of them, or what is other than in the epoch before. */
export type RosterRecord =
  | { readonly deviceIds: readonly DeviceId[] }
  | { readonly after: number; readonly joined: readonly DeviceId[]; readonly left: readonly DeviceId[] };

/** An invite this device made: with its secret, because this device answers for it. */
export interface InviteRecord {
  readonly link: InviteLink;
  readonly keys: LinkKeys;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  /** 0: no limit. */
  readonly maxUses: number;
  readonly uses: number;
  readonly approval: boolean;
  readonly status: 'open' | 'used-up' | 'revoked' | 'ended' | 'expired';
  /** Whether the relay has confirmed it. */
  readonly created: boolean;
  readonly sealedCard: Uint8Array;
  /** Of everyone together. */
  readonly wrongPasswords: number;
}

/** What one device has tried at one invite. */
export interface VisitorRecord {
  readonly token: InviteToken;
  readonly deviceId: DeviceId;
  readonly declines: number;
  readonly wrongPasswords: number;
  readonly blocked: boolean;
}

/** A ratchet tree that this device put at the relay, and the devices that have not shown yet that they have it. */
export interface TreeRecord {
  readonly blobId: BlobId;
  readonly awaited: readonly DeviceId[];
}

/** Someone at the door. */
export interface KnockRecord {
  readonly knockId: string;
  readonly token: InviteToken;
  readonly request: VerifiedJoinRequest;
  readonly sealedRequest: Uint8Array;
  readonly safetyWords: readonly string[];
  readonly receivedAtMs: number;
  readonly declinedBefore: boolean;
  readonly state: 'waiting' | 'admitting';
}

/** A guest's way in. */
export interface JoinRecord {
  readonly link: InviteLink;
  readonly keys: LinkKeys;
  readonly name: string;
  readonly dedupeId: DedupeId;
  readonly knock: {
    readonly sealedRequest: Uint8Array;
    readonly keyPackage: Uint8Array;
    readonly keyPackagePrivateState: Uint8Array;
  };
  readonly safetyWords: readonly string[];
  /** The relay has the request. */
  readonly delivered: boolean;
  /** Let in by this Welcome, whose ratchet tree is still to be fetched. */
  readonly welcome?: Uint8Array;
  readonly refused?: { readonly reason: JoinFailure; readonly triesLeft?: number };
}
