import { gcm } from '@noble/ciphers/aes.js';
import { cryptoInputError } from './inputs.ts';
import { nobleProviderWith } from './nobleProviderWith.ts';

/** The noble libraries for the suites with AES-GCM only, for pages that load little. Throws for ChaCha20-Poly1305. */
export const nobleAesProvider = nobleProviderWith('noble-aes', (aead, key, nonce, aad) => {
  if (aead === 'ChaCha20-Poly1305') throw cryptoInputError('this provider has AES-GCM only');
  return gcm(key, nonce, aad);
});
