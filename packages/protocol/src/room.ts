import { ProtocolError } from './errors.ts';
import { AccountId } from './ids.ts';
import { LIMITS } from './limits.ts';
import { isRoomPicture } from './roomPicture.ts';
import {
  bool,
  type Enumeration,
  enumeration,
  enumerationOr,
  exactBytes,
  id,
  list,
  nested,
  optionalBytes,
  optionalId,
  text,
  uint32,
  uint64,
} from './wire/field.ts';
import { decode, encode, message, versionedMessage } from './wire/message.ts';

export type Role = 'owner' | 'admin' | 'member' | 'guest';

export const ROLES: Enumeration<Role> = [undefined, 'owner', 'admin', 'member', 'guest'];

/** `direct`: the devices of two accounts, and of nobody else. `self`: one's own devices. */
export type RoomKind = 'group' | 'direct' | 'self';

export const ROOM_KINDS: Enumeration<RoomKind> = [undefined, 'group', 'direct', 'self'];

/** The MLS group-context extension 0xF0A1: signed by whoever committed it, enforced by every client. */
export interface RoomPolicy {
  readonly title: string;
  /** Accounts with a role above guest or member; whoever is not listed is what their certificate says. */
  readonly roles: readonly RoleGrant[];
  /** Ed25519 account key of the one who made the room; 32 bytes. */
  readonly founderAccountKey: Uint8Array;
  /** Never changes. */
  readonly kind: RoomKind;
  /** Only owners and admins write. */
  readonly announcements: boolean;
  /** In a direct room, and nowhere else: whom its founder talks to. Never changes. */
  readonly peerAccountId?: AccountId | undefined;
  /** As `isRoomPicture` says; absent: none. */
  readonly picture?: Uint8Array | undefined;
}

export interface RoleGrant {
  readonly accountId: AccountId;
  readonly role: Role;
}

/** What the door shows; sealed under a key from the link secret. */
export interface RoomCard {
  readonly title: string;
  readonly inviterName: string;
  readonly expiresAtMs: number;
  /** 0 for as many as come. */
  readonly maxUses: number;
  readonly approval: boolean;
  readonly password: boolean;
}

export const roomPolicyCodec = versionedMessage<RoomPolicy>({
  title: text(2, LIMITS.titleBytes),
  roles: list(
    nested(3, message<RoleGrant>({ accountId: id(1, AccountId), role: enumeration(2, ROLES) })),
    LIMITS.membersPerStream,
  ),
  founderAccountKey: exactBytes(4, 32),
  kind: enumerationOr(5, ROOM_KINDS, 'group'),
  announcements: bool(6),
  peerAccountId: optionalId(7, AccountId),
  picture: optionalBytes(8, LIMITS.pictureBytes),
});

export const roomCardCodec = versionedMessage<RoomCard>({
  title: text(2, LIMITS.titleBytes),
  inviterName: text(3, LIMITS.nameBytes),
  expiresAtMs: uint64(4),
  maxUses: uint32(5),
  approval: bool(6),
  password: bool(7),
});

const ROOM_POLICY_BYTES = 65_536;

export function encodeRoomPolicy(policy: RoomPolicy): Uint8Array {
  return encode(roomPolicyCodec, sound(policy), ROOM_POLICY_BYTES);
}

/** Parses the data of the group-context extension; throws `ProtocolError`. */
export function decodeRoomPolicy(bytes: Uint8Array): RoomPolicy {
  return sound(decode(roomPolicyCodec, bytes, ROOM_POLICY_BYTES));
}

function sound(policy: RoomPolicy): RoomPolicy {
  if ((policy.kind === 'direct') !== (policy.peerAccountId !== undefined))
    throw new ProtocolError('MALFORMED', 'a direct room, and no other, names a peer');
  if (policy.picture !== undefined && !isRoomPicture(policy.picture))
    throw new ProtocolError('MALFORMED', 'a picture that is not of the one form');
  return policy;
}

export function encodeRoomCard(card: RoomCard): Uint8Array {
  return encode(roomCardCodec, card, LIMITS.sealedCardBytes);
}

/** Parses an opened room card; throws `ProtocolError`. */
export function decodeRoomCard(bytes: Uint8Array): RoomCard {
  return decode(roomCardCodec, bytes, LIMITS.sealedCardBytes);
}
