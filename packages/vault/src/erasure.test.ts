import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type EpochKey, readEpochKeys, unwrapShelfKey } from './epochKeys.ts';
import { KEY_SLOTS, type KeySlots } from './keys/keySlots.ts';
import { memoryKeySlots, memoryKeySlotsDisk } from './keys/memoryKeySlots.ts';
import { type MemoryDisk, MemoryStore, memoryDisk } from './memoryStore.ts';
import { unpackRecord } from './namedRecord.ts';
import { aesRecordCipher, type ShelfKey } from './recordCipher.ts';
import { NAME_MARK } from './recordNames.ts';
import { SHELF_ROW_RANGE } from './shelfTags.ts';
import { ORDERS_PER_BLOCK, padded, shelfOf, whereaboutsOf } from './shelves.ts';
import { Vault } from './vault.ts';
import type { StoreWrite } from './vaultStore.ts';

const random = (lengthBytes: number) => crypto.getRandomValues(new Uint8Array(lengthBytes));
const rootKey = new Uint8Array(32).fill(7);
const bytes = (value: string) => new TextEncoder().encode(value);
/** Behind every record, where its shelf is told. */
const HINT_BYTES = 12;
const item = (order: number, room = 'a') => `log/${room}/${padded(order)}`;

/** A disk that never overwrites: every row that was ever on it can be read, as in the log of a database. */
class RememberingStore extends MemoryStore {
  constructor(
    readonly records: MemoryDisk,
    readonly rows: { readonly key: string; readonly value: Uint8Array }[],
  ) {
    super(records);
  }

  override async commit(writes: readonly StoreWrite[]): Promise<void> {
    for (const { key, value } of writes) if (value !== null) this.rows.push({ key, value: value.slice() });
    await super.commit(writes);
  }
}

/** Tells late that it has written: meanwhile others read what is there. */
class LateStore extends RememberingStore {
  override async commit(writes: readonly StoreWrite[]): Promise<void> {
    await super.commit(writes);
    for (let tick = 0; tick < 3; tick++) await new Promise<void>(resolve => setImmediate(resolve));
  }
}

/** A device: what is on its disk, and all that ever was. */
function device() {
  const disk = memoryDisk();
  const slots = memoryKeySlotsDisk();
  const rows: { key: string; value: Uint8Array }[] = [];
  const open = (
    wrap: (store: RememberingStore) => RememberingStore = s => s,
    keySlots: KeySlots = memoryKeySlots(slots),
  ) => Vault.open(wrap(new RememberingStore(disk, rows)), { rootKey, random, slots: keySlots });
  return { disk, slots, rows, open };
}

/** Everything that opens for one who has the root key, the slots as they are, and every row that ever was. */
async function plunder({ slots, rows }: ReturnType<typeof device>): Promise<ReadonlySet<string>> {
  const epochs: readonly EpochKey[] = await readEpochKeys(memoryKeySlots(slots), rootKey);
  const keys: ShelfKey[] = [];
  for (const { key, value } of rows.filter(row => row.key.startsWith(SHELF_ROW_RANGE.prefix))) {
    for (const epoch of epochs) {
      try {
        keys.push(unwrapShelfKey(epoch, key, value));
      } catch {}
    }
  }
  const found = new Set<string>();
  const cipher = aesRecordCipher(random);
  for (const { key, value } of rows.filter(row => row.key.startsWith(NAME_MARK))) {
    for (const shelfKey of keys) {
      try {
        const { plaintext } = cipher.open(shelfKey, key, value.subarray(0, -HINT_BYTES));
        found.add(new TextDecoder().decode(unpackRecord(plaintext).value));
      } catch {}
    }
  }
  return found;
}

describe('erasure', () => {
  it('leaves nothing of what was erased, and all of the rest', async () => {
    const it = device();
    const vault = await it.open();
    await vault.commit([
      { key: item(1), value: bytes('kept one') },
      { key: item(2), value: bytes('gone') },
      { key: item(ORDERS_PER_BLOCK + 1), value: bytes('kept in another block') },
      { key: 'room/a', value: bytes('preview: gone') },
      { key: item(1, 'b'), value: bytes('kept in another room') },
    ]);
    await vault.commit([{ key: 'room/a', value: bytes('preview: kept one') }]);
    await vault.erase([item(2), 'room/a'].map(shelfOf), [{ key: item(2), value: null }]);
    const kept = ['kept one', 'kept in another block', 'kept in another room', 'preview: kept one'];
    expect([...(await plunder(it))].sort()).toEqual([...kept].sort());
    expect(await vault.read(item(2))).toBeUndefined();
    for (const open of [vault, await it.open()]) {
      expect(await open.read(item(1))).toEqual(bytes('kept one'));
      expect(await open.read(item(1, 'b'))).toEqual(bytes('kept in another room'));
      expect((await open.scan({ prefix: 'log/a/', limit: 9 })).map(({ key }) => key)).toEqual([
        item(1),
        item(ORDERS_PER_BLOCK + 1),
      ]);
    }
  });

  it('taking away alone is no erasure: the attacker of this test finds it', async () => {
    const it = device();
    const vault = await it.open();
    await vault.commit([{ key: item(2), value: bytes('taken away') }]);
    await vault.commit([{ key: item(2), value: null }]);
    expect(await plunder(it)).toContain('taken away');
    await vault.erase([shelfOf(item(2))]);
    expect(await plunder(it)).not.toContain('taken away');
  });

  it('old values of a record that was overwritten go with it', async () => {
    const it = device();
    const vault = await it.open();
    for (const value of ['first', 'second', 'third'])
      await vault.commit([{ key: 'out/a/1', value: bytes(value) }]);
    await vault.erase([shelfOf('out/a/1')]);
    expect([...(await plunder(it))]).toEqual(['third']);
  });

  it('writes that come with it are under the new keys', async () => {
    const it = device();
    const vault = await it.open();
    await vault.commit([{ key: item(1), value: bytes('text') }]);
    await vault.erase(
      [shelfOf(item(1))],
      [
        { key: item(1), value: bytes('deleted') },
        { key: 'new/shelf', value: bytes('new') },
      ],
    );
    const again = await it.open();
    expect(await again.read(item(1))).toEqual(bytes('deleted'));
    expect(await again.read('new/shelf')).toEqual(bytes('new'));
    expect([...(await plunder(it))].sort()).toEqual(['deleted', 'new']);
  });

  it('readers and writers that are under way meanwhile lose nothing', async () => {
    const it = device();
    const vault = await it.open(({ records, rows }) => new LateStore(records, rows));
    const keys = Array.from({ length: 40 }, (_, i) => item(i));
    await vault.commit(keys.map(key => ({ key, value: bytes(key) })));
    const work: Promise<unknown>[] = [];
    for (let round = 0; round < 10; round++) {
      await new Promise<void>(resolve => setImmediate(resolve));
      work.push(vault.erase([shelfOf(keys[0]!)], [{ key: 'other/x', value: bytes(`${round}`) }]));
      work.push(...keys.map(async key => expect(await vault.read(key)).toEqual(bytes(key))));
      work.push(vault.commit([{ key: 'room/a', value: bytes(`round ${round}`) }]));
      work.push(vault.scan({ prefix: 'log/a/', limit: 99 }).then(found => expect(found).toHaveLength(40)));
    }
    await Promise.all(work);
    const again = await it.open();
    expect(await again.readMany(keys)).toEqual(keys.map(bytes));
    expect(await again.read('room/a')).toEqual(bytes('round 9'));
  });

  it('every record is where its shelf leads back to', () => {
    const keys = fc.constantFrom(
      'self/identity',
      'errand/0000000000000001',
      'room/a',
      'out/a/0000000000000001',
      'mls/a/epoch',
      'join/a',
      'at/a/m1',
      'own/a/h1',
      'log/a/0000000000000000',
      item(ORDERS_PER_BLOCK - 1),
      item(ORDERS_PER_BLOCK),
      item(3 * ORDERS_PER_BLOCK),
      `find/a/${padded(3)}`,
      'alone',
      'strange/a',
      'log/a',
      'self',
      'mls/a',
      'strange/a/b/c',
    );
    fc.assert(
      fc.property(keys, key => {
        const { keys, ranges } = whereaboutsOf(shelfOf(key));
        expect(
          keys.includes(key) ||
            ranges.some(
              ({ prefix, after, before }) =>
                key.startsWith(prefix) &&
                (after === undefined || key > after) &&
                (before === undefined || key < before),
            ),
        ).toBe(true);
      }),
    );
  });

  it('random histories: what was erased never opens again, what stands always does', async () => {
    const key = fc.constantFrom(item(1), item(2), item(ORDERS_PER_BLOCK), 'room/a', 'room/b', item(1, 'b'));
    const step = fc.oneof(
      fc.record({ do: fc.constant('write' as const), key }),
      fc.record({ do: fc.constant('take' as const), key }),
      fc.record({ do: fc.constant('erase' as const), key }),
      fc.record({ do: fc.constant('reopen' as const) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async steps => {
        const it = device();
        let vault = await it.open();
        const standing = new Map<string, string>();
        const mayRemain = new Map<string, Set<string>>();
        let serial = 0;
        for (const step of steps) {
          if (step.do === 'reopen') vault = await it.open();
          else if (step.do === 'write') {
            const text = `text ${serial++}`;
            standing.set(step.key, text);
            const shelf = shelfOf(step.key);
            mayRemain.set(shelf, (mayRemain.get(shelf) ?? new Set()).add(text));
            await vault.commit([{ key: step.key, value: bytes(text) }]);
          } else {
            standing.delete(step.key);
            const shelf = shelfOf(step.key);
            if (step.do === 'take') await vault.commit([{ key: step.key, value: null }]);
            else {
              await vault.erase([shelf], [{ key: step.key, value: null }]);
              mayRemain.set(
                shelf,
                new Set([...standing].filter(([key]) => shelfOf(key) === shelf).map(([, text]) => text)),
              );
            }
          }
        }
        const again = await it.open();
        for (const [key, text] of standing) expect(await again.read(key)).toEqual(bytes(text));
        const allowed = new Set([...mayRemain.values()].flatMap(texts => [...texts]));
        for (const text of await plunder(it)) expect(allowed).toContain(text);
      }),
      { numRuns: 40 },
    );
  });
});

describe('an erasure that is cut short', () => {
  const before = [
    { key: item(1), value: bytes('kept') },
    { key: item(2), value: bytes('gone') },
    { key: 'room/a', value: bytes('room') },
  ];

  /** Dies at the n-th call that writes, before or after it took place; from then on nothing works. */
  function dying(at: number, when: 'before' | 'after') {
    let calls = 0;
    let dead = false;
    const step = async (work: () => Promise<void>): Promise<void> => {
      if (dead) throw new Error('dead');
      const last = calls++ === at;
      if (last && when === 'before') dead = true;
      else await work();
      if (last) dead = true;
      if (dead) throw new Error('died');
    };
    return {
      get died() {
        return dead;
      },
      store: (store: RememberingStore): RememberingStore => {
        const commit = store.commit.bind(store);
        const read = store.read.bind(store);
        store.commit = writes => step(() => commit(writes));
        store.read = key => (dead ? Promise.reject(new Error('dead')) : read(key));
        return store;
      },
      slots: (slots: KeySlots): KeySlots => ({
        ...slots,
        write: (slot, value) => step(() => slots.write(slot, value)),
      }),
    };
  }

  for (const when of ['before', 'after'] as const) {
    it(`${when} any of its writes: all or nothing, and a second try does it`, async () => {
      let died = 0;
      for (let at = 0; ; at++) {
        const it = device();
        await (await it.open()).commit(before);
        const death = dying(at, when);
        const vault = await it.open(death.store, death.slots(memoryKeySlots(it.slots)));
        const erased = await vault.erase([shelfOf(item(2))], [{ key: item(2), value: null }]).then(
          () => true,
          () => false,
        );
        expect(erased).toBe(!death.died);
        const again = await it.open();
        expect(await again.read(item(1))).toEqual(bytes('kept'));
        expect(await again.read('room/a')).toEqual(bytes('room'));
        const left = await again.read(item(2));
        // What was not acknowledged may be done or not, but never by half.
        if (left === undefined) expect(await plunder(it)).not.toContain('gone');
        else expect(left).toEqual(bytes('gone'));
        await again.erase([shelfOf(item(2))], [{ key: item(2), value: null }]);
        expect([...(await plunder(it))].sort()).toEqual(['kept', 'room']);
        if (!death.died) break;
        died++;
      }
      expect(died).toBe(3);
    });
  }

  it('a slot that a crash tore is as if it had not been written', async () => {
    const it = device();
    const vault = await it.open();
    await vault.commit(before);
    const torn: KeySlots = {
      ...memoryKeySlots(it.slots),
      write: async (slot, value) => {
        it.slots.bytes.set(value.subarray(0, 70), slot * KEY_SLOTS.sizeBytes);
        throw new Error('power cut');
      },
    };
    const unlucky = await it.open(undefined, torn);
    await expect(unlucky.erase([shelfOf(item(2))], [{ key: item(2), value: null }])).rejects.toThrow(
      'power cut',
    );
    const again = await it.open();
    expect(await again.readMany([item(1), item(2)])).toEqual([bytes('kept'), bytes('gone')]);
  });
});

describe('another root key', () => {
  const other = new Uint8Array(32).fill(9);

  it('opens the same records, and the old one opens nothing any more', async () => {
    const it = device();
    const vault = await it.open();
    await vault.commit([{ key: 'room/a', value: bytes('kept') }]);
    const rows = it.rows.length;
    let locksStored = false;
    await vault.changeRootKey(other, async () => {
      locksStored = true;
    });
    expect(locksStored).toBe(true);
    expect(it.rows).toHaveLength(rows);
    await vault.commit([{ key: 'room/b', value: bytes('after') }]);
    const slots = () => memoryKeySlots(it.slots);
    const moved = await Vault.open(new MemoryStore(it.disk), { rootKey: other, random, slots: slots() });
    expect(await moved.read('room/a')).toEqual(bytes('kept'));
    expect(await moved.read('room/b')).toEqual(bytes('after'));
    await expect(it.open()).rejects.toMatchObject({ code: 'WRONG_KEY' });
    expect(await plunder(it).catch(error => error.code)).toBe('WRONG_KEY');
  });

  it('when its locks could not be stored, both open', async () => {
    const it = device();
    const vault = await it.open();
    await vault.commit([{ key: 'room/a', value: bytes('kept') }]);
    await expect(vault.changeRootKey(other, () => Promise.reject(new Error('disk')))).rejects.toThrow('disk');
    for (const key of [rootKey, other]) {
      const again = await Vault.open(new MemoryStore(it.disk), {
        rootKey: key,
        random,
        slots: memoryKeySlots(it.slots),
      });
      expect(await again.read('room/a')).toEqual(bytes('kept'));
    }
    await vault.erase([]);
    expect(await (await it.open()).read('room/a')).toEqual(bytes('kept'));
  });

  it('slots that are gone are told, not begun anew', async () => {
    const it = device();
    await (await it.open()).commit([{ key: 'room/a', value: bytes('kept') }]);
    it.slots.bytes.fill(0);
    await expect(it.open()).rejects.toMatchObject({ code: 'RECORD_DAMAGED' });
  });
});
