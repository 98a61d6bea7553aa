import { ProtocolError } from './errors.ts';
import { LIMITS } from './limits.ts';

declare const brand: unique symbol;

/**
 * The name by which an account is found at a relay: 3 to 32 of `a-z 0-9`, with single `.`, `_` or `-` between them,
 * and a letter first. It is a directory entry that points to an AccountId, and proves nothing by itself. Written
 * with an `@` before it; that is not part of the handle.
 */
export type Handle = string & { readonly [brand]: 'Handle' };

const GRAMMAR = /^[a-z][a-z0-9]*(?:[._-][a-z0-9]+)*$/;

function isHandle(text: string): text is Handle {
  return text.length >= LIMITS.handleMinChars && text.length <= LIMITS.handleMaxChars && GRAMMAR.test(text);
}

export const Handle = {
  /** Whether the text is a handle as it stands: no `@`, no capitals. */
  is: isHandle,
  /** Reads what a person typed: an `@` before it and ASCII capitals are taken for what was meant. Throws `BAD_ID`. */
  parse(text: string): Handle {
    const name = text.startsWith('@') ? text.slice(1) : text;
    const lower = name.replace(/[A-Z]/g, letter => letter.toLowerCase());
    if (!isHandle(lower)) throw new ProtocolError('BAD_ID', 'not a Handle');
    return lower;
  },
};

/** Characters that are read for one another in common typefaces, by the one that stands for all of them. */
const LOOK_ALIKES: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'l',
  i: 'l',
  j: 'l',
  '2': 'z',
  '5': 's',
  '8': 'b',
  '9': 'g',
  q: 'g',
};
/** Pairs that are read for one letter. */
const LOOK_ALIKE_PAIRS: Readonly<Record<string, string>> = { rn: 'm', vv: 'w', cl: 'd' };

/**
 * What a handle looks like at a glance: separators dropped, look-alikes folded into one. Two handles with one
 * skeleton cannot both be registered.
 */
export function handleSkeleton(handle: Handle): string {
  return skeletonOf(handle);
}

function skeletonOf(text: string): string {
  return text
    .replace(/[._-]/g, '')
    .replace(/[0-9ijq]/g, character => LOOK_ALIKES[character] ?? character)
    .replace(/rn|vv|cl/g, pair => LOOK_ALIKE_PAIRS[pair]!);
}

/** Words that speak for Sotto or its operator wherever they stand between separators. */
const TITLES = [
  'admin',
  'administrator',
  'guest',
  'mod',
  'moderator',
  'official',
  'operator',
  'security',
  'sotto',
  'staff',
  'support',
  'system',
];
/** Words that nobody is called alone. */
const WORDS = [
  'abuse',
  'account',
  'accounts',
  'all',
  'anonymous',
  'api',
  'deleted',
  'everyone',
  'help',
  'helpdesk',
  'here',
  'host',
  'info',
  'me',
  'nobody',
  'null',
  'owner',
  'postmaster',
  'relay',
  'root',
  'server',
  'service',
  'undefined',
  'unknown',
  'verified',
  'webmaster',
  'you',
];

/** Digits that are written for letters without looking like them much. */
const unleet = (text: string): string => text.replace(/4/g, 'a').replace(/3/g, 'e').replace(/7/g, 't');
const withoutNumber = (text: string): string => text.replace(/[0-9]+$/, '');
const skeletons = (words: readonly string[]): ReadonlySet<string> => new Set(words.map(skeletonOf));
const titleSkeletons = skeletons(TITLES);
const wordSkeletons = skeletons(WORDS);

/**
 * Whether nobody may register the handle, because it would pose as Sotto, its operator or a role: `@admin`,
 * `@sotto-team`, `@m0d3rator`, `@help2`.
 */
export function isReservedHandle(handle: Handle): boolean {
  const readings = (text: string) => [text, withoutNumber(text)].map(reading => skeletonOf(unleet(reading)));
  const whole = readings(handle);
  if (whole.some(skeleton => wordSkeletons.has(skeleton) || titleSkeletons.has(skeleton))) return true;
  return handle.split(/[._-]/).some(part => readings(part).some(skeleton => titleSkeletons.has(skeleton)));
}
