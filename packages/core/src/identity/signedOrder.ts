import { equalBytes } from '../bytes.ts';

/** What an account has signed in place of what it signed before: each has a higher counter. */
interface Counted {
  readonly counter: number;
  /** All of it, as it was signed. */
  readonly signed: Uint8Array;
}

/**
 * Why it is not taken beside the newest that was seen before: `older` than that one, or in `conflict` with it, where the
 * account has signed two with the same counter.
 */
export function outOfOrder(given: Counted, known: Counted | undefined): 'older' | 'conflict' | undefined {
  if (known === undefined || given.counter > known.counter) return undefined;
  if (given.counter < known.counter) return 'older';
  return equalBytes(given.signed, known.signed) ? undefined : 'conflict';
}
