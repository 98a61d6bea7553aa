import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { VaultError } from '../errors.ts';
import { ascii, concat } from '../labelledBytes.ts';
import { ARGON2_FLOOR, type Argon2Cost, type Argon2id } from './argon2.ts';
import { Keyring, type KeyringEnv } from './keyring.ts';
import { KEY_SLOTS, platformRandom } from './keySlots.ts';
import { type LockSlot, openLock, readLock } from './lockSlot.ts';
import { type LockSecret, lockKey, type NewLock } from './locks.ts';
import { type MemoryKeySlotsDisk, memoryKeySlots, memoryKeySlotsDisk } from './memoryKeySlots.ts';
import { makeRecoveryCode, recoveryCodeOf } from './recoveryCode.ts';

const PASSPHRASE = { kind: 'passphrase', passphrase: 'correct horse battery' } as const;
const OTHER = { kind: 'passphrase', passphrase: 'another passphrase' } as const;
const CODE = { kind: 'recovery-code', code: recoveryCodeOf(new Uint8Array(20).fill(77)) } as const;
const passkey = (byte: number) =>
  ({
    kind: 'passkey',
    credentialId: new Uint8Array(32).fill(byte),
    prfSalt: new Uint8Array(32).fill(byte + 1),
    prfOutput: new Uint8Array(32).fill(byte + 2),
  }) as const;

/** Stands for argon2id where only its place matters. */
const stretch: Argon2id = async (passphrase, salt, { memoryKiB, passes, lanes }) => {
  stretched.push({ memoryKiB, passes, lanes });
  return hkdf(sha256, passphrase, concat(salt, Uint8Array.of(passes)), ascii('test'), 32);
};
let stretched: Argon2Cost[] = [];
beforeEach(() => {
  stretched = [];
});

const env = (more: Partial<KeyringEnv> = {}): KeyringEnv => ({
  random: platformRandom,
  nowMs: () => 1_700_000_000_000,
  stretch,
  ...more,
});
const open = (disk: MemoryKeySlotsDisk, more?: Partial<KeyringEnv>) =>
  Keyring.open(memoryKeySlots(disk), env(more));
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'resolved',
    (error: unknown) => {
      if (error instanceof VaultError) return error.code;
      throw error;
    },
  );
const slotOf = (disk: MemoryKeySlotsDisk, slot: number) =>
  disk.bytes.subarray(slot * KEY_SLOTS.sizeBytes, (slot + 1) * KEY_SLOTS.sizeBytes);
const contains = (bytes: Uint8Array, part: Uint8Array) =>
  Buffer.from(bytes).indexOf(Buffer.from(part)) !== -1;

describe('a ring', () => {
  it.each([
    ['open', { kind: 'open' }],
    ['passphrase', PASSPHRASE],
    ['recovery-code', CODE],
    ['passkey', passkey(1)],
  ] as const)('that begins with a lock of kind %s is opened by it, now and later', async (kind, lock) => {
    const disk = memoryKeySlotsDisk();
    const keyring = await open(disk);
    expect(keyring.locks).toEqual([]);
    const { rootKey } = await keyring.begin(lock);
    expect(rootKey).toHaveLength(32);
    expect(keyring.locks).toMatchObject([{ kind, createdAtMs: 1_700_000_000_000 }]);
    const again = await open(disk);
    expect(again.locks).toEqual(keyring.locks);
    expect(await again.unlock(lock)).toEqual(rootKey);
    expect(contains(disk.bytes, rootKey)).toBe(kind === 'open');
  });

  it('begins once, and every ring has a root key of its own', async () => {
    const keyring = await open(memoryKeySlotsDisk());
    const { rootKey } = await keyring.begin(PASSPHRASE);
    expect(await codeOf(keyring.begin(CODE))).toBe('LOCK_EXISTS');
    const other = await (await open(memoryKeySlotsDisk())).begin(PASSPHRASE);
    expect(other.rootKey).not.toEqual(rootKey);
  });

  it('leaves the slots of the epoch keys alone', async () => {
    const disk = memoryKeySlotsDisk();
    disk.bytes.fill(42, 0, 4 * KEY_SLOTS.sizeBytes);
    const keyring = await open(disk);
    const { rootKey } = await keyring.begin({ kind: 'open' });
    for (const byte of [1, 5, 9, 13, 17, 21]) await keyring.addLock(rootKey, passkey(byte));
    await keyring.replaceRoot(platformRandom(32), [PASSPHRASE, CODE]);
    expect(disk.bytes.subarray(0, 4 * KEY_SLOTS.sizeBytes).every(byte => byte === 42)).toBe(true);
  });

  it('answers a wrong secret of any kind with WRONG_KEY, a passphrase after the full work', async () => {
    const keyring = await open(memoryKeySlotsDisk());
    const { rootKey } = await keyring.begin(PASSPHRASE);
    await keyring.addLock(rootKey, CODE);
    await keyring.addLock(rootKey, passkey(1));
    stretched = [];
    expect(await codeOf(keyring.unlock(OTHER))).toBe('WRONG_KEY');
    expect(await codeOf(keyring.unlock({ kind: 'passphrase', passphrase: 'short' }))).toBe('WRONG_KEY');
    expect(stretched).toEqual([ARGON2_FLOOR, ARGON2_FLOOR]);
    expect(await codeOf(keyring.unlock({ kind: 'passphrase', passphrase: '' }))).toBe('WRONG_KEY');
    const code = makeRecoveryCode(platformRandom);
    expect(await codeOf(keyring.unlock({ kind: 'recovery-code', code }))).toBe('WRONG_KEY');
    expect(await codeOf(keyring.unlock({ ...passkey(1), prfOutput: new Uint8Array(32) }))).toBe('WRONG_KEY');
    expect(await codeOf(keyring.unlock({ ...passkey(1), credentialId: Uint8Array.of(1) }))).toBe(
      'NO_SUCH_LOCK',
    );
    expect(await codeOf(keyring.unlock({ kind: 'open' }))).toBe('NO_SUCH_LOCK');
  });

  it('tells a mistyped recovery code before any other work', async () => {
    const keyring = await open(memoryKeySlotsDisk());
    await keyring.begin(CODE);
    const slip = CODE.code.replace(/^./, '7');
    expect(slip).not.toBe(CODE.code);
    expect(await codeOf(keyring.unlock({ kind: 'recovery-code', code: slip }))).toBe('MISTYPED_CODE');
  });

  it('takes a passphrase however a keyboard composes it', async () => {
    const keyring = await open(memoryKeySlotsDisk());
    const { rootKey } = await keyring.begin({ kind: 'passphrase', passphrase: 'Käse und Brötchen' });
    const decomposed = 'Käse und Brötchen'.normalize('NFD');
    expect(await keyring.unlock({ kind: 'passphrase', passphrase: ` ${decomposed}\n` })).toEqual(rootKey);
  });

  it.each(['', ' ', '        ', 'seven77', '   seven77   ', '😀😀😀😀'])(
    'refuses %j as a new passphrase, without any work',
    async passphrase => {
      const weak = { kind: 'passphrase', passphrase } as const;
      expect(await codeOf((await open(memoryKeySlotsDisk())).begin(weak))).toBe('WEAK_PASSPHRASE');
      const keyring = await open(memoryKeySlotsDisk());
      const { rootKey } = await keyring.begin(CODE);
      expect(await codeOf(keyring.addLock(rootKey, weak))).toBe('WEAK_PASSPHRASE');
      expect(stretched).toEqual([]);
    },
  );

  it('has one passphrase, one recovery code, and room for six locks', async () => {
    const keyring = await open(memoryKeySlotsDisk());
    const { rootKey } = await keyring.begin(PASSPHRASE);
    await keyring.addLock(rootKey, CODE);
    expect(await codeOf(keyring.addLock(rootKey, OTHER))).toBe('LOCK_EXISTS');
    expect(await codeOf(keyring.addLock(rootKey, CODE))).toBe('LOCK_EXISTS');
    for (const byte of [1, 5, 9, 13]) await keyring.addLock(rootKey, passkey(byte));
    expect(await codeOf(keyring.addLock(rootKey, passkey(17)))).toBe('TOO_MANY_LOCKS');
    for (const lock of [PASSPHRASE, CODE, ...[1, 5, 9, 13].map(passkey)]) {
      expect(await keyring.unlock(lock)).toEqual(rootKey);
    }
  });

  it('takes a lock only for the root key that is its own', async () => {
    const keyring = await open(memoryKeySlotsDisk());
    const { rootKey } = await keyring.begin(PASSPHRASE);
    expect(await codeOf(keyring.addLock(platformRandom(32), CODE))).toBe('WRONG_KEY');
    expect(await codeOf(keyring.removeLock(platformRandom(32), keyring.locks[0]!.id))).toBe('WRONG_KEY');
    expect(await codeOf(keyring.addLock(rootKey.subarray(1), CODE))).toBe('WRONG_KEY');
  });

  it('is not one before it has begun', async () => {
    const keyring = await open(memoryKeySlotsDisk());
    expect(await codeOf(keyring.unlock(PASSPHRASE))).toBe('NO_SUCH_LOCK');
    expect(await codeOf(keyring.addLock(platformRandom(32), CODE))).toBe('NO_SUCH_LOCK');
    expect(await codeOf(keyring.replaceRoot(platformRandom(32), [CODE]))).toBe('NO_SUCH_LOCK');
  });

  it('opens with whatever locks it was given (property)', async () => {
    const secret = fc.oneof(
      fc
        .string({ unit: 'grapheme', minLength: 8, maxLength: 40 })
        .filter(text => Array.from(text.normalize('NFKC').trim()).length >= 8)
        .map((passphrase): NewLock => ({ kind: 'passphrase', passphrase })),
      fc
        .uint8Array({ minLength: 20, maxLength: 20 })
        .map((bytes): NewLock => ({ kind: 'recovery-code', code: recoveryCodeOf(bytes) })),
      fc
        .record({
          credentialId: fc.uint8Array({ minLength: 1, maxLength: 818 }),
          prfSalt: fc.uint8Array({ minLength: 32, maxLength: 32 }),
          prfOutput: fc.uint8Array({ minLength: 32, maxLength: 32 }),
        })
        .map((parts): NewLock => ({ kind: 'passkey', ...parts })),
    );
    const locks = fc.uniqueArray(secret, {
      minLength: 1,
      maxLength: 6,
      selector: lock => (lock.kind === 'passkey' ? lock.credentialId.join() : lock.kind),
    });
    await fc.assert(
      fc.asyncProperty(locks, async ([first, ...rest]) => {
        const disk = memoryKeySlotsDisk();
        const keyring = await open(disk);
        const { rootKey } = await keyring.begin(first!);
        for (const lock of rest) await keyring.addLock(rootKey, lock);
        const again = await open(disk);
        for (const lock of [first!, ...rest]) expect(await again.unlock(lock)).toEqual(rootKey);
      }),
      { numRuns: 60 },
    );
  });
});

describe('changing a lock', () => {
  it('leaves the root key and the other locks as they are', async () => {
    const disk = memoryKeySlotsDisk();
    const keyring = await open(disk);
    const { rootKey } = await keyring.begin(PASSPHRASE);
    await keyring.addLock(rootKey, CODE);
    await keyring.addLock(rootKey, passkey(1));
    await keyring.changePassphrase(PASSPHRASE.passphrase, OTHER.passphrase);
    for (const lock of [OTHER, CODE, passkey(1)]) expect(await keyring.unlock(lock)).toEqual(rootKey);
    expect(await codeOf(keyring.unlock(PASSPHRASE))).toBe('WRONG_KEY');
    expect(keyring.locks.map(({ kind }) => kind).toSorted()).toEqual([
      'passkey',
      'passphrase',
      'recovery-code',
    ]);
  });

  it('with a wrong old passphrase, or a weak new one, changes no byte', async () => {
    const disk = memoryKeySlotsDisk();
    const keyring = await open(disk);
    await keyring.begin(PASSPHRASE);
    const before = disk.bytes.slice();
    expect(await codeOf(keyring.changePassphrase('not the old one', OTHER.passphrase))).toBe('WRONG_KEY');
    expect(await codeOf(keyring.changePassphrase(PASSPHRASE.passphrase, 'weak'))).toBe('WEAK_PASSPHRASE');
    expect(disk.bytes).toEqual(before);
  });

  it('replaces a recovery code by another', async () => {
    const keyring = await open(memoryKeySlotsDisk());
    const { rootKey } = await keyring.begin(PASSPHRASE);
    const { id } = await keyring.addLock(rootKey, CODE);
    const next = { kind: 'recovery-code', code: makeRecoveryCode(platformRandom) } as const;
    await keyring.replaceLock(rootKey, id, next);
    expect(await codeOf(keyring.unlock(CODE))).toBe('WRONG_KEY');
    expect(await keyring.unlock(next)).toEqual(rootKey);
    expect(await codeOf(keyring.replaceLock(rootKey, id, next))).toBe('NO_SUCH_LOCK');
  });

  it('never takes the last way in', async () => {
    const keyring = await open(memoryKeySlotsDisk());
    const { rootKey } = await keyring.begin(PASSPHRASE);
    const { id } = keyring.locks[0]!;
    expect(await codeOf(keyring.removeLock(rootKey, id))).toBe('LAST_LOCK');
    await keyring.addLock(rootKey, CODE);
    await keyring.removeLock(rootKey, id);
    expect(await codeOf(keyring.removeLock(rootKey, id))).toBe('NO_SUCH_LOCK');
    expect(await keyring.unlock(CODE)).toEqual(rootKey);
  });

  it('overwrites every byte that the old secret could open', async () => {
    const disk = memoryKeySlotsDisk();
    const keyring = await open(disk);
    const { rootKey } = await keyring.begin(PASSPHRASE);
    await keyring.addLock(rootKey, CODE);
    const before = disk.bytes.slice();
    await keyring.changePassphrase(PASSPHRASE.passphrase, OTHER.passphrase);
    expect(await opensAnywhere(before, PASSPHRASE)).toBe(true);
    expect(await opensAnywhere(disk.bytes, PASSPHRASE)).toBe(false);
    const [salt, wrapped] = [slotIn(before, 4).subarray(64, 80), slotIn(before, 4).subarray(932, 992)];
    for (const part of [salt, wrapped]) {
      expect(contains(before, part)).toBe(true);
      expect(contains(disk.bytes, part)).toBe(false);
    }
    const code = keyring.locks.find(({ kind }) => kind === 'recovery-code')!;
    await keyring.removeLock(rootKey, code.id);
    expect(await opensAnywhere(before, CODE)).toBe(true);
    expect(await opensAnywhere(disk.bytes, CODE)).toBe(false);
    expect(await opensAnywhere(disk.bytes, OTHER)).toBe(true);
  });
});

describe('another root key', () => {
  it('takes the place of the one that lay open, of which no trace is left', async () => {
    const disk = memoryKeySlotsDisk();
    const keyring = await open(disk);
    const { rootKey } = await keyring.begin({ kind: 'open' });
    expect(contains(disk.bytes, rootKey)).toBe(true);
    const fresh = platformRandom(32);
    await keyring.replaceRoot(fresh, [PASSPHRASE, CODE]);
    expect(contains(disk.bytes, rootKey)).toBe(false);
    expect(contains(disk.bytes, fresh)).toBe(false);
    expect(await codeOf(keyring.unlock({ kind: 'open' }))).toBe('NO_SUCH_LOCK');
    expect(await keyring.unlock(PASSPHRASE)).toEqual(fresh);
    expect(await keyring.unlock(CODE)).toEqual(fresh);
  });

  it('follows another, and locks that come and go in between do not matter', async () => {
    const keyring = await open(memoryKeySlotsDisk());
    await keyring.begin({ kind: 'open' });
    const [second, third] = [platformRandom(32), platformRandom(32)];
    await keyring.replaceRoot(second, [PASSPHRASE, CODE]);
    // The lock that said that the second is complete goes.
    await keyring.removeLock(second, keyring.locks.find(({ kind }) => kind === 'recovery-code')!.id);
    expect(await keyring.unlock(PASSPHRASE)).toEqual(second);
    await keyring.replaceRoot(third, [CODE, passkey(1)]);
    expect(await keyring.unlock(CODE)).toEqual(third);
    expect(await codeOf(keyring.unlock(PASSPHRASE))).toBe('NO_SUCH_LOCK');
  });

  it('must be another, with locks that can stand together', async () => {
    const keyring = await open(memoryKeySlotsDisk());
    const { rootKey } = await keyring.begin(PASSPHRASE);
    const fresh = platformRandom(32);
    expect(await codeOf(keyring.replaceRoot(rootKey, [CODE]))).toBe('WRONG_KEY');
    expect(await codeOf(keyring.replaceRoot(fresh.subarray(1), [CODE]))).toBe('WRONG_KEY');
    expect(await codeOf(keyring.replaceRoot(fresh, []))).toBe('LAST_LOCK');
    expect(await codeOf(keyring.replaceRoot(fresh, [PASSPHRASE, OTHER]))).toBe('LOCK_EXISTS');
    expect(await codeOf(keyring.replaceRoot(fresh, [{ kind: 'open' }, PASSPHRASE]))).toBe('LOCK_EXISTS');
    expect(await keyring.unlock(PASSPHRASE)).toEqual(rootKey);
  });

  it('may be given by the first real lock alone, and then the open one is gone', async () => {
    const disk = memoryKeySlotsDisk();
    const keyring = await open(disk);
    const { rootKey } = await keyring.begin({ kind: 'open' });
    await keyring.addLock(rootKey, PASSPHRASE);
    expect(contains(disk.bytes, rootKey)).toBe(false);
    expect(keyring.locks).toMatchObject([{ kind: 'passphrase' }]);
  });
});

describe('what a passphrase costs', () => {
  it('is written down, raised at the next unlock, and never lowered', async () => {
    const disk = memoryKeySlotsDisk();
    const { rootKey } = await (await open(disk)).begin(PASSPHRASE);
    const dear = { ...ARGON2_FLOOR, passes: 7 };
    const later = await open(disk, { passphraseCost: dear });
    const before = disk.bytes.slice();
    expect(await later.unlock(PASSPHRASE)).toEqual(rootKey);
    expect(later.locks).toMatchObject([{ kind: 'passphrase', cost: dear }]);
    expect(stretched.at(-1)).toEqual(dear);
    expect(slotOf(disk, 4)).not.toEqual(slotIn(before, 4));
    const cheap = await open(disk);
    stretched = [];
    expect(await cheap.unlock(PASSPHRASE)).toEqual(rootKey);
    expect(stretched).toEqual([dear]);
    expect(cheap.locks).toMatchObject([{ cost: dear }]);
  });

  it('rises on a fast device towards half a second and keeps the floor on a slow one', async () => {
    for (const [msPerPass, passes] of [
      [50, 10],
      [100, 5],
      [400, 3],
      [1, 24],
    ] as const) {
      let nowMs = 0;
      const timed: Argon2id = async (passphrase, salt, cost) => {
        nowMs += msPerPass * cost.passes;
        return stretch(passphrase, salt, cost);
      };
      const keyring = await open(memoryKeySlotsDisk(), { stretch: timed });
      expect(await keyring.calibrate({ nowMs: () => nowMs })).toEqual({ ...ARGON2_FLOOR, passes });
      await keyring.begin(PASSPHRASE);
      expect(keyring.locks).toMatchObject([{ cost: { ...ARGON2_FLOOR, passes } }]);
    }
  });

  it('cannot be asked for below the floor or above what a device bears', async () => {
    for (const cost of [
      { ...ARGON2_FLOOR, passes: 2 },
      { ...ARGON2_FLOOR, memoryKiB: 65_535 },
      { ...ARGON2_FLOOR, memoryKiB: 2 ** 31 },
      { ...ARGON2_FLOOR, passes: 1e6 },
    ]) {
      await expect(open(memoryKeySlotsDisk(), { passphraseCost: cost })).rejects.toThrow(RangeError);
    }
  });

  it('that a device cannot pay is told, and nothing is changed', async () => {
    const disk = memoryKeySlotsDisk();
    await (await open(disk)).begin(PASSPHRASE);
    const before = disk.bytes.slice();
    const poor = await open(disk, { stretch: () => Promise.reject(new RangeError('memory')) });
    expect(await codeOf(poor.unlock(PASSPHRASE))).toBe('NO_MEMORY');
    expect(disk.bytes).toEqual(before);
  });
});

/**
 * Whether a secret opens anything that begins at any byte of a file of slots, for someone who does not mind that a
 * slot's checksum is wrong.
 */
async function opensAnywhere(bytes: Uint8Array, secret: LockSecret): Promise<boolean> {
  for (let at = 0; at + KEY_SLOTS.sizeBytes <= bytes.length; at += 1) {
    const window = bytes.slice(at, at + KEY_SLOTS.sizeBytes);
    if (window[0] !== 1) continue;
    const checksum = sha256(concat(ascii('sotto/lock-slot-v1\0'), window.subarray(0, 992)));
    window.set(checksum, 992);
    const lock = readOrNothing(window);
    if (lock === undefined || lock.details.kind !== secret.kind) continue;
    const cost = lock.details.kind === 'passphrase' ? lock.details.cost : ARGON2_FLOOR;
    if (openLock(lock, await lockKey(secret, lock.salt, cost, stretch)) !== undefined) return true;
  }
  return false;
}

function readOrNothing(window: Uint8Array): LockSlot | undefined {
  try {
    return readLock(window);
  } catch {
    return undefined;
  }
}

function slotIn(bytes: Uint8Array, slot: number): Uint8Array {
  return bytes.subarray(slot * KEY_SLOTS.sizeBytes, (slot + 1) * KEY_SLOTS.sizeBytes);
}
