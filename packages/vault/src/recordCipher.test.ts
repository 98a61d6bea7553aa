import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VaultError } from './errors.ts';
import { type Aes256Gcm, aesRecordCipher } from './recordCipher.ts';

/** As a platform gives it that has one of its own. */
const openssl: Aes256Gcm = {
  seal(key, nonce, associated, plaintext) {
    const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(associated);
    return new Uint8Array(Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]));
  },
  open(key, nonce, associated, sealed) {
    const decipher = createDecipheriv('aes-256-gcm', key, nonce).setAAD(associated);
    decipher.setAuthTag(sealed.subarray(-16));
    try {
      return new Uint8Array(Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]));
    } catch {
      return undefined;
    }
  },
};

const random = (lengthBytes: number) => new Uint8Array(randomBytes(lengthBytes));
const key = { shelf: 'room/a' as never, bytes: random(32) };
const ciphers = { noble: aesRecordCipher(random), openssl: aesRecordCipher(random, openssl) };
const pairs = [
  ['noble', 'openssl'],
  ['openssl', 'noble'],
] as const;

describe.each(pairs)('records that %s sealed and %s opens', (sealer, opener) => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat(), (plaintext, serial) => {
        const sealed = ciphers[sealer].seal(key, 'name', serial, plaintext);
        expect(ciphers[opener].open(key, 'name', sealed)).toEqual({ serial, plaintext });
      }),
    );
  });

  it('are refused with any bit turned, cut short, or under another name', () => {
    const sealed = ciphers[sealer].seal(key, 'name', 7, new TextEncoder().encode('words'));
    const refused = (bytes: Uint8Array, name = 'name') =>
      expect(() => ciphers[opener].open(key, name, bytes)).toThrow(VaultError);
    for (let bit = 0; bit < sealed.length * 8; bit += 1) {
      refused(sealed.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte)));
    }
    for (let length = 0; length < sealed.length; length += 1) refused(sealed.subarray(0, length));
    refused(sealed, 'other');
  });
});
