/** A link as it was typed. */
export interface FoundLink {
  readonly text: string;
  /** What it opens: http, https or mailto, nothing else. */
  readonly href: string;
  /** The host in ASCII, when it is not what the eye reads: letters that look alike, a name before an `@`. */
  readonly realHost?: string;
}

const SCHEME = /(?:https?:\/\/|mailto:)/iy;
/** Spaces, quotes, angle brackets and characters that change the direction end a link. */
const BODY = /[^\s<>"“”«»`\p{Cc}\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+/uy;
const WORD_BEFORE = /[\p{L}\p{N}]$/u;
const ALLOWED: ReadonlySet<string> = new Set(['http:', 'https:', 'mailto:']);
const MAX_LENGTH = 2_048;

/**
 * Looks for a link that starts at `at`. `end` is where reading goes on, after whatever was looked at,
 * link or not, so that a scan over a whole text stays linear.
 */
export function linkAt(text: string, at: number): { readonly link?: FoundLink; readonly end: number } {
  SCHEME.lastIndex = at;
  const scheme = SCHEME.exec(text);
  if (scheme === null || WORD_BEFORE.test(text.slice(Math.max(0, at - 2), at))) return { end: at + 1 };
  BODY.lastIndex = at + scheme[0].length;
  const body = BODY.exec(text);
  if (body === null) return { end: at + scheme[0].length };
  const whole = at + scheme[0].length + body[0].length;
  const typed = withoutTrailingPunctuation(text.slice(at, whole));
  if (typed.length > MAX_LENGTH || typed.length <= scheme[0].length) return { end: whole };
  const url = URL.canParse(typed) ? new URL(typed) : undefined;
  if (url === undefined || !ALLOWED.has(url.protocol)) return { end: whole };
  const disguised = url.host !== '' && typedAuthority(typed) !== url.host;
  return {
    link: { text: typed, href: url.href, ...(disguised ? { realHost: url.host } : {}) },
    end: at + typed.length,
  };
}

/** What stands where the host is read: with a name before an `@`, or letters of other scripts, it is not the host. */
function typedAuthority(typed: string): string {
  const authority = /^[a-z]+:\/\/([^/?#\\]*)/i.exec(typed)?.[1] ?? '';
  return authority.toLowerCase().replace(/:(?:80|443)?$/, '');
}

const CLOSERS: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };

/** A sentence's full stop is not part of the link, nor is a bracket that the link did not open. */
function withoutTrailingPunctuation(typed: string): string {
  const surplus: Record<string, number> = {};
  for (const char of typed) {
    const opener = CLOSERS[char] ?? char;
    if (opener === '(' || opener === '[' || opener === '{')
      surplus[opener] = (surplus[opener] ?? 0) + (opener === char ? -1 : 1);
  }
  let end = typed.length;
  for (; end > 0; end--) {
    const char = typed[end - 1]!;
    if (".,;:!?'’…*_".includes(char)) continue;
    const opener = CLOSERS[char];
    if (opener === undefined || (surplus[opener] ?? 0) <= 0) break;
    surplus[opener]!--;
  }
  return typed.slice(0, end);
}
