import { expect, test } from 'vitest';
import {
  deleteAccountInput,
  deviceCertificateInput,
  deviceListInput,
  registrationInput,
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
