import { sha256 } from '@noble/hashes/sha2.js';
import { beforeEach, expect, it, vi } from 'vitest';
import { concat } from '../labelledBytes.ts';
import type { Argon2id } from './argon2.ts';
import { Keyring } from './keyring.ts';
import { type KeySlots, platformRandom } from './keySlots.ts';
import { memoryKeySlots } from './memoryKeySlots.ts';
import { recoveryCodeOf } from './recoveryCode.ts';

/** Every array with a secret in it that passes between the parts. */
let secrets: Uint8Array[] = [];
const seen = vi.hoisted(() => ({ tell: (_: Uint8Array | undefined) => {} }));

vi.mock(import('./lockSlot.ts'), async importOriginal => {
  const original = await importOriginal();
  return {
    ...original,
    readLock: slot => {
      const lock = original.readLock(slot);
      seen.tell(lock?.bytes);
      return lock;
    },
    openLock: (lock, key) => {
      seen.tell(key);
      const rootKey = original.openLock(lock, key);
      seen.tell(rootKey);
      return rootKey;
    },
    sealLock: (head, rootKey, key, random) => {
      seen.tell(key);
      return original.sealLock(head, rootKey, key, random);
    },
  };
});

beforeEach(() => {
  secrets = [];
  seen.tell = bytes => void (bytes !== undefined && secrets.push(bytes));
});

const stretch: Argon2id = async (passphrase, salt) => {
  const output = sha256(concat(passphrase, salt));
  secrets.push(passphrase, output);
  return output;
};

it('nothing secret stays in memory after a call but the root key that was asked for', async () => {
  const slots = memoryKeySlots();
  const watched: KeySlots = {
    ...slots,
    async readAll() {
      const all = await slots.readAll();
      secrets.push(all);
      return all;
    },
    async write(slot, bytes) {
      secrets.push(bytes);
      await slots.write(slot, bytes);
    },
  };
  const keyring = await Keyring.open(watched, { random: platformRandom, nowMs: () => 0, stretch });
  const passphrase = 'correct horse battery';
  const left = () => secrets.filter(bytes => bytes.some(byte => byte !== 0)).length;

  (await keyring.begin({ kind: 'open' })).rootKey.fill(0);
  expect(secrets.length).toBeGreaterThan(3);
  expect(left()).toBe(0);

  const code = recoveryCodeOf(new Uint8Array(20).fill(5));
  await keyring.replaceRoot(platformRandom(32), [
    { kind: 'passphrase', passphrase },
    { kind: 'recovery-code', code },
  ]);
  expect(left()).toBe(0);

  const rootKey = await keyring.unlock({ kind: 'passphrase', passphrase });
  expect(left()).toBe(1);
  rootKey.fill(0);
  expect(left()).toBe(0);

  await expect(keyring.unlock({ kind: 'passphrase', passphrase: 'a wrong one' })).rejects.toThrow();
  expect(left()).toBe(0);

  await keyring.changePassphrase(passphrase, 'another passphrase');
  expect(left()).toBe(0);

  (await keyring.unlock({ kind: 'recovery-code', code })).fill(0);
  expect(left()).toBe(0);
});
