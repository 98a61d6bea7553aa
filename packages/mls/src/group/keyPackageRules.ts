import type { MlsEnv } from '../env.ts';
import { bytesEqual } from '../labelled/bytesEqual.ts';
import { verifyWithLabel } from '../labelled/signing.ts';
import type { SuiteCrypto } from '../labelled/suiteCrypto.ts';
import { type KeyPackage, keyPackageTbs, MLS10 } from '../messages/keyPackage.ts';
import type { Lifetime } from '../tree/leafNode.ts';
import { checkEncryptionKey } from './encryptionKeyRules.ts';
import { invalid } from './invalid.ts';
import { checkLeaf } from './leafRules.ts';

/**
 * The rules for a key package (RFC 9420 §10.1), all but its lifetime.
 * @throws {MlsError} `INVALID_KEY_PACKAGE`, `INVALID_LEAF`, `NOT_AUTHENTICATED`
 */
export function checkKeyPackage(env: MlsEnv, crypto: SuiteCrypto, keyPackage: KeyPackage): void {
  if (keyPackage.version !== MLS10 || keyPackage.cipherSuite !== crypto.suite.id) {
    throw invalid('INVALID_KEY_PACKAGE', 'suite', 'key package is for another version or cipher suite');
  }
  checkLeaf(env, crypto, keyPackage.leafNode, { source: 'key_package', place: undefined });
  const tbs = keyPackageTbs(keyPackage);
  const { signatureKey, encryptionKey } = keyPackage.leafNode;
  if (!verifyWithLabel(crypto, signatureKey, 'KeyPackageTBS', tbs, keyPackage.signature)) {
    throw invalid('INVALID_KEY_PACKAGE', 'signature', 'signature of the key package does not verify');
  }
  if (bytesEqual(keyPackage.initKey, encryptionKey)) {
    throw invalid('INVALID_KEY_PACKAGE', 'init_key', 'init key is also the encryption key of the leaf');
  }
  checkEncryptionKey(crypto, keyPackage.initKey);
}

/**
 * The lifetime, against the clock. Whoever adds a member must check it; whoever receives the Add must not, or a
 * member that catches up late would fall out of the group (RFC 9420 §7.3).
 * @throws {MlsError} `INVALID_KEY_PACKAGE` with reason `lifetime`, `INVALID_LEAF` where there is none
 */
export function checkLifetimeNow(env: MlsEnv, keyPackage: KeyPackage): Lifetime {
  const { source } = keyPackage.leafNode;
  if (source.kind !== 'key_package') {
    throw invalid('INVALID_LEAF', 'leaf_node_source', 'leaf came from another source than it says');
  }
  const { lifetime } = source;
  const now = BigInt(Math.floor(env.nowSeconds()));
  if (now < lifetime.notBefore || now > lifetime.notAfter) {
    throw invalid('INVALID_KEY_PACKAGE', 'lifetime', 'key package is not valid at this time');
  }
  return lifetime;
}
