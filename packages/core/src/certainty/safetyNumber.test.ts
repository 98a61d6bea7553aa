import { nobleProvider } from '@sotto/mls/noble';
import { AccountId } from '@sotto/protocol';
import { describe, expect, it } from 'vitest';
import { createIdentity } from '../identity/identity.ts';
import { testEnv } from '../testEnv.fixture.ts';
import { compareQr, digitsOf, numericFingerprint, safetyNumber } from './safetyNumber.ts';

const env = testEnv('safety number');
const [ada, grace, mary] = [0, 1, 2].map(() => createIdentity(env, { kind: 'member' }));
const mallory = createIdentity(env, { kind: 'member' });
const bytes = (hex: string) => Uint8Array.from(hex.match(/../g)!, pair => Number.parseInt(pair, 16));

describe('the numeric fingerprint', () => {
  it('is that of Signal, by the published vector of its version 1', () => {
    const alice = bytes('0506863bc66d02b40d27b8d49ca7c09e9239236f9d7d25d6fcca5ce13c7064d868');
    const bob = bytes('05f781b6fb32fed9ba1cf2de978d4d5da28dc34046ae814402b5c0dbd96fda907b');
    const id = (text: string) => new TextEncoder().encode(text);
    const fingerprints = [
      numericFingerprint(env, alice, id('+14152222222')),
      numericFingerprint(env, bob, id('+14153333333')),
    ];
    expect(fingerprints.map(digitsOf).sort().join('')).toBe(
      '300354477692869396892869876765458257569162576843440918079131',
    );
    expect(fingerprints.map(fingerprint => fingerprint.slice(0, 32))).toEqual([
      bytes('1e301a0353dce3dbe7684cb8336e85136cdc0ee96219494ada305d62a7bd61df'),
      bytes('d62cbf73a11592015b6b9f1682ac306fea3aaf3885b84d12bca631e9d4fb3a4d'),
    ]);
  });

  it('is the same by every provider', () => {
    const { accountId, accountKey } = ada!;
    const id = AccountId.toBytes(accountId);
    expect(numericFingerprint({ provider: nobleProvider }, accountKey, id)).toEqual(
      numericFingerprint(env, accountKey, id),
    );
  });
});

describe('a safety number', () => {
  it('is twelve groups of five digits, the same on both sides', () => {
    const [here, there] = [safetyNumber(env, ada!, grace!), safetyNumber(env, grace!, ada!)];
    expect(here.groups).toHaveLength(12);
    for (const group of here.groups) expect(group).toMatch(/^\d{5}$/);
    expect(there.groups).toEqual(here.groups);
  });

  it('threat 1: is another as soon as one of the keys is another', () => {
    const real = safetyNumber(env, ada!, grace!).groups.join('');
    expect(safetyNumber(env, ada!, mallory).groups.join('')).not.toBe(real);
    expect(safetyNumber(env, mallory, grace!).groups.join('')).not.toBe(real);
  });
});

describe('scanning the other’s code', () => {
  const scan = (qr: string, other = grace!) =>
    compareQr(env, qr, { own: ada!, other, contacts: [grace!, mary!] });

  it('matches when both have the same keys of both', () => {
    expect(scan(safetyNumber(env, grace!, ada!).qr)).toEqual({ outcome: 'match' });
  });

  it('threat 1: does not when somebody stands between them, on one side or on both', () => {
    // Grace was given Mallory's key for Ada's.
    expect(scan(safetyNumber(env, grace!, mallory).qr)).toEqual({ outcome: 'mismatch' });
    // Ada was given Mallory's key for Grace's.
    expect(scan(safetyNumber(env, grace!, ada!).qr, mallory)).toMatchObject({ outcome: 'other-person' });
    const unknown = compareQr(env, safetyNumber(env, grace!, ada!).qr, {
      own: ada!,
      other: mallory,
      contacts: [mary!],
    });
    expect(unknown).toEqual({ outcome: 'mismatch' });
    expect(scan(safetyNumber(env, grace!, mallory).qr, mallory)).toEqual({ outcome: 'mismatch' });
  });

  it('does not match one’s own code, turned round', () => {
    expect(scan(safetyNumber(env, ada!, grace!).qr)).toEqual({ outcome: 'mismatch' });
  });

  it('says whose it was when another contact showed theirs', () => {
    expect(scan(safetyNumber(env, mary!, ada!).qr)).toEqual({
      outcome: 'other-person',
      accountId: mary!.accountId,
    });
  });

  it('says when it is of another version, or no number', () => {
    const { qr } = safetyNumber(env, grace!, ada!);
    expect(scan(qr.replace(':1.', ':2.'))).toEqual({ outcome: 'wrong-version' });
    for (const text of ['', 'https://a.example', qr.slice(0, -1), `${qr}.${'0'.repeat(43)}`, `${qr}0`]) {
      expect(scan(text)).toEqual({ outcome: 'no-number' });
    }
  });
});
