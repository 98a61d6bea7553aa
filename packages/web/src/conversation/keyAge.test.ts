import { expect, it } from 'vitest';
import { areKeysOld } from './keyAge.ts';

const DAY_MS = 24 * 3_600_000;

it('keys that are renewed weekly are not old; those that were not renewed in ten days are', () => {
  expect([0, 7, 7.5, 9, 11, 30].map(days => areKeysOld(0, days * DAY_MS))).toEqual([
    false,
    false,
    false,
    false,
    true,
    true,
  ]);
  expect(areKeysOld(undefined, DAY_MS)).toBe(false);
});
