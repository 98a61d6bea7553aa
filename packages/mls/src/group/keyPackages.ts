import { decode, encode, opaque, struct } from '../codec/codec.ts';
import { hpkeDeriveKeyPair } from '../crypto/hpke.ts';
import type { ExtensionView, MlsEnv, SuiteId } from '../env.ts';
import { MlsError } from '../errors.ts';
import { mlsMessageCodec } from '../framing/mlsMessage.ts';
import { keyPackageRef } from '../labelled/reference.ts';
import { signWithLabel } from '../labelled/signing.ts';
import { type SuiteCrypto, suiteCrypto } from '../labelled/suiteCrypto.ts';
import { type KeyPackage, keyPackageCodec, keyPackageTbs, MLS10 } from '../messages/keyPackage.ts';
import type { Capabilities } from '../tree/capabilities.ts';
import { BASIC_CREDENTIAL } from '../tree/credential.ts';
import { isDefaultExtension } from '../tree/extension.ts';
import type { LeafNode } from '../tree/leafNode.ts';
import { signLeafNode } from '../tree/leafSigning.ts';
import type { LeafContents } from '../tree/updatePathCreation.ts';
import { greaseExtension, greaseValue } from './grease.ts';
import { checkKeyPackage, checkLifetimeNow } from './keyPackageRules.ts';
import { leafView } from './leafRules.ts';

/** A key package may be used a little before it was made: clocks differ. */
const CLOCK_SKEW_SECONDS = 3600;

/** Who a new leaf stands for. */
export interface LeafRequest {
  /** The identity of a basic credential. */
  readonly credentialIdentity: Uint8Array;
  /** 32 bytes (Ed25519 seed). */
  readonly signaturePrivateKey: Uint8Array;
  readonly lifetimeSeconds: number;
  readonly leafExtensions?: readonly ExtensionView[];
  /** Extension types that this client supports, beside those of RFC 9420 and of `leafExtensions`. */
  readonly capabilitiesExtensions?: readonly number[];
}

/** What to make a key package of. */
export interface KeyPackageRequest extends LeafRequest {
  readonly suite: SuiteId;
  /** Extensions of the key package itself. */
  readonly extensions?: readonly ExtensionView[];
}

/** A key package with the private keys that belong to it. */
export interface NewKeyPackage {
  /** An MLSMessage with wire format mls_key_package. */
  readonly keyPackage: Uint8Array;
  /** Secret, to be stored until the Welcome comes: init key and leaf key. */
  readonly privateState: Uint8Array;
  /** KeyPackageRef (RFC 9420 §5.2), by which a Welcome names it. */
  readonly ref: Uint8Array;
}

/** What a valid key package says. */
export interface KeyPackageView {
  readonly suite: SuiteId;
  readonly credentialIdentity: Uint8Array;
  readonly signatureKey: Uint8Array;
  readonly initKey: Uint8Array;
  /** Unix time in seconds. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** Of the key package itself. */
  readonly extensions: readonly ExtensionView[];
  readonly ref: Uint8Array;
}

/** The private keys behind a key package. */
export interface KeyPackageSecrets {
  readonly initPrivateKey: Uint8Array;
  readonly leafPrivateKey: Uint8Array;
  readonly signaturePrivateKey: Uint8Array;
}

/** How the private keys are stored. */
export const keyPackageSecretsCodec = struct({
  initPrivateKey: opaque,
  leafPrivateKey: opaque,
  signaturePrivateKey: opaque,
});

function capabilitiesOf(
  env: MlsEnv,
  request: Omit<LeafRequest, 'lifetimeSeconds'>,
  grease: number,
): Capabilities {
  const types = [
    ...(request.capabilitiesExtensions ?? []),
    ...(request.leafExtensions ?? []).map(extension => extension.type),
  ];
  return {
    versions: [MLS10],
    cipherSuites: [...env.suites, grease],
    extensions: [...new Set(types)].filter(type => !isDefaultExtension(type)).concat(grease),
    proposals: [grease],
    credentials: [BASIC_CREDENTIAL, grease],
  };
}

/** What a leaf says of its client; `grease` is listed in all its capabilities. */
export function leafContents(
  env: MlsEnv,
  crypto: SuiteCrypto,
  request: Omit<LeafRequest, 'lifetimeSeconds'>,
  grease: number,
): LeafContents {
  return {
    signatureKey: crypto.provider.ed25519PublicKey(request.signaturePrivateKey),
    credential: { type: BASIC_CREDENTIAL, identity: request.credentialIdentity },
    capabilities: capabilitiesOf(env, request, grease),
    extensions: request.leafExtensions ?? [],
  };
}

/** A signed leaf of source key_package, with its private key; `grease` is listed in all its capabilities. */
export function newLeaf(
  env: MlsEnv,
  crypto: SuiteCrypto,
  request: LeafRequest,
  grease: number,
): { leaf: LeafNode; privateKey: Uint8Array } {
  const { provider, suite } = crypto;
  const keys = hpkeDeriveKeyPair(provider, suite, env.random(suite.hashBytes));
  const now = Math.floor(env.nowSeconds());
  const leaf = signLeafNode(
    crypto,
    {
      ...leafContents(env, crypto, request, grease),
      encryptionKey: keys.publicKey,
      source: {
        kind: 'key_package',
        lifetime: {
          notBefore: BigInt(Math.max(0, now - CLOCK_SKEW_SECONDS)),
          notAfter: BigInt(now + request.lifetimeSeconds),
        },
      },
    },
    undefined,
    request.signaturePrivateKey,
  );
  return { leaf, privateKey: keys.privateKey };
}

/**
 * Makes a key package (RFC 9420 §10). It is to be used once.
 * @throws {MlsError} `UNSUPPORTED_SUITE`, `CRYPTO_INPUT`
 */
export function createKeyPackage(env: MlsEnv, request: KeyPackageRequest): NewKeyPackage {
  const crypto = suiteCrypto(env, request.suite);
  const grease = greaseValue(env.random);
  const init = hpkeDeriveKeyPair(crypto.provider, crypto.suite, env.random(crypto.suite.hashBytes));
  const { leaf, privateKey } = newLeaf(env, crypto, request, grease);
  const unsigned = {
    version: MLS10,
    cipherSuite: request.suite,
    initKey: init.publicKey,
    leafNode: leaf,
    extensions: [...(request.extensions ?? []), greaseExtension(env.random, grease)],
  };
  const signature = signWithLabel(
    crypto,
    request.signaturePrivateKey,
    'KeyPackageTBS',
    keyPackageTbs(unsigned),
  );
  const keyPackage: KeyPackage = { ...unsigned, signature };
  return {
    keyPackage: encode(mlsMessageCodec, { format: 'key_package', message: keyPackage }),
    privateState: encode(keyPackageSecretsCodec, {
      initPrivateKey: init.privateKey,
      leafPrivateKey: privateKey,
      signaturePrivateKey: request.signaturePrivateKey,
    }),
    ref: keyPackageRef(crypto, encode(keyPackageCodec, keyPackage)),
  };
}

/** The key package in an MLSMessage. */
export function decodeKeyPackage(message: Uint8Array): KeyPackage {
  const decoded = decode(mlsMessageCodec, message);
  if (decoded.format !== 'key_package') throw new MlsError('MALFORMED', 'message is no key package');
  return decoded.message;
}

/**
 * Reads somebody's key package and checks all of RFC 9420 §10.1, its lifetime and its credential.
 * @throws {MlsError} `MALFORMED`, `UNSUPPORTED_SUITE`, `INVALID_KEY_PACKAGE`, `INVALID_LEAF`, `NOT_AUTHENTICATED`
 */
export function inspectKeyPackage(env: MlsEnv, keyPackage: Uint8Array): KeyPackageView {
  const decoded = decodeKeyPackage(keyPackage);
  const crypto = suiteCrypto(env, decoded.cipherSuite);
  checkKeyPackage(env, crypto, decoded);
  const lifetime = checkLifetimeNow(env, decoded);
  const { credential, signatureKey } = leafView(decoded.leafNode, undefined);
  return {
    suite: decoded.cipherSuite,
    credentialIdentity: credential.identity,
    signatureKey,
    initKey: decoded.initKey,
    notBefore: Number(lifetime.notBefore),
    notAfter: Number(lifetime.notAfter),
    extensions: decoded.extensions,
    ref: keyPackageRef(crypto, encode(keyPackageCodec, decoded)),
  };
}
