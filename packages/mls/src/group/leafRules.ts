import type { LeafView, MlsEnv } from '../env.ts';
import { MlsError } from '../errors.ts';
import type { SuiteCrypto } from '../labelled/suiteCrypto.ts';
import { MLS10 } from '../messages/keyPackage.ts';
import { meetsRequired, requiredCapabilitiesOf, supportsExtension } from '../tree/capabilities.ts';
import { BASIC_CREDENTIAL } from '../tree/credential.ts';
import type { Extension } from '../tree/extension.ts';
import type { LeafNode, LeafNodeSource, LeafPlace } from '../tree/leafNode.ts';
import { isLeafSigned } from '../tree/leafSigning.ts';
import { checkEncryptionKey } from './encryptionKeyRules.ts';
import { invalid } from './invalid.ts';

/** The longest lifetime of a key package that is taken unless the caller says otherwise: 400 days. */
export const DEFAULT_MAXIMUM_LIFETIME_SECONDS = 400 * 24 * 60 * 60;

/** What a caller may know of a leaf. */
export function leafView(leaf: LeafNode, leafIndex: number | undefined): LeafView {
  const { credential } = leaf;
  if (credential.type !== BASIC_CREDENTIAL) {
    throw new MlsError('UNSUPPORTED_FEATURE', 'only basic credentials are taken', {
      credentialType: credential.type,
    });
  }
  return { leafIndex, credential, signatureKey: leaf.signatureKey, source: leaf.source.kind };
}

/** Asks the Authentication Service (RFC 9420 §5.3.1). */
export function authenticateLeaf(env: MlsEnv, leaf: LeafNode, leafIndex: number | undefined): void {
  const view = leafView(leaf, leafIndex);
  let accepted = false;
  let cause: unknown;
  try {
    accepted = env.authenticate(view);
  } catch (error) {
    cause = error;
  }
  if (accepted) return;
  const refusal = new MlsError('NOT_AUTHENTICATED', 'credential was not accepted');
  refusal.cause = cause;
  throw refusal;
}

/** Refuses a lifetime longer than the application's maximum (RFC 9420 §7.2). */
function checkLifetimeLength(env: MlsEnv, source: LeafNodeSource): void {
  if (source.kind !== 'key_package') return;
  const { notBefore, notAfter } = source.lifetime;
  const maximum = env.maximumLifetimeSeconds ?? DEFAULT_MAXIMUM_LIFETIME_SECONDS;
  if (notAfter < notBefore || Number(notAfter - notBefore) > maximum) {
    throw invalid('INVALID_LEAF', 'lifetime_too_long', 'lifetime of the leaf is longer than allowed');
  }
}

/** Refuses leaves that the group's suite or extensions leave out (RFC 9420 §7.3, §11.1, §13.4). */
export function checkLeavesFitGroup(
  crypto: SuiteCrypto,
  leaves: Iterable<LeafNode>,
  extensions: readonly Extension[],
): void {
  const required = requiredCapabilitiesOf(extensions);
  for (const { capabilities } of leaves) {
    if (!capabilities.versions.includes(MLS10) || !capabilities.cipherSuites.includes(crypto.suite.id)) {
      throw invalid(
        'INVALID_LEAF',
        'suite_not_supported',
        'leaf does not support the group’s version and suite',
      );
    }
    if (required !== undefined && !meetsRequired(capabilities, required)) {
      throw invalid(
        'INVALID_LEAF',
        'required_capabilities',
        'leaf lacks a capability that the group requires',
      );
    }
    if (!extensions.every(extension => supportsExtension(capabilities, extension.type))) {
      throw invalid('INVALID_LEAF', 'group_extension', 'leaf does not support an extension of the group');
    }
  }
}

/**
 * The rules for one leaf by itself (RFC 9420 §7.3). Those that compare it with other members are in treeRules.ts.
 * @param expected the source where the leaf is new; `undefined` for a leaf of a tree that one joins, whose keys its
 *   members tried when it came
 * @throws {MlsError} `INVALID_LEAF`, `NOT_AUTHENTICATED`, `UNSUPPORTED_FEATURE`
 */
export function checkLeaf(
  env: MlsEnv,
  crypto: SuiteCrypto,
  leaf: LeafNode,
  expected: { readonly source: LeafNodeSource['kind'] | undefined; readonly place: LeafPlace | undefined },
): void {
  const { capabilities } = leaf;
  if (expected.source !== undefined && leaf.source.kind !== expected.source) {
    throw invalid('INVALID_LEAF', 'leaf_node_source', 'leaf came from another source than it says');
  }
  if (!capabilities.credentials.includes(leaf.credential.type)) {
    throw invalid('INVALID_LEAF', 'credential_not_listed', 'leaf does not list its own credential type');
  }
  if (!leaf.extensions.every(extension => supportsExtension(capabilities, extension.type))) {
    throw invalid('INVALID_LEAF', 'extension_not_listed', 'leaf does not list one of its own extensions');
  }
  checkLifetimeLength(env, leaf.source);
  if (!isLeafSigned(crypto, leaf, expected.place)) {
    throw invalid('INVALID_LEAF', 'signature', 'signature of the leaf does not verify');
  }
  if (expected.source !== undefined) checkEncryptionKey(crypto, leaf.encryptionKey);
  authenticateLeaf(env, leaf, expected.place?.leafIndex);
}
