import { describe, expect, it } from 'vitest';
import type { VaultErrorCode } from './errors.ts';
import { type MemoryKeySlotsDisk, memoryKeySlots, memoryKeySlotsDisk } from './keys/memoryKeySlots.ts';
import { type MemoryDisk, MemoryStore, memoryDisk } from './memoryStore.ts';
import type { RecordCipher } from './recordCipher.ts';
import { padded } from './shelves.ts';
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

/** The name of a record on a disk: the row that is read when the record is. */
async function nameOn(disk: MemoryDisk, key: string, root = rootKey): Promise<string> {
  const asked: string[] = [];
  class AskedStore extends MemoryStore {
    override async read(name: string): Promise<Uint8Array | undefined> {
      asked.push(name);
      return super.read(name);
    }
  }
  const vault = await Vault.open(new AskedStore(disk), {
    rootKey: root,
    random,
    slots: memoryKeySlots(slotsBeside(disk)),
  });
  asked.length = 0;
  await vault.read(key).catch(() => undefined);
  return asked[0]!;
}

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
    const numbers = { [`o/${padded(20)}`]: 'twenty', [`o/${padded(3)}`]: 'three' };
    const disk = await diskWith({ 'm/1': 'one', 'm/2': 'two', 'n/1': 'other', ...numbers });
    const vault = await openVault(disk);
    expect(await vault.read('m/1')).toEqual(text('one'));
    expect(await vault.readMany(['m/2', 'm/9'])).toEqual([text('two'), undefined]);
    const numbered = await vault.scan({ prefix: 'o/', limit: 9, reverse: true });
    expect(numbered.map(r => r.key)).toEqual([`o/${padded(20)}`, `o/${padded(3)}`]);
    const all = await vault.scan({ prefix: '', limit: 9 });
    expect(all.map(r => r.key).sort()).toEqual(['m/1', 'm/2', 'n/1', ...numbered.map(r => r.key).reverse()]);
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
    const [one, two] = [await nameOn(disk, 'm/1'), await nameOn(disk, 'm/2')];
    const before = disk.records.get(one)!;
    await vault.commit([{ key: 'm/1', value: text('same') }]);
    expect(disk.records.get(one)).not.toEqual(before);
    expect(disk.records.get(one)).not.toEqual(disk.records.get(two));
  });

  it('opens with no other key', async () => {
    const disk = await diskWith({ 'm/1': 'one' });
    expect(await codeOf(openVault(disk, new Uint8Array(32).fill(8)))).toBe('WRONG_KEY');
    expect(await codeOf(openVault(disk, new Uint8Array(31)))).toBe('WRONG_KEY');
  });

  it('refuses a record that was cut, altered, moved, or came from another store', async () => {
    const disk = await diskWith({ 'm/1': 'one', 'm/2': 'two', 'n/1': 'one' });
    const other = await diskWith({ 'm/1': 'one' });
    const name = await nameOn(disk, 'm/1');
    const rowOf = async (of: MemoryDisk, key: string, root = rootKey) =>
      of.records.get(await nameOn(of, key, root))!;
    const own = disk.records.get(name)!;
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
      await rowOf(disk, 'm/2'),
      await rowOf(disk, 'n/1'),
      await rowOf(otherKey, 'm/1', new Uint8Array(32).fill(9)),
    ];
    const vault = await openVault(disk);
    for (const impostor of impostors) {
      disk.records.set(name, impostor);
      expect(await codeOf(vault.read('m/1'))).toBe('RECORD_DAMAGED');
      expect(await codeOf(vault.scan({ prefix: 'm/', limit: 9 }))).toBe('RECORD_DAMAGED');
    }
    disk.records.set(name, own);
    expect(await vault.read('m/1')).toEqual(text('one'));
    disk.records.set(name, await rowOf(other, 'm/1'));
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
    for (const key of [await nameOn(disk, 'm/1'), '!head'])
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
    store.refuse = writes => writes.some(({ value }) => value !== null && value.length > 1_000);
    const outcomes = await Promise.allSettled(
      ['m/a', 'm/b', 'm/bad', 'm/c'].map(key =>
        vault.commit([{ key, value: new Uint8Array(key === 'm/bad' ? 2_000 : 1) }]),
      ),
    );
    expect(outcomes.map(o => o.status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    const left = await vault.scan({ prefix: 'm/', limit: 9 });
    expect(left.map(r => r.key).sort()).toEqual(['m/a', 'm/b', 'm/c']);
  });

  it('a closed vault refuses everything', async () => {
    const vault = await openVault(await diskWith({ 'm/1': 'one' }));
    await vault.close();
    for (const work of [
      () => vault.read('m/1'),
      () => vault.readMany(['m/1']),
      () => vault.scan({ prefix: 'm/', limit: 1 }),
      () => vault.count('m/'),
      () => vault.commit([{ key: 'm/1', value: text('two') }]),
      () => vault.erase(['other/m']),
    ])
      expect(await codeOf(work())).toBe('CLOSED');
  });

  it('lists what is beneath whole segments only, and counts it', async () => {
    const disk = await diskWith({
      'room/a': '1',
      'room/b': '2',
      'mls/a/x/y': '3',
      'mls/a/z': '4',
      'mls/b/z': '5',
    });
    const vault = await openVault(disk);
    const keys = async (prefix: string) => (await vault.scan({ prefix, limit: 9 })).map(r => r.key).sort();
    expect(await keys('room/')).toEqual(['room/a', 'room/b']);
    expect(await keys('mls/a/')).toEqual(['mls/a/x/y', 'mls/a/z']);
    expect(await keys('mls/a/x/')).toEqual(['mls/a/x/y']);
    expect([await vault.count('mls/a/'), await vault.count('mls/c/'), await vault.count('')]).toEqual([
      2, 0, 5,
    ]);
    for (const prefix of ['room', 'mls/a', 'mls/', 'a b/', '/'])
      await expect(vault.scan({ prefix, limit: 9 })).rejects.toThrow(RangeError);
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
