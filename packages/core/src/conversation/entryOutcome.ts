import type { Content, MessageId } from '@sotto/protocol';
import type { RoomMember } from './member.ts';
import type { PendingCommit } from './pendingCommit.ts';
import type { RuleName } from './rules.ts';
import type { CounterOrder } from './senderOrder.ts';

/** What a commit did, in facts. */
export interface RoomChange {
  readonly joined: readonly RoomMember[];
  /** `leaving`: it had said that it leaves. */
  readonly removed: readonly { readonly member: RoomMember; readonly leaving: boolean }[];
  /** Devices that fell out and came in again: taken out and added by this one commit. */
  readonly addedAgain: readonly RoomMember[];
  readonly title: { readonly from: string; readonly to: string } | undefined;
  /** Whether the room has a picture, where that is another now, or there is none any more. */
  readonly picture: boolean | undefined;
  /** Whether only owners and admins write from here on, where that is another now. */
  readonly announcements: boolean | undefined;
  /** Members whose role is another now. */
  readonly roles: readonly { readonly member: RoomMember; readonly from: RoomMember['role'] }[];
  /** Guests that have an account now. */
  readonly accountsMade: readonly RoomMember[];
}

/** Why an entry could not be read; the state is unchanged to the byte. */
export type UndecryptableCause =
  /** Does not decode, or holds what may not stand in such an entry. */
  | 'malformed'
  /** Another group's message. */
  | 'wrong-group'
  /** A later epoch's: the relay let through what it should not, or this device is out, and can ask to be added again. */
  | 'wrong-epoch'
  /** An earlier epoch's: its sender is out, or the relay let through what it should not. */
  | 'past-epoch'
  /** Of this epoch, but damaged, forged, or of a fork of the room. */
  | 'damaged'
  /** The same ciphertext again. */
  | 'replayed'
  /** From a sender who is not in the room. */
  | 'unknown-sender'
  /** Further ahead in its sender's ratchet than is followed. */
  | 'too-far-ahead';

/** Why a commit was not applied. */
export type CommitRejection =
  /** Its author may not do that: `rule`. */
  | 'not-allowed'
  /** It breaks RFC 9420; `detail` says where. */
  | 'invalid'
  /** An added device, or the committer's new leaf, has no valid certificate. */
  | 'bad-certificate'
  /** It cannot be opened; `detail` is an `UndecryptableCause`, or `own-commit` for one's own that was given up, `own-later-commit` for one by a later copy of this state. */
  | 'undecryptable';

/** What an entry was. */
export type EntryOutcome =
  /** `author` is the leaf that signed; nothing in the payload can claim another. Show as `order` says. */
  | {
      readonly type: 'content';
      readonly author: RoomMember;
      readonly content: Content;
      readonly order: CounterOrder;
      /** With a receipt: its author's epoch authenticator is not ours, the room has forked. */
      readonly fork: boolean;
    }
  /** The same message id from the same device again; not to be shown. */
  | {
      readonly type: 'duplicate';
      readonly author: RoomMember;
      readonly messageId: MessageId;
      readonly counter: number;
    }
  /**
   * One's own message, which is not decrypted: its draft, found by the `dedupeId` it was appended with, is in the outbox
   * or the history. With a spent key it proves nothing by itself: any member can put one's name on such bytes. `unspent`:
   * it is genuine, and made with a key that this state has not used yet: this state is an old copy of what sent it, and
   * must not be used any more.
   */
  | { readonly type: 'own'; readonly unspent: boolean }
  /** A genuine message that its author may not send; not to be acted on. */
  | {
      readonly type: 'refused';
      readonly author: RoomMember;
      readonly rule: RuleName;
    }
  /** A genuine message of a kind or version that this build does not know, or that does not decode: shown as such. */
  | { readonly type: 'unreadable'; readonly author: RoomMember; readonly why: 'unsupported' | 'malformed' }
  /** This member's device fell out of step, and its person asks for it to be added again. */
  | { readonly type: 'asks-again'; readonly author: RoomMember }
  /** The room is in a new epoch. */
  | {
      readonly type: 'commit';
      readonly by: RoomMember;
      /** One's own pending commit, now in force. */
      readonly own: boolean;
      readonly change: RoomChange;
      /** This device was removed: the writes take every record of the conversation away. */
      readonly selfRemoved: boolean;
      /** One's own commit that lost the race: begin it again. */
      readonly dropped: Omit<PendingCommit, 'expectEpoch'> | undefined;
    }
  /** Nobody who keeps the rules applies it; it counts for the stream's epoch and changes nothing else. */
  | {
      readonly type: 'rejected-commit';
      /** Known where the message was authenticated before it was refused. */
      readonly by: RoomMember | undefined;
      readonly reason: CommitRejection;
      readonly rule: RuleName | undefined;
      readonly detail: string;
    }
  | { readonly type: 'undecryptable'; readonly cause: UndecryptableCause };
