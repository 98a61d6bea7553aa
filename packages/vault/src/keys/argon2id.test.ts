import { argon2id as nobleArgon2id } from '@noble/hashes/argon2.js';
import { argon2id as wasmArgon2idAsItComes } from 'hash-wasm';
import { expect, it } from 'vitest';
import { ascii } from '../labelledBytes.ts';
import { ARGON2_FLOOR } from './argon2.ts';
import { wasmArgon2id } from './wasmArgon2id.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const filled = (lengthBytes: number, byte: number) => new Uint8Array(lengthBytes).fill(byte);

it('RFC 9106 §5.3: the second implementation gives the tag of the example', () => {
  // hash-wasm takes no associated data, so the example is for the implementation that it is compared with.
  const tag = nobleArgon2id(filled(32, 1), filled(16, 2), {
    ...{ t: 3, m: 32, p: 4, dkLen: 32 },
    key: filled(8, 3),
    personalization: filled(12, 4),
  });
  expect(hex(tag)).toBe('0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659');
});

it('the WebAssembly one agrees with it, with a key and several lanes too', async () => {
  for (const [t, m, p] of [
    [1, 8, 1],
    [3, 32, 4],
    [2, 1000, 3],
  ] as const) {
    const [password, salt, secret] = [filled(32, t), filled(16, 2), filled(8, 3)];
    const options = { password, salt, secret, iterations: t, memorySize: m, parallelism: p };
    expect(await wasmArgon2idAsItComes({ ...options, hashLength: 32, outputType: 'hex' })).toBe(
      hex(nobleArgon2id(password, salt, { t, m, p, dkLen: 32, key: secret })),
    );
  }
});

it('gives the tags that the reference implementation is tested with', async () => {
  const tagOf = async (passphrase: string, salt: string, passes: number, memoryKiB: number, lanes = 1) =>
    hex(await wasmArgon2id(ascii(passphrase), ascii(salt), { memoryKiB, passes, lanes }));
  expect(await tagOf('password', 'somesalt', 2, 65_536)).toBe(
    '09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7',
  );
  expect(await tagOf('password', 'somesalt', 2, 256)).toBe(
    '9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe',
  );
  expect(await tagOf('password', 'somesalt', 2, 256, 2)).toBe(
    '6d093c501fd5999645e0ea3bf620d7b8be7fd2db59c20d9fff9539da2bf57037',
  );
  expect(await tagOf('differentpassword', 'somesalt', 2, 65_536)).toBe(
    '0b84d652cf6b0c4beaef0dfe278ba6a80df6696281d7e0d2891b817d8c458fde',
  );
});

it('at the floor gives what the second implementation gives', async () => {
  const [passphrase, salt] = [ascii('correct horse battery'), filled(16, 9)];
  const { memoryKiB, passes, lanes } = ARGON2_FLOOR;
  expect(ARGON2_FLOOR).toEqual({ memoryKiB: 65_536, passes: 3, lanes: 1 });
  expect(await wasmArgon2id(passphrase, salt, ARGON2_FLOOR)).toEqual(
    nobleArgon2id(passphrase, salt, { t: passes, m: memoryKiB, p: lanes, dkLen: 32 }),
  );
});
