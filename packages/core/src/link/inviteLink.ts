import { base62Decode, base62Encode, InviteToken } from '@sotto/protocol';
import { CoreError } from '../errors.ts';

/** Why a text is not an invite link. */
export type BadLinkReason =
  | 'no-link'
  /** There is no fragment: the secret got lost on the way (some apps cut it off). */
  | 'no-secret'
  | 'bad-token'
  | 'bad-fragment'
  /** Made by a newer version. */
  | 'unsupported-version';

/** What an invite link says. Secret: who holds it can ask to join. */
export interface InviteLink {
  /** The public part, known to the relay. */
  readonly token: InviteToken;
  /** Commits to the inviter's account key and the room; 16 bytes. */
  readonly fingerprint: Uint8Array;
  /** 16 bytes that the relay never gets. */
  readonly secret: Uint8Array;
  readonly passwordNeeded: boolean;
}

/** Of fingerprint and secret. */
export const LINK_PART_BYTES = 16;
const FORMAT_VERSION = '1';
const PASSWORD_MARK = 'p';
/** Longer than any link: what is longer is not looked at. */
const MAX_LINK_CHARACTERS = 2_048;
/** Optional origin, then the path, then the fragment. No query: nothing of ours has one. */
const LINK = /^(?:https?:\/\/[^/?#\s\\@]+)?\/chat\/([^/?#\s]*)(?:#(\S*))?$/;

/**
 * Reads a link, strictly: a full URL (`https://host/chat/<token>#1.<fingerprint>.<secret>[.p]`) or its path and
 * fragment, with nothing around it but white space. Throws `BAD_LINK` with `reason`.
 */
export function parseLink(text: string): InviteLink {
  if (text.length > MAX_LINK_CHARACTERS) throw refuse('no-link');
  const match = LINK.exec(text.trim());
  if (match === null) throw refuse('no-link');
  const [, token = '', fragment = ''] = match;
  if (!InviteToken.is(token)) throw refuse('bad-token');
  if (fragment === '') throw refuse('no-secret');
  return { token, ...parseFragment(fragment) };
}

/** `/chat/<token>#1.<fingerprint>.<secret>[.p]`: ends in an alphanumeric, so that no app cuts it short. */
export function formatPathAndFragment(link: InviteLink): string {
  const parts = [FORMAT_VERSION, base62Encode(link.fingerprint), base62Encode(link.secret)];
  if (link.passwordNeeded) parts.push(PASSWORD_MARK);
  return `/chat/${link.token}#${parts.join('.')}`;
}

function parseFragment(fragment: string): Omit<InviteLink, 'token'> {
  const [version = '', fingerprintText = '', secretText = '', ...rest] = fragment.split('.');
  if (version !== FORMAT_VERSION)
    throw refuse(/^\d+$/.test(version) ? 'unsupported-version' : 'bad-fragment');
  const fingerprint = base62Decode(fingerprintText, LINK_PART_BYTES);
  const secret = base62Decode(secretText, LINK_PART_BYTES);
  if (fingerprint === undefined || secret === undefined) throw refuse('bad-fragment');
  if (rest.length > 1 || (rest.length === 1 && rest[0] !== PASSWORD_MARK)) throw refuse('bad-fragment');
  return { fingerprint, secret, passwordNeeded: rest.length === 1 };
}

function refuse(reason: BadLinkReason): CoreError {
  return new CoreError('BAD_LINK', `invite link: ${reason}`, { reason });
}
