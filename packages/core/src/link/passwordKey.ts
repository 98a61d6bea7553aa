import { argon2id } from 'hash-wasm';

/** 64 MiB and three passes: about 300 ms, and dear to whoever has to guess. */
const ARGON2ID = { memorySize: 65_536, iterations: 3, parallelism: 1, hashLength: 32 } as const;

/**
 * A link's password made into a key: argon2id over its NFKC form, so that it matters to no one how a keyboard composes
 * letters. An entry of its own (`@sotto/core/password`), loaded only where there is a password.
 */
export function passwordKey(password: string, salt: Uint8Array): Promise<Uint8Array> {
  return argon2id({ ...ARGON2ID, password: password.normalize('NFKC'), salt, outputType: 'binary' });
}
