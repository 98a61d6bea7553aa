import { expect, it } from 'vitest';
import { strengthOf } from './passphraseStrength.ts';

it.each([
  ['short', 'a!B9x'],
  ['short', '  seven7  '],
  ['weak', 'password1'],
  ['weak', 'aaaaaaaaaaaaaaaaaaaaaaaa'],
  ['weak', 'abcdefghijklmnopqrstuvwxyz'],
  ['weak', 'qwertyuiopasdf'],
  ['weak', 'lake lake lake lake lake lake'],
  ['weak', '12345678901234567890'],
  ['fair', 'correct horse battery'],
  ['strong', 'copper lantern orchid seven morning'],
  ['strong', 'xK9#vQ2!mZ7$pL4'],
  ['strong', 'مصباح نحاس زهرة سبعة صباح'],
])('%s: %s', (strength, passphrase) => {
  expect(strengthOf(passphrase, 8)).toBe(strength);
});
