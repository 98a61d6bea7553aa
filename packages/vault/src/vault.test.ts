import { describe, expect, it } from 'vitest';
import type { VaultErrorCode } from './errors.ts';
import { type MemoryKeySlotsDisk, memoryKeySlots, memoryKeySlotsDisk } from './keys/memoryKeySlots.ts';
import { type MemoryDisk, MemoryStore, memoryDisk } from './memoryStore.ts';
import type { RecordCipher } from './recordCipher.ts';
import { Vault } from './vault.ts';
import type { StoreWrite } from './vaultStore.ts';

const random = (lengthBytes: number) => crypto.getRandomValues(new Uint8Array(lengthBytes));
const rootKey = new Uint8Array(32).fill(7);
const text = (value: string) => new TextEncoder().encode(value);
const CANARY = 'canary-9f3b in every record';

/** The slots beside each disk. */
const slotsOf = new WeakMap<MemoryDisk, MemoryKeySlotsDisk>();

function slotsBeside(disk: MemoryDisk): MemoryKeySlotsDisk {
  const slots = slotsOf.get(disk) ?? memoryKeySlotsDisk();
  slotsOf.set(disk, slots);
  return slots;
}

const openVault = (disk: MemoryDisk, key = rootKey) =>
  Vault.open(new MemoryStore(disk), { rootKey: key, random, slots: memoryKeySlots(slotsBeside(disk)) });

async function diskWith(writes: Record<string, string>): Promise<MemoryDisk> {
  const disk = memoryDisk();
  const vault = await openVault(disk);
  await vault.commit(Object.entries(writes).map(([key, value]) => ({ key, value: text(value) })));
  await vault.close();
  return disk;
}

const codeOf = (promise: Promise<unknown>): Promise<VaultErrorCode | undefined> =>
  promise.then(
    () => undefined,
    (error: { code: VaultErrorCode }) => error.code,
  );

const holds = (disk: MemoryDisk, needle: string): boolean =>
  [...disk.records].some(([key, value]) =>
    `${key} ${new TextDecoder('latin1').decode(value)}`.includes(needle),
  );

const clearCipher: RecordCipher = {
  seal: (_shelf, _key, serial, plaintext) => Uint8Array.of(serial, ...plaintext),
  open: (_shelf, _key, sealed) => ({ serial: sealed[0]!, plaintext: sealed.slice(1) }),
  forget: () => undefined,
};

describe('Vault', () => {
  it('gives back what was committed, by key and in order, after it was closed and opened', async () => {
    const disk = await diskWith({ 'm/1': 'one', 'm/2': 'two', 'n/1': 'other' });
    const vault = await openVault(disk);
    expect(await vault.read('m/1')).toEqual(text('one'));
    expect(await vault.readMany(['m/2', 'm/9'])).toEqual([text('two'), undefined]);
    expect((await vault.scan({ prefix: 'm/', limit: 9, reverse: true })).map(r => r.key)).toEqual([
      'm/2',
      'm/1',
    ]);
    expect((await vault.scan({ prefix: '', limit: 3 })).map(r => r.key)).toEqual(['m/1', 'm/2', 'n/1']);
  });

  it('leaves no plaintext in the store; without encryption the same scan finds it', async () => {
    const sealed = await diskWith({ 'm/1': CANARY });
    expect(holds(sealed, CANARY)).toBe(false);

    const clear = memoryDisk();
    const vault = await Vault.open(new MemoryStore(clear), {
      rootKey,
      random,
      slots: memoryKeySlots(),
      cipher: clearCipher,
    });
    await vault.commit([{ key: 'm/1', value: text(CANARY) }]);
    expect(holds(clear, CANARY)).toBe(true);
  });

  it('never seals two records alike', async () => {
    const disk = await diskWith({ 'm/1': 'same', 'm/2': 'same' });
    const vault = await openVault(disk);
    const before = disk.records.get('m/1')!;
    await vault.commit([{ key: 'm/1', value: text('same') }]);
    expect(disk.records.get('m/1')).not.toEqual(before);
    expect(disk.records.get('m/1')).not.toEqual(disk.records.get('m/2'));
  });

  it('opens with no other key', async () => {
    const disk = await diskWith({ 'm/1': 'one' });
    expect(await codeOf(openVault(disk, new Uint8Array(32).fill(8)))).toBe('WRONG_KEY');
    expect(await codeOf(openVault(disk, new Uint8Array(31)))).toBe('WRONG_KEY');
  });

  it('refuses a record that was cut, altered, moved, or came from another store', async () => {
    const disk = await diskWith({ 'm/1': 'one', 'm/2': 'two', 'n/1': 'one' });
    const other = await diskWith({ 'm/1': 'one' });
    const own = disk.records.get('m/1')!;
    const otherKey = memoryDisk();
    const foreign = await openVault(otherKey, new Uint8Array(32).fill(9));
    await foreign.commit([{ key: 'm/1', value: text('one') }]);
    const flips = [...own.keys()]
      .filter(i => i > 0)
      .map(i => own.map((byte, j) => (i === j ? byte ^ 1 : byte)));
    const cuts = [...own.keys()].map(length => own.slice(0, length));
    const impostors = [
      ...flips,
      ...cuts,
      disk.records.get('m/2')!,
      disk.records.get('n/1')!,
      otherKey.records.get('m/1')!,
    ];
    const vault = await openVault(disk);
    for (const impostor of impostors) {
      disk.records.set('m/1', impostor);
      expect(await codeOf(vault.read('m/1'))).toBe('RECORD_DAMAGED');
    }
    disk.records.set('m/1', own);
    expect(await vault.read('m/1')).toEqual(text('one'));
    disk.records.set('m/1', other.records.get('m/1')!);
    expect(await codeOf(vault.read('m/1'))).toBe('RECORD_DAMAGED');
  });

  it('refuses records newer than the head, and records without one', async () => {
    const disk = await diskWith({ 'm/1': 'one' });
    const oldHead = disk.records.get('!head')!;
    const vault = await openVault(disk);
    for (let i = 0; i < 3; i++) await vault.commit([{ key: 'm/1', value: text('newer') }]);
    await vault.close();
    disk.records.set('!head', oldHead);
    const rolled = await openVault(disk);
    expect(await codeOf(rolled.read('m/1'))).toBe('RECORD_DAMAGED');
    disk.records.delete('!head');
    expect(await codeOf(openVault(disk))).toBe('RECORD_DAMAGED');
  });

  it('refuses a format that it does not know', async () => {
    const disk = await diskWith({ 'm/1': 'one' });
    const vault = await openVault(disk);
    for (const key of ['m/1', '!head'])
      disk.records.set(
        key,
        disk.records.get(key)!.map((b, i) => (i === 0 ? 9 : b)),
      );
    expect(await codeOf(vault.read('m/1'))).toBe('UNSUPPORTED_FORMAT');
    expect(await codeOf(openVault(disk))).toBe('UNSUPPORTED_FORMAT');
  });

  it('takes only opaque keys', async () => {
    const vault = await openVault(memoryDisk());
    await expect(vault.read('rooms/Anna & Ben')).rejects.toThrow(RangeError);
    expect(() => vault.commit([{ key: '!head', value: null }])).toThrow(RangeError);
  });

  it('writes batches that wait in one transaction, in their order', async () => {
    const store = new CountingStore(memoryDisk());
    const vault = await Vault.open(store, { rootKey, random, slots: memoryKeySlots() });
    await Promise.all(
      Array.from({ length: 50 }, (_, i) => vault.commit([{ key: 'm/1', value: Uint8Array.of(i) }])),
    );
    expect(store.commits).toBe(2);
    expect(await vault.read('m/1')).toEqual(Uint8Array.of(49));
  });

  it('fails only the batch that failed', async () => {
    const store = new CountingStore(memoryDisk());
    const vault = await Vault.open(store, { rootKey, random, slots: memoryKeySlots() });
    store.refuse = writes => writes.some(({ key }) => key === 'm/bad');
    const outcomes = await Promise.allSettled(
      ['m/a', 'm/b', 'm/bad', 'm/c'].map(key => vault.commit([{ key, value: text('x') }])),
    );
    expect(outcomes.map(o => o.status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    expect((await vault.scan({ prefix: 'm/', limit: 9 })).map(r => r.key)).toEqual(['m/a', 'm/b', 'm/c']);
  });
});

class CountingStore extends MemoryStore {
  commits = 0;
  refuse: (writes: readonly StoreWrite[]) => boolean = () => false;

  override async commit(writes: readonly StoreWrite[]): Promise<void> {
    this.commits++;
    if (this.refuse(writes)) throw new Error('refused');
    await super.commit(writes);
  }
}
