import { addPasskeyInput, type Passkey, passkeySignInInput, removePasskeyInput } from '@sotto/protocol';
import { concatBytes, utf8 } from '../bytes.ts';
import type { CoreEnv } from '../env.ts';
import { CoreError } from '../errors.ts';
import { LABELS, type Label } from '../labels.ts';
import { cleanName } from '../names.ts';
import { openSealed, seal } from '../sealed.ts';
import type { BundleKey } from './accountBundle.ts';
import type { DeviceIdentity } from './identity.ts';

type Account = Pick<DeviceIdentity, 'accountPrivateKey'>;
type Signer = Pick<CoreEnv, 'provider'>;

/** What comes of a passkey's output (WebAuthn PRF). Secret, but for `signInKey`. */
export interface PasskeyKeys {
  /** Seals the account's keys; never leaves the device. */
  readonly bundleKey: BundleKey;
  /** Ed25519 seed, 32 bytes; never leaves the device. */
  readonly signInPrivateKey: Uint8Array;
  /** 32 bytes for the relay: by it alone the account is found. */
  readonly signInKey: Uint8Array;
}

/** What a person is told of a passkey. */
export interface PasskeyAbout {
  readonly name: string;
  readonly createdAtMs: number;
  /** By which the browser knows it; so that an authenticator does not get a second one. */
  readonly credentialId: Uint8Array;
}

/** The relay's origin, and the challenge that a signature is bound to. */
export interface PasskeyChallenge {
  readonly origin: string;
  readonly nonce: Uint8Array;
}

const PRF_BYTES = 32;
const KEY_BYTES = 32;
const ABOUT_VERSION = 1;
/** Version, six bytes of time, two of length. */
const ABOUT_HEAD_BYTES = 9;
/** Credential ids have 16 to 64 bytes nearly always: the size tells hardly anything. */
const ABOUT_BUCKET_BYTES = 256;
/** WebAuthn §4: a credential id has at most 1023 bytes. */
const CREDENTIAL_ID_BYTES = 1_023;

/** The keys of a passkey. `prfOutput`: 32 bytes, which need no stretching; throws `BAD_STATE` for any other size. */
export function passkeyKeysOf({ provider }: Signer, prfOutput: Uint8Array): PasskeyKeys {
  if (prfOutput.length !== PRF_BYTES) throw new CoreError('BAD_STATE', 'a PRF output has 32 bytes');
  const root = provider.hkdfExtract('SHA-256', utf8(LABELS.passkey), prfOutput);
  const expand = (label: Label) => provider.hkdfExpand('SHA-256', root, utf8(label), KEY_BYTES);
  const signInPrivateKey = expand(LABELS.passkeySignInKey);
  return {
    bundleKey: { kind: 'passkey', secret: expand(LABELS.passkeyKey) },
    signInPrivateKey,
    signInKey: provider.ed25519PublicKey(signInPrivateKey),
  };
}

/** Signs in at this relay, once: 64 bytes. */
export function passkeyProof(
  { provider }: Signer,
  { signInPrivateKey }: PasskeyKeys,
  { origin, nonce }: PasskeyChallenge,
): Uint8Array {
  return provider.ed25519Sign(signInPrivateKey, passkeySignInInput(origin, nonce));
}

/** Signs that an encoded `Passkey` is to be the account's, on this connection: by the account, and by the passkey. */
export function passkeyAddition(
  { provider }: Signer,
  { accountPrivateKey }: Account,
  { signInPrivateKey }: PasskeyKeys,
  passkey: Uint8Array,
  { origin, nonce }: PasskeyChallenge,
): { readonly accountSignature: Uint8Array; readonly keySignature: Uint8Array } {
  const input = addPasskeyInput(origin, nonce, passkey);
  return {
    accountSignature: provider.ed25519Sign(accountPrivateKey, input),
    keySignature: provider.ed25519Sign(signInPrivateKey, input),
  };
}

/** Signs that a passkey is to go, on this connection: 64 bytes. */
export function passkeyRemoval(
  { provider }: Signer,
  { accountPrivateKey }: Account,
  signInKey: Uint8Array,
  { origin, nonce }: PasskeyChallenge,
): Uint8Array {
  return provider.ed25519Sign(accountPrivateKey, removePasskeyInput(origin, nonce, signInKey));
}

/** Seals what a passkey is called for the account's own devices. Throws `BAD_NAME`; `TOO_LARGE` for no credential id. */
export function sealPasskeyAbout(
  env: CoreEnv,
  account: Account,
  signInKey: Uint8Array,
  { name, createdAtMs, credentialId }: PasskeyAbout,
): Uint8Array {
  if (credentialId.length > CREDENTIAL_ID_BYTES)
    throw new CoreError('TOO_LARGE', 'a credential id of WebAuthn is shorter', {
      limitBytes: CREDENTIAL_ID_BYTES,
    });
  const head = new Uint8Array(ABOUT_HEAD_BYTES);
  const view = new DataView(head.buffer);
  view.setUint8(0, ABOUT_VERSION);
  view.setUint16(1, Math.floor(createdAtMs / 2 ** 32));
  view.setUint32(3, createdAtMs % 2 ** 32);
  view.setUint16(7, credentialId.length);
  const about = concatBytes(head, credentialId, utf8(cleanName(name)));
  const purpose = { ...aboutPurpose(env, account, signInKey), bucketBytes: ABOUT_BUCKET_BYTES };
  return seal(env, purpose, about);
}

/** `undefined` for what no device of the account sealed for this passkey. */
export function openPasskeyAbout(
  env: Signer,
  account: Account,
  { signInKey, sealedAbout }: Omit<Passkey, 'sealedBundle'>,
): PasskeyAbout | undefined {
  try {
    const about = openSealed(env, aboutPurpose(env, account, signInKey), sealedAbout);
    if (about.length < ABOUT_HEAD_BYTES || about[0] !== ABOUT_VERSION) return undefined;
    const view = new DataView(about.buffer, about.byteOffset, about.length);
    const nameAt = ABOUT_HEAD_BYTES + view.getUint16(7);
    return {
      createdAtMs: view.getUint16(1) * 2 ** 32 + view.getUint32(3),
      credentialId: about.slice(ABOUT_HEAD_BYTES, nameAt),
      name: cleanName(new TextDecoder().decode(about.subarray(nameAt))),
    };
  } catch (error) {
    if (error instanceof CoreError) return undefined;
    throw error;
  }
}

function aboutPurpose({ provider }: Signer, { accountPrivateKey }: Account, signInKey: Uint8Array) {
  const prk = provider.hkdfExtract('SHA-256', utf8(LABELS.passkeyAbout), accountPrivateKey);
  const key = provider.hkdfExpand('SHA-256', prk, utf8(LABELS.passkeyAbout), KEY_BYTES);
  return { key, label: LABELS.passkeyAbout, context: signInKey };
}
