import type { LeafView, MlsEnv } from '@sotto/mls';
import { equalBytes } from './bytes.ts';
import { type CoreEnv, ROOM_SUITE } from './env.ts';
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

/** Whether the leaf's key is the device key of a certificate that its account signed (RFC 9420 §5.3.1). */
function isCertified(env: CoreEnv, leaf: LeafView): boolean {
  // Throws for a certificate that proves nothing; the engine takes that as a refusal.
  const certificate = verifyCertificate(env, leaf.credential.identity);
  return equalBytes(certificate.deviceKey, leaf.signatureKey);
}
