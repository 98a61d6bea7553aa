import { LIMITS } from './limits.ts';
import { exactBytes, someBytes, text } from './wire/field.ts';
import { decode, encode, message, versionedMessage } from './wire/message.ts';

/** What a relay keeps of a passkey that signs in to an account. */
export interface Passkey {
  /** Ed25519 from what the passkey gives, 32 bytes: it tells this passkey from all others. */
  readonly signInKey: Uint8Array;
  /** The account's keys under another key from the passkey; the relay cannot open it. */
  readonly sealedBundle: Uint8Array;
  /** Name, date and credential id, for the account's own devices. */
  readonly sealedAbout: Uint8Array;
}

/** `POST /api/accounts/passkey/start`. Nothing in it says who asks, and nothing in the answer who there is. */
export interface PasskeyStart {
  /** The origin the client connected to. */
  readonly origin: string;
}

export interface PasskeyStarted {
  /** 32 bytes; good for one `PasskeyFinish` within two minutes. */
  readonly challenge: Uint8Array;
}

/** `POST /api/accounts/passkey/finish`, answered with `SignedIn`. */
export interface PasskeyFinish {
  readonly challenge: Uint8Array;
  readonly signInKey: Uint8Array;
  /** Ed25519 by `signInKey` over `passkeySignInInput(origin, challenge)`; 64 bytes. */
  readonly signature: Uint8Array;
}

const CHALLENGE_BYTES = 32;

export const passkeyCodec = versionedMessage<Passkey>({
  signInKey: exactBytes(2, 32),
  sealedBundle: someBytes(3, LIMITS.sealedBundleBytes),
  sealedAbout: someBytes(4, LIMITS.passkeyAboutBytes),
});

export const passkeyStartCodec = message<PasskeyStart>({ origin: text(1, LIMITS.originBytes) });

export const passkeyStartedCodec = message<PasskeyStarted>({ challenge: exactBytes(1, CHALLENGE_BYTES) });

export const passkeyFinishCodec = message<PasskeyFinish>({
  challenge: exactBytes(1, CHALLENGE_BYTES),
  signInKey: exactBytes(2, 32),
  signature: exactBytes(3, 64),
});

export function encodePasskey(passkey: Passkey): Uint8Array {
  return encode(passkeyCodec, passkey, LIMITS.passkeyBytes);
}

/** Parses what was signed. Throws `ProtocolError`, as all decoders here. */
export function decodePasskey(bytes: Uint8Array): Passkey {
  return decode(passkeyCodec, bytes, LIMITS.passkeyBytes);
}

export function encodePasskeyStart(start: PasskeyStart): Uint8Array {
  return encode(passkeyStartCodec, start, LIMITS.accountBodyBytes);
}

export function decodePasskeyStart(body: Uint8Array): PasskeyStart {
  return decode(passkeyStartCodec, body, LIMITS.accountBodyBytes);
}

export function encodePasskeyStarted(started: PasskeyStarted): Uint8Array {
  return encode(passkeyStartedCodec, started, LIMITS.accountBodyBytes);
}

export function decodePasskeyStarted(body: Uint8Array): PasskeyStarted {
  return decode(passkeyStartedCodec, body, LIMITS.accountBodyBytes);
}

export function encodePasskeyFinish(finish: PasskeyFinish): Uint8Array {
  return encode(passkeyFinishCodec, finish, LIMITS.accountBodyBytes);
}

/** Parses it with its signature, which the caller verifies. */
export function decodePasskeyFinish(body: Uint8Array): PasskeyFinish {
  return decode(passkeyFinishCodec, body, LIMITS.accountBodyBytes);
}
