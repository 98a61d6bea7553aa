import { nobleAesProvider } from './nobleAesProvider.ts';
import { nobleProvider } from './nobleProvider.ts';
import { nativeEngine } from './nodeEngine.ts';
import { nodeProvider } from './nodeProvider.ts';
import type { Provider } from './provider.ts';

/**
 * Every provider there is for all suites: what one must do, all must do. libsodium's is missing where its package has
 * nothing for the platform; on platforms where it must be there, `nodeEngine.test.ts` fails.
 */
export const PROVIDERS: readonly Provider[] = [
  ...new Set([nodeProvider, nativeEngine().provider, nobleProvider]),
];

/** And the one that pages load, which has AES-GCM only. */
export const WITH_NOBLE_AES: readonly Provider[] = [...PROVIDERS, nobleAesProvider];
