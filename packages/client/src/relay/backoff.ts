import type { Random } from '../ports.ts';

const FIRST_MS = 400;
const LONGEST_MS = 30_000;

/**
 * How long to wait before try number `attempt` (from 0): doubling from 0.4 s to 30 s, of which a random half to
 * whole is taken, so that the clients of a relay that was restarted do not come back all at once.
 */
export function backoffMs(attempt: number, random: Random): number {
  const wholeMs = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 20));
  return Math.round(wholeMs * (0.5 + fraction(random) / 2));
}

/** A number from 0 up to but not 1. */
export function fraction(random: Random): number {
  const bytes = random(4);
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) / 2 ** 32;
}
