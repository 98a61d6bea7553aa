import type { Handle } from './handle.ts';
import { LIMITS } from './limits.ts';
import { OPAQUE_BYTES } from './opaqueMessages.ts';
import { exactBytes, handle, someBytes } from './wire/field.ts';
import { decode, encode, message } from './wire/message.ts';

/** `POST /api/accounts/sign-in/start`. */
export interface SignInStart {
  readonly handle: Handle;
  /** OPAQUE's KE1 (RFC 9807 §6.1); 96 bytes. */
  readonly startLoginRequest: Uint8Array;
}

/** The same form and size for a handle that nobody has. */
export interface SignInStarted {
  /** 16 bytes; good for one `SignInFinish` within a minute. */
  readonly signInId: Uint8Array;
  /** OPAQUE's KE2; 320 bytes. */
  readonly loginResponse: Uint8Array;
}

/** `POST /api/accounts/sign-in/finish`, answered with `SignedIn`. */
export interface SignInFinish {
  readonly signInId: Uint8Array;
  /** OPAQUE's KE3; 64 bytes. */
  readonly finishLoginRequest: Uint8Array;
}

/** `POST /api/accounts/recover`, answered with `SignedIn`. */
export interface Recover {
  readonly handle: Handle;
  /** 32 bytes from the recovery code; the relay knows their SHA-256 only. */
  readonly recoveryProof: Uint8Array;
}

export interface SignedIn {
  /** Sealed under the password's key, or after `Recover` under the recovery code's. */
  readonly sealedBundle: Uint8Array;
  /** The newest list: an encoded `SignedDeviceList`. */
  readonly signedDeviceList: Uint8Array;
  /** 32 bytes, secret: lets this device put a list in which it stands, once, within ten minutes. */
  readonly ticket: Uint8Array;
}

/** `POST /api/accounts/devices`: by a device that has just signed in. One that is listed asks in its session. */
export interface AddDevice {
  readonly ticket: Uint8Array;
  /** An encoded `SignedDeviceList`, with a counter higher than that of the newest. */
  readonly signedDeviceList: Uint8Array;
}

const SIGN_IN_ID_BYTES = 16;
const TICKET_BYTES = 32;

export const signInStartCodec = message<SignInStart>({
  handle: handle(1),
  startLoginRequest: exactBytes(2, OPAQUE_BYTES.startLoginRequest),
});

export const signInStartedCodec = message<SignInStarted>({
  signInId: exactBytes(1, SIGN_IN_ID_BYTES),
  loginResponse: exactBytes(2, OPAQUE_BYTES.loginResponse),
});

export const signInFinishCodec = message<SignInFinish>({
  signInId: exactBytes(1, SIGN_IN_ID_BYTES),
  finishLoginRequest: exactBytes(2, OPAQUE_BYTES.finishLoginRequest),
});

export const recoverCodec = message<Recover>({ handle: handle(1), recoveryProof: exactBytes(2, 32) });

export const signedInCodec = message<SignedIn>({
  sealedBundle: someBytes(1, LIMITS.sealedBundleBytes),
  signedDeviceList: someBytes(2, LIMITS.signedDeviceListBytes),
  ticket: exactBytes(3, TICKET_BYTES),
});

export const addDeviceCodec = message<AddDevice>({
  ticket: exactBytes(1, TICKET_BYTES),
  signedDeviceList: someBytes(2, LIMITS.signedDeviceListBytes),
});

export function encodeSignInStart(start: SignInStart): Uint8Array {
  return encode(signInStartCodec, start, LIMITS.accountBodyBytes);
}

/** Throws `ProtocolError`, as all decoders here. */
export function decodeSignInStart(body: Uint8Array): SignInStart {
  return decode(signInStartCodec, body, LIMITS.accountBodyBytes);
}

export function encodeSignInStarted(started: SignInStarted): Uint8Array {
  return encode(signInStartedCodec, started, LIMITS.accountBodyBytes);
}

export function decodeSignInStarted(body: Uint8Array): SignInStarted {
  return decode(signInStartedCodec, body, LIMITS.accountBodyBytes);
}

export function encodeSignInFinish(finish: SignInFinish): Uint8Array {
  return encode(signInFinishCodec, finish, LIMITS.accountBodyBytes);
}

export function decodeSignInFinish(body: Uint8Array): SignInFinish {
  return decode(signInFinishCodec, body, LIMITS.accountBodyBytes);
}

export function encodeRecover(recover: Recover): Uint8Array {
  return encode(recoverCodec, recover, LIMITS.accountBodyBytes);
}

export function decodeRecover(body: Uint8Array): Recover {
  return decode(recoverCodec, body, LIMITS.accountBodyBytes);
}

export function encodeSignedIn(signedIn: SignedIn): Uint8Array {
  return encode(signedInCodec, signedIn, LIMITS.accountBodyBytes);
}

export function decodeSignedIn(body: Uint8Array): SignedIn {
  return decode(signedInCodec, body, LIMITS.accountBodyBytes);
}

export function encodeAddDevice(add: AddDevice): Uint8Array {
  return encode(addDeviceCodec, add, LIMITS.accountBodyBytes);
}

export function decodeAddDevice(body: Uint8Array): AddDevice {
  return decode(addDeviceCodec, body, LIMITS.accountBodyBytes);
}
