import { nobleProvider } from '@sotto/mls/noble';
import { nobleAesProvider } from '@sotto/mls/noble-aes';
import { runSuite, suitesFor } from '@sotto/mls/vectors';
import { nobleVerifier } from '@sotto/mls/verifier';

/** The providers that pages load: the engine's Worker the second, the page of sealed messages the first one's verifier. */
const PROVIDERS = [{ ...nobleProvider, ...nobleVerifier }, nobleAesProvider];

const vectorsPage = {
  /** Runs a suite with each provider that has what it needs: how many cases held, or why one did not, by provider. */
  run(suiteName: string, data: unknown): Readonly<Record<string, number | string>> {
    const results: Record<string, number | string> = {};
    for (const provider of PROVIDERS) {
      const suite = suitesFor(provider).find(({ name }) => name === suiteName);
      if (suite === undefined) continue;
      try {
        results[provider.name] = runSuite(suite, provider, data);
      } catch (error) {
        results[provider.name] = String(error);
      }
    }
    return results;
  },
};

export type VectorsPage = typeof vectorsPage;

Object.assign(globalThis, { vectorsPage });
