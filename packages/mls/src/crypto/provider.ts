/** Hash functions that a suite may name. */
export type HashName = 'SHA-256' | 'SHA-384' | 'SHA-512';

/** AEADs that a suite may name (RFC 5116): 12-byte nonce, 16-byte tag at the end of the ciphertext. */
export type AeadName = 'AES-128-GCM' | 'AES-256-GCM' | 'ChaCha20-Poly1305';

/** An encapsulated KEM secret: `ciphertext` goes to the owner of the key, `sharedSecret` stays. */
export interface KemSecret {
  readonly ciphertext: Uint8Array;
  readonly sharedSecret: Uint8Array;
}

/**
 * The primitives that the engine needs: a port, so that each place has the fastest library there is for it
 * (docs/decisions/0025-native-engine.md says which, and who chooses).
 *
 * What a provider must keep to, beyond right results:
 * - Synchronous, and without state that shows: the same inputs, the same answer. No randomness of its own; who needs some
 *   hands it in. A cache of parsed keys is allowed, a bounded one, and none of keys that forward secrecy deletes.
 * - Inputs are never kept or written to; what is handed out is a `Uint8Array` of its own, no `Buffer`.
 * - No protocol logic: KDF labels, HPKE and X-Wing stand above it and are the same for all.
 * - Refusals are equal to the byte, because a message that one member opens and another refuses would split a group. A
 *   malformed input (wrong length, low-order point, non-canonical key) throws `MlsError` with code `CRYPTO_INPUT`, by the
 *   checks of `inputs.ts` and `ed25519PublicKey.ts`; where a tag or a signature does not fit, `aeadOpen` gives
 *   `undefined` and `verify` gives `false`. Nothing else is thrown.
 *
 * A new one goes into `testProviders.ts`: all vectors and the fuzzing of providers against each other run over that list.
 */
export interface Provider {
  /** For benchmarks and error reports: `openssl`, `sodium`, `noble`, `noble-aes`. */
  readonly name: string;
  hash(name: HashName, data: Uint8Array): Uint8Array;
  hmac(name: HashName, key: Uint8Array, data: Uint8Array): Uint8Array;
  /** RFC 5869 §2.2. An empty salt is HashLen zeros. */
  hkdfExtract(name: HashName, salt: Uint8Array, ikm: Uint8Array): Uint8Array;
  /** RFC 5869 §2.3: `prk` of HashLen bytes or more, at most 255 * HashLen bytes out. */
  hkdfExpand(name: HashName, prk: Uint8Array, info: Uint8Array, lengthBytes: number): Uint8Array;
  /** FIPS 202; at most 65,535 bytes out. */
  shake256(data: Uint8Array, lengthBytes: number): Uint8Array;
  sha3_256(data: Uint8Array): Uint8Array;
  aeadSeal(
    aead: AeadName,
    key: Uint8Array,
    nonce: Uint8Array,
    aad: Uint8Array,
    plaintext: Uint8Array,
  ): Uint8Array;
  /** The plaintext, or `undefined` when the tag does not fit or the ciphertext is too short. */
  aeadOpen(
    aead: AeadName,
    key: Uint8Array,
    nonce: Uint8Array,
    aad: Uint8Array,
    ciphertext: Uint8Array,
  ): Uint8Array | undefined;
  x25519PublicKey(privateKey: Uint8Array): Uint8Array;
  /** RFC 7748; throws where the result is all zeros (low-order point). */
  x25519(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array;
  /** Private keys are 32-byte seeds (RFC 8032). */
  ed25519PublicKey(privateKey: Uint8Array): Uint8Array;
  ed25519Sign(privateKey: Uint8Array, message: Uint8Array): Uint8Array;
  /**
   * Strict, so strongly unforgeable, and the same in every provider: RFC 8032 §5.1.7 without cofactor, S below the
   * group's order, R compared by its bytes and of whatever order. Throws for a key of small order or with y >= p; under a
   * key that is no point of the curve nothing verifies.
   */
  ed25519Verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
  /** FIPS 203, from the 64-byte seed d || z: the 1184-byte encapsulation key. */
  mlkem768PublicKey(seed: Uint8Array): Uint8Array;
  /** `coins` are 32 random bytes; throws where the encapsulation key fails FIPS 203's modulus check. */
  mlkem768Encapsulate(publicKey: Uint8Array, coins: Uint8Array): KemSecret;
  /** Implicit rejection as in FIPS 203: a wrong ciphertext gives another secret, not an error. */
  mlkem768Decapsulate(seed: Uint8Array, ciphertext: Uint8Array): Uint8Array;
}
