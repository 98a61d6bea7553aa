import type { Provider } from '@sotto/mls';
import { concatBytes, utf8 } from './bytes.ts';

/**
 * Every context label of Sotto above MLS: whatever is hashed, signed or derived carries exactly one of them.
 *
 * A label is followed by a zero byte, so none is a prefix of another's input. MLS's own labels begin with a length
 * and "MLS 1.0 " (RFC 9420 §5.1.2), which no label here can be read as.
 */
export const LABELS = {
  accountId: 'sotto/account-id-v1',
  deviceId: 'sotto/device-id-v1',
  inbox: 'sotto/inbox-v1',
  /** Signed by the account key. */
  deviceCertificate: 'sotto/device-certificate-v1',
  /** Signed by the device key. */
  session: 'sotto/session-v1',
  /** Signed by the device key. */
  ephemeral: 'sotto/ephemeral-v1',
  ephemeralKey: 'sotto/ephemeral-key-v1',
  linkFingerprint: 'sotto/link-fingerprint-v1',
  link: 'sotto/link-v1',
  linkCard: 'sotto/link/card-v1',
  linkRequest: 'sotto/link/request-v1',
  linkAnswer: 'sotto/link/answer-v1',
  linkJoinMac: 'sotto/link/join-mac-v1',
  linkPsk: 'sotto/link/psk-v1',
  linkPskId: 'sotto/link-psk-id-v1',
  linkPasswordSalt: 'sotto/link/password-salt-v1',
  /** Signed by the account key, as the next three. */
  deviceList: 'sotto/device-list-v1',
  register: 'sotto/register-v1',
  deleteAccount: 'sotto/delete-account-v1',
  trustRecord: 'sotto/trust-record-v1',
  /** Signed by the account key: the RSA keys it publishes. */
  sealedKeys: 'sotto/sealed-keys-v1',
  /** What the private ones are wrapped under. */
  sealedPrivateKey: 'sotto/sealed-private-key-v1',
  sealedMessageId: 'sotto/sealed-message-id-v1',
  sealedPlace: 'sotto/sealed-place-v1',
  sealedSource: 'sotto/sealed-source-v1',
  /** Signed by the key of the account that a guest goes on with. */
  introduction: 'sotto/introduction-v1',
  askAgain: 'sotto/ask-again-v1',
  deviceName: 'sotto/device-name-v1',
  accountBundle: 'sotto/account-bundle-v1',
  recovery: 'sotto/recovery-v1',
  recoveryKey: 'sotto/recovery/key-v1',
  recoveryProof: 'sotto/recovery/proof-v1',
  /** What comes of a passkey's output. */
  passkey: 'sotto/passkey-v1',
  passkeyKey: 'sotto/passkey/key-v1',
  passkeySignInKey: 'sotto/passkey/sign-in-key-v1',
  passkeyAbout: 'sotto/passkey-about-v1',
  /** Signed by a passkey's sign-in key; by the account key too to add one, and by that alone to remove one. */
  passkeySignIn: 'sotto/passkey-sign-in-v1',
  addPasskey: 'sotto/add-passkey-v1',
  removePasskey: 'sotto/remove-passkey-v1',
  addDevice: 'sotto/add-device-v1',
  addDeviceToken: 'sotto/add-device/token-v1',
  addDeviceKey: 'sotto/add-device/key-v1',
  addDeviceCheck: 'sotto/add-device/check-v1',
  addDeviceHash: 'sotto/add-device/hash-v1',
  addDeviceOffer: 'sotto/add-device/offer-v1',
  addDeviceAnswer: 'sotto/add-device/answer-v1',
  addDeviceWords: 'sotto/add-device/words-v1',
  /** In the associated data of each chunk. */
  blob: 'sotto/blob-v1',
  safetyTranscript: 'sotto/safety-transcript-v1',
  safetyWords: 'sotto/safety-words-v1',
} as const;

/** One of `LABELS`. */
export type Label = (typeof LABELS)[keyof typeof LABELS];

/** The labels that a signature can carry, with the key that may make it. */
export const SIGNING_LABELS = [
  LABELS.deviceCertificate,
  LABELS.session,
  LABELS.ephemeral,
  LABELS.deviceList,
  LABELS.register,
  LABELS.deleteAccount,
  LABELS.passkeySignIn,
  LABELS.addPasskey,
  LABELS.removePasskey,
  LABELS.trustRecord,
  LABELS.sealedKeys,
  LABELS.introduction,
  LABELS.askAgain,
] as const;
export type SigningLabel = (typeof SIGNING_LABELS)[number];

/** `label 0x00 parts…`: what is hashed, signed or derived under a label. */
export function labelled(label: Label, ...parts: readonly Uint8Array[]): Uint8Array {
  return concatBytes(utf8(`${label}\0`), ...parts);
}

/** Ed25519 over `labelled(label, message)`: 64 bytes. */
export function signLabelled(
  provider: Provider,
  privateKey: Uint8Array,
  label: SigningLabel,
  message: Uint8Array,
): Uint8Array {
  return provider.ed25519Sign(privateKey, labelled(label, message));
}

/** Whether the signature is by that key, for that purpose, over that message. Never throws. */
export function verifyLabelled(
  provider: Pick<Provider, 'ed25519Verify'>,
  publicKey: Uint8Array,
  label: SigningLabel,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  try {
    return provider.ed25519Verify(publicKey, labelled(label, message), signature);
  } catch {
    return false;
  }
}
