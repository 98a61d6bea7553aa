import type { Provider } from '../provider.ts';
import { HPKE } from './hpkeVectors.ts';
import { PRIMITIVES } from './primitiveVectors.ts';
import type { VectorSuite } from './vectorSuite.ts';
import { WYCHEPROOF } from './wycheproof.ts';
import { X_WING } from './xWingVectors.ts';

/** All known answers there are for a provider. */
export const VECTOR_SUITES: readonly VectorSuite[] = [...PRIMITIVES, ...HPKE, X_WING, ...WYCHEPROOF];

/** Those that a provider is asked: the one with AES-GCM only has no other AEAD. */
export function suitesFor(provider: Provider): readonly VectorSuite[] {
  return VECTOR_SUITES.filter(({ aead }) => aead === undefined || provider.name !== 'noble-aes');
}

export { runSuite, type VectorSuite } from './vectorSuite.ts';
