import { describe, expect, it } from 'vitest';
import vectors from '../../vectors/primitives.vectors.json' with { type: 'json' };
import type { AeadName, HashName } from './provider.ts';
import { hex, PROVIDERS, unhex } from './testProviders.ts';

describe.each(PROVIDERS)(`primitives of $name beside ${vectors.madeBy}`, provider => {
  it('hashes', () => {
    for (const { name, data, digest } of vectors.hash) {
      expect(hex(provider.hash(name as HashName, unhex(data)))).toBe(digest);
    }
    for (const { data, digest } of vectors.sha3_256) expect(hex(provider.sha3_256(unhex(data)))).toBe(digest);
    for (const { data, lengthBytes, output } of vectors.shake256) {
      expect(hex(provider.shake256(unhex(data), lengthBytes))).toBe(output);
    }
  });

  it('authenticates and derives', () => {
    for (const { name, key, data, mac } of vectors.hmac) {
      expect(hex(provider.hmac(name as HashName, unhex(key), unhex(data)))).toBe(mac);
    }
    for (const { name, salt, ikm, info, prk, lengthBytes, okm } of vectors.hkdf) {
      expect(hex(provider.hkdfExtract(name as HashName, unhex(salt), unhex(ikm)))).toBe(prk);
      expect(hex(provider.hkdfExpand(name as HashName, unhex(prk), unhex(info), lengthBytes))).toBe(okm);
    }
  });

  it('seals and opens', () => {
    for (const { name, key, nonce, aad, plaintext, ciphertext } of vectors.aead) {
      const sealed = provider.aeadSeal(
        name as AeadName,
        unhex(key),
        unhex(nonce),
        unhex(aad),
        unhex(plaintext),
      );
      expect(hex(sealed)).toBe(ciphertext);
      const opened = provider.aeadOpen(
        name as AeadName,
        unhex(key),
        unhex(nonce),
        unhex(aad),
        unhex(ciphertext),
      );
      expect(opened && hex(opened)).toBe(plaintext);
    }
  });

  it('agrees by X25519', () => {
    for (const { privateKey, publicKey, peerPublicKey, sharedSecret } of vectors.x25519) {
      expect(hex(provider.x25519PublicKey(unhex(privateKey)))).toBe(publicKey);
      expect(hex(provider.x25519(unhex(privateKey), unhex(peerPublicKey)))).toBe(sharedSecret);
    }
  });

  it('signs by Ed25519', () => {
    for (const { privateKey, publicKey, message, signature } of vectors.ed25519) {
      expect(hex(provider.ed25519PublicKey(unhex(privateKey)))).toBe(publicKey);
      expect(hex(provider.ed25519Sign(unhex(privateKey), unhex(message)))).toBe(signature);
      expect(provider.ed25519Verify(unhex(publicKey), unhex(message), unhex(signature))).toBe(true);
    }
  });

  it('encapsulates by ML-KEM-768', () => {
    for (const vector of vectors.mlkem768) {
      const seed = unhex(vector.seed);
      expect(hex(provider.mlkem768PublicKey(seed))).toBe(vector.publicKey);
      expect(hex(provider.mlkem768Decapsulate(seed, unhex(vector.ciphertext)))).toBe(vector.sharedSecret);
      expect(hex(provider.mlkem768Decapsulate(seed, unhex(vector.wrongCiphertext)))).toBe(
        vector.rejectionSecret,
      );
    }
  });
});
