import { hpkeDeriveKeyPair, hpkeOpen, hpkeSeal, suiteOf } from '@sotto/mls';
import { base62Decode, base62Encode, type Handle } from '@sotto/protocol';
import { concatBytes, equalBytes, utf8 } from '../bytes.ts';
import { type CoreEnv, ROOM_SUITE } from '../env.ts';
import { CoreError } from '../errors.ts';
import { LABELS, labelled } from '../labels.ts';
import { type Stretch, wordsOfTranscript } from '../link/safetyWords.ts';
import { byEngine } from '../mlsEnv.ts';
import { padToBucket, unpad } from '../padding.ts';
import { decodeBundle, encodeBundle } from './accountBundle.ts';
import { issueCertificate } from './certificate.ts';
import { isListed, listDevice, type VerifiedDeviceList, verifyDeviceList } from './deviceList.ts';
import { type DeviceIdentity, identityOf } from './identity.ts';

/**
 * Adding a device from one that is in: the new one shows a code, the old one reads it.
 *
 * The code holds a secret and a hash of what the new device offers (its key, and a hybrid one for HPKE), so that no
 * relay can put another key in the way, and nobody who has not seen the code can answer. Whoever sees the code but is
 * not in between learns nothing: the answer is sealed to the offered key. What they can do is answer first, with an
 * account of their own: the new device says whose account it has become, and asks.
 *
 * Offer and answer are for a relay to pass on by `token`, which tells it nothing of the secret.
 */
export interface DeviceOffer {
  /** For a QR code, or to be copied: `sotto-device.1.<22 digits>.<22 digits>`. Secret until it was answered. */
  readonly code: string;
  /** 16 bytes: where offer and answer wait. */
  readonly token: Uint8Array;
  /** 1,249 bytes, to leave there. */
  readonly offer: Uint8Array;
  readonly expiresAtMs: number;
  /** Keeps to this device, in memory. */
  readonly privateState: {
    readonly secret: Uint8Array;
    readonly kemPrivateKey: Uint8Array;
    readonly devicePrivateKey: Uint8Array;
  };
}

/** What a code says. */
export interface DeviceCode {
  readonly secret: Uint8Array;
  readonly offerHash: Uint8Array;
}

/** An offer that is the one its code speaks of. */
export interface TakenOffer {
  readonly code: DeviceCode;
  readonly offer: Uint8Array;
  /** Ed25519 of the new device. */
  readonly deviceKey: Uint8Array;
  readonly kemPublicKey: Uint8Array;
}

/** What a new device has become. */
export interface AddedDevice {
  readonly identity: DeviceIdentity;
  /** Whose account it is now: to be shown and confirmed before it is used. */
  readonly handle: Handle;
  /** With this device in it. */
  readonly list: VerifiedDeviceList;
}

const CODE = /^sotto-device\.1\.([0-9A-Za-z]{22})\.([0-9A-Za-z]{22})$/;
const VERSION = 1;
const PART_BYTES = 16;
const KEY_BYTES = 32;
const ANSWER_BUCKET_BYTES = 1_024;
const OFFER_LIFETIME_MS = 10 * 60_000;
const NO_AAD = new Uint8Array(0);

/** New device: makes its keys and the code that speaks of them. Good for ten minutes. */
export function offerDevice(env: CoreEnv): DeviceOffer {
  const suite = suiteOf(ROOM_SUITE);
  const kem = hpkeDeriveKeyPair(env.provider, suite, env.random(suite.hashBytes));
  const devicePrivateKey = env.random(KEY_BYTES);
  const deviceKey = env.provider.ed25519PublicKey(devicePrivateKey);
  const secret = env.random(PART_BYTES);
  const offer = concatBytes(Uint8Array.of(VERSION), deviceKey, kem.publicKey);
  const parts = [secret, hashOf(env, secret, offer)].map(base62Encode);
  return {
    code: `sotto-device.1.${parts.join('.')}`,
    token: deviceCodeToken(env, { secret }),
    offer,
    expiresAtMs: env.nowMs() + OFFER_LIFETIME_MS,
    privateState: { secret, kemPrivateKey: kem.privateKey, devicePrivateKey },
  };
}

/** Old device: reads what was scanned or typed. Throws `BAD_CODE`. */
export function readDeviceCode(text: string): DeviceCode {
  const [, secretText = '', hashText = ''] = CODE.exec(text.trim()) ?? [];
  const secret = base62Decode(secretText, PART_BYTES);
  const offerHash = base62Decode(hashText, PART_BYTES);
  if (secret === undefined || offerHash === undefined) {
    throw new CoreError('BAD_CODE', 'no code of a new device', { reason: 'no-code' });
  }
  return { secret, offerHash };
}

/** Where the offer that a code speaks of waits; 16 bytes. */
export function deviceCodeToken(
  env: Pick<CoreEnv, 'provider'>,
  code: Pick<DeviceCode, 'secret'>,
): Uint8Array {
  const root = env.provider.hkdfExtract('SHA-256', utf8(LABELS.addDevice), code.secret);
  return env.provider.hkdfExpand('SHA-256', root, utf8(LABELS.addDeviceToken), PART_BYTES);
}

/** Old device: takes what the relay says was offered. Throws `SWAPPED_KEY`, `UNSUPPORTED`. */
export function takeOffer(env: Pick<CoreEnv, 'provider'>, code: DeviceCode, offer: Uint8Array): TakenOffer {
  if (!equalBytes(hashOf(env, code.secret, offer), code.offerHash)) {
    throw new CoreError('SWAPPED_KEY', 'not what the new device offered');
  }
  if (offer[0] !== VERSION) throw new CoreError('UNSUPPORTED', 'an offer of another version');
  return {
    code,
    offer,
    deviceKey: offer.slice(1, 1 + KEY_BYTES),
    kemPublicKey: offer.slice(1 + KEY_BYTES),
  };
}

/** Four words that both devices show, from the start: the same on both, or it is not the same device. */
export function deviceOfferWords(
  env: Pick<CoreEnv, 'provider'>,
  { secret, offer }: { readonly secret: Uint8Array; readonly offer: Uint8Array },
  stretch: Stretch,
): Promise<readonly string[]> {
  const transcript = labelled(LABELS.addDeviceWords, secret, offer);
  return wordsOfTranscript(env.provider.hash('SHA-256', transcript), stretch);
}

/**
 * Old device, once its person agreed: certifies the new one, lists it, and seals the account to it. The list goes to
 * the relay before the answer. Throws `TOO_MANY_DEVICES`, `BAD_NAME`, `MALFORMED` for keys that are none.
 */
export function answerOffer(
  env: CoreEnv,
  taken: TakenOffer,
  own: {
    readonly identity: DeviceIdentity;
    readonly handle: Handle;
    readonly list: VerifiedDeviceList;
    readonly deviceName: string;
  },
): { readonly answer: Uint8Array; readonly list: VerifiedDeviceList } {
  const { identity, handle, deviceName } = own;
  const { accountPrivateKey, accountKey } = identity;
  const account = { privateKey: accountPrivateKey, publicKey: accountKey, kind: 'member' } as const;
  const certificate = issueCertificate(env, account, taken.deviceKey);
  const list = listDevice(env, identity, own.list, { certificate, name: deviceName });
  const plaintext = joinParts(encodeBundle({ accountPrivateKey, handle }), certificate, list.signed);
  const sealed = byEngine('MALFORMED', () =>
    hpkeSeal(
      env.provider,
      suiteOf(ROOM_SUITE),
      env.random,
      taken.kemPublicKey,
      infoOf(taken.code.secret, taken.offer),
      NO_AAD,
      padToBucket(plaintext, ANSWER_BUCKET_BYTES),
    ),
  );
  return { answer: joinParts(sealed.kemOutput, sealed.ciphertext), list };
}

/**
 * New device: becomes one of the account's. Throws `EXPIRED`, `CANNOT_OPEN` for an answer to another offer or by
 * whoever has not seen the code, `MALFORMED`, `BAD_STATE`, `BAD_DEVICE_LIST`.
 */
export function openAnswer(env: CoreEnv, offered: DeviceOffer, answer: Uint8Array): AddedDevice {
  if (env.nowMs() >= offered.expiresAtMs) throw new CoreError('EXPIRED', 'the code was good for ten minutes');
  const { secret, kemPrivateKey, devicePrivateKey } = offered.privateState;
  const [kemOutput, ciphertext] = splitParts(answer, 2);
  const info = infoOf(secret, offered.offer);
  const opened = byEngine('CANNOT_OPEN', () =>
    hpkeOpen(env.provider, suiteOf(ROOM_SUITE), kemPrivateKey, kemOutput!, info, NO_AAD, ciphertext!),
  );
  if (opened === undefined) throw new CoreError('CANNOT_OPEN', 'not an answer to this offer');
  const [bundle, certificate, signedList] = splitParts(unpad(opened), 3);
  const { accountPrivateKey, handle } = decodeBundle(bundle!);
  const identity = identityOf(env, accountPrivateKey, devicePrivateKey, certificate!);
  const list = verifyDeviceList(env, signedList!, { accountId: identity.accountId });
  if (!isListed(list, identity.deviceId)) {
    throw new CoreError('BAD_DEVICE_LIST', 'this device is not in it', { reason: 'unknown-device' });
  }
  return { identity, handle, list };
}

function hashOf(env: Pick<CoreEnv, 'provider'>, secret: Uint8Array, offer: Uint8Array): Uint8Array {
  const hash = env.provider.hash('SHA-256', labelled(LABELS.addDeviceOffer, secret, offer));
  return hash.slice(0, PART_BYTES);
}

/** Whoever has not seen the code cannot have sealed under it. The secret has a fixed length. */
function infoOf(secret: Uint8Array, offer: Uint8Array): Uint8Array {
  return labelled(LABELS.addDevice, secret, offer);
}

/** Each with its length, 4 bytes, before it. */
function joinParts(...parts: readonly Uint8Array[]): Uint8Array {
  return concatBytes(...parts.flatMap(part => [lengthOf(part), part]));
}

function lengthOf(part: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, part.length);
  return bytes;
}

/** Throws `MALFORMED` unless it is exactly that many. */
function splitParts(bytes: Uint8Array, count: number): readonly Uint8Array[] {
  const parts: Uint8Array[] = [];
  let at = 0;
  while (at + 4 <= bytes.length && parts.length < count) {
    const end = at + 4 + new DataView(bytes.buffer, bytes.byteOffset + at).getUint32(0);
    if (end > bytes.length) break;
    parts.push(bytes.slice(at + 4, end));
    at = end;
  }
  if (parts.length === count && at === bytes.length) return parts;
  throw new CoreError('MALFORMED', 'not made of those parts');
}
