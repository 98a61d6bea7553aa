import { Writer } from '../codec/writer.ts';
import { expandWithLabel, extract, zeroSecret } from '../labelled/kdf.ts';
import type { SuiteCrypto } from '../labelled/suiteCrypto.ts';
import { type PreSharedKeyId, preSharedKeyIdCodec } from './preSharedKeyId.ts';

/** A pre-shared key with the id under which it goes into an epoch. */
export interface PreSharedKey {
  readonly id: PreSharedKeyId;
  readonly psk: Uint8Array;
}

/** The PSK secret of an epoch, in the order of the keys; all zeros without any (RFC 9420 §8.4). */
export function pskSecret(crypto: SuiteCrypto, keys: readonly PreSharedKey[]): Uint8Array {
  const zero = zeroSecret(crypto);
  let secret = zero;
  for (const [index, key] of keys.entries()) {
    const label = new Writer(128);
    preSharedKeyIdCodec.write(label, key.id);
    label.uint16(index);
    label.uint16(keys.length);
    const extracted = extract(crypto, zero, key.psk);
    const input = expandWithLabel(crypto, extracted, 'derived psk', label.finish(), crypto.suite.hashBytes);
    secret = extract(crypto, input, secret);
  }
  return secret;
}
