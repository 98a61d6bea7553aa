import type { Provider } from '@sotto/mls';

/** A provider that notes the key of every AEAD sealing: all of MLS's are for one use. */
export function recordingProvider(provider: Provider): {
  readonly provider: Provider;
  readonly sealedWith: string[];
} {
  const sealedWith: string[] = [];
  return {
    sealedWith,
    provider: {
      ...provider,
      aeadSeal(aead, key, nonce, aad, plaintext) {
        sealedWith.push(key.join());
        return provider.aeadSeal(aead, key, nonce, aad, plaintext);
      },
    },
  };
}

/** The keys that sealed more than once. */
export function repeated(keys: readonly string[]): readonly string[] {
  return keys.filter((key, place) => keys.indexOf(key) !== place);
}
