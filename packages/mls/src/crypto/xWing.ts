import { asciiBytes, concatBytes } from './bytes.ts';
import { shake256LabeledDerive } from './hpkeLabels.ts';
import { CURVE_KEY_BYTES, MLKEM768_BYTES, requireLength } from './inputs.ts';
import type { Kem } from './kemScheme.ts';
import type { Provider } from './provider.ts';

const SEED_BYTES = 32;
const PUBLIC_KEY_BYTES = MLKEM768_BYTES.publicKey + CURVE_KEY_BYTES;
const CIPHERTEXT_BYTES = MLKEM768_BYTES.ciphertext + CURVE_KEY_BYTES;

/** The combiner's label: a picture of an X-wing fighter. */
const LABEL = asciiBytes('\\.//^\\');

/** `"KEM" || I2OSP(0x647a, 2)` */
const SUITE_ID = Uint8Array.of(0x4b, 0x45, 0x4d, 0x64, 0x7a);

/**
 * X-Wing (draft-connolly-cfrg-xwing-kem §5), MLKEM768-X25519 in draft-ietf-hpke-pq §4, code point 0x647a: safe while
 * either of ML-KEM-768 and X25519 is. The private key is the 32-byte seed.
 */
export const xWing: Kem = {
  privateKeyBytes: SEED_BYTES,
  publicKeyBytes: PUBLIC_KEY_BYTES,
  kemOutputBytes: CIPHERTEXT_BYTES,

  deriveKeyPair(provider, ikm) {
    const privateKey = shake256LabeledDerive(
      provider,
      SUITE_ID,
      ikm,
      'DeriveKeyPair',
      new Uint8Array(0),
      SEED_BYTES,
    );
    return { privateKey, publicKey: publicKeyOf(provider, privateKey) };
  },

  publicKey: publicKeyOf,

  encap(provider, random, publicKey) {
    requireLength(publicKey, PUBLIC_KEY_BYTES, 'X-Wing public key');
    const coins = random(MLKEM768_BYTES.coins + CURVE_KEY_BYTES);
    const ephemeral = coins.subarray(MLKEM768_BYTES.coins);
    const x25519PublicKey = publicKey.subarray(MLKEM768_BYTES.publicKey);
    const x25519Ciphertext = provider.x25519PublicKey(ephemeral);
    const x25519Secret = provider.x25519(ephemeral, x25519PublicKey);
    const mlkem = provider.mlkem768Encapsulate(
      publicKey.subarray(0, MLKEM768_BYTES.publicKey),
      coins.subarray(0, MLKEM768_BYTES.coins),
    );
    return {
      ciphertext: concatBytes(mlkem.ciphertext, x25519Ciphertext),
      sharedSecret: combine(provider, mlkem.sharedSecret, x25519Secret, x25519Ciphertext, x25519PublicKey),
    };
  },

  decap(provider, privateKey, kemOutput) {
    requireLength(kemOutput, CIPHERTEXT_BYTES, 'KEM output');
    const { mlkemSeed, x25519PrivateKey } = expandSeed(provider, privateKey);
    const x25519Ciphertext = kemOutput.subarray(MLKEM768_BYTES.ciphertext);
    // The draft would go on with an all-zero X25519 secret; the port refuses it, as no honest sender makes one.
    const x25519Secret = provider.x25519(x25519PrivateKey, x25519Ciphertext);
    const mlkemCiphertext = kemOutput.subarray(0, MLKEM768_BYTES.ciphertext);
    const mlkemSecret = provider.mlkem768Decapsulate(mlkemSeed, mlkemCiphertext);
    const x25519PublicKey = provider.x25519PublicKey(x25519PrivateKey);
    return combine(provider, mlkemSecret, x25519Secret, x25519Ciphertext, x25519PublicKey);
  },
};

function publicKeyOf(provider: Provider, privateKey: Uint8Array): Uint8Array {
  const { mlkemSeed, x25519PrivateKey } = expandSeed(provider, privateKey);
  return concatBytes(provider.mlkem768PublicKey(mlkemSeed), provider.x25519PublicKey(x25519PrivateKey));
}

function expandSeed(provider: Provider, privateKey: Uint8Array) {
  requireLength(privateKey, SEED_BYTES, 'X-Wing private key');
  const expanded = provider.shake256(privateKey, MLKEM768_BYTES.seed + CURVE_KEY_BYTES);
  return {
    mlkemSeed: expanded.subarray(0, MLKEM768_BYTES.seed),
    x25519PrivateKey: expanded.subarray(MLKEM768_BYTES.seed),
  };
}

function combine(
  provider: Provider,
  mlkemSecret: Uint8Array,
  x25519Secret: Uint8Array,
  x25519Ciphertext: Uint8Array,
  x25519PublicKey: Uint8Array,
): Uint8Array {
  return provider.sha3_256(concatBytes(mlkemSecret, x25519Secret, x25519Ciphertext, x25519PublicKey, LABEL));
}
