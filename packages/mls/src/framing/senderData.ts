import { decode, encode, fixedBytes, type Struct, struct, uint32 } from '../codec/codec.ts';
import { MlsError } from '../errors.ts';
import type { MessageKey } from '../keySchedule/secretTree.ts';
import { expandWithLabel } from '../labelled/kdf.ts';
import type { SuiteCrypto } from '../labelled/suiteCrypto.ts';

const senderDataFields = { leafIndex: uint32, generation: uint32, reuseGuard: fixedBytes(4) };
/** Who sent a PrivateMessage, and with which key (RFC 9420 §6.3.2). */
export type SenderData = Struct<typeof senderDataFields>;
const senderDataCodec = struct(senderDataFields);
const SENDER_DATA_BYTES = 12;

/** The key and nonce that hide the sender, from a sample of the ciphertext (RFC 9420 §6.3.2). */
export function senderDataKey(
  crypto: SuiteCrypto,
  senderDataSecret: Uint8Array,
  ciphertext: Uint8Array,
): MessageKey {
  const { suite } = crypto;
  const sample = ciphertext.subarray(0, suite.hashBytes);
  return {
    key: expandWithLabel(crypto, senderDataSecret, 'key', sample, suite.aeadKeyBytes),
    nonce: expandWithLabel(crypto, senderDataSecret, 'nonce', sample, suite.aeadNonceBytes),
  };
}

export function sealSenderData(
  crypto: SuiteCrypto,
  senderDataSecret: Uint8Array,
  ciphertext: Uint8Array,
  aad: Uint8Array,
  senderData: SenderData,
): Uint8Array {
  const { key, nonce } = senderDataKey(crypto, senderDataSecret, ciphertext);
  return crypto.provider.aeadSeal(
    crypto.suite.aead,
    key,
    nonce,
    aad,
    encode(senderDataCodec, senderData, SENDER_DATA_BYTES),
  );
}

/** @throws {MlsError} `DECRYPT_FAILED` */
export function openSenderData(
  crypto: SuiteCrypto,
  senderDataSecret: Uint8Array,
  ciphertext: Uint8Array,
  aad: Uint8Array,
  encryptedSenderData: Uint8Array,
): SenderData {
  const { key, nonce } = senderDataKey(crypto, senderDataSecret, ciphertext);
  const plain = crypto.provider.aeadOpen(crypto.suite.aead, key, nonce, aad, encryptedSenderData);
  if (plain === undefined) throw new MlsError('DECRYPT_FAILED', 'sender data cannot be decrypted');
  return decode(senderDataCodec, plain);
}

/** The nonce of a message: the ratchet's, with the reuse guard over its first four bytes (RFC 9420 §6.3.1). */
export function guardedNonce(nonce: Uint8Array, reuseGuard: Uint8Array): Uint8Array {
  const guarded = nonce.slice();
  for (const [index, byte] of reuseGuard.entries()) guarded[index] = (guarded[index] as number) ^ byte;
  return guarded;
}
