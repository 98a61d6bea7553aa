import { BoundedCache } from './boundedCache.ts';
import { isSmallOrderY, requireEd25519PublicKey } from './ed25519PublicKey.ts';
import { CURVE_KEY_BYTES, cryptoInputError, ED25519_SIGNATURE_BYTES, requireLength } from './inputs.ts';
import { nodeProvider } from './nodeProvider.ts';
import type { Provider } from './provider.ts';

/**
 * What is called of the package `sodium-native`. Each function writes its result into its first argument, and throws
 * where libsodium answers with an error.
 */
export interface Sodium {
  crypto_sign_seed_keypair(publicKey: Uint8Array, secretKey: Uint8Array, seed: Uint8Array): void;
  crypto_sign_detached(signature: Uint8Array, message: Uint8Array, secretKey: Uint8Array): void;
  crypto_sign_verify_detached(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean;
  crypto_scalarmult_base(publicKey: Uint8Array, privateKey: Uint8Array): void;
  crypto_scalarmult(sharedSecret: Uint8Array, privateKey: Uint8Array, publicKey: Uint8Array): void;
}

/** An Ed25519 key as libsodium signs with it: `secretKey` is seed and public key in one. */
interface SignKey {
  readonly publicKey: Uint8Array;
  readonly secretKey: Uint8Array;
}

const SECRET_KEY_BYTES = 64;

/**
 * OpenSSL, with the two curves of libsodium: about twice as fast at Ed25519, three times at X25519. All else stays with
 * OpenSSL: its AES and its hashes of long inputs are faster, and no suite that Sotto allows has ChaCha20-Poly1305
 * (docs/decisions/0025-native-engine.md).
 */
export function sodiumProvider(sodium: Sodium): Provider {
  /** A device signs with one long-lived key; making libsodium's form of it costs as much as signing. */
  const signKeys = new BoundedCache<SignKey>(8);

  function signKeyOf(seed: Uint8Array): SignKey {
    requireLength(seed, CURVE_KEY_BYTES, 'Ed25519 private key');
    // By digest, so that no string in the heap spells the key.
    const id = String.fromCharCode(...nodeProvider.hash('SHA-256', seed));
    const cached = signKeys.get(id);
    if (cached !== undefined) return cached;
    const key = { publicKey: new Uint8Array(CURVE_KEY_BYTES), secretKey: new Uint8Array(SECRET_KEY_BYTES) };
    sodium.crypto_sign_seed_keypair(key.publicKey, key.secretKey, seed);
    signKeys.set(id, key);
    return key;
  }

  return {
    ...nodeProvider,
    name: 'sodium',

    x25519PublicKey(privateKey) {
      requireLength(privateKey, CURVE_KEY_BYTES, 'X25519 private key');
      const publicKey = new Uint8Array(CURVE_KEY_BYTES);
      sodium.crypto_scalarmult_base(publicKey, privateKey);
      return publicKey;
    },

    x25519(privateKey, publicKey) {
      requireLength(privateKey, CURVE_KEY_BYTES, 'X25519 private key');
      requireLength(publicKey, CURVE_KEY_BYTES, 'X25519 public key');
      const sharedSecret = new Uint8Array(CURVE_KEY_BYTES);
      try {
        sodium.crypto_scalarmult(sharedSecret, privateKey, publicKey);
      } catch {
        // With the lengths right, libsodium refuses the points of low order only (RFC 7748 §6.1).
        throw cryptoInputError('low-order X25519 public key');
      }
      return sharedSecret;
    },

    ed25519PublicKey(privateKey) {
      return signKeyOf(privateKey).publicKey.slice();
    },

    ed25519Sign(privateKey, message) {
      const signature = new Uint8Array(ED25519_SIGNATURE_BYTES);
      sodium.crypto_sign_detached(signature, message, signKeyOf(privateKey).secretKey);
      return signature;
    },

    ed25519Verify(publicKey, message, signature) {
      requireEd25519PublicKey(publicKey);
      if (signature.length !== ED25519_SIGNATURE_BYTES) return false;
      // libsodium refuses S >= L and compares the encoding of R, cofactorless, as OpenSSL does; and beyond that every R
      // of small order. No honest signer makes one. Where somebody does, OpenSSL decides, so that all members agree.
      if (isSmallOrderY(signature)) return nodeProvider.ed25519Verify(publicKey, message, signature);
      return sodium.crypto_sign_verify_detached(signature, message, publicKey);
    },
  };
}
