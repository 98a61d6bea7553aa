/**
 * Gives that many fresh random bytes. Handed in everywhere, so that tests and the simulation replay from a seed;
 * outside of tests it must be the platform's cryptographic source.
 */
export type Random = (lengthBytes: number) => Uint8Array;
