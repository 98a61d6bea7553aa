import { Handle, isReservedHandle } from '@sotto/client/window';
import { account as words } from './accountWords.ts';

const LEAST = 3;
const MOST = 32;

/** As it will be registered: without an `@` before it, in small letters. */
export function plainHandle(typed: string): string {
  const trimmed = typed.trim();
  return (trimmed.startsWith('@') ? trimmed.slice(1) : trimmed).replace(/[A-Z]/g, letter =>
    letter.toLowerCase(),
  );
}

/**
 * What is wrong with a handle as far as it is typed, in one sentence; when it is `complete`, also what is missing. The
 * rules are `Handle`'s: this only finds the words.
 */
export function handleMistake(typed: string, complete: boolean): string | undefined {
  const handle = plainHandle(typed);
  if (handle === '') return complete ? words.handleMissing : undefined;
  const stranger = [...handle].find(letter => !/[a-z0-9._-]/.test(letter));
  if (stranger !== undefined) return words.handleLetter(stranger);
  if (!/^[a-z]/.test(handle)) return words.handleFirst;
  if (/[._-]{2}/.test(handle)) return words.handleMark;
  if (handle.length > MOST) return words.handleLong;
  if (complete && /[._-]$/.test(handle)) return words.handleMark;
  if (complete && handle.length < LEAST) return words.handleShort;
  if (!Handle.is(handle)) return complete ? words.handleInvalid : undefined;
  return isReservedHandle(handle) ? words.handleReserved : undefined;
}
