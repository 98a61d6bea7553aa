import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EditDistance } from './editDistance.ts';
import { Slips } from './slips.ts';

const word = fc.oneof(
  fc.stringMatching(/^[abc]{1,12}$/),
  fc.stringMatching(/^[ab]{25,64}$/),
  fc.string({ unit: fc.constantFrom('a', 'ä', 'я', '東', '\ud83d', '\ude00'), minLength: 1, maxLength: 64 }),
);

test('counts slips as the distance of optimal string alignment does, of whole words and of beginnings', () => {
  const distance = new EditDistance();
  fc.assert(
    fc.property(word, fc.array(word, { maxLength: 4 }), fc.nat(2), fc.nat(63), (typed, words, limit, at) => {
      const slips = new Slips(typed, limit);
      const alike = [
        typed,
        `${typed.slice(0, at)}x${typed.slice(at)}`,
        typed.slice(0, at) + typed.slice(at + 1),
        typed.slice(0, at) + typed.slice(at + 1, at + 2) + typed.slice(at, at + 1) + typed.slice(at + 2),
        `${typed.slice(0, at)}y${typed.slice(at + 1)}and on`,
      ];
      for (const other of [...words, ...alike].filter(each => each.length <= 64)) {
        slips.measure(other);
        for (const [measured, beginning] of [
          [slips.ofWhole, false],
          [slips.ofBeginning, true],
        ] as const) {
          const wanted = distance.between(typed, other, limit, beginning);
          expect(Math.min(measured, limit + 1)).toBe(Math.min(wanted, limit + 1));
        }
      }
    }),
    { numRuns: 2_000 },
  );
});
