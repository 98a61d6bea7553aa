import type { AccountId, DeviceId, Role } from '@sotto/protocol';

/** A device in a room, as its verified certificate and the signed policy say. */
export interface RoomMember {
  readonly deviceId: DeviceId;
  readonly accountId: AccountId;
  /** Ed25519, 32 bytes. */
  readonly accountKey: Uint8Array;
  readonly role: Role;
  /** From the certificate; no name and no policy can take the mark away. */
  readonly guest: boolean;
  readonly leafIndex: number;
}
