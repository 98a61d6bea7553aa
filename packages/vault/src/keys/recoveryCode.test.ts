import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VaultError } from '../errors.ts';
import { platformRandom } from './keySlots.ts';
import { makeRecoveryCode, mistypedGroups, recoveryCodeOf, recoverySecretOf } from './recoveryCode.ts';

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const secret = fc.uint8Array({ minLength: 20, maxLength: 20 });
const isRefused = (code: string) => {
  try {
    recoverySecretOf(code);
    return false;
  } catch (error) {
    return error instanceof VaultError && error.code === 'MISTYPED_CODE';
  }
};

describe('a recovery code', () => {
  it('is eight groups of five, and says its 160 bits', () => {
    fc.assert(
      fc.property(secret, bytes => {
        const code = recoveryCodeOf(bytes);
        expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{5}-){7}[0-9A-HJKMNP-TV-Z]{5}$/);
        expect(recoverySecretOf(code)).toEqual(bytes);
        expect(mistypedGroups(code)).toEqual([]);
      }),
    );
  });

  it('is drawn anew each time', () => {
    expect(makeRecoveryCode(platformRandom)).not.toBe(makeRecoveryCode(platformRandom));
    expect(recoverySecretOf(makeRecoveryCode(length => new Uint8Array(length).fill(length)))).toEqual(
      new Uint8Array(20).fill(20),
    );
  });

  it('is read in any case, with other blanks, and with the letters that look like digits', () => {
    const code = recoveryCodeOf(new Uint8Array(20).fill(8));
    expect(code).toMatch(/0.*1|1.*0/);
    const typed = ` ${code.toLowerCase().replaceAll('-', '  ').replaceAll('0', 'o').replace('1', 'l').replaceAll('1', 'I')}\n`;
    expect(recoverySecretOf(typed)).toEqual(recoverySecretOf(code));
  });

  it('with any one wrong character is refused, and the group is named', () => {
    const code = recoveryCodeOf(platformRandom(20)).replaceAll('-', '');
    for (let at = 0; at < code.length; at += 1) {
      for (const wrong of ALPHABET.replace(code[at]!, '')) {
        const typed = code.slice(0, at) + wrong + code.slice(at + 1);
        expect(isRefused(typed)).toBe(true);
        expect(mistypedGroups(typed)).toEqual([Math.floor(at / 5)]);
      }
    }
  });

  it('with two characters of a group swapped, or two groups, is refused', () => {
    fc.assert(
      fc.property(secret, fc.nat(7), fc.nat(7), fc.nat(4), fc.nat(4), (bytes, g, h, i, j) => {
        const groups = recoveryCodeOf(bytes).split('-');
        const letters = [...groups[g]!];
        [letters[i], letters[j]] = [letters[j]!, letters[i]!];
        const swapped = groups.with(g, letters.join(''));
        if (swapped[g] !== groups[g]) expect(isRefused(swapped.join('-'))).toBe(true);
        const moved = groups.with(g, groups[h]!).with(h, groups[g]!);
        if (moved.join() !== groups.join()) expect(isRefused(moved.join('-'))).toBe(true);
      }),
    );
  });

  it('that is too short, too long or has strange characters is refused', () => {
    const code = recoveryCodeOf(platformRandom(20));
    for (const typed of [
      '',
      code.slice(0, -1),
      `${code}0`,
      `${code}-${code}`,
      code.replace(/^./, 'U'),
      '٣',
    ]) {
      expect(isRefused(typed)).toBe(true);
    }
    expect(mistypedGroups('U')).toBeUndefined();
    expect(mistypedGroups(code.slice(0, 8))).toEqual([]);
    fc.assert(fc.property(fc.string({ unit: 'binary' }), text => isRefused(text)));
  });
});
