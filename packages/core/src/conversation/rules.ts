import type { Role } from '@sotto/protocol';
import type { RoomMember } from './member.ts';

/** The rules of a room, by name, as errors and refusals give them. Every client enforces all of them. */
export type RuleName =
  /** Only owners and admins add members. */
  | 'add'
  /** Only owners and admins remove others; admins remove members and guests only. */
  | 'remove'
  /** Only owners and admins change the title. */
  | 'title'
  /** Only owners change roles; guests can be given none. */
  | 'roles'
  /** The founder never changes. */
  | 'founder'
  /** A device's leaf keeps its certificate's device and account. */
  | 'identity'
  /** Group extensions other than the policy stay as they are. */
  | 'extensions'
  /** A pre-shared key only comes with an Add, announced by the committer in the same entry. */
  | 'psk'
  /** Proposals travel inside commits only. */
  | 'proposal'
  | 'room-size'
  /** Only owners and admins speak for the room. */
  | 'notice'
  /** A kind of content that does not stand alone in an entry. */
  | 'content-kind'
  /** Only its author edits or deletes a message. */
  | 'author';

/** Whether this role may let people in, remove guests and members, rename, and speak for the room. */
export function mayModerate(role: Role): boolean {
  return role === 'owner' || role === 'admin';
}

/** Whether `actor` may remove `target`: owners anyone but the founder, admins members and guests. */
export function mayRemove(_actor: RoomMember, _target: RoomMember): boolean {
  throw new Error('not built yet');
}

/** Whether `actor` may edit or delete a message of `author`: only the same account. */
export function mayChangeMessage(
  actor: Pick<RoomMember, 'accountId'>,
  author: Pick<RoomMember, 'accountId'>,
): boolean {
  return actor.accountId === author.accountId;
}
