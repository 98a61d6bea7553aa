import { PASSPHRASE_MIN_CHARACTERS } from '@sotto/client/window';
import { useState } from 'preact/hooks';
import { security as words } from '../words.ts';
import { strengthOf } from './passphraseStrength.ts';

/** A passphrase that is being chosen: written twice, or once and seen. */
export function usePassphrase() {
  const [passphrase, setPassphrase] = useState('');
  const [again, setAgain] = useState('');
  const [shown, setShown] = useState(false);
  const strength = strengthOf(passphrase, PASSPHRASE_MIN_CHARACTERS);

  /** What is in the way of taking it. */
  function mistake(): { readonly field: 'passphrase' | 'again'; readonly sentence: string } | undefined {
    if (strength === 'short')
      return { field: 'passphrase', sentence: words.tooShort(PASSPHRASE_MIN_CHARACTERS) };
    if (!shown && again !== passphrase) return { field: 'again', sentence: words.notSame };
    return undefined;
  }

  return { passphrase, setPassphrase, again, setAgain, shown, setShown, strength, mistake };
}

export type ChosenPassphrase = ReturnType<typeof usePassphrase>;

/** How many characters are missing until it can be taken. */
export function missingCharacters(passphrase: string): number {
  return Math.max(0, PASSPHRASE_MIN_CHARACTERS - Array.from(passphrase.normalize('NFKC').trim()).length);
}
