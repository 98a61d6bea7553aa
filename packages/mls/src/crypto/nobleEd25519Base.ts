import { ed25519 } from '@noble/curves/ed25519.js';

const { Point } = ed25519;

/**
 * Tables of the base point, which noble builds at the next use after `precompute`. Small ones cost some 40 ms of a cold
 * JavaScript engine where large ones cost 230 ms: a guest who has just opened a link waits for that. Large ones take a
 * third off each signature, and have earned what they cost after some two hundred.
 */
const FIRST_WINDOW_BITS = 4;
const LASTING_WINDOW_BITS = 8;
const USES_BEFORE_LARGE_TABLES = 200;

let uses = 0;
Point.BASE.precompute(FIRST_WINDOW_BITS);

/** Called with each signature and verification: who does many gets the large tables. */
export function countBaseUse(): void {
  uses += 1;
  if (uses === USES_BEFORE_LARGE_TABLES) Point.BASE.precompute(LASTING_WINDOW_BITS);
}
