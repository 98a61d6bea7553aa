import type { CoreEnv, StateWrite } from '../env.ts';
import type { DeviceIdentity } from '../identity/identity.ts';
import type { InviteLink } from '../link/inviteLink.ts';
import type { PreparedKnock } from '../link/joinRequest.ts';
import type { LinkKeys } from '../link/linkKeys.ts';
import type { Conversation } from './conversation.ts';
import type { RoomMember } from './member.ts';

/** Why a Welcome was not from who made the link. */
export type ImpostorReason =
  /** Inviter's account key and group do not hash to the link's fingerprint. */
  | 'fingerprint'
  /** The signer is not the room's founder and owner. */
  | 'not-founder'
  /** The group was not keyed with the link's pre-shared key. */
  | 'no-psk'
  /** A pre-shared key that is not the link's. */
  | 'foreign-psk'
  /** A leaf without a valid certificate. */
  | 'bad-member';

/**
 * Enters a room with the Welcome that answers a knock, and makes sure that the room is the one that the link commits to.
 *
 * Throws `IMPOSTOR` with `reason`, `UNSUPPORTED` (another suite or version), `MALFORMED` (damaged, or for another key
 * package). Delete the knock's private state in the transaction that stores `writes`.
 */
export function joinFromWelcome(
  _env: CoreEnv,
  _options: {
    readonly identity: DeviceIdentity;
    readonly link: InviteLink;
    readonly keys: LinkKeys;
    readonly knock: PreparedKnock;
    readonly welcome: Uint8Array;
  },
): {
  readonly conversation: Conversation;
  readonly writes: readonly StateWrite[];
  /** Who let us in: the one that the link's fingerprint proves. */
  readonly inviter: RoomMember;
} {
  throw new Error('not built yet');
}
