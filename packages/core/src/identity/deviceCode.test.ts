import { describe, expect, it } from 'vitest';
import { pbkdf2By } from '../link/safetyWords.ts';
import { expectCode, testEnv } from '../testEnv.fixture.ts';
import { deviceCodeKeys, makeDeviceCode, readDeviceCode, scannedCode, typedCode } from './deviceCode.ts';

const env = testEnv('device code');
const stretch = pbkdf2By(crypto.subtle);
const offer = env.random(1_564);
const symbols = makeDeviceCode(env);
const typed = typedCode(env, symbols);

describe('the code of a new device', () => {
  it('is four groups of four that look like nothing else, and reads the same however it is typed', () => {
    expect(typed).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/);
    const looksAlike = typed.toLowerCase().replaceAll('1', 'l').replaceAll('0', 'o').replaceAll('-', ' ');
    for (const text of [typed, typed.replaceAll('-', ''), ` ${looksAlike}\n`]) {
      expect(readDeviceCode(env, text)).toEqual({ symbols });
    }
  });

  it('of a hundred, no two are the same', () => {
    expect(new Set(Array.from({ length: 100 }, () => makeDeviceCode(env))).size).toBe(100);
  });

  it('says as a QR code what the offer hashes to as well', () => {
    const read = readDeviceCode(env, `  ${scannedCode(env, symbols, offer)}\n`);
    expect(read.symbols).toBe(symbols);
    expect(read.offerHash).toHaveLength(16);
    expect(scannedCode(env, symbols, env.random(1_564))).not.toBe(scannedCode(env, symbols, offer));
  });

  it('with a slip is no code', () => {
    const other = typed[0] === '7' ? '8' : '7';
    const slips = [...'0123456789'].map(digit => digit + typed.slice(1));
    const noticed = slips.filter(slip => {
      try {
        return readDeviceCode(env, slip).symbols === symbols;
      } catch {
        return true;
      }
    });
    // One in 32 passes: it is the code of no device, which the relay says then.
    expect(noticed.length).toBeGreaterThanOrEqual(8);
    const scanned = scannedCode(env, symbols, offer);
    for (const text of ['', typed.slice(1), `${typed}7`, typed.replace(/.$/, 'U'), `*${typed.slice(1)}`]) {
      expectCode(() => readDeviceCode(env, text), 'BAD_CODE', { reason: 'no-code' });
    }
    for (const text of [scanned.slice(0, -1), scanned.replace('.1.', '.2.'), `${scanned}.${other}`]) {
      expectCode(() => readDeviceCode(env, text), 'BAD_CODE', { reason: 'no-code' });
    }
  });

  it('gives both devices one place and one key, and neither tells of the other', async () => {
    const keys = await deviceCodeKeys(env, { symbols }, stretch);
    expect(await deviceCodeKeys(env, readDeviceCode(env, typed), stretch)).toEqual(keys);
    expect([keys.token.length, keys.key.length]).toEqual([16, 32]);
    expect(keys.key.slice(0, 16)).not.toEqual(keys.token);
    const others = await deviceCodeKeys(env, { symbols: makeDeviceCode(env) }, stretch);
    expect(others.token).not.toEqual(keys.token);
  });
});
