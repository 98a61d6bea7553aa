import { hpkeDeriveKeyPair, hpkeOpen, hpkeSeal, suiteOf } from '@sotto/mls';
import type { DeviceId, Handle } from '@sotto/protocol';
import { concatBytes, equalBytes, utf8 } from '../bytes.ts';
import { type CoreEnv, ROOM_SUITE } from '../env.ts';
import { CoreError } from '../errors.ts';
import { LABELS, labelled } from '../labels.ts';
import { type Stretch, wordsOfTranscript } from '../link/safetyWords.ts';
import { byEngine } from '../mlsEnv.ts';
import { cleanName } from '../names.ts';
import { openSealed, seal } from '../sealed.ts';
import { decodeBundle, encodeBundle } from './accountBundle.ts';
import { issueCertificate } from './certificate.ts';
import {
  type DeviceCode,
  type DeviceCodeKeys,
  deviceCodeKeys,
  hashOfOffer,
  makeDeviceCode,
  scannedCode,
  typedCode,
} from './deviceCode.ts';
import { isListed, type VerifiedDeviceList, verifyDeviceList } from './deviceList.ts';
import { type DeviceIdentity, identityOf } from './identity.ts';
import { deviceIdOf } from './ids.ts';

/**
 * Adding a device from one that is in: the new one shows a code, the old one reads it.
 *
 * What the new device offers (its key, and a hybrid one for HPKE) and what the old one answers wait at a relay, both
 * sealed under a key from the code: a relay can neither read nor make one. The answer is also sealed to the offered
 * key: whoever sees the code but is not in between learns nothing. What they can do is answer first, with an account
 * of their own: the new device says whose account it has become, and asks.
 */
export interface DeviceOffer {
  /** For a QR code: `sotto-device.1.<16 symbols>.<22 digits>`. Secret until it was answered. */
  readonly scanned: string;
  /** For a person: four groups of four. */
  readonly typed: string;
  /** 16 bytes: where offer and answer wait. */
  readonly token: Uint8Array;
  /** 1,564 bytes, to leave there. */
  readonly offer: Uint8Array;
  readonly expiresAtMs: number;
  /** Keeps to this device, in memory. */
  readonly privateState: {
    readonly key: Uint8Array;
    readonly kemPrivateKey: Uint8Array;
    readonly devicePrivateKey: Uint8Array;
  };
}

/** An offer that is the one its code speaks of. */
export interface TakenOffer {
  readonly key: Uint8Array;
  readonly offer: Uint8Array;
  readonly deviceId: DeviceId;
  /** Ed25519 of the new device. */
  readonly deviceKey: Uint8Array;
  readonly kemPublicKey: Uint8Array;
  /** What the new device calls itself. */
  readonly name: string;
}

/** What a new device has become. */
export interface AddedDevice {
  readonly identity: DeviceIdentity;
  /** Whose account it is now: to be shown and confirmed before it is used. */
  readonly handle: Handle;
  /** What people call them. */
  readonly name: string;
  /** With this device in it. */
  readonly list: VerifiedDeviceList;
}

const VERSION = 1;
const KEY_BYTES = 32;
const KEM_PUBLIC_KEY_BYTES = 1_216;
const OFFER_BUCKET_BYTES = 1_536;
const ANSWER_BUCKET_BYTES = 1_024;
const OFFER_LIFETIME_MS = 10 * 60_000;
const ANSWER_ACCOUNT = 1;
const ANSWER_REFUSED = 2;
const NOTHING = new Uint8Array(0);

/** New device: makes its keys and the code that speaks of them. Good for ten minutes. Throws `BAD_NAME`. */
export async function offerDevice(
  env: CoreEnv,
  { name }: { readonly name: string },
  stretch: Stretch,
): Promise<DeviceOffer> {
  const suite = suiteOf(ROOM_SUITE);
  const kem = hpkeDeriveKeyPair(env.provider, suite, env.random(suite.hashBytes));
  const devicePrivateKey = env.random(KEY_BYTES);
  const deviceKey = env.provider.ed25519PublicKey(devicePrivateKey);
  const symbols = makeDeviceCode(env);
  const { token, key } = await deviceCodeKeys(env, { symbols }, stretch);
  const said = concatBytes(Uint8Array.of(VERSION), deviceKey, kem.publicKey, utf8(cleanName(name)));
  const offer = seal(env, { ...offerPurpose(key), bucketBytes: OFFER_BUCKET_BYTES }, said);
  return {
    scanned: scannedCode(env, symbols, offer),
    typed: typedCode(env, symbols),
    token,
    offer,
    expiresAtMs: env.nowMs() + OFFER_LIFETIME_MS,
    privateState: { key, kemPrivateKey: kem.privateKey, devicePrivateKey },
  };
}

/**
 * Old device: takes what the relay says was offered. Throws `SWAPPED_KEY` for what the device that shows the code did
 * not offer, `UNSUPPORTED`, `MALFORMED`, `BAD_NAME`.
 */
export function takeOffer(
  env: Pick<CoreEnv, 'provider'>,
  { code, keys }: { readonly code: DeviceCode; readonly keys: DeviceCodeKeys },
  offer: Uint8Array,
): TakenOffer {
  const { symbols, offerHash } = code;
  if (offerHash !== undefined && !equalBytes(hashOfOffer(env, symbols, offer), offerHash)) throw swapped();
  const said = opened(() => openSealed(env, offerPurpose(keys.key), offer), swapped);
  if (said[0] !== VERSION) throw new CoreError('UNSUPPORTED', 'an offer of another version');
  const kemAt = 1 + KEY_BYTES;
  const nameAt = kemAt + KEM_PUBLIC_KEY_BYTES;
  if (said.length <= nameAt) throw new CoreError('MALFORMED', 'an offer that is cut short');
  const deviceKey = said.slice(1, kemAt);
  return {
    key: keys.key,
    offer,
    deviceId: deviceIdOf(env, deviceKey),
    deviceKey,
    kemPublicKey: said.slice(kemAt, nameAt),
    name: cleanName(new TextDecoder().decode(said.subarray(nameAt))),
  };
}

/** Four words that both devices show, from the start: the same on both, or it is not the same device. */
export function deviceOfferWords(
  env: Pick<CoreEnv, 'provider'>,
  { key, offer }: Pick<TakenOffer, 'key' | 'offer'>,
  stretch: Stretch,
): Promise<readonly string[]> {
  const transcript = labelled(LABELS.addDeviceWords, key, offer);
  return wordsOfTranscript(env.provider.hash('SHA-256', transcript), stretch);
}

/** Old device, once its person agreed: says that the new one is the account's; `listDevice` comes next. */
export function certifyOffered(env: CoreEnv, identity: DeviceIdentity, taken: TakenOffer): Uint8Array {
  const { accountPrivateKey, accountKey } = identity;
  const account = { privateKey: accountPrivateKey, publicKey: accountKey, kind: 'member' } as const;
  return issueCertificate(env, account, taken.deviceKey);
}

/**
 * Old device: seals the account to the new one. The relay has the list, with the new device in it, by then. Throws
 * `MALFORMED` for keys that are none.
 */
export function answerOffer(
  env: CoreEnv,
  taken: TakenOffer,
  own: {
    readonly identity: DeviceIdentity;
    readonly handle: Handle;
    /** What people call them; may be empty. */
    readonly name: string;
    readonly list: VerifiedDeviceList;
    /** By `certifyOffered`. */
    readonly certificate: Uint8Array;
  },
): Uint8Array {
  const { handle, list, certificate, name } = own;
  const { accountPrivateKey } = own.identity;
  const plaintext = joinParts(
    encodeBundle({ accountPrivateKey, handle }),
    certificate,
    list.signed,
    utf8(name),
  );
  const sealed = byEngine('MALFORMED', () =>
    hpkeSeal(
      env.provider,
      suiteOf(ROOM_SUITE),
      env.random,
      taken.kemPublicKey,
      infoOf(taken),
      NOTHING,
      plaintext,
    ),
  );
  return sealAnswer(env, taken, ANSWER_ACCOUNT, joinParts(sealed.kemOutput, sealed.ciphertext));
}

/** Old device, whose person did not agree: so that the new one need not wait. */
export function refuseOffer(env: CoreEnv, taken: Pick<TakenOffer, 'key' | 'offer'>): Uint8Array {
  return sealAnswer(env, taken, ANSWER_REFUSED, NOTHING);
}

/**
 * New device: becomes one of the account's. Throws `EXPIRED`, `CANNOT_OPEN` for an answer to another offer or by
 * whoever has not seen the code, `MALFORMED`, `UNSUPPORTED`, `BAD_STATE`, `BAD_DEVICE_LIST`.
 */
export function openAnswer(env: CoreEnv, offered: DeviceOffer, answer: Uint8Array): AddedDevice | 'refused' {
  if (env.nowMs() >= offered.expiresAtMs) throw new CoreError('EXPIRED', 'the code was good for ten minutes');
  const { key, kemPrivateKey, devicePrivateKey } = offered.privateState;
  const of = { key, offer: offered.offer };
  const said = openSealed(env, answerPurpose(of), answer);
  if (said[0] === ANSWER_REFUSED) return 'refused';
  if (said[0] !== ANSWER_ACCOUNT) throw new CoreError('UNSUPPORTED', 'an answer of another kind');
  const [kemOutput, ciphertext] = splitParts(said.subarray(1), 2);
  const inner = byEngine('CANNOT_OPEN', () =>
    hpkeOpen(env.provider, suiteOf(ROOM_SUITE), kemPrivateKey, kemOutput!, infoOf(of), NOTHING, ciphertext!),
  );
  if (inner === undefined) throw new CoreError('CANNOT_OPEN', 'not an answer to this offer');
  const [bundle, certificate, signedList, name] = splitParts(inner, 4);
  const { accountPrivateKey, handle } = decodeBundle(bundle!);
  const identity = identityOf(env, accountPrivateKey, devicePrivateKey, certificate!);
  const list = verifyDeviceList(env, signedList!, { accountId: identity.accountId });
  if (!isListed(list, identity.deviceId)) {
    throw new CoreError('BAD_DEVICE_LIST', 'this device is not in it', { reason: 'unknown-device' });
  }
  return { identity, handle, list, name: new TextDecoder().decode(name) };
}

function sealAnswer(
  env: CoreEnv,
  of: Pick<TakenOffer, 'key' | 'offer'>,
  kind: number,
  body: Uint8Array,
): Uint8Array {
  const purpose = { ...answerPurpose(of), bucketBytes: ANSWER_BUCKET_BYTES };
  return seal(env, purpose, concatBytes(Uint8Array.of(kind), body));
}

const offerPurpose = (key: Uint8Array) => ({ key, label: LABELS.addDeviceOffer, context: NOTHING });

/** An answer is to one offer, and opens for no other. */
const answerPurpose = ({ key, offer }: Pick<TakenOffer, 'key' | 'offer'>) => ({
  key,
  label: LABELS.addDeviceAnswer,
  context: offer,
});

/** Whoever has not seen the code cannot have sealed under it. The key has a fixed length. */
function infoOf({ key, offer }: Pick<TakenOffer, 'key' | 'offer'>): Uint8Array {
  return labelled(LABELS.addDevice, key, offer);
}

function opened(open: () => Uint8Array, refusal: () => CoreError): Uint8Array {
  try {
    return open();
  } catch (error) {
    if (error instanceof CoreError && error.code === 'CANNOT_OPEN') throw refusal();
    throw error;
  }
}

function swapped(): CoreError {
  return new CoreError('SWAPPED_KEY', 'not what the new device offered');
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
