import { expect, test } from 'vitest';
import {
  addPasskeyInput,
  deleteAccountInput,
  deviceCertificateInput,
  deviceListInput,
  passkeySignInInput,
  registrationInput,
  removePasskeyInput,
  sessionProofInput,
} from './signedBytes.ts';

const ascii = (bytes: Uint8Array) => String.fromCharCode(...bytes);

test('what is signed for a session is label, length, origin and nonce', () => {
  const nonce = new Uint8Array(32).fill(0x41);
  expect(ascii(sessionProofInput('http://localhost:1', nonce))).toBe(
    `sotto/session-v1\0\0\u0012http://localhost:1${'A'.repeat(32)}`,
  );
});

test('what is signed for a certificate is label and certificate', () => {
  expect(ascii(deviceCertificateInput(Uint8Array.of(0x42)))).toBe('sotto/device-certificate-v1\0B');
});

test('what is signed for a device list and for a registration is label and bytes', () => {
  expect(ascii(deviceListInput(Uint8Array.of(0x42)))).toBe('sotto/device-list-v1\0B');
  expect(ascii(registrationInput(Uint8Array.of(0x42)))).toBe('sotto/register-v1\0B');
});

test('what is signed to delete an account is label, length, origin and nonce', () => {
  const nonce = new Uint8Array(32).fill(0x41);
  expect(ascii(deleteAccountInput('http://localhost:1', nonce))).toBe(
    `sotto/delete-account-v1\0\0\u0012http://localhost:1${'A'.repeat(32)}`,
  );
});

test('what is signed for passkeys is label, length, origin and nonce, and which passkey', () => {
  const nonce = new Uint8Array(32).fill(0x41);
  const rest = `\0\0\u0012http://localhost:1${'A'.repeat(32)}`;
  expect(ascii(passkeySignInInput('http://localhost:1', nonce))).toBe(`sotto/passkey-sign-in-v1${rest}`);
  const passkey = Uint8Array.of(0x42);
  expect(ascii(addPasskeyInput('http://localhost:1', nonce, passkey))).toBe(`sotto/add-passkey-v1${rest}B`);
  expect(ascii(removePasskeyInput('http://localhost:1', nonce, passkey))).toBe(
    `sotto/remove-passkey-v1${rest}B`,
  );
});
