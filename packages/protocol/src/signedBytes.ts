import { utf8Encode } from './wire/writer.ts';

/** What an account key signs to certify a device: `"sotto/device-certificate-v1" 0x00 || certificate`. */
export function deviceCertificateInput(certificate: Uint8Array): Uint8Array {
  return concat(utf8Encode('sotto/device-certificate-v1\0'), certificate);
}

/**
 * What a device key signs to open a session: `"sotto/session-v1" 0x00 || u16 length of origin || origin || nonce`.
 * The label keeps it apart from every other signature, origin and nonce bind it to one relay and one connection.
 */
export function sessionProofInput(origin: string, nonce: Uint8Array): Uint8Array {
  return concat(utf8Encode('sotto/session-v1\0'), originAndNonce(origin, nonce));
}

/** What an account key signs to list its devices: `"sotto/device-list-v1" 0x00 || list`. */
export function deviceListInput(list: Uint8Array): Uint8Array {
  return concat(utf8Encode('sotto/device-list-v1\0'), list);
}

/** What an account key signs to register: `"sotto/register-v1" 0x00 || registration`. */
export function registrationInput(registration: Uint8Array): Uint8Array {
  return concat(utf8Encode('sotto/register-v1\0'), registration);
}

/**
 * What an account key signs to delete its account: `"sotto/delete-account-v1" 0x00 || u16 length of origin || origin
 * || nonce`, with the nonce of the challenge that opened the session.
 */
export function deleteAccountInput(origin: string, nonce: Uint8Array): Uint8Array {
  return concat(utf8Encode('sotto/delete-account-v1\0'), originAndNonce(origin, nonce));
}

/**
 * What a passkey's sign-in key signs to sign in: `"sotto/passkey-sign-in-v1" 0x00 || u16 length of origin || origin ||
 * challenge`.
 */
export function passkeySignInInput(origin: string, challenge: Uint8Array): Uint8Array {
  return concat(utf8Encode('sotto/passkey-sign-in-v1\0'), originAndNonce(origin, challenge));
}

/**
 * What an account key and a passkey's sign-in key sign to add the passkey: `"sotto/add-passkey-v1" 0x00 || u16 length of
 * origin || origin || nonce || passkey`, with the nonce of the challenge that opened the session.
 */
export function addPasskeyInput(origin: string, nonce: Uint8Array, passkey: Uint8Array): Uint8Array {
  return concat(utf8Encode('sotto/add-passkey-v1\0'), originAndNonce(origin, nonce), passkey);
}

/** What an account key signs to remove one: `"sotto/remove-passkey-v1" 0x00 || … || sign-in key`, as above. */
export function removePasskeyInput(origin: string, nonce: Uint8Array, signInKey: Uint8Array): Uint8Array {
  return concat(utf8Encode('sotto/remove-passkey-v1\0'), originAndNonce(origin, nonce), signInKey);
}

function originAndNonce(origin: string, nonce: Uint8Array): Uint8Array {
  const originBytes = utf8Encode(origin);
  const length = Uint8Array.of(originBytes.length >> 8, originBytes.length & 0xff);
  return concat(length, originBytes, nonce);
}

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
