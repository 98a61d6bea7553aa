import { argon2id } from 'hash-wasm';
import type { Argon2id } from './argon2.ts';

/**
 * argon2id as WebAssembly. An entry of its own (`@sotto/vault/argon2id`), to be loaded by those only who meet a
 * passphrase; it keeps its thread busy, so that it belongs into a worker.
 */
export const wasmArgon2id: Argon2id = (passphrase, salt, { memoryKiB, passes, lanes }) =>
  argon2id({
    password: passphrase,
    salt,
    memorySize: memoryKiB,
    iterations: passes,
    parallelism: lanes,
    hashLength: 32,
    outputType: 'binary',
  });
