import { opaqueBytes, Writer } from '../codec/writer.ts';
import { hpkeOpen, hpkeSeal } from '../crypto/hpke.ts';
import type { Random } from '../env.ts';
import type { HpkeCiphertext } from '../messages/updatePath.ts';
import { mlsLabel } from './kdf.ts';
import type { SuiteCrypto } from './suiteCrypto.ts';

/** Labels of public-key encryption (RFC 9420 §17.7). */
export type EncryptionLabel = 'UpdatePathNode' | 'Welcome';

const NO_AAD = new Uint8Array(0);

function encryptContext(label: string, context: Uint8Array): Uint8Array {
  const encodedLabel = mlsLabel(label);
  const writer = new Writer(encodedLabel.length + opaqueBytes(context.length));
  writer.bytes(encodedLabel);
  writer.opaque(context);
  return writer.finish();
}

/** EncryptWithLabel (RFC 9420 §5.1.3). */
export function encryptWithLabel(
  crypto: SuiteCrypto,
  random: Random,
  publicKey: Uint8Array,
  label: EncryptionLabel,
  context: Uint8Array,
  plaintext: Uint8Array,
): HpkeCiphertext {
  return hpkeSeal(
    crypto.provider,
    crypto.suite,
    random,
    publicKey,
    encryptContext(label, context),
    NO_AAD,
    plaintext,
  );
}

/** DecryptWithLabel (RFC 9420 §5.1.3); `undefined` where the ciphertext is not for this key and context. */
export function decryptWithLabel(
  crypto: SuiteCrypto,
  privateKey: Uint8Array,
  label: EncryptionLabel,
  context: Uint8Array,
  sealed: HpkeCiphertext,
): Uint8Array | undefined {
  return hpkeOpen(
    crypto.provider,
    crypto.suite,
    privateKey,
    sealed.kemOutput,
    encryptContext(label, context),
    NO_AAD,
    sealed.ciphertext,
  );
}
