import { describe, expect, it } from 'vitest';
import { linkAt } from './links.ts';
import { parseRichText } from './richText.ts';

function linksIn(text: string): readonly string[] {
  return parseRichText(text).flatMap(block =>
    block.kind === 'paragraph'
      ? block.children.flatMap(child => (child.kind === 'link' ? [child.text] : []))
      : [],
  );
}

describe('links', () => {
  it.each([
    ['see https://example.com/a?b=c#d.', ['https://example.com/a?b=c#d']],
    [
      '(https://en.wikipedia.org/wiki/Signal_(software))',
      ['https://en.wikipedia.org/wiki/Signal_(software)'],
    ],
    ['HTTP://EXAMPLE.com, and', ['HTTP://EXAMPLE.com']],
    ['mailto:mara@example.com!', ['mailto:mara@example.com']],
    ['**https://example.com**', []],
    ['two: https://a.example https://b.example', ['https://a.example', 'https://b.example']],
    ['<https://a.example>', ['https://a.example']],
    ['xhttps://a.example', []],
    ['https://', []],
    ['http://[', []],
  ])('%j', (text, links) => {
    if (text.startsWith('**'))
      expect(JSON.stringify(parseRichText(text))).toContain('"href":"https://example.com/"');
    else expect(linksIn(text)).toEqual(links);
  });

  it.each([
    'javascript:alert(1)',
    'data:text/html,<b>',
    'vbscript:x',
    'file:///etc/passwd',
    'JaVaScRiPt:1',
    'intent:x#y',
    'ftp://a.example',
  ])('never makes a link of %s', text => {
    expect(linksIn(text)).toEqual([]);
    expect(linksIn(`x ${text} y`)).toEqual([]);
  });

  it('ends before characters that change the direction of the text', () => {
    expect(linksIn('https://good.example/\u202egnp.exe')).toEqual(['https://good.example/']);
  });

  it('names the real host when letters only look alike', () => {
    const { link } = linkAt('https://аpple.com/', 0);
    expect(link?.realHost).toBe('xn--pple-43d.com');
    expect(linkAt('https://аpple.com/?xn--pple-43d.com', 0).link?.realHost).toBe('xn--pple-43d.com');
    expect(linkAt('https://apple.com@evil.example/', 0).link?.realHost).toBe('evil.example');
    expect(linkAt('https://Apple.com:443/', 0).link?.realHost).toBeUndefined();
    expect(linkAt('http://localhost:8080/x', 0).link?.realHost).toBeUndefined();
  });
});
