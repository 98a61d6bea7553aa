import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { describe, expect, it } from 'vitest';
import { VaultError } from '../errors.ts';
import { ascii } from '../labelledBytes.ts';
import { ARGON2_FLOOR } from './argon2.ts';
import { Keyring } from './keyring.ts';
import { KEY_SLOTS, type KeySlots, platformRandom } from './keySlots.ts';
import { readLock } from './lockSlot.ts';
import type { NewLock, OpenLock } from './locks.ts';
import { type MemoryKeySlotsDisk, memoryKeySlots, memoryKeySlotsDisk } from './memoryKeySlots.ts';
import { makeRecoveryCode } from './recoveryCode.ts';

const OLD = { kind: 'passphrase', passphrase: 'the old passphrase' } as const;
const NEW = { kind: 'passphrase', passphrase: 'the new passphrase' } as const;
const CODE = { kind: 'recovery-code', code: makeRecoveryCode(platformRandom) } as const;
const NEW_CODE = { kind: 'recovery-code', code: makeRecoveryCode(platformRandom) } as const;
const PASSKEY = {
  kind: 'passkey',
  credentialId: new Uint8Array(16).fill(1),
  prfSalt: new Uint8Array(32).fill(2),
  prfOutput: new Uint8Array(32).fill(3),
} as const;

const env = (passes = 3) => ({
  random: platformRandom,
  nowMs: () => 1,
  stretch: async (passphrase: Uint8Array, salt: Uint8Array, cost: { passes: number }) =>
    hkdf(sha256, passphrase, salt, ascii(`test ${cost.passes}`), 32),
  passphraseCost: { ...ARGON2_FLOOR, passes },
});

/** How the power goes while a slot is written. */
const CRASHES = ['before', 'torn early', 'torn late', 'after'] as const;

interface DyingSlots {
  readonly slots: KeySlots;
  hasDied(): boolean;
}

/** Slots on a disk that loses power at the n-th call, and answers nothing from then on. */
function dyingSlots(
  disk: MemoryKeySlotsDisk,
  diesAtCall: number,
  crash: (typeof CRASHES)[number],
): DyingSlots {
  const slots = memoryKeySlots(disk);
  const keptBytes = { before: 0, 'torn early': 100, 'torn late': 1000, after: KEY_SLOTS.sizeBytes }[crash];
  let calls = 0;
  const noPower = () => new VaultError('STORAGE_FAILED', 'no power');
  return {
    hasDied: () => calls > diesAtCall,
    slots: {
      ...slots,
      async readAll() {
        if (calls++ >= diesAtCall) throw noPower();
        return slots.readAll();
      },
      async write(slot, bytes) {
        const call = calls++;
        if (call < diesAtCall) return slots.write(slot, bytes);
        if (call === diesAtCall) {
          const at = slot * KEY_SLOTS.sizeBytes;
          const rest = disk.bytes.slice(at + keptBytes, at + KEY_SLOTS.sizeBytes);
          await slots.write(slot, bytes);
          disk.bytes.set(rest, at + keptBytes);
        }
        throw noPower();
      },
    },
  };
}

interface Change {
  readonly name: string;
  readonly before: readonly (NewLock | OpenLock)[];
  readonly run: (keyring: Keyring, rootKey: Uint8Array) => Promise<unknown>;
  /** The ways in once it has happened. */
  readonly after: readonly (NewLock | OpenLock)[];
  /** It resolves also when the disk fails half-way, and is made good later. */
  readonly isBestEffort?: boolean;
}

const FRESH_ROOT = platformRandom(32);
const CHANGES: readonly Change[] = [
  {
    name: 'changing the passphrase',
    before: [OLD],
    run: keyring => keyring.changePassphrase(OLD.passphrase, NEW.passphrase),
    after: [NEW],
  },
  {
    name: 'changing one of three locks',
    before: [OLD, CODE, PASSKEY],
    run: (keyring, rootKey) => keyring.replaceLock(rootKey, idOf(keyring, 'recovery-code'), NEW_CODE),
    after: [OLD, NEW_CODE, PASSKEY],
  },
  {
    name: 'adding a lock',
    before: [OLD],
    run: (keyring, rootKey) => keyring.addLock(rootKey, CODE),
    after: [OLD, CODE],
  },
  {
    name: 'removing a lock',
    before: [OLD, CODE],
    run: (keyring, rootKey) => keyring.removeLock(rootKey, idOf(keyring, 'passphrase')),
    after: [CODE],
  },
  {
    name: 'the first real lock',
    before: [{ kind: 'open' }],
    run: (keyring, rootKey) => keyring.addLock(rootKey, NEW),
    after: [NEW],
  },
  {
    name: 'another root key for an open ring',
    before: [{ kind: 'open' }],
    run: keyring => keyring.replaceRoot(FRESH_ROOT, [NEW]),
    after: [NEW],
  },
  {
    name: 'another root key with several locks for a ring with several locks',
    before: [OLD, CODE, PASSKEY],
    run: keyring => keyring.replaceRoot(FRESH_ROOT, [NEW, NEW_CODE]),
    after: [NEW, NEW_CODE],
  },
  {
    name: 'paying more for the passphrase',
    before: [OLD],
    run: keyring => keyring.unlock(OLD),
    after: [OLD],
    isBestEffort: true,
  },
];

describe.each(CHANGES)('a crash during $name', ({ before, run, after, isBestEffort = false }) => {
  it.each(CRASHES)('(power gone %s) leaves all or nothing of it, and a way in', async crash => {
    const seen = new Set<string>();
    // The first call is the reading of `Keyring.open`.
    for (let diesAtCall = 1; ; diesAtCall += 1) {
      const disk = memoryKeySlotsDisk();
      await ringWith(disk, before);
      const rootKey = await rootKeyIn(disk, before[0]!);
      const dying = dyingSlots(disk, diesAtCall, crash);
      // The dearer passphrase is what makes an unlock write.
      const keyring = await Keyring.open(dying.slots, env(5));
      const hasResolved = await run(keyring, rootKey).then(
        () => true,
        () => false,
      );

      if (hasResolved && !isBestEffort) {
        // Not even a slot that no longer counts is left of the old ways in.
        expect(completeSlots(disk)).toBe(after.length);
        expect(await opensWithExactly(disk, after)).toBe(true);
      }
      const outcome = (await opensWithExactly(disk, after)) ? after : before;
      expect([diesAtCall, await opensWithExactly(disk, outcome)]).toEqual([diesAtCall, true]);
      seen.add(outcome === after ? 'after' : 'before');

      await crashWhileRecovering(disk, outcome, crash);
      if (!dying.hasDied()) break;
    }
    expect(seen).toContain('after');
    if (JSON.stringify(before) !== JSON.stringify(after)) expect(seen).toContain('before');
  });

  /** The next unlock overwrites what was left over, and may be killed over that as often as it likes. */
  async function crashWhileRecovering(
    left: MemoryKeySlotsDisk,
    ways: readonly (NewLock | OpenLock)[],
    crash: (typeof CRASHES)[number],
  ): Promise<void> {
    for (let diesAtCall = 1; ; diesAtCall += 1) {
      const disk = { bytes: left.bytes.slice() };
      const dying = dyingSlots(disk, diesAtCall, crash);
      const keyring = await Keyring.open(dying.slots, env());
      await keyring.unlock(ways[0]!).catch(() => undefined);
      expect(await opensWithExactly(disk, ways)).toBe(true);
      if (dying.hasDied()) continue;
      expect(completeSlots(disk)).toBe(ways.length);
      return;
    }
  }
});

it('what a crash left of a passphrase that was changed does not come back with the next change', async () => {
  const disk = memoryKeySlotsDisk();
  await ringWith(disk, [CODE, PASSKEY, OLD]);
  const rootKey = await rootKeyIn(disk, OLD);
  const whole = await Keyring.open(memoryKeySlots(disk), env());
  for (const kind of ['recovery-code', 'passkey']) await whole.removeLock(rootKey, idOf(whole, kind));
  // The old lock is in the third slot. Power goes between the new one, in the first, and the overwriting of the old.
  const keyring = await Keyring.open(dyingSlots(disk, 3, 'before').slots, env());
  await expect(keyring.changePassphrase(OLD.passphrase, NEW.passphrase)).rejects.toThrow('no power');
  expect(completeSlots(disk)).toBe(2);
  const again = await Keyring.open(memoryKeySlots(disk), env());
  await again.changePassphrase(NEW.passphrase, 'a third passphrase');
  expect(completeSlots(disk)).toBe(1);
  await expect(again.unlock(OLD)).rejects.toMatchObject({ code: 'WRONG_KEY' });
  await expect(again.unlock(NEW)).rejects.toMatchObject({ code: 'WRONG_KEY' });
});

/** Slots that hold a lock, whether it counts or not. */
function completeSlots(disk: MemoryKeySlotsDisk): number {
  let count = 0;
  for (let at = 0; at < disk.bytes.length; at += KEY_SLOTS.sizeBytes) {
    if (readLock(disk.bytes.subarray(at, at + KEY_SLOTS.sizeBytes)) !== undefined) count += 1;
  }
  return count;
}

/** Whether all of these ways lead to one root key, and no other secret of this file leads in. */
async function opensWithExactly(
  disk: MemoryKeySlotsDisk,
  ways: readonly (NewLock | OpenLock)[],
): Promise<boolean> {
  const copy = { bytes: disk.bytes.slice() };
  const keyring = await Keyring.open(memoryKeySlots(copy), env());
  if (keyring.locks.length !== ways.length) return false;
  const found = new Set<string>();
  for (const secret of [OLD, NEW, CODE, NEW_CODE, PASSKEY, { kind: 'open' } as const]) {
    const rootKey = await keyring.unlock(secret).catch(() => undefined);
    if (
      (rootKey !== undefined) !==
      ways.some(way => way === secret || (way.kind === 'open' && secret.kind === 'open'))
    ) {
      return false;
    }
    if (rootKey !== undefined) found.add(rootKey.join());
  }
  return found.size === 1;
}

async function rootKeyIn(disk: MemoryKeySlotsDisk, way: NewLock | OpenLock): Promise<Uint8Array> {
  return (await Keyring.open(memoryKeySlots(disk), env())).unlock(way);
}

function idOf(keyring: Keyring, kind: string) {
  return keyring.locks.find(lock => lock.kind === kind)!.id;
}

async function ringWith(
  disk: MemoryKeySlotsDisk,
  [first, ...rest]: readonly (NewLock | OpenLock)[],
): Promise<void> {
  const keyring = await Keyring.open(memoryKeySlots(disk), env());
  const { rootKey } = await keyring.begin(first!);
  for (const lock of rest) if (lock.kind !== 'open') await keyring.addLock(rootKey, lock);
}
