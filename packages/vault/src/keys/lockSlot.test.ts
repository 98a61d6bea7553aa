import { sha256 } from '@noble/hashes/sha2.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VaultError } from '../errors.ts';
import { ascii, concat } from '../labelledBytes.ts';
import { ARGON2_FLOOR, type Argon2id } from './argon2.ts';
import { Keyring } from './keyring.ts';
import { KEY_SLOTS, KEY_SLOTS_BYTES, platformRandom } from './keySlots.ts';
import { type LockHead, lockIdOf, openLock, readLock, rootCheckOf, sealLock } from './lockSlot.ts';
import { memoryKeySlots } from './memoryKeySlots.ts';

const key = new Uint8Array(32).fill(1);
const rootKey = new Uint8Array(32).fill(2);
const head: LockHead = {
  id: lockIdOf(new Uint8Array(16).fill(3)),
  details: { kind: 'passphrase', cost: ARGON2_FLOOR },
  createdAtMs: 1_700_000_000_000,
  ring: 1,
  isComplete: true,
  rootCheck: rootCheckOf(rootKey),
  replaces: undefined,
  salt: new Uint8Array(16).fill(4),
};
const sealed = () => sealLock(head, rootKey, key, platformRandom);

/** As an attacker writes it: with a checksum that is right again. */
function withBytes(slot: Uint8Array, at: number, ...bytes: readonly number[]): Uint8Array {
  const changed = slot.slice();
  changed.set(bytes, at);
  changed.set(sha256(concat(ascii('sotto/lock-slot-v1\0'), changed.subarray(0, 992))), 992);
  return changed;
}

describe('the slot of a lock', () => {
  it('says all of its head, and gives the root key to its key only', () => {
    const slot = sealed();
    expect(slot).toHaveLength(KEY_SLOTS.sizeBytes);
    const lock = readLock(slot)!;
    expect(lock).toMatchObject(head);
    expect(openLock(lock, key)).toEqual(rootKey);
    expect(openLock(lock, new Uint8Array(32).fill(9))).toBeUndefined();
    expect(openLock(lock, undefined)).toBeUndefined();
  });

  it('torn anywhere, by an older lock, by zeros or by random, is no lock', () => {
    for (const below of [sealed(), new Uint8Array(1024), platformRandom(1024)]) {
      const above = sealed();
      for (let kept = 1; kept < KEY_SLOTS.sizeBytes; kept += 1) {
        const torn = below.slice();
        torn.set(above.subarray(0, kept));
        // Where the rest happens to be equal, it is not torn.
        if (torn.some((byte, i) => byte !== above[i]) && torn.some((byte, i) => byte !== below[i])) {
          expect(readLock(torn)).toBeUndefined();
        }
      }
    }
  });

  it('with any bit of its head or key changed opens no more, however right its checksum is', () => {
    const slot = sealed();
    for (let at = 0; at < 992; at += 1) {
      const changed = withBytes(slot, at, slot[at]! ^ 1);
      let opened: Uint8Array | undefined;
      try {
        const lock = readLock(changed);
        opened = lock && openLock(lock, key);
      } catch (error) {
        expect(error).toMatchObject({ code: 'UNSUPPORTED_FORMAT' });
      }
      expect([at, opened]).toEqual([at, undefined]);
    }
  });

  it('of another version, kind or flag is refused, and not taken for empty', () => {
    const slot = sealed();
    for (const changed of [
      withBytes(slot, 0, 2),
      withBytes(slot, 0, 0),
      withBytes(slot, 1, 4),
      withBytes(slot, 2, 3),
      withBytes(slot, 3, 1),
    ]) {
      expect(() => readLock(changed)).toThrow(expect.objectContaining({ code: 'UNSUPPORTED_FORMAT' }));
    }
  });

  it.each([
    ['memory of a terabyte', 80, [0x40, 0, 0, 0]],
    ['memory of 512 MiB', 80, [0, 8, 0, 0]],
    ['hardly any memory', 80, [0, 0, 0, 8]],
    ['four thousand million passes', 84, [255, 255, 255, 255]],
    ['no pass', 84, [0, 0, 0, 0]],
    ['fewer passes than the floor', 84, [0, 0, 0, 2]],
    ['sixteen million lanes', 88, [1, 0, 0, 0]],
    ['no lane', 88, [0, 0, 0, 0]],
  ] as const)('that asks for %s is refused before anything is computed', async (_, at, bytes) => {
    const disk = { bytes: new Uint8Array(KEY_SLOTS_BYTES) };
    disk.bytes.set(withBytes(sealed(), at, ...bytes), 4 * KEY_SLOTS.sizeBytes);
    let runs = 0;
    const stretch: Argon2id = async () => {
      runs += 1;
      return key;
    };
    const opening = Keyring.open(memoryKeySlots(disk), { random: platformRandom, nowMs: () => 0, stretch });
    await expect(opening).rejects.toMatchObject({ code: 'UNSUPPORTED_FORMAT' });
    expect(runs).toBe(0);
  });
});

describe('slots from a stranger', () => {
  const slot = fc.oneof(
    fc.uint8Array({ minLength: 1024, maxLength: 1024 }),
    // Right at the end, anything before.
    fc
      .uint8Array({ minLength: 992, maxLength: 992 })
      .map(bytes => withBytes(concat(bytes, new Uint8Array(32)), 0)),
    // Almost a lock.
    fc
      .tuple(fc.integer({ min: 0, max: 3 }), fc.nat(991), fc.uint8Array({ minLength: 1, maxLength: 16 }))
      .map(([kind, at, bytes]) =>
        withBytes(withBytes(sealed(), 1, kind), Math.min(at, 992 - bytes.length), ...bytes),
      ),
    fc.constant(sealed()),
  );

  it('lead to a VaultError or a ring, never to another failure or a cost beyond bearing (property)', async () => {
    let unlocked = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(slot, { minLength: 1, maxLength: 12 }), async slots => {
        const disk = { bytes: new Uint8Array(KEY_SLOTS_BYTES) };
        for (const [i, bytes] of slots.entries()) disk.bytes.set(bytes, (4 + i) * KEY_SLOTS.sizeBytes);
        const stretch: Argon2id = async (_passphrase, _salt, { memoryKiB, passes, lanes }) => {
          expect(memoryKiB).toBeLessThanOrEqual(262_144);
          expect(passes).toBeLessThanOrEqual(24);
          expect(lanes).toBeLessThanOrEqual(4);
          return new Uint8Array(32);
        };
        try {
          const keyring = await Keyring.open(memoryKeySlots(disk), {
            ...{ random: platformRandom, nowMs: () => 0, stretch },
          });
          for (const lock of keyring.locks) {
            const secret =
              lock.kind === 'passkey'
                ? { ...lock, prfOutput: new Uint8Array(32) }
                : lock.kind === 'recovery-code'
                  ? { kind: lock.kind, code: '0'.repeat(40) }
                  : { kind: lock.kind, passphrase: 'some passphrase' };
            unlocked += 1;
            await keyring.unlock(secret as never);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(VaultError);
        }
      }),
      { numRuns: 150, examples: [[[sealed()]]] },
    );
    // The example reaches the lock whatever chance brings.
    expect(unlocked).toBeGreaterThan(0);
  });

  it('of another length are none', () => {
    expect(readLock(sealed().subarray(1))).toBeUndefined();
    expect(readLock(new Uint8Array(0))).toBeUndefined();
  });
});
