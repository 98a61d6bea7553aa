import type { Content, MessageId } from '@sotto/protocol';
import type { CoreEnv, StateWrite } from '../env.ts';
import type { Conversation } from './conversation.ts';
import type { RoomMember } from './member.ts';
import type { PendingCommit } from './pendingCommit.ts';
import type { RuleName } from './rules.ts';

/** An entry of the room's stream; open them in the order of `seq`, each once. */
export interface RoomEntry {
  readonly kind: 'message' | 'commit';
  readonly payload: Uint8Array;
}

/** Where a message stands in the order of its sender. */
export type CounterOrder =
  | { readonly place: 'next' }
  /** `missing` messages of this sender before it have not come. */
  | { readonly place: 'after-gap'; readonly missing: number }
  /** It fills a gap reported before: it came late. */
  | { readonly place: 'late' }
  /**
   * This counter was seen before, under an id that is no longer remembered: a second copy of an old message, or a
   * sender whose state was rolled back. Show it unless the history has this author's `messageId`.
   */
  | { readonly place: 'repeated' };

/** What a commit did, in facts. */
export interface RoomChange {
  readonly joined: readonly RoomMember[];
  /** `leaving`: it had said that it leaves. */
  readonly removed: readonly { readonly member: RoomMember; readonly leaving: boolean }[];
  readonly title: { readonly from: string; readonly to: string } | undefined;
  readonly roles: readonly { readonly member: RoomMember; readonly from: RoomMember['role'] }[];
}

/** Why an entry could not be read; the state is unchanged to the byte. */
export type UndecryptableCause =
  /** Does not decode, or holds what may not stand in such an entry. */
  | 'malformed'
  /** Another group's message. */
  | 'wrong-group'
  /** Another epoch's: the relay let through what it should not, or this device is out. Fetch, then ask to be added again. */
  | 'wrong-epoch'
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
  /** An added device has no valid certificate. */
  | 'bad-certificate'
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
  /** One's own message, which is not decrypted: its draft is in the outbox or the history. */
  | { readonly type: 'own' }
  /** A genuine message that its author may not send; not to be acted on. */
  | {
      readonly type: 'refused';
      readonly author: RoomMember;
      readonly rule: RuleName;
      readonly order: CounterOrder;
    }
  /** A genuine message of a kind or version that this build does not know: shown as such. */
  | { readonly type: 'unsupported'; readonly author: RoomMember }
  /** The room is in a new epoch. */
  | {
      readonly type: 'commit';
      readonly by: RoomMember;
      /** One's own pending commit, now in force. */
      readonly own: boolean;
      readonly change: RoomChange;
      /** This device was removed: its group state is gone from the writes. */
      readonly selfRemoved: boolean;
      /** One's own commit that lost the race: begin it again. */
      readonly dropped: PendingCommit | undefined;
    }
  /** Nobody who keeps the rules applies it; it counts for the stream's epoch and changes nothing else. */
  | {
      readonly type: 'rejected-commit';
      /** Known where the message could be authenticated. */
      readonly by: RoomMember | undefined;
      readonly reason: CommitRejection;
      readonly rule: RuleName | undefined;
      readonly detail: string;
      readonly dropped: PendingCommit | undefined;
    }
  | { readonly type: 'undecryptable'; readonly cause: UndecryptableCause };

/**
 * Opens the next entry of the room's stream. Does not throw for anything foreign: every entry has an outcome.
 * Store `writes` with what the outcome shows and the cursor in one transaction, then acknowledge.
 *
 * An undecryptable message that its sender counted also shows as a gap when the sender's next one comes: count once.
 * Throws `REMOVED` when this device is no longer in the room.
 */
export function openEntry(
  _env: CoreEnv,
  _conversation: Conversation,
  _entry: RoomEntry,
): {
  readonly conversation: Conversation;
  readonly writes: readonly StateWrite[];
  readonly outcome: EntryOutcome;
} {
  throw new Error('not built yet');
}
