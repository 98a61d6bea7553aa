import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CoreError } from '../errors.ts';
import { createIdentity } from '../identity/identity.ts';
import { inboxStreamOf } from '../identity/ids.ts';
import { expectCode, testEnv } from '../testEnv.fixture.ts';
import { createLink, linkFingerprint } from './createLink.ts';
import { formatPathAndFragment, parseLink } from './inviteLink.ts';

const env = testEnv();
const host = createIdentity(env, { kind: 'member' });
const streamId = inboxStreamOf(env, host.deviceId);
const make = (password: boolean) =>
  createLink(env, { inviterAccountKey: host.accountKey, streamId, password });

describe('invite link', () => {
  it('is short, ends in an alphanumeric and reads back, with and without a password', () => {
    for (const password of [false, true]) {
      const link = make(password);
      const text = formatPathAndFragment(link);
      expect(text).toMatch(/^\/chat\/[0-9A-Za-z]{24}#1\.[0-9A-Za-z]{22}\.[0-9A-Za-z]{22}(\.p)?$/);
      expect(text.length).toBeLessThanOrEqual(80);
      expect(parseLink(text)).toEqual(link);
      expect(parseLink(` https://192.168.1.20:8443${text}\n`)).toEqual(link);
    }
  });

  it('threat 28: token and secret are fresh in every link', () => {
    const links = Array.from({ length: 50 }, () => make(false));
    expect(new Set(links.map(({ token }) => token)).size).toBe(50);
    expect(new Set(links.map(({ secret }) => secret.join())).size).toBe(50);
  });

  it('draws tokens evenly over all 62 characters', () => {
    const seen = new Map<string, number>();
    for (let i = 0; i < 600; i++) {
      for (const digit of make(false).token) seen.set(digit, (seen.get(digit) ?? 0) + 1);
    }
    const expected = (600 * 24) / 62;
    expect(seen.size).toBe(62);
    // Over five standard deviations: a modulo bias would put the first eight at a quarter more.
    for (const count of seen.values())
      expect(Math.abs(count - expected)).toBeLessThan(5.5 * Math.sqrt(expected));
  });

  it('threat 1: commits to the inviter and to the room', () => {
    const other = createIdentity(env, { kind: 'member' });
    const { fingerprint } = make(false);
    expect(linkFingerprint(env, host.accountKey, streamId)).toEqual(fingerprint);
    expect(linkFingerprint(env, other.accountKey, streamId)).not.toEqual(fingerprint);
    expect(linkFingerprint(env, host.accountKey, inboxStreamOf(env, other.deviceId))).not.toEqual(
      fingerprint,
    );
  });

  const good = formatPathAndFragment(make(true));
  const [path = '', fragment = ''] = good.split('#');
  it.each([
    ['nothing', '', 'no-link'],
    ['another page', 'https://host.example/', 'no-link'],
    ['another scheme', `javascript:${good}`, 'no-link'],
    ['credentials in the address', `https://user@host.example${good}`, 'no-link'],
    ['a query', `https://host.example${path}?a=1#${fragment}`, 'no-link'],
    ['words around it', `look: https://host.example${good} here`, 'no-link'],
    ['a path below', `https://host.example/x${good}`, 'no-link'],
    ['a megabyte', `https://host.example${'/'.repeat(1_000_000)}`, 'no-link'],
    ['a cut token', good.replace(/chat\/./, 'chat/'), 'bad-token'],
    ['no fragment', path, 'no-secret'],
    ['an empty fragment', `${path}#`, 'no-secret'],
    ['a cut fragment', good.slice(0, -3), 'bad-fragment'],
    ['a fragment without its secret', good.slice(0, good.lastIndexOf('.', good.length - 3)), 'bad-fragment'],
    ['a full stop after it', `${good}.`, 'bad-fragment'],
    ['another mark', good.replace(/p$/, 'q'), 'bad-fragment'],
    ['a newer version', good.replace('#1.', '#2.'), 'unsupported-version'],
    ['a word for a version', good.replace('#1.', '#x.'), 'bad-fragment'],
  ])('refuses %s', (_, text, reason) => expectCode(() => parseLink(text), 'BAD_LINK', { reason }));

  it('takes only what it would write, and throws nothing but CoreError', () => {
    const pieces = fc.constantFrom('/chat/', '#', '1.', '.p', '.', path.slice(6), fragment, ' ', 'https://h');
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(pieces, { maxLength: 8 }).map(p => p.join('')),
        ),
        text => {
          try {
            expect(text.trim().endsWith(formatPathAndFragment(parseLink(text)))).toBe(true);
          } catch (error) {
            expect(error).toBeInstanceOf(CoreError);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
