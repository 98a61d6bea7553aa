import { VaultError } from '../errors.ts';

/** The error of bytes that are no segment, though they were decrypted. */
export function damaged(how: string): VaultError {
  return new VaultError('RECORD_DAMAGED', `search segment: ${how}`);
}
