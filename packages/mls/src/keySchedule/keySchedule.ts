import { hpkeDeriveKeyPair } from '../crypto/hpke.ts';
import { deriveSecret, expandWithLabel, extract, mac } from '../labelled/kdf.ts';
import type { SuiteCrypto } from '../labelled/suiteCrypto.ts';

/** The secrets of an epoch (RFC 9420 §8, table 4). */
export interface EpochSecrets {
  readonly senderDataSecret: Uint8Array;
  readonly exporterSecret: Uint8Array;
  readonly externalSecret: Uint8Array;
  readonly confirmationKey: Uint8Array;
  readonly membershipKey: Uint8Array;
  readonly resumptionPsk: Uint8Array;
  readonly epochAuthenticator: Uint8Array;
  readonly initSecret: Uint8Array;
}

/** The secrets of an epoch that begins, with the one that the secret tree consumes. */
export interface NewEpochSecrets {
  readonly secrets: EpochSecrets;
  readonly encryptionSecret: Uint8Array;
}

/** The joiner secret (RFC 9420 §8). */
export function joinerSecret(
  crypto: SuiteCrypto,
  initSecret: Uint8Array,
  commitSecret: Uint8Array,
  groupContext: Uint8Array,
): Uint8Array {
  const extracted = extract(crypto, initSecret, commitSecret);
  return expandWithLabel(crypto, extracted, 'joiner', groupContext, crypto.suite.hashBytes);
}

/** What the joiner secret and the PSKs give: the root of welcome and epoch secrets. */
export function memberSecret(crypto: SuiteCrypto, joiner: Uint8Array, pskSecret: Uint8Array): Uint8Array {
  return extract(crypto, joiner, pskSecret);
}

export function welcomeSecret(crypto: SuiteCrypto, member: Uint8Array): Uint8Array {
  return deriveSecret(crypto, member, 'welcome');
}

/** The key and nonce that hide the GroupInfo of a Welcome (RFC 9420 §12.4.3.1). */
export function welcomeKey(crypto: SuiteCrypto, welcome: Uint8Array): { key: Uint8Array; nonce: Uint8Array } {
  const empty = new Uint8Array(0);
  return {
    key: expandWithLabel(crypto, welcome, 'key', empty, crypto.suite.aeadKeyBytes),
    nonce: expandWithLabel(crypto, welcome, 'nonce', empty, crypto.suite.aeadNonceBytes),
  };
}

export function epochSecret(crypto: SuiteCrypto, member: Uint8Array, groupContext: Uint8Array): Uint8Array {
  return expandWithLabel(crypto, member, 'epoch', groupContext, crypto.suite.hashBytes);
}

/** All that follows from an epoch secret (RFC 9420 §8). */
export function deriveEpochSecrets(crypto: SuiteCrypto, epoch: Uint8Array): NewEpochSecrets {
  const derive = (label: string) => deriveSecret(crypto, epoch, label);
  return {
    encryptionSecret: derive('encryption'),
    secrets: {
      senderDataSecret: derive('sender data'),
      exporterSecret: derive('exporter'),
      externalSecret: derive('external'),
      confirmationKey: derive('confirm'),
      membershipKey: derive('membership'),
      resumptionPsk: derive('resumption'),
      epochAuthenticator: derive('authentication'),
      initSecret: derive('init'),
    },
  };
}

/** The key pair to which external Commits are encrypted (RFC 9420 §8). */
export function externalKeyPair(crypto: SuiteCrypto, secrets: EpochSecrets) {
  return hpkeDeriveKeyPair(crypto.provider, crypto.suite, secrets.externalSecret);
}

/** The confirmation tag (RFC 9420 §6.1). */
export function confirmationTag(
  crypto: SuiteCrypto,
  secrets: EpochSecrets,
  confirmedTranscriptHash: Uint8Array,
): Uint8Array {
  return mac(crypto, secrets.confirmationKey, confirmedTranscriptHash);
}

/** MLS-Exporter (RFC 9420 §8.5). */
export function exportFromSecret(
  crypto: SuiteCrypto,
  exporterSecret: Uint8Array,
  label: string,
  context: Uint8Array,
  lengthBytes: number,
): Uint8Array {
  const secret = deriveSecret(crypto, exporterSecret, label);
  const contextHash = crypto.provider.hash(crypto.suite.hash, context);
  return expandWithLabel(crypto, secret, 'exported', contextHash, lengthBytes);
}
