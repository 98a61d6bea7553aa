import { describe, expect, it } from 'vitest';
import { writeInClear } from './formatInClear.fixture.ts';
import { type MemoryKeySlotsDisk, memoryKeySlots, memoryKeySlotsDisk } from './keys/memoryKeySlots.ts';
import { type MemoryDisk, MemoryStore, memoryDisk } from './memoryStore.ts';
import { ORDERS_PER_BLOCK, padded } from './shelves.ts';
import { Vault } from './vault.ts';
import type { StoreWrite } from './vaultStore.ts';

const random = (lengthBytes: number) => crypto.getRandomValues(new Uint8Array(lengthBytes));
const rootKey = new Uint8Array(32).fill(7);
const bytes = (value: string) => new TextEncoder().encode(value);

/** Of every shelf there is, and enough for several batches. */
const KEYS = [
  'self/identity',
  'room/gArden',
  'room/cEllar',
  'mls/gArden/mls/r/000005',
  'strange/gArden/x/y',
  ...Array.from(
    { length: 250 },
    (_, i) => `log/gArden/${padded(i * 2048 + (i > 200 ? ORDERS_PER_BLOCK : 0))}`,
  ),
  ...Array.from({ length: 20 }, (_, i) => `at/gArden/m_${i}`),
];

async function oldDevice(): Promise<{ readonly disk: MemoryDisk; readonly slots: MemoryKeySlotsDisk }> {
  const [disk, slots] = [memoryDisk(), memoryKeySlotsDisk()];
  const records = KEYS.map((key, i) => ({ key, value: bytes(`text of ${key}`), serial: 1 + (i % 40) }));
  await writeInClear(new MemoryStore(disk), memoryKeySlots(slots), { rootKey, random, records });
  return { disk, slots };
}

/** Dies at its n-th commit, before or after it took place. */
class DyingStore extends MemoryStore {
  commits = 0;

  constructor(
    disk: MemoryDisk,
    private readonly diesAt: number,
    private readonly when: 'before' | 'after',
  ) {
    super(disk);
  }

  override async commit(writes: readonly StoreWrite[]): Promise<void> {
    this.commits++;
    if (this.commits > this.diesAt) throw new Error('dead');
    if (this.commits < this.diesAt || this.when === 'after') await super.commit(writes);
    if (this.commits === this.diesAt) throw new Error('died');
  }
}

const openOn = (store: MemoryStore, slots: MemoryKeySlotsDisk) =>
  Vault.open(store, { rootKey, random, slots: memoryKeySlots(slots) });

async function expectWhole(vault: Vault): Promise<void> {
  expect(await vault.readMany(KEYS)).toEqual(KEYS.map(key => bytes(`text of ${key}`)));
  expect((await vault.scan({ prefix: '', limit: 999 })).map(({ key }) => key).sort()).toEqual(
    KEYS.toSorted(),
  );
  const log = KEYS.filter(key => key.startsWith('log/'));
  expect((await vault.scan({ prefix: 'log/gArden/', limit: 999 })).map(({ key }) => key)).toEqual(log);
}

function expectNoNames({ records }: MemoryDisk): void {
  const rows = [...records.keys()].map(key => key.replace(/^(!s\/|~).*/, '$1'));
  expect([...new Set(rows)].sort()).toEqual(['!head', '!names', '!s/', '~']);
}

describe('a store with names in clear', () => {
  it('is changed when it is opened: everything is there, and no name is in clear', async () => {
    const { disk, slots } = await oldDevice();
    expect([...disk.records.keys()]).toEqual(expect.arrayContaining(KEYS));
    await expectWhole(await openOn(new MemoryStore(disk), slots));
    expectNoNames(disk);
    const vault = await openOn(new MemoryStore(disk), slots);
    await expectWhole(vault);
    await vault.erase(await vault.shelvesOf('gArden'), [{ key: 'room/gArden', value: null }]);
    expect(await vault.read('room/gArden')).toBeUndefined();
    expect(await vault.read('mls/gArden/mls/r/000005')).toEqual(bytes('text of mls/gArden/mls/r/000005'));
  });

  it('begins anew only once: what is of the new format is opened as it is', async () => {
    const { disk, slots } = await oldDevice();
    await openOn(new MemoryStore(disk), slots);
    const before = new Map(disk.records);
    await openOn(new MemoryStore(disk), slots);
    expect(disk.records).toEqual(before);
  });

  for (const when of ['before', 'after'] as const) {
    it(`cut short ${when} any of its batches, is changed to the end by the next opening`, async () => {
      let deaths = 0;
      for (let diesAt = 1; ; diesAt++) {
        const { disk, slots } = await oldDevice();
        const store = new DyingStore(disk, diesAt, when);
        const opened = await openOn(store, slots).catch((error: Error) => error.message);
        // And once more, at its next batch.
        if (opened === 'died') await openOn(new DyingStore(disk, 1, when), slots).catch(() => undefined);
        await expectWhole(await openOn(new MemoryStore(disk), slots));
        expectNoNames(disk);
        if (opened !== 'died') break;
        deaths++;
      }
      expect(deaths).toBe(5);
    });
  }

  it('on its way, is none that an older program could take for its own', async () => {
    const { disk, slots } = await oldDevice();
    await openOn(new DyingStore(disk, 2, 'before'), slots).catch(() => undefined);
    expect(KEYS.every(key => disk.records.has(key))).toBe(true);
    expect(disk.records.get('!head')![0]).toBe(3);
  });

  it('with a record that was altered, moved, or without its key, is not changed further', async () => {
    for (const damage of [
      (disk: MemoryDisk) => disk.records.get('room/gArden')!.fill(1, 40, 41),
      (disk: MemoryDisk) => disk.records.set('room/gArden', disk.records.get('room/cEllar')!),
      (disk: MemoryDisk) => disk.records.delete('!k/room/gArden'),
    ]) {
      const { disk, slots } = await oldDevice();
      damage(disk);
      await expect(openOn(new MemoryStore(disk), slots)).rejects.toMatchObject({ code: 'RECORD_DAMAGED' });
      expect(disk.records.has('room/gArden')).toBe(true);
    }
  });
});
