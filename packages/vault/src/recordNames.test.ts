import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyedNames } from './recordNames.ts';
import { padded } from './shelves.ts';

const names = keyedNames(new Uint8Array(32).fill(5));
const others = keyedNames(new Uint8Array(32).fill(6));
const number = fc.oneof(
  fc.nat(5_000),
  fc.nat().map(n => n * 2048),
  fc.integer({ min: 1_700_000_000_000, max: 1_900_000_000_000 }),
  fc.constantFrom(0, 2 ** 53 - 1, 2 ** 20 - 1, 2 ** 20),
);
const segment = fc.oneof(fc.stringMatching(/^[0-9A-Za-z_-]{1,30}$/), number.map(padded));
const path = fc.array(segment, { minLength: 1, maxLength: 5 });

describe('names of records', () => {
  it('have no part of a key in them, and say the same of every segment', () => {
    fc.assert(
      fc.property(path, segments => {
        const name = names.nameOf(segments.join('/'));
        // The first two of three or more are one.
        expect(name).toMatch(/^~[0-9A-Za-z_-]+$/);
        expect(name.length).toBe(1 + 16 * (segments.length > 2 ? segments.length - 1 : segments.length));
        for (const each of segments) if (each.length > 3) expect(name).not.toContain(each);
      }),
    );
  });

  it('are others for other keys, and under another names key', () => {
    fc.assert(
      fc.property(path, path, (one, other) => {
        const [a, b] = [one.join('/'), other.join('/')];
        expect(names.nameOf(a) === names.nameOf(b)).toBe(a === b);
        expect(names.nameOf(a)).toBe(keyedNames(new Uint8Array(32).fill(5)).nameOf(a));
        expect(names.nameOf(a)).not.toBe(others.nameOf(a));
      }),
    );
  });

  it('begin with the name of a prefix for what is beneath it, and for nothing else', () => {
    fc.assert(
      fc.property(path, path, fc.integer({ min: 2, max: 4 }), (one, other, length) => {
        fc.pre(one.length > length);
        const prefix = one.slice(0, length);
        const under = names.prefixOf(`${prefix.join('/')}/`);
        expect(names.nameOf(one.join('/')).startsWith(under)).toBe(true);
        const isUnder = other.length > length && prefix.every((segment, i) => segment === other[i]);
        expect(names.nameOf(other.join('/')).startsWith(under)).toBe(isUnder);
      }),
    );
    expect(names.nameOf('room/a').startsWith(names.prefixOf('room/'))).toBe(true);
    expect(names.nameOf('room').startsWith(names.prefixOf('room/'))).toBe(false);
  });

  it('show equal segments in different places as different, and a group not as its record', () => {
    const tags = (key: string) => names.nameOf(key).slice(1).match(/.{16}/g)!;
    const all = [
      'at/r/x',
      'own/r/x',
      'at/s/x',
      'room/r',
      'peer/r/x/x',
      `log/r/${padded(7)}`,
      `log/s/${padded(7)}`,
    ];
    const shown = all.flatMap(tags);
    expect(new Set(shown).size).toBe(shown.length);
  });

  it('keep the order of numbers in one place', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('log/r/', 'log/s/', 'expire/r/at/', 'errand/'),
        number,
        number,
        (place, a, b) => {
          const [one, other] = [a, b].map(n => names.nameOf(place + padded(n))) as [string, string];
          expect(one < other).toBe(a < b);
          expect(one > other).toBe(a > b);
        },
      ),
      { numRuns: 2_000 },
    );
    const run = Array.from({ length: 3_000 }, (_, i) => names.nameOf(`log/r/${padded(2 ** 20 - 1_500 + i)}`));
    expect(run.toSorted()).toEqual(run);
  });

  it('hide how large a number is, and tell the distance of two but poorly', () => {
    // The first character of the number, over many rooms: for small numbers and for times alike.
    const first = (n: number) =>
      Array.from({ length: 2_000 }, (_, room) => names.nameOf(`log/${room}/${padded(n)}`)[17]!);
    const usual = (marks: readonly string[]) => marks.toSorted()[marks.length / 2]!.charCodeAt(0);
    expect(Math.abs(usual(first(3)) - usual(first(1_790_000_000_000)))).toBeLessThan(8);
    // One step of 4096 as names show it, over many places of many logs: from next to nothing to most of the range.
    const steps = Array.from({ length: 2_000 }, (_, i) => {
      const [one, other] = [i, i + 1].map(n => names.nameOf(`log/${i % 40}/${padded(n * 4096)}`));
      const at = [...one!].findIndex((character, j) => character !== other![j]);
      return other!.charCodeAt(at) - one!.charCodeAt(at);
    }).toSorted((a, b) => a - b);
    expect(steps[0]).toBe(1);
    expect(steps.at(-1)! / steps[1_000]!).toBeGreaterThan(10);
  });

  it('are no more once they are forgotten', () => {
    const gone = keyedNames(new Uint8Array(32));
    gone.nameOf('room/a');
    gone.forget();
    expect(() => gone.nameOf('room/a')).toThrow(expect.objectContaining({ code: 'CLOSED' }));
  });
});
