import type { AccountId, AccountKind, DeviceId } from '@sotto/protocol';
import type { CoreEnv } from '../env.ts';
import type { DeviceIdentity } from '../identity/identity.ts';
import type { InviteLink } from './inviteLink.ts';
import type { LinkKeys } from './linkKeys.ts';

/** A join request ready to be sent, and what its sender must keep to read the Welcome. */
export interface PreparedKnock {
  /** The payload of a `Knock`. */
  readonly sealedRequest: Uint8Array;
  /** Store both before the knock leaves; the second is secret. */
  readonly keyPackage: Uint8Array;
  readonly keyPackagePrivateState: Uint8Array;
}

/** A join request that was opened, MAC and key package checked. */
export interface VerifiedJoinRequest {
  /** Cleaned; never a proof of who they are. */
  readonly name: string;
  /** From the certificate in the key package, which signed the request's key. */
  readonly deviceId: DeviceId;
  readonly accountId: AccountId;
  readonly kind: AccountKind;
  /** The guest's clock, for display. */
  readonly sentAtMs: number;
  readonly keyPackage: Uint8Array;
}

/** Makes a key package and seals it with a name. Throws `BAD_NAME`. */
export function prepareKnock(
  _env: CoreEnv,
  _options: {
    readonly identity: DeviceIdentity;
    readonly link: InviteLink;
    readonly keys: LinkKeys;
    readonly name: string;
  },
): PreparedKnock {
  throw new Error('not built yet');
}

/**
 * Opens a join request on the device that made the link.
 *
 * Throws `CANNOT_OPEN` (not made with this link), `WRONG_PASSWORD`, `MALFORMED`, `UNSUPPORTED`,
 * `BAD_KEY_PACKAGE` (also where the relay names another device than the request proves).
 */
export function openJoinRequest(
  _env: CoreEnv,
  _options: {
    readonly link: InviteLink;
    readonly keys: LinkKeys;
    readonly sealedRequest: Uint8Array;
    /** Which device the relay says knocked. */
    readonly deviceId: DeviceId;
  },
): VerifiedJoinRequest {
  throw new Error('not built yet');
}
