import type { LeafView } from '@sotto/mls';
import type { AccountId, DeviceId, Role, RoomPolicy } from '@sotto/protocol';
import { equalBytes } from '../bytes.ts';
import type { CoreEnv } from '../env.ts';
import { trustedCertificate } from '../identity/certificate.ts';

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

/** The member of a leaf that the engine took into the tree, which it does only with a verified certificate. */
export function memberOfLeaf(env: Pick<CoreEnv, 'provider'>, policy: RoomPolicy, leaf: LeafView): RoomMember {
  const { deviceId, accountId, accountKey, kind } = trustedCertificate(env, leaf.credential.identity);
  const guest = kind === 'guest';
  return {
    deviceId,
    accountId,
    accountKey,
    guest,
    role: guest ? 'guest' : roleOf(policy, accountId, accountKey),
    leafIndex: leaf.leafIndex ?? -1,
  };
}

/**
 * What the policy grants; the founder, unless it gave that up, owns the room, and all others are members. Guests are
 * never asked about here.
 */
function roleOf(policy: RoomPolicy, accountId: AccountId, accountKey: Uint8Array): Role {
  const granted = policy.roles.find(grant => grant.accountId === accountId)?.role;
  return granted ?? (equalBytes(policy.founderAccountKey, accountKey) ? 'owner' : 'member');
}
