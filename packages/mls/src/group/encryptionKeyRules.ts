import { kemEncap } from '../crypto/kem.ts';
import { MlsError } from '../errors.ts';
import type { SuiteCrypto } from '../labelled/suiteCrypto.ts';
import { invalid } from './invalid.ts';

/** Coins of a trial whose result is thrown away. */
const trialCoins = (lengthBytes: number): Uint8Array => new Uint8Array(lengthBytes).fill(1);

/**
 * Refuses a public key to which nobody can encrypt (RFC 9420 §10: it must be one for the suite's KEM). A single such
 * key in the tree would make every later Commit by others impossible, so that it is tried before it gets there.
 * @throws {MlsError} `INVALID_LEAF` with reason `encryption_key`
 */
export function checkEncryptionKey(crypto: SuiteCrypto, publicKey: Uint8Array): void {
  try {
    kemEncap(crypto.provider, crypto.suite, trialCoins, publicKey);
  } catch (error) {
    if (!(error instanceof MlsError)) throw error;
    throw invalid('INVALID_LEAF', 'encryption_key', 'encryption key is none of the suite');
  }
}
