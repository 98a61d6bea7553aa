import { VaultError } from '../errors.ts';

/** In characters, as people count them, not bytes. */
export const PASSPHRASE_MIN_CHARACTERS = 8;

/**
 * The bytes of a passphrase: NFKC, so that it matters to no one how a keyboard composes letters. Blanks at its ends
 * count for nothing, since nobody sees them. To be wiped after use.
 */
export function passphraseBytes(passphrase: string): Uint8Array {
  return new TextEncoder().encode(normalised(passphrase));
}

/** Throws `WEAK_PASSPHRASE` for a passphrase that must not become a lock. */
export function assertPassphrase(passphrase: string): void {
  if (Array.from(normalised(passphrase)).length < PASSPHRASE_MIN_CHARACTERS) {
    throw new VaultError(
      'WEAK_PASSPHRASE',
      `a passphrase has at least ${PASSPHRASE_MIN_CHARACTERS} characters`,
    );
  }
}

function normalised(passphrase: string): string {
  return passphrase.normalize('NFKC').trim();
}
