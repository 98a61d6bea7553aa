import type { CoreEnv } from '@sotto/core';

type Provider = CoreEnv['provider'];

/**
 * Runs each kind of cryptography once, so that a browser has it compiled, with its tables, by the time somebody has
 * typed a name: on a cold engine the first of each takes ten times as long as those after it. In steps, each of which
 * `isAwaited` can end: whoever is already waiting is not made to wait for practice.
 */
export async function warmUp(provider: Provider, isAwaited: () => boolean): Promise<void> {
  for (const step of stepsOf(provider)) {
    await new Promise(resolve => setTimeout(resolve));
    if (isAwaited()) return;
    step();
  }
}

function stepsOf(provider: Provider): readonly (() => void)[] {
  // Nothing here is secret, and nothing of it is kept.
  const key = new Uint8Array(32).fill(1);
  const seed = new Uint8Array(64).fill(1);
  const nonce = new Uint8Array(12);
  const text = new Uint8Array(300);
  return [
    () => {
      const signature = provider.ed25519Sign(key, text);
      provider.ed25519Verify(provider.ed25519PublicKey(key), text, signature);
    },
    () => {
      const { ciphertext } = provider.mlkem768Encapsulate(provider.mlkem768PublicKey(seed), key);
      provider.mlkem768Decapsulate(seed, ciphertext);
    },
    () => void provider.x25519(key, provider.x25519PublicKey(key)),
    () => {
      const sealed = provider.aeadSeal('AES-256-GCM', key, nonce, text, text);
      provider.aeadOpen('AES-256-GCM', key, nonce, text, sealed);
      provider.hkdfExpand('SHA-384', provider.hkdfExtract('SHA-384', key, text), text, 48);
      provider.hmac('SHA-256', key, text);
    },
  ];
}
