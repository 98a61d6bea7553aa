import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hash,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { BoundedCache } from './boundedCache.ts';
import { requireEd25519PublicKey } from './ed25519PublicKey.ts';
import {
  AEAD_TAG_BYTES,
  CURVE_KEY_BYTES,
  cryptoInputError,
  ED25519_SIGNATURE_BYTES,
  HASH_BYTES,
  requireAeadKeyAndNonce,
  requireHkdfExpandInput,
  requireLength,
  requireXofLength,
} from './inputs.ts';
import { mlkem768Decapsulate, mlkem768Encapsulate, mlkem768PublicKey } from './mlkem768.ts';
import type { AeadName, HashName, Provider } from './provider.ts';

const OPENSSL_HASH = { 'SHA-256': 'sha256', 'SHA-384': 'sha384', 'SHA-512': 'sha512' } as const;
const OPENSSL_AEAD = {
  'AES-128-GCM': 'aes-128-gcm',
  'AES-256-GCM': 'aes-256-gcm',
  'ChaCha20-Poly1305': 'chacha20-poly1305',
} as const;
const TAG_OPTIONS = { authTagLength: AEAD_TAG_BYTES } as const;

/** Members of the groups in use; an entry is a handle of a few hundred bytes. */
const verifyKeys = new BoundedCache<KeyObject>(512);
/**
 * A device signs with one long-lived key, and parsing it costs more than signing. X25519 private keys are not cached:
 * each is used a few times and then deleted for forward secrecy, which a cache would undo.
 */
const signKeys = new BoundedCache<KeyObject>(8);

/** `node:crypto` (OpenSSL), synchronous; ML-KEM from noble, because Node has it without chosen coins or not at all. */
export const nodeProvider: Provider = {
  name: 'openssl',

  hash(name, data) {
    return plainBytes(hash(OPENSSL_HASH[name], data, 'buffer'));
  },

  hmac(name, key, data) {
    return hmac(name, key, data);
  },

  hkdfExtract(name, salt, ikm) {
    // HMAC pads its key with zeros, so an empty salt equals HashLen zeros (RFC 5869 §2.2).
    return hmac(name, salt, ikm);
  },

  hkdfExpand(name, prk, info, lengthBytes) {
    requireHkdfExpandInput(name, prk, lengthBytes);
    const hashBytes = HASH_BYTES[name];
    if (lengthBytes <= hashBytes) {
      const block = createHmac(OPENSSL_HASH[name], prk).update(info).update(FIRST_COUNTER).digest();
      return plainBytes(block, lengthBytes);
    }
    const okm = new Uint8Array(lengthBytes);
    let block: Uint8Array = new Uint8Array(0);
    for (let done = 0, counter = 1; done < lengthBytes; done += hashBytes, counter += 1) {
      block = createHmac(OPENSSL_HASH[name], prk)
        .update(block)
        .update(info)
        .update(Uint8Array.of(counter))
        .digest();
      okm.set(block.subarray(0, Math.min(hashBytes, lengthBytes - done)), done);
    }
    return okm;
  },

  shake256(data, lengthBytes) {
    requireXofLength(lengthBytes);
    if (lengthBytes === 0) return new Uint8Array(0);
    return plainBytes(createHash('shake256', { outputLength: lengthBytes }).update(data).digest());
  },

  sha3_256(data) {
    return plainBytes(hash('sha3-256', data, 'buffer'));
  },

  aeadSeal(aead, key, nonce, aad, plaintext) {
    requireAeadKeyAndNonce(aead, key, nonce);
    const cipher = createCipher(aead, key, nonce);
    cipher.setAAD(aad, { plaintextLength: plaintext.length });
    const body = cipher.update(plaintext);
    cipher.final();
    const sealed = new Uint8Array(plaintext.length + AEAD_TAG_BYTES);
    sealed.set(body);
    sealed.set(cipher.getAuthTag(), plaintext.length);
    return sealed;
  },

  aeadOpen(aead, key, nonce, aad, ciphertext) {
    requireAeadKeyAndNonce(aead, key, nonce);
    const bodyBytes = ciphertext.length - AEAD_TAG_BYTES;
    if (bodyBytes < 0) return undefined;
    const decipher = createDecipher(aead, key, nonce);
    decipher.setAAD(aad, { plaintextLength: bodyBytes });
    decipher.setAuthTag(ciphertext.subarray(bodyBytes));
    const plaintext = decipher.update(ciphertext.subarray(0, bodyBytes));
    try {
      decipher.final();
    } catch {
      return undefined;
    }
    return plainBytes(plaintext);
  },

  x25519PublicKey(privateKey) {
    requireLength(privateKey, CURVE_KEY_BYTES, 'X25519 private key');
    return rawPublicKey(importPrivateKey('X25519', privateKey));
  },

  x25519(privateKey, publicKey) {
    requireLength(privateKey, CURVE_KEY_BYTES, 'X25519 private key');
    requireLength(publicKey, CURVE_KEY_BYTES, 'X25519 public key');
    const keys = {
      privateKey: importPrivateKey('X25519', privateKey),
      publicKey: importPublicKey('X25519', publicKey),
    };
    try {
      return plainBytes(diffieHellman(keys));
    } catch {
      // OpenSSL refuses the all-zero result (RFC 7748 §6.1); with both keys parsed there is no other failure.
      throw cryptoInputError('low-order X25519 public key');
    }
  },

  ed25519PublicKey(privateKey) {
    requireLength(privateKey, CURVE_KEY_BYTES, 'Ed25519 private key');
    return rawPublicKey(signKeyOf(privateKey));
  },

  ed25519Sign(privateKey, message) {
    requireLength(privateKey, CURVE_KEY_BYTES, 'Ed25519 private key');
    return plainBytes(sign(null, message, signKeyOf(privateKey)));
  },

  ed25519Verify(publicKey, message, signature) {
    requireEd25519PublicKey(publicKey);
    if (signature.length !== ED25519_SIGNATURE_BYTES) return false;
    // OpenSSL refuses S >= L and compares the encoding of R, cofactorless.
    return verify(null, message, verifyKeyOf(publicKey), signature);
  },

  mlkem768PublicKey,
  mlkem768Encapsulate,
  mlkem768Decapsulate,
};

const FIRST_COUNTER = Uint8Array.of(1);

function hmac(name: HashName, key: Uint8Array, data: Uint8Array): Uint8Array {
  return plainBytes(createHmac(OPENSSL_HASH[name], key).update(data).digest());
}

/** The same memory as a plain array: a `Buffer` shares memory on `slice`, where callers expect a copy. */
function plainBytes(buffer: Buffer, lengthBytes = buffer.length): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, lengthBytes);
}

function createCipher(aead: AeadName, key: Uint8Array, nonce: Uint8Array) {
  // The types know GCM and ChaCha20-Poly1305 apart; with a tag length given, both run alike.
  return createCipheriv(OPENSSL_AEAD[aead] as 'chacha20-poly1305', key, nonce, TAG_OPTIONS);
}

function createDecipher(aead: AeadName, key: Uint8Array, nonce: Uint8Array) {
  return createDecipheriv(OPENSSL_AEAD[aead] as 'chacha20-poly1305', key, nonce, TAG_OPTIONS);
}

function signKeyOf(privateKey: Uint8Array): KeyObject {
  // By digest, so that no string in the heap spells the key.
  const id = hash('sha256', privateKey, 'base64');
  const cached = signKeys.get(id);
  if (cached !== undefined) return cached;
  const key = importPrivateKey('Ed25519', privateKey);
  signKeys.set(id, key);
  return key;
}

function verifyKeyOf(publicKey: Uint8Array): KeyObject {
  const id = bufferOver(publicKey).toString('latin1');
  const cached = verifyKeys.get(id);
  if (cached !== undefined) return cached;
  const key = importPublicKey('Ed25519', publicKey);
  verifyKeys.set(id, key);
  return key;
}

type Curve = 'Ed25519' | 'X25519';

/**
 * A raw private key. As JWK, because that goes to OpenSSL as raw bytes: ten times faster than its DER decoder
 * (46 µs against 480 µs on OpenSSL 3.0). Node reads `d` only; it asks for `x` to be there.
 */
function importPrivateKey(curve: Curve, privateKey: Uint8Array): KeyObject {
  const jwk = { kty: 'OKP', crv: curve, x: '', d: bufferOver(privateKey).toString('base64url') };
  return createPrivateKey({ key: jwk, format: 'jwk' });
}

/** A raw public key, as JWK for the same reason (9 µs against 116 µs). */
function importPublicKey(curve: Curve, publicKey: Uint8Array): KeyObject {
  const jwk = { kty: 'OKP', crv: curve, x: bufferOver(publicKey).toString('base64url') };
  return createPublicKey({ key: jwk, format: 'jwk' });
}

function rawPublicKey(privateKey: KeyObject): Uint8Array {
  const { x } = createPublicKey(privateKey).export({ format: 'jwk' });
  return Uint8Array.from(Buffer.from(x!, 'base64url'));
}

function bufferOver(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
