import { type LeafView, type MlsEnv, MlsError } from '@sotto/mls';
import { equalBytes } from './bytes.ts';
import { type CoreEnv, ROOM_SUITE } from './env.ts';
import { CoreError, type CoreErrorCode } from './errors.ts';
import { verifyCertificate } from './identity/certificate.ts';

/** The engine's environment: Sotto's one suite, and the device certificate as its authentication service. */
export function mlsEnvOf(env: CoreEnv): MlsEnv {
  return {
    provider: env.provider,
    random: env.random,
    nowSeconds: () => Math.floor(env.nowMs() / 1000),
    authenticate: leaf => isCertified(env, leaf),
    suites: [ROOM_SUITE],
  };
}

/** What the engine gives for one's own step; its refusals come out as `code`. */
export function byEngine<T>(code: CoreErrorCode, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof MlsError)) throw error;
    throw new CoreError(code, `${error.code}: ${error.message}`, { reason: error.code });
  }
}

/** Whether the leaf's key is the device key of a certificate that its account signed (RFC 9420 §5.3.1). */
function isCertified(env: CoreEnv, leaf: LeafView): boolean {
  try {
    return equalBytes(verifyCertificate(env, leaf.credential.identity).deviceKey, leaf.signatureKey);
  } catch (error) {
    if (error instanceof CoreError) return false;
    throw error;
  }
}
