import { createKeyPackage, inspectKeyPackage, MlsError } from '@sotto/mls';
import {
  type AccountId,
  type AccountKind,
  type DeviceId,
  decodeJoinRequest,
  encodeJoinRequest,
  joinRequestMacInput,
} from '@sotto/protocol';
import { equalBytes, utf8 } from '../bytes.ts';
import { POLICY_EXTENSION } from '../conversation/policy.ts';
import { decoded } from '../decoded.ts';
import { type CoreEnv, ROOM_SUITE } from '../env.ts';
import { CoreError } from '../errors.ts';
import { trustedCertificate, type VerifiedCertificate } from '../identity/certificate.ts';
import type { DeviceIdentity } from '../identity/identity.ts';
import { LABELS, labelled } from '../labels.ts';
import { byEngine, mlsEnvOf } from '../mlsEnv.ts';
import { cleanName } from '../names.ts';
import { openSealed, seal } from '../sealed.ts';
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
  /** From the certificate in the key package, which the device's key signed. */
  readonly deviceId: DeviceId;
  readonly accountId: AccountId;
  readonly kind: AccountKind;
  /** The guest's clock, for display. */
  readonly sentAtMs: number;
  readonly keyPackage: Uint8Array;
}

/** Name and key package differ little between guests; the padding takes out the rest. */
const REQUEST_BUCKET_BYTES = 1_024;
/** As long as a link can live: someone may knock while the host is away. */
const KEY_PACKAGE_LIFETIME_SECONDS = 31 * 24 * 3_600;

/** Makes a key package and seals it with a name. Throws `BAD_NAME`. */
export function prepareKnock(
  env: CoreEnv,
  options: {
    readonly identity: DeviceIdentity;
    readonly link: InviteLink;
    readonly keys: LinkKeys;
    readonly name: string;
  },
): PreparedKnock {
  const { identity, link, keys } = options;
  const made = byEngine('BAD_STATE', () =>
    createKeyPackage(mlsEnvOf(env), {
      suite: ROOM_SUITE,
      credentialIdentity: identity.certificate,
      signaturePrivateKey: identity.devicePrivateKey,
      lifetimeSeconds: KEY_PACKAGE_LIFETIME_SECONDS,
      capabilitiesExtensions: [POLICY_EXTENSION],
    }),
  );
  const unproven = { name: cleanName(options.name), keyPackage: made.keyPackage, sentAtMs: env.nowMs() };
  const request = encodeJoinRequest({ ...unproven, mac: macOf(env, link, keys, unproven) });
  return {
    sealedRequest: seal(env, { ...purposeOf(link, keys), bucketBytes: REQUEST_BUCKET_BYTES }, request),
    keyPackage: made.keyPackage,
    keyPackagePrivateState: made.privateState,
  };
}

/**
 * Opens a join request on the device that made the link.
 *
 * Throws `CANNOT_OPEN` (not made with this link), `WRONG_PASSWORD`, `MALFORMED`, `UNSUPPORTED`, `BAD_NAME`,
 * `BAD_KEY_PACKAGE` (also where the relay names another device than the request proves).
 */
export function openJoinRequest(
  env: CoreEnv,
  options: {
    readonly link: InviteLink;
    readonly keys: LinkKeys;
    readonly sealedRequest: Uint8Array;
    /** Which device the relay says knocked. */
    readonly deviceId: DeviceId;
  },
): VerifiedJoinRequest {
  const { link, keys } = options;
  const opened = openSealed(env, purposeOf(link, keys), options.sealedRequest);
  const { mac, ...request } = decoded(() => decodeJoinRequest(opened));
  if (!equalBytes(mac, macOf(env, link, keys, request))) {
    throw new CoreError('WRONG_PASSWORD', 'the join request does not prove the password');
  }
  const { deviceId, accountId, kind } = certificateOf(env, request.keyPackage);
  if (deviceId !== options.deviceId) throw badKeyPackage('not of the device that knocked');
  return {
    name: cleanName(request.name),
    deviceId,
    accountId,
    kind,
    sentAtMs: request.sentAtMs,
    keyPackage: request.keyPackage,
  };
}

/** Whose key package it is, after every check that RFC 9420 §10.1 asks for. Throws `BAD_KEY_PACKAGE`. */
function certificateOf(env: CoreEnv, keyPackage: Uint8Array): VerifiedCertificate {
  try {
    // The engine takes Sotto's suite only, and has the certificate verified against the key that signed.
    return trustedCertificate(env, inspectKeyPackage(mlsEnvOf(env), keyPackage).credentialIdentity);
  } catch (error) {
    if (error instanceof MlsError) throw badKeyPackage(error.code);
    throw error;
  }
}

function badKeyPackage(reason: string): CoreError {
  return new CoreError('BAD_KEY_PACKAGE', `key package: ${reason}`, { reason });
}

function macOf(
  env: CoreEnv,
  link: InviteLink,
  keys: LinkKeys,
  request: Parameters<typeof joinRequestMacInput>[0],
): Uint8Array {
  const input = labelled(LABELS.linkJoinMac, utf8(link.token), joinRequestMacInput(request));
  return env.provider.hmac('SHA-256', keys.joinMacKey, input);
}

function purposeOf(link: InviteLink, keys: LinkKeys) {
  return { key: keys.requestKey, label: LABELS.linkRequest, context: utf8(link.token) };
}
