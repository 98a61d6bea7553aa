import { VaultError } from '../errors.ts';
import type { Random } from '../recordCipher.ts';

/** 160 bits: no guess ever comes near, so that no stretching is needed. */
export const RECOVERY_SECRET_BYTES = 20;

const GROUPS = 8;
/** Four that carry the secret, 20 bits, and one that checks them. */
const GROUP_SYMBOLS = 5;
/** Crockford's base32: no I, L, O, U. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** A fresh recovery code, as a person writes it down: eight groups of five, `7K3QD-…`. Shown once, kept nowhere. */
export function makeRecoveryCode(random: Random): string {
  return recoveryCodeOf(random(RECOVERY_SECRET_BYTES));
}

/** The code that says `secret` (20 bytes). */
export function recoveryCodeOf(secret: Uint8Array): string {
  const bits = Array.from(secret, byte => byte.toString(2).padStart(8, '0')).join('');
  const symbols = bits.match(/.{5}/g)!.map(five => Number.parseInt(five, 2));
  const groups = Array.from({ length: GROUPS }, (_, group) => {
    const carried = symbols.slice(group * 4, group * 4 + 4);
    return [...carried, checkSymbol(carried, group)].map(symbol => ALPHABET[symbol]).join('');
  });
  return groups.join('-');
}

/**
 * The 20 bytes that a typed code says, whatever its case, blanks and hyphens, with I and L read as 1, O as 0.
 *
 * Throws `MISTYPED_CODE`: every single wrong character and every swap of two within a group is found, and of other
 * slips all but one in 32 per group.
 */
export function recoverySecretOf(code: string): Uint8Array {
  const symbols = symbolsOf(code);
  if (symbols === undefined || symbols.length !== GROUPS * GROUP_SYMBOLS || wrongGroups(symbols).length > 0) {
    throw new VaultError('MISTYPED_CODE', 'this is no recovery code');
  }
  const carried = symbols.filter((_, at) => at % GROUP_SYMBOLS < 4);
  const bits = carried.map(symbol => symbol.toString(2).padStart(5, '0')).join('');
  return Uint8Array.from(bits.match(/.{8}/g)!, eight => Number.parseInt(eight, 2));
}

/**
 * Which complete groups of a code that is being typed hold a slip, counted from 0; `undefined` where a character is in
 * no recovery code.
 */
export function mistypedGroups(code: string): readonly number[] | undefined {
  const symbols = symbolsOf(code);
  return symbols && wrongGroups(symbols);
}

function wrongGroups(symbols: readonly number[]): readonly number[] {
  const complete = Math.floor(symbols.length / GROUP_SYMBOLS);
  return Array.from({ length: complete }, (_, group) => group).filter(group => {
    const typed = symbols.slice(group * GROUP_SYMBOLS, (group + 1) * GROUP_SYMBOLS);
    return typed[4] !== checkSymbol(typed.slice(0, 4), group);
  });
}

function symbolsOf(code: string): readonly number[] | undefined {
  const plain = code.toUpperCase().replace(/[\s-]/g, '').replace(/[IL]/g, '1').replaceAll('O', '0');
  const symbols = Array.from(plain, character => ALPHABET.indexOf(character));
  return symbols.includes(-1) ? undefined : symbols;
}

/**
 * A weighted sum over GF(32), the weights being powers of a generator, all different and none 1 or 0, and the group's
 * number in it: so that no single slip, no swap within the group (the check symbol's weight is 1) and no swap of two
 * groups passes.
 */
function checkSymbol(carried: readonly number[], group: number): number {
  return carried.reduce((sum, symbol, at) => sum ^ timesGenerator(symbol, at + 1), group + 1);
}

/** `symbol × x^power` in GF(2)[x] / (x⁵ + x² + 1). */
function timesGenerator(symbol: number, power: number): number {
  let product = symbol;
  for (let i = 0; i < power; i += 1) product = product & 16 ? (product << 1) ^ 0b100101 : product << 1;
  return product;
}
