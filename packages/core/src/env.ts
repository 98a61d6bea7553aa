import { type Provider, type Random, SUITES, type SuiteId } from '@sotto/mls';

/** What the state machines of this package need from the world. Nothing else gets in: no clock, no randomness, no I/O. */
export interface CoreEnv {
  /** `@sotto/mls/node` or `@sotto/mls/noble`. */
  readonly provider: Provider;
  /** The platform's cryptographic source; a seeded one in tests. */
  readonly random: Random;
  /** Unix time in milliseconds, by this device's own clock. */
  readonly nowMs: () => number;
}

/** What checking a signature needs: a page that does only that loads no engine (`@sotto/mls/verifier`). */
export interface VerifyingEnv {
  readonly provider: Pick<Provider, 'hash' | 'ed25519Verify'>;
}

/** A record to write (or, with `null`, to delete) in the caller's own transaction; the caller puts its own prefix before `key`. */
export interface StateWrite {
  readonly key: string;
  readonly value: Uint8Array | null;
}

/** The one suite that rooms are made in and joined in; all else is refused. */
export const ROOM_SUITE: SuiteId = SUITES.MLKEM768X25519_AES256GCM_SHA384_ED25519;
/** How people read it. */
export const ROOM_SUITE_NAME = 'MLS_128_MLKEM768X25519_AES256GCM_SHA384_Ed25519';
