import { ml_kem768 } from '@noble/post-quantum/ml-kem.js';
import { cryptoInputError, MLKEM768_BYTES, requireLength } from './inputs.ts';
import type { KemSecret } from './provider.ts';

/*
 * ML-KEM-768 of noble, shared by the providers: Node 20 has none, and where newer Nodes have it, encapsulation takes
 * no coins, so that neither vectors nor a seeded simulation could run over it.
 */

/** See `Provider.mlkem768PublicKey`. */
export function mlkem768PublicKey(seed: Uint8Array): Uint8Array {
  requireLength(seed, MLKEM768_BYTES.seed, 'ML-KEM-768 seed');
  return ml_kem768.keygen(seed).publicKey;
}

/** See `Provider.mlkem768Encapsulate`. */
export function mlkem768Encapsulate(publicKey: Uint8Array, coins: Uint8Array): KemSecret {
  requireLength(publicKey, MLKEM768_BYTES.publicKey, 'ML-KEM-768 public key');
  requireLength(coins, MLKEM768_BYTES.coins, 'ML-KEM-768 coins');
  try {
    const { cipherText, sharedSecret } = ml_kem768.encapsulate(publicKey, coins);
    return { ciphertext: cipherText, sharedSecret };
  } catch {
    // With the lengths right, the modulus check of FIPS 203 §7.2 is what is left to fail.
    throw cryptoInputError('ML-KEM-768 public key out of range');
  }
}

/** See `Provider.mlkem768Decapsulate`. */
export function mlkem768Decapsulate(seed: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  requireLength(seed, MLKEM768_BYTES.seed, 'ML-KEM-768 seed');
  requireLength(ciphertext, MLKEM768_BYTES.ciphertext, 'ML-KEM-768 ciphertext');
  const { secretKey } = ml_kem768.keygen(seed);
  return ml_kem768.decapsulate(ciphertext, secretKey);
}
