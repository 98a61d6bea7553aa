import { MlsError } from '../errors.ts';
import type { Random } from './random.ts';

/* What tests of a provider need, with nothing in it that runs in Node only. */

/** What a call came to, in a form that two providers can be compared by. */
export type Outcome = { readonly returned: unknown } | { readonly refused: string };

/** Runs the call; an `MlsError` becomes its code, any other exception is a defect and goes on. */
export function outcomeOf(call: () => unknown): Outcome {
  try {
    return { returned: call() };
  } catch (error) {
    if (error instanceof MlsError) return { refused: error.code };
    throw error;
  }
}

export const REFUSED: Outcome = { refused: 'CRYPTO_INPUT' };

/** A source of randomness that hands out the given bytes once, and fails when asked for another length. */
export function fixedRandom(bytes: Uint8Array): Random {
  return lengthBytes => {
    if (lengthBytes !== bytes.length) throw new Error(`asked for ${lengthBytes} bytes, not ${bytes.length}`);
    return bytes.slice();
  };
}

export function unhex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], pair => Number.parseInt(pair, 16));
}

export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('');
}
