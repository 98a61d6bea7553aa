import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { extensionOf, fileKind, plainName, renamed, savedName, sentName, shortName } from './fileName.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text).length;

describe('a name where there is little room', () => {
  it('is cut in its middle, its kind still to be seen', () => {
    expect(shortName('minutes of the meeting on Thursday.docx', 24)).toBe('minutes of the…sday.docx');
    expect(shortName('short.txt', 24)).toBe('short.txt');
  });

  it('is never longer than asked for, and ends as the whole does', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 80 }),
        fc.integer({ min: 24, max: 60 }),
        (name, most) => {
          const short = shortName(name, most);
          const chars = [...new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(short)];
          expect(chars.length).toBeLessThanOrEqual(most);
          expect(short.endsWith(extensionOf(plainName(name)))).toBe(true);
        },
      ),
    );
  });

  it('does not cut through what is one character', () => {
    const flags = '🇩🇪'.repeat(40);
    expect(shortName(`${flags}.png`, 24)).toMatch(/^(🇩🇪)+…(🇩🇪)+\.png$/u);
  });

  it('cannot be turned around', () => {
    expect(shortName('gpj.\u202eexe', 24)).toBe('gpj.exe');
    expect(shortName('a\u2066b\u200f.pdf', 24)).toBe('ab.pdf');
  });
});

describe('threat 53: the name a file is saved under', () => {
  it('is its own where that does no harm', () => {
    for (const name of ['rota.pdf', 'تقرير الرحلة.pdf', 'no extension', 'a.b.c.tar.gz'])
      expect(savedName(name)).toBe(name);
  });

  it.each([
    ['../../.bashrc', 'sotto-file.bashrc'],
    ['/etc/passwd', 'sotto-file'],
    ['C:\\boot.ini', 'sotto-file.ini'],
    ['.profile', 'sotto-file'],
    ['~run.cmd', 'sotto-file.cmd'],
    ['con.txt', 'sotto-file.txt'],
    ['COM1', 'sotto-file'],
    ['a\u202egpj.exe', 'sotto-file.exe'],
    ['a\u0000b.txt', 'sotto-file.txt'],
    ['trailing.', 'sotto-file'],
    ['trailing ', 'sotto-file'],
    ['', 'sotto-file'],
    [`${'x'.repeat(250)}.pdf`, 'sotto-file.pdf'],
  ])('is generated for %j', (name, saved) => {
    expect(savedName(name)).toBe(saved);
  });

  it('says of a picture what it is, whatever its sender called it', () => {
    expect(savedName('beach.exe', 'image/jpeg')).toBe('beach.exe.jpg');
    expect(savedName('beach.JPEG', 'image/jpeg')).toBe('beach.JPEG');
    expect(savedName('../x.html', 'image/png')).toBe('sotto-file.html.png');
  });

  it('does no harm for any name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), name => {
        const saved = savedName(name);
        expect(saved).not.toMatch(/[\\/\p{Cc}\p{Cf}]|^\.|^$/u);
        expect(bytesOf(saved)).toBeLessThanOrEqual(255);
      }),
    );
  });
});

describe('the name a file is sent under', () => {
  it('is no path, has nothing hidden in it, and at most 255 bytes with its extension kept', () => {
    expect(sentName('a/b\\c.txt')).toBe('a_b_c.txt');
    expect(sentName('...')).toBe('file');
    expect(sentName('\u202e')).toBe('file');
    const long = sentName(`${'ü'.repeat(300)}.docx`);
    expect(bytesOf(long)).toBeLessThanOrEqual(255);
    expect(long.endsWith('ü.docx')).toBe(true);
  });

  it('follows what a picture was made into', () => {
    expect(renamed('beach.png', 'image/jpeg')).toBe('beach.jpg');
    expect(renamed('beach.jpeg', 'image/jpeg')).toBe('beach.jpeg');
    expect(renamed('beach', 'image/webp')).toBe('beach.webp');
  });
});

it('knows kinds of files by the end of their names', () => {
  expect(['a.PDF', 'b.mp4', 'c.csv', 'd.exe', 'e.svg', 'f', 'g.unknown', 'h.html'].map(fileKind)).toEqual([
    'text',
    'film',
    'table',
    'program',
    'picture',
    'file',
    'file',
    'program',
  ]);
});
