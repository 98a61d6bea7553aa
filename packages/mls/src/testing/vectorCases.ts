import { SUITES, suiteOf } from '../crypto/suites.ts';
import { PROVIDERS } from '../crypto/testProviders.ts';
import type { SuiteCrypto } from '../labelled/suiteCrypto.ts';

const IN_TABLE: readonly number[] = Object.values(SUITES);

/** A case of a vector file with the crypto to run it by. */
export interface VectorRun<C> {
  readonly title: string;
  readonly crypto: SuiteCrypto;
  readonly expected: C;
}

/** The cases of a vector file whose suite is in our table, each once by every provider. */
export function runsOf<C extends { readonly cipher_suite: number }>(data: unknown): VectorRun<C>[] {
  return (data as C[]).flatMap((expected, index) =>
    IN_TABLE.includes(expected.cipher_suite)
      ? PROVIDERS.map(provider => ({
          title: `case ${index}, suite ${expected.cipher_suite}, ${provider.name}`,
          crypto: { provider, suite: suiteOf(expected.cipher_suite) },
          expected,
        }))
      : [],
  );
}
