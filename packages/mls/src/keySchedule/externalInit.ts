import { asciiBytes } from '../crypto/bytes.ts';
import { hpkeSetupExportReceiver, hpkeSetupExportSender } from '../crypto/hpke.ts';
import type { Random } from '../env.ts';
import type { SuiteCrypto } from '../labelled/suiteCrypto.ts';
import { type EpochSecrets, externalKeyPair } from './keySchedule.ts';

const NO_INFO = new Uint8Array(0);
const EXPORTER_CONTEXT = asciiBytes('MLS 1.0 external init secret');

/** An init secret that somebody outside shares with all members of an epoch (RFC 9420 §8.3). */
export interface ExternalInit {
  /** Goes into the ExternalInit proposal. */
  readonly kemOutput: Uint8Array;
  readonly initSecret: Uint8Array;
}

/**
 * A fresh init secret, for the members of the epoch with this external public key.
 * @throws {MlsError} `CRYPTO_INPUT` for a malformed or low-order key
 */
export function newExternalInit(crypto: SuiteCrypto, random: Random, externalPub: Uint8Array): ExternalInit {
  const { provider, suite } = crypto;
  const { kemOutput, secret } = hpkeSetupExportSender(
    provider,
    suite,
    random,
    externalPub,
    NO_INFO,
    EXPORTER_CONTEXT,
    suite.hashBytes,
  );
  return { kemOutput, initSecret: secret };
}

/**
 * The init secret of an ExternalInit proposal, as a member of the epoch before derives it.
 * @throws {MlsError} `CRYPTO_INPUT`
 */
export function externalInitSecret(
  crypto: SuiteCrypto,
  secrets: EpochSecrets,
  kemOutput: Uint8Array,
): Uint8Array {
  const { provider, suite } = crypto;
  const { privateKey } = externalKeyPair(crypto, secrets);
  const secret = hpkeSetupExportReceiver(
    provider,
    suite,
    privateKey,
    kemOutput,
    NO_INFO,
    EXPORTER_CONTEXT,
    suite.hashBytes,
  );
  privateKey.fill(0);
  return secret;
}
