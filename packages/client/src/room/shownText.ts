import { CoreError, cleanName } from '@sotto/core';
import { LIMITS } from '@sotto/protocol';
import { ClientError } from '../intents.ts';

const PREVIEW_CHARACTERS = 140;

/** A text as one short line, for lists and quotes. */
export function previewOf(text: string): string {
  const line = text
    .slice(0, PREVIEW_CHARACTERS * 4)
    .replace(/\s+/gu, ' ')
    .trim();
  const characters = Array.from(line);
  return characters.length <= PREVIEW_CHARACTERS
    ? line
    : `${characters.slice(0, PREVIEW_CHARACTERS - 1).join('')}…`;
}

/** Somebody's name as it may be shown, or `undefined` when nothing of it may. */
export function cleanedName(name: string): string | undefined {
  try {
    return cleanName(name);
  } catch (error) {
    if (error instanceof CoreError) return undefined;
    throw error;
  }
}

/** Throws `BAD_TEXT` for what shows nothing, `TEXT_TOO_LARGE` over `LIMITS.textBytes` of UTF-8. */
export function assertText(text: string): void {
  if (text.trim() === '') throw new ClientError('BAD_TEXT', 'there is nothing to send');
  if (new TextEncoder().encode(text).length > LIMITS.textBytes) {
    throw new ClientError('TEXT_TOO_LARGE', 'too long for one message', { limitBytes: LIMITS.textBytes });
  }
}
