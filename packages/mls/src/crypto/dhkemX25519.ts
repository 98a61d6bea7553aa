import { concatBytes } from './bytes.ts';
import { type HpkeLabelScope, labeledExpand, labeledExtract } from './hpkeLabels.ts';
import { CURVE_KEY_BYTES, requireLength } from './inputs.ts';
import type { Kem, KemKeyPair } from './kemScheme.ts';
import type { Provider } from './provider.ts';

const EMPTY = new Uint8Array(0);
const SHARED_SECRET_BYTES = 32;

/** `"KEM" || I2OSP(0x0020, 2)` */
const SUITE_ID = Uint8Array.of(0x4b, 0x45, 0x4d, 0x00, 0x20);

/** DHKEM(X25519, HKDF-SHA256), code point 0x0020 (RFC 9180 §4.1). Its hash is SHA-256 in every suite. */
export const dhkemX25519: Kem = {
  privateKeyBytes: CURVE_KEY_BYTES,
  publicKeyBytes: CURVE_KEY_BYTES,
  kemOutputBytes: CURVE_KEY_BYTES,

  deriveKeyPair,

  publicKey(provider, privateKey) {
    return provider.x25519PublicKey(privateKey);
  },

  encap(provider, random, publicKey) {
    // GenerateKeyPair as RFC 9180 §4 allows it: DeriveKeyPair of random bytes, which is how its vectors are made.
    const ephemeral = deriveKeyPair(provider, random(CURVE_KEY_BYTES));
    const dh = provider.x25519(ephemeral.privateKey, publicKey);
    const sharedSecret = extractAndExpand(provider, dh, concatBytes(ephemeral.publicKey, publicKey));
    return { ciphertext: ephemeral.publicKey, sharedSecret };
  },

  decap(provider, privateKey, kemOutput) {
    requireLength(kemOutput, CURVE_KEY_BYTES, 'KEM output');
    const dh = provider.x25519(privateKey, kemOutput);
    return extractAndExpand(provider, dh, concatBytes(kemOutput, provider.x25519PublicKey(privateKey)));
  },
};

function deriveKeyPair(provider: Provider, ikm: Uint8Array): KemKeyPair {
  const scope = labelScope(provider);
  const prk = labeledExtract(scope, EMPTY, 'dkp_prk', ikm);
  const privateKey = labeledExpand(scope, prk, 'sk', EMPTY, CURVE_KEY_BYTES);
  return { privateKey, publicKey: provider.x25519PublicKey(privateKey) };
}

function extractAndExpand(provider: Provider, dh: Uint8Array, kemContext: Uint8Array): Uint8Array {
  const scope = labelScope(provider);
  const prk = labeledExtract(scope, EMPTY, 'eae_prk', dh);
  return labeledExpand(scope, prk, 'shared_secret', kemContext, SHARED_SECRET_BYTES);
}

function labelScope(provider: Provider): HpkeLabelScope {
  return { provider, hash: 'SHA-256', suiteId: SUITE_ID };
}
