import { LIMITS } from '@sotto/protocol';
import { utf8 } from './bytes.ts';
import { CoreError } from './errors.ts';

/**
 * What a name must not contain: controls, bidi embeddings and isolates (they reorder what stands around the name),
 * zero-width and other invisible characters (they make two names look the same), tags, unassigned and private use.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u{2800}]/gu;
/** More combining marks than any script stacks on one letter: they would paint over the lines above and below. */
const TOO_MANY_MARKS = /(\p{M}{4})\p{M}+/gu;
const SPACES = /[\p{Zs}\t\n\v\f\r]+/gu;

/**
 * A display name as it may be shown: NFC, one line, nothing invisible, 1 to 128 bytes of UTF-8.
 *
 * A name proves nothing: the guest mark comes from the certificate, so a guest may call itself "Host" and is still
 * shown as a guest. Throws `BAD_NAME` (`reason`: `empty`, `too-long`).
 */
export function cleanName(name: string): string {
  const shown = clean(name, LIMITS.nameBytes);
  if (shown === '') throw new CoreError('BAD_NAME', 'nothing in it can be seen', { reason: 'empty' });
  return shown;
}

/** A room's title under the same rules, at most 256 bytes; it may be empty. Throws `BAD_NAME` (`too-long`). */
export function cleanTitle(title: string): string {
  return clean(title, LIMITS.titleBytes);
}

function clean(raw: string, limitBytes: number): string {
  // Bounds the work before normalization, which can grow a text threefold at most.
  if (raw.length > limitBytes * 8) throw tooLong(limitBytes);
  const shown = raw
    .replace(SPACES, ' ')
    .replace(UNSEEN, '')
    .normalize('NFC')
    .replace(TOO_MANY_MARKS, '$1')
    .replace(SPACES, ' ')
    .trim();
  if (utf8(shown).length > limitBytes) throw tooLong(limitBytes);
  return shown;
}

function tooLong(limitBytes: number): CoreError {
  return new CoreError('BAD_NAME', `at most ${limitBytes} bytes`, { reason: 'too-long', limitBytes });
}
