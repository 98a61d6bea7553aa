import type { Provider } from '../crypto/provider.ts';
import { type CipherSuite, suiteOf } from '../crypto/suites.ts';
import type { MlsEnv } from '../env.ts';
import { MlsError } from '../errors.ts';

/** A group's cipher suite together with the primitives that carry it out. */
export interface SuiteCrypto {
  readonly provider: Provider;
  readonly suite: CipherSuite;
}

/**
 * The suite of that number, where it is allowed.
 * @throws {MlsError} `UNSUPPORTED_SUITE`
 */
export function suiteCrypto(env: MlsEnv, suiteId: number): SuiteCrypto {
  if (!env.suites.includes(suiteId)) {
    throw new MlsError('UNSUPPORTED_SUITE', 'cipher suite is not allowed here', { suite: suiteId });
  }
  return { provider: env.provider, suite: suiteOf(suiteId) };
}
