import type { Handle } from './handle.ts';
import { InvitationCode } from './ids.ts';
import { LIMITS } from './limits.ts';
import { OPAQUE_BYTES } from './opaqueMessages.ts';
import {
  type Enumeration,
  enumeration,
  exactBytes,
  handle,
  optionalId,
  someBytes,
  text,
} from './wire/field.ts';
import { decode, encode, message, versionedMessage } from './wire/message.ts';

/** Who may make an account at a relay, by its operator's choice. */
export type RegistrationMode = 'open' | 'invitation' | 'closed';

export const REGISTRATION_MODES: Enumeration<RegistrationMode> = [undefined, 'open', 'invitation', 'closed'];

/** `GET /api/accounts/policy`. */
export interface RegistrationPolicy {
  readonly mode: RegistrationMode;
}

/** `POST /api/accounts/register/start`. */
export interface RegisterStart {
  readonly handle: Handle;
  readonly invitationCode?: InvitationCode | undefined;
  /** OPAQUE's RegistrationRequest (RFC 9807 §5.1); 32 bytes. */
  readonly registrationRequest: Uint8Array;
}

export interface RegisterStarted {
  /** OPAQUE's RegistrationResponse; 64 bytes. */
  readonly registrationResponse: Uint8Array;
}

/** `POST /api/accounts/register/finish`. */
export interface RegisterFinish {
  /** An encoded `Registration`: exactly the bytes that were signed. */
  readonly registration: Uint8Array;
  /** Ed25519 by the account key over `registrationInput(registration)`; 64 bytes. */
  readonly signature: Uint8Array;
}

/** All that a relay stores of a new account. */
export interface Registration {
  readonly handle: Handle;
  /** The origin the client connected to. */
  readonly origin: string;
  /** Ed25519, 32 bytes. */
  readonly accountKey: Uint8Array;
  /** OPAQUE's RegistrationRecord; 192 bytes. */
  readonly registrationRecord: Uint8Array;
  /** The account's keys under a key from the password; the relay cannot open it. */
  readonly sealedBundle: Uint8Array;
  /** The account's keys under a key from the recovery code; the relay cannot open it. */
  readonly sealedRecoveryBundle: Uint8Array;
  /** SHA-256 of the recovery proof; 32 bytes. */
  readonly recoveryProofHash: Uint8Array;
  /** An encoded `SignedDeviceList`. */
  readonly signedDeviceList: Uint8Array;
  readonly invitationCode?: InvitationCode | undefined;
}

export const registrationPolicyCodec = message<RegistrationPolicy>({
  mode: enumeration(1, REGISTRATION_MODES),
});

export const registerStartCodec = message<RegisterStart>({
  handle: handle(1),
  invitationCode: optionalId(2, InvitationCode),
  registrationRequest: exactBytes(3, OPAQUE_BYTES.registrationRequest),
});

export const registerStartedCodec = message<RegisterStarted>({
  registrationResponse: exactBytes(1, OPAQUE_BYTES.registrationResponse),
});

export const registerFinishCodec = message<RegisterFinish>({
  registration: someBytes(1, LIMITS.accountBodyBytes),
  signature: exactBytes(2, 64),
});

export const registrationCodec = versionedMessage<Registration>({
  handle: handle(2),
  origin: text(3, LIMITS.originBytes),
  accountKey: exactBytes(4, 32),
  registrationRecord: exactBytes(5, OPAQUE_BYTES.registrationRecord),
  sealedBundle: someBytes(6, LIMITS.sealedBundleBytes),
  sealedRecoveryBundle: someBytes(7, LIMITS.sealedBundleBytes),
  recoveryProofHash: exactBytes(8, 32),
  signedDeviceList: someBytes(9, LIMITS.signedDeviceListBytes),
  invitationCode: optionalId(10, InvitationCode),
});

export function encodeRegistrationPolicy(policy: RegistrationPolicy): Uint8Array {
  return encode(registrationPolicyCodec, policy, LIMITS.accountBodyBytes);
}

/** Throws `ProtocolError`, as all decoders here. */
export function decodeRegistrationPolicy(body: Uint8Array): RegistrationPolicy {
  return decode(registrationPolicyCodec, body, LIMITS.accountBodyBytes);
}

export function encodeRegisterStart(start: RegisterStart): Uint8Array {
  return encode(registerStartCodec, start, LIMITS.accountBodyBytes);
}

export function decodeRegisterStart(body: Uint8Array): RegisterStart {
  return decode(registerStartCodec, body, LIMITS.accountBodyBytes);
}

export function encodeRegisterStarted(started: RegisterStarted): Uint8Array {
  return encode(registerStartedCodec, started, LIMITS.accountBodyBytes);
}

export function decodeRegisterStarted(body: Uint8Array): RegisterStarted {
  return decode(registerStartedCodec, body, LIMITS.accountBodyBytes);
}

export function encodeRegisterFinish(finish: RegisterFinish): Uint8Array {
  return encode(registerFinishCodec, finish, LIMITS.accountBodyBytes);
}

/** Parses a registration with its signature, which the caller verifies. */
export function decodeRegisterFinish(body: Uint8Array): RegisterFinish {
  return decode(registerFinishCodec, body, LIMITS.accountBodyBytes);
}

export function encodeRegistration(registration: Registration): Uint8Array {
  return encode(registrationCodec, registration, LIMITS.accountBodyBytes);
}

/** Parses what was signed. */
export function decodeRegistration(bytes: Uint8Array): Registration {
  return decode(registrationCodec, bytes, LIMITS.accountBodyBytes);
}
