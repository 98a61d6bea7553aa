import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KEY_SLOTS, KEY_SLOTS_BYTES } from './keySlots.ts';
import { keySlotsContract } from './keySlotsContract.ts';
import { openNodeKeySlots } from './nodeKeySlots.ts';

describe('the file of key slots', () => {
  let folder: string;
  let files = 0;
  const freshPath = () => join(folder, `${files++}.keys`);
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'sotto-key-slots-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  keySlotsContract(
    (name, check) => it(name, check),
    async () => {
      const path = freshPath();
      return { open: () => openNodeKeySlots(path) };
    },
  );

  it('is of its full size from the beginning, and for its owner only', async () => {
    const path = freshPath();
    const slots = await openNodeKeySlots(path);
    expect(statSync(path).size).toBe(KEY_SLOTS_BYTES);
    if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600);
    await slots.close();
  });

  it('is overwritten where it is: the same file, and no byte of the old slot', async () => {
    const path = freshPath();
    const slots = await openNodeKeySlots(path);
    const { ino } = statSync(path);
    await slots.write(5, new Uint8Array(KEY_SLOTS.sizeBytes).fill(7));
    expect(
      readFileSync(path)
        .subarray(5 * 1024, 6 * 1024)
        .every(byte => byte === 7),
    ).toBe(true);
    await slots.write(5, new Uint8Array(0));
    expect(readFileSync(path).includes(Buffer.alloc(16, 7))).toBe(false);
    expect(statSync(path)).toMatchObject({ ino, size: KEY_SLOTS_BYTES });
    await slots.close();
  });

  it('that a crash cut short while it was new is made whole', async () => {
    for (const size of [0, 1, 1024, KEY_SLOTS_BYTES - 1]) {
      const path = freshPath();
      writeFileSync(path, new Uint8Array(size));
      const slots = await openNodeKeySlots(path);
      expect(await slots.readAll()).toEqual(new Uint8Array(KEY_SLOTS_BYTES));
      await slots.close();
    }
  });

  it('that is longer is some other file, and stays as it is', async () => {
    const path = freshPath();
    const other = new Uint8Array(KEY_SLOTS_BYTES + 1).fill(1);
    writeFileSync(path, other);
    await expect(openNodeKeySlots(path)).rejects.toMatchObject({ code: 'UNSUPPORTED_FORMAT' });
    expect(new Uint8Array(readFileSync(path))).toEqual(other);
  });

  it('in a folder that is not there is a failure of the storage', async () => {
    await expect(openNodeKeySlots(join(folder, 'none', 'a.keys'))).rejects.toMatchObject({
      code: 'STORAGE_FAILED',
    });
  });
});
