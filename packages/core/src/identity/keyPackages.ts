import { createKeyPackage, inspectKeyPackage, type KeyPackageView, MlsError } from '@sotto/mls';
import type { AccountId, DeviceId } from '@sotto/protocol';
import { POLICY_EXTENSION } from '../conversation/policy.ts';
import { type CoreEnv, ROOM_SUITE } from '../env.ts';
import { CoreError } from '../errors.ts';
import { byEngine, mlsEnvOf } from '../mlsEnv.ts';
import { trustedCertificate } from './certificate.ts';
import { isListed, type VerifiedDeviceList } from './deviceList.ts';
import type { DeviceIdentity } from './identity.ts';

/** `last_resort` (RFC 9420 §17.3): a key package that may be used again while there is no other. */
const LAST_RESORT_EXTENSION = 0x000a;
const DAY_SECONDS = 24 * 3_600;
/** Renew the supply well before: what is at the relay longer is refused by whoever claims it. */
const LIFETIME_SECONDS = 90 * DAY_SECONDS;
/** It is the one that is used again: its keys are to go soon. */
const LAST_RESORT_LIFETIME_SECONDS = 30 * DAY_SECONDS;
/** For clocks, and for who made it a little before. */
const LIFETIME_SLACK_SECONDS = 2 * 3_600;

/** A key package of one's own, for the relay's supply. */
export interface SuppliedKeyPackage {
  readonly keyPackage: Uint8Array;
  /** Secret: to be on disk before the key package leaves, and gone in the transaction that joins with it. */
  readonly privateState: Uint8Array;
  /** By which a Welcome names it; 32 or more bytes. */
  readonly ref: Uint8Array;
  readonly lastResort: boolean;
  readonly expiresAtMs: number;
}

declare const verified: unique symbol;
/** A key package of a listed device, fit to be added. Only `verifyKeyPackages` makes one. */
export interface VerifiedKeyPackage {
  readonly [verified]: true;
  readonly accountId: AccountId;
  readonly accountKey: Uint8Array;
  readonly deviceId: DeviceId;
  readonly keyPackage: Uint8Array;
  /** To remember as used: it is never taken a second time, unless it is a last resort. */
  readonly ref: Uint8Array;
  readonly lastResort: boolean;
}

/** Why a claimed key package is not taken: these, or the code of the engine. */
export type BadKeyPackageReason =
  /** Its device is not in the account's newest list, or is revoked: a ghost. */
  | 'ghost-device'
  /** The relay handed it out before. */
  | 'reused'
  /** It would be good for longer than any honest one. */
  | 'lifetime'
  | 'device-twice';

/** Makes key packages that others can add this device with. One with `lastResort` at most is worth having. */
export function makeKeyPackages(
  env: CoreEnv,
  identity: DeviceIdentity,
  options: { readonly count: number; readonly lastResort: boolean },
): readonly SuppliedKeyPackage[] {
  const { count, lastResort } = options;
  const lifetimeSeconds = lastResort ? LAST_RESORT_LIFETIME_SECONDS : LIFETIME_SECONDS;
  return Array.from({ length: count }, () => {
    const made = byEngine('BAD_STATE', () =>
      createKeyPackage(mlsEnvOf(env), {
        suite: ROOM_SUITE,
        credentialIdentity: identity.certificate,
        signaturePrivateKey: identity.devicePrivateKey,
        lifetimeSeconds,
        capabilitiesExtensions: lastResort ? [POLICY_EXTENSION, LAST_RESORT_EXTENSION] : [POLICY_EXTENSION],
        extensions: lastResort ? [{ type: LAST_RESORT_EXTENSION, data: new Uint8Array(0) }] : [],
      }),
    );
    const { keyPackage, privateState, ref } = made;
    return { keyPackage, privateState, ref, lastResort, expiresAtMs: env.nowMs() + lifetimeSeconds * 1_000 };
  });
}

/**
 * Checks what a relay handed out for an account, against the account's newest list: each is of a listed device, signed
 * by it, of the one suite, in its time, and was not used before. Throws `BAD_KEY_PACKAGE` with `reason`.
 */
export function verifyKeyPackages(
  env: CoreEnv,
  claimed: {
    /** The newest that was seen (`verifyDeviceList`). */
    readonly list: VerifiedDeviceList;
    readonly keyPackages: readonly Uint8Array[];
    /** Whether this device has used the key package of that ref. */
    readonly wasUsed: (ref: Uint8Array) => boolean;
  },
): readonly VerifiedKeyPackage[] {
  const { list, wasUsed } = claimed;
  const checked = claimed.keyPackages.map(keyPackage => {
    const view = inspected(env, keyPackage);
    const { accountId, deviceId, kind } = trustedCertificate(env, view.credentialIdentity);
    if (accountId !== list.accountId || kind !== 'member' || !isListed(list, deviceId)) {
      throw refuse('ghost-device');
    }
    const lastResort = view.extensions.some(({ type }) => type === LAST_RESORT_EXTENSION);
    const longest = lastResort ? LAST_RESORT_LIFETIME_SECONDS : LIFETIME_SECONDS;
    if (view.notAfter - view.notBefore > longest + LIFETIME_SLACK_SECONDS) throw refuse('lifetime');
    if (!lastResort && wasUsed(view.ref)) throw refuse('reused');
    const { accountKey } = list;
    return { accountId, accountKey, deviceId, keyPackage, ref: view.ref, lastResort } as VerifiedKeyPackage;
  });
  if (new Set(checked.map(({ deviceId }) => deviceId)).size < checked.length) throw refuse('device-twice');
  return checked;
}

function inspected(env: CoreEnv, keyPackage: Uint8Array): KeyPackageView {
  try {
    return inspectKeyPackage(mlsEnvOf(env), keyPackage);
  } catch (error) {
    if (!(error instanceof MlsError)) throw error;
    throw new CoreError('BAD_KEY_PACKAGE', `key package: ${error.code}`, {
      reason: String(error.facts.reason ?? error.code),
    });
  }
}

function refuse(reason: BadKeyPackageReason): CoreError {
  return new CoreError('BAD_KEY_PACKAGE', `key package: ${reason}`, { reason });
}
