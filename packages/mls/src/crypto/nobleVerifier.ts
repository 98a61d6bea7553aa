import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js';
import { requireEd25519PublicKey } from './ed25519PublicKey.ts';
import { ED25519_SIGNATURE_BYTES } from './inputs.ts';
import { verifyCofactorless } from './nobleEd25519Verify.ts';
import type { Provider } from './provider.ts';

export const HASHES = { 'SHA-256': sha256, 'SHA-384': sha384, 'SHA-512': sha512 } as const;

/** Of `nobleProvider` what checks a signature, and nothing else: for pages that must stay small. */
export const nobleVerifier: Pick<Provider, 'hash' | 'ed25519Verify'> = {
  hash(name, data) {
    return HASHES[name](data);
  },

  ed25519Verify(publicKey, message, signature) {
    requireEd25519PublicKey(publicKey);
    if (signature.length !== ED25519_SIGNATURE_BYTES) return false;
    return verifyCofactorless(publicKey, message, signature);
  },
};
