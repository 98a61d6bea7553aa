import { PASSPHRASE_MIN_CHARACTERS } from '@sotto/client/window';
import { useState } from 'preact/hooks';
import { security as words } from '../words.ts';
import { strengthOf } from './passphraseStrength.ts';

/** A passphrase that is being chosen: written twice, or once where it is seen or there is another way back in. */
export function usePassphrase({ leastCharacters = PASSPHRASE_MIN_CHARACTERS, once = false } = {}) {
  const [passphrase, setPassphrase] = useState('');
  const [again, setAgain] = useState('');
  const [shown, setShown] = useState(false);
  const strength = strengthOf(passphrase, leastCharacters);

  /** What is in the way of taking it. */
  function mistake(): { readonly field: 'passphrase' | 'again'; readonly sentence: string } | undefined {
    if (strength === 'short') return { field: 'passphrase', sentence: words.tooShort(leastCharacters) };
    if (!once && !shown && again !== passphrase) return { field: 'again', sentence: words.notSame };
    return undefined;
  }

  const missing = missingCharacters(passphrase, leastCharacters);
  return { passphrase, setPassphrase, again, setAgain, shown, setShown, strength, missing, once, mistake };
}

export type ChosenPassphrase = ReturnType<typeof usePassphrase>;

/** How many characters are missing until it can be taken. */
function missingCharacters(passphrase: string, leastCharacters: number): number {
  return Math.max(0, leastCharacters - Array.from(passphrase.normalize('NFKC').trim()).length);
}
