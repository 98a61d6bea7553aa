import { gcm } from '@noble/ciphers/aes.js';
import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { nobleProviderWith } from './nobleProviderWith.ts';

/** The noble libraries: plain JavaScript, synchronous, for browsers and any other place; for every suite. */
export const nobleProvider = nobleProviderWith('noble', (aead, key, nonce, aad) =>
  aead === 'ChaCha20-Poly1305' ? chacha20poly1305(key, nonce, aad) : gcm(key, nonce, aad),
);
