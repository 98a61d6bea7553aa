import { describe, expect, it } from 'vitest';
import { type Block, type Inline, parseCounting, parseRichText } from './richText.ts';

const paragraph = (...children: Inline[]): Block => ({ kind: 'paragraph', children });
const text = (value: string): Inline => ({ kind: 'text', text: value });
const strong = (...children: Inline[]): Inline => ({ kind: 'strong', children });
const emphasis = (...children: Inline[]): Inline => ({ kind: 'emphasis', children });
const code = (value: string): Inline => ({ kind: 'code', text: value });

/** All characters that would be seen, markers gone. */
function seen(blocks: readonly Block[]): string {
  const inline = (node: Inline): string =>
    'children' in node ? node.children.map(inline).join('') : node.text;
  return blocks
    .map(block => (block.kind === 'code' ? block.text : block.children.map(inline).join('')))
    .join('\n');
}

describe('parseRichText', () => {
  it.each<[string, readonly Block[]]>([
    ['plain', [paragraph(text('plain'))]],
    ['a **b** c', [paragraph(text('a '), strong(text('b')), text(' c'))]],
    ['*a* and _b_', [paragraph(emphasis(text('a')), text(' and '), emphasis(text('b')))]],
    ['**a *b* c**', [paragraph(strong(text('a '), emphasis(text('b')), text(' c')))]],
    ['`x * y`', [paragraph(code('x * y'))]],
    ['`` a`b ``', [paragraph(code('a`b'))]],
    ['**open', [paragraph(text('**open'))]],
    ['snake_case_name', [paragraph(text('snake_case_name'))]],
    ['2*3*4 = 24', [paragraph(text('2*3*4 = 24'))]],
    ['* not a list', [paragraph(text('* not a list'))]],
    ['**a *b**', [paragraph(strong(text('a *b')))]],
    ['****', [paragraph(text('****'))]],
    [
      '(*a*), “**b**”',
      [paragraph(text('('), emphasis(text('a')), text('), “'), strong(text('b')), text('”'))],
    ],
    [
      'before\n```\nlet a = **1**;\n\n<b>\n```\nafter',
      [paragraph(text('before')), { kind: 'code', text: 'let a = **1**;\n\n<b>' }, paragraph(text('after'))],
    ],
    ['```\nnever closed', [paragraph(text('```\nnever closed'))]],
    ['```\n```', [{ kind: 'code', text: '' }]],
    ['', []],
    [' \n ', []],
  ])('%j', (source, blocks) => {
    expect(parseRichText(source)).toEqual(blocks);
  });

  it('makes nothing but text of markup', () => {
    const hostile = '<img src=x onerror=alert(1)><script>alert(1)</script>{{7*7}}';
    expect(parseRichText(hostile)).toEqual([paragraph(text(hostile))]);
  });

  it('loses no character of what does not close', () => {
    for (const source of ['**a _b `c', '_a **b_ c', '***x***', '*_*_*', '`a``b`'])
      expect(seen(parseRichText(source)).length).toBeGreaterThan(0);
    expect(seen(parseRichText('**a _b `c'))).toBe('**a _b `c');
  });

  // THREATS 51: 100,000 characters of the worst kinds. The bound is on work, not on time: a quadratic
  // parser takes thousands of millions of steps here.
  const length = 100_000;
  it.each([
    '*',
    '_',
    '`',
    '**a ',
    '*a **b ',
    '_a*',
    '`` ` ',
    '*a* ',
    '[',
    '(',
    'http://',
    'https://a',
    'mailto:',
    'http://[',
    'https://a.b/)',
    'https://a.b/(',
    '```\n',
    '`a',
    '\n',
    ' *a',
    '**a*b',
    'h',
    '\u202e*a',
    '😀*',
  ])('stays linear on 100,000 characters of %j', piece => {
    const source = piece.repeat(Math.ceil(length / piece.length)).slice(0, length);
    expect(parseCounting(source).steps).toBeLessThan(8 * length);
  });
});
