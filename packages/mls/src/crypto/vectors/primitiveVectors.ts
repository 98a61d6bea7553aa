import made from '../../../vectors/primitives.vectors.json' with { type: 'json' };
import rfc from '../../../vectors/rfc.vectors.json' with { type: 'json' };
import type { AeadName, HashName, Provider } from '../provider.ts';
import { hex, unhex } from '../testOutcome.ts';
import { same, type VectorSuite } from './vectorSuite.ts';

const CHACHA = 'ChaCha20-Poly1305';
const HASHES: readonly HashName[] = ['SHA-256', 'SHA-384', 'SHA-512'];

interface AeadVector {
  readonly name: string;
  readonly key: string;
  readonly nonce: string;
  readonly aad: string;
  readonly plaintext: string;
  readonly ciphertext: string;
}

function checkAead(provider: Provider, aead: AeadName, vector: AeadVector): void {
  const [key, nonce, aad] = [unhex(vector.key), unhex(vector.nonce), unhex(vector.aad)];
  const [plaintext, ciphertext] = [unhex(vector.plaintext), unhex(vector.ciphertext)];
  same(provider.aeadSeal(aead, key, nonce, aad, plaintext), ciphertext, `${vector.name} sealed`);
  same(provider.aeadOpen(aead, key, nonce, aad, ciphertext), plaintext, `${vector.name} opened`);
}

interface SignatureVector {
  readonly privateKey: string;
  readonly publicKey: string;
  readonly message: string;
  readonly signature: string;
}

function checkSignature(provider: Provider, vector: SignatureVector): void {
  const [privateKey, publicKey] = [unhex(vector.privateKey), unhex(vector.publicKey)];
  const [message, signature] = [unhex(vector.message), unhex(vector.signature)];
  same(provider.ed25519PublicKey(privateKey), publicKey, 'Ed25519 public key');
  same(provider.ed25519Sign(privateKey, message), signature, 'Ed25519 signature');
  same(provider.ed25519Verify(publicKey, message, signature), true, 'Ed25519 verified');
  const other = Uint8Array.of(...message, 0);
  same(provider.ed25519Verify(publicKey, other, signature), false, 'Ed25519 of another message');
}

const madeAead = (name: string, of: readonly AeadVector[], aead?: AeadName): VectorSuite => ({
  name: `AEAD by ${made.madeBy}, ${name}`,
  ...(aead !== undefined && { aead }),
  atLeast: { valid: of.length },
  run(provider) {
    for (const vector of of) checkAead(provider, vector.name as AeadName, vector);
    return { valid: of.length };
  },
});

/** Hashes, MACs, AEADs, curves and ML-KEM by another implementation. */
const byAnother: VectorSuite = {
  name: `primitives by ${made.madeBy}`,
  atLeast: { hash: 12, sha3: 5, shake: 4, hmac: 9, hkdf: 12, x25519: 3, ed25519: 3, mlkem: 2 },
  run(provider) {
    for (const { name, data, digest } of made.hash)
      same(hex(provider.hash(name as HashName, unhex(data))), digest, name);
    for (const { data, digest } of made.sha3_256) same(hex(provider.sha3_256(unhex(data))), digest, 'SHA3');
    for (const { data, lengthBytes, output } of made.shake256)
      same(hex(provider.shake256(unhex(data), lengthBytes)), output, 'SHAKE256');
    for (const { name, key, data, mac } of made.hmac)
      same(hex(provider.hmac(name as HashName, unhex(key), unhex(data))), mac, `HMAC ${name}`);
    for (const { name, salt, ikm, info, prk, lengthBytes, okm } of made.hkdf) {
      const hash = name as HashName;
      same(hex(provider.hkdfExtract(hash, unhex(salt), unhex(ikm))), prk, `HKDF-Extract ${name}`);
      same(hex(provider.hkdfExpand(hash, unhex(prk), unhex(info), lengthBytes)), okm, `HKDF-Expand ${name}`);
    }
    for (const { privateKey, publicKey, peerPublicKey, sharedSecret } of made.x25519) {
      same(hex(provider.x25519PublicKey(unhex(privateKey))), publicKey, 'X25519 public key');
      same(hex(provider.x25519(unhex(privateKey), unhex(peerPublicKey))), sharedSecret, 'X25519');
    }
    for (const vector of made.ed25519) checkSignature(provider, vector);
    for (const { seed, publicKey, ciphertext, sharedSecret, ...vector } of made.mlkem768) {
      const decapsulate = (bytes: string) => hex(provider.mlkem768Decapsulate(unhex(seed), unhex(bytes)));
      same(hex(provider.mlkem768PublicKey(unhex(seed))), publicKey, 'ML-KEM public key');
      same(decapsulate(ciphertext), sharedSecret, 'ML-KEM');
      same(decapsulate(vector.wrongCiphertext), vector.rejectionSecret, 'ML-KEM, implicit rejection');
    }
    return {
      hash: made.hash.length,
      sha3: made.sha3_256.length,
      shake: made.shake256.length,
      hmac: made.hmac.length,
      hkdf: made.hkdf.length,
      x25519: made.x25519.length,
      ed25519: made.ed25519.length,
      mlkem: made.mlkem768.length,
    };
  },
};

/** What RFC 8032 §7.1, RFC 7748 §5.2, RFC 5869 appendix A and RFC 4231 §4 print. */
const byRfc: VectorSuite = {
  name: 'RFC 8032, 7748, 5869, 4231',
  atLeast: { ed25519: 3, x25519: 2, hkdf: 2, hmac: 6 },
  run(provider) {
    for (const vector of rfc.rfc8032) checkSignature(provider, vector);
    for (const { privateKey, publicKey, sharedSecret } of rfc.rfc7748)
      same(hex(provider.x25519(unhex(privateKey), unhex(publicKey))), sharedSecret, 'X25519');
    for (const { ikm, salt, info, prk, okm } of rfc.rfc5869) {
      same(hex(provider.hkdfExtract('SHA-256', unhex(salt), unhex(ikm))), prk, 'HKDF-Extract');
      const expanded = provider.hkdfExpand('SHA-256', unhex(prk), unhex(info), okm.length / 2);
      same(hex(expanded), okm, 'HKDF-Expand');
    }
    let macs = 0;
    for (const vector of rfc.rfc4231) {
      for (const name of HASHES) {
        const mac = provider.hmac(name, unhex(vector.key), unhex(vector.data));
        same(hex(mac), vector[name as keyof typeof vector], `HMAC ${name}`);
        macs += 1;
      }
    }
    const [ed25519, x25519, hkdf] = [rfc.rfc8032.length, rfc.rfc7748.length, rfc.rfc5869.length];
    return { ed25519, x25519, hkdf, hmac: macs };
  },
};

const rfc8439: VectorSuite = {
  name: 'RFC 8439',
  aead: CHACHA,
  atLeast: { valid: 1 },
  run(provider) {
    for (const vector of rfc.rfc8439) checkAead(provider, CHACHA, vector);
    return { valid: rfc.rfc8439.length };
  },
};

const [withChaCha, withAes] = [true, false].map(is =>
  made.aead.filter(({ name }) => (name === CHACHA) === is),
);

export const PRIMITIVES: readonly VectorSuite[] = [
  byAnother,
  madeAead('AES-GCM', withAes!),
  madeAead(CHACHA, withChaCha!, CHACHA),
  byRfc,
  rfc8439,
];
