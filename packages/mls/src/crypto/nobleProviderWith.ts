import { ed25519, x25519 } from '@noble/curves/ed25519.js';
import { expand, extract } from '@noble/hashes/hkdf.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha3_256, shake256 } from '@noble/hashes/sha3.js';
import {
  AEAD_TAG_BYTES,
  CURVE_KEY_BYTES,
  cryptoInputError,
  requireAeadKeyAndNonce,
  requireHkdfExpandInput,
  requireLength,
  requireXofLength,
} from './inputs.ts';
import { mlkem768Decapsulate, mlkem768Encapsulate, mlkem768PublicKey } from './mlkem768.ts';
import { countBaseUse } from './nobleEd25519Base.ts';
import { HASHES, nobleVerifier } from './nobleVerifier.ts';
import type { AeadName, Provider } from './provider.ts';

/** An AEAD of the noble libraries, with its key, nonce and associated data. Throws INPUT where it has no such one. */
export type CipherOf = (
  aead: AeadName,
  key: Uint8Array,
  nonce: Uint8Array,
  aad: Uint8Array,
) => { encrypt(plaintext: Uint8Array): Uint8Array; decrypt(ciphertext: Uint8Array): Uint8Array };

/** The noble libraries with the AEADs that are handed in, so that a page loads those of its suites only. */
export function nobleProviderWith(name: string, cipherOf: CipherOf): Provider {
  return {
    name,

    ...nobleVerifier,

    hmac(name, key, data) {
      return hmac(HASHES[name], key, data);
    },

    hkdfExtract(name, salt, ikm) {
      return extract(HASHES[name], ikm, salt);
    },

    hkdfExpand(name, prk, info, lengthBytes) {
      requireHkdfExpandInput(name, prk, lengthBytes);
      if (lengthBytes === 0) return new Uint8Array(0);
      return expand(HASHES[name], prk, info, lengthBytes);
    },

    shake256(data, lengthBytes) {
      requireXofLength(lengthBytes);
      if (lengthBytes === 0) return new Uint8Array(0);
      return shake256(data, { dkLen: lengthBytes });
    },

    sha3_256(data) {
      return sha3_256(data);
    },

    aeadSeal(aead, key, nonce, aad, plaintext) {
      requireAeadKeyAndNonce(aead, key, nonce);
      return cipherOf(aead, key, nonce, aad).encrypt(plaintext);
    },

    aeadOpen(aead, key, nonce, aad, ciphertext) {
      requireAeadKeyAndNonce(aead, key, nonce);
      if (ciphertext.length < AEAD_TAG_BYTES) return undefined;
      const cipher = cipherOf(aead, key, nonce, aad);
      try {
        return cipher.decrypt(ciphertext);
      } catch {
        // With the lengths checked above, the tag is what is left to fail.
        return undefined;
      }
    },

    x25519PublicKey(privateKey) {
      requireLength(privateKey, CURVE_KEY_BYTES, 'X25519 private key');
      return x25519.getPublicKey(privateKey);
    },

    x25519(privateKey, publicKey) {
      requireLength(privateKey, CURVE_KEY_BYTES, 'X25519 private key');
      requireLength(publicKey, CURVE_KEY_BYTES, 'X25519 public key');
      try {
        return x25519.getSharedSecret(privateKey, publicKey);
      } catch {
        throw cryptoInputError('low-order X25519 public key');
      }
    },

    ed25519PublicKey(privateKey) {
      requireLength(privateKey, CURVE_KEY_BYTES, 'Ed25519 private key');
      return ed25519.getPublicKey(privateKey);
    },

    ed25519Sign(privateKey, message) {
      requireLength(privateKey, CURVE_KEY_BYTES, 'Ed25519 private key');
      countBaseUse();
      return ed25519.sign(message, privateKey);
    },

    mlkem768PublicKey,
    mlkem768Encapsulate,
    mlkem768Decapsulate,
  };
}
