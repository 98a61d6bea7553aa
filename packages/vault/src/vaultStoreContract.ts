import { VaultError } from './errors.ts';
import type { StoreScan, VaultStore } from './vaultStore.ts';

/** The place under test: stores opened on it one after another see the same records. */
export interface ContractPlace {
  open(): Promise<VaultStore>;
}

/**
 * The promises of `VaultStore`, one named check each, for whoever writes an adapter.
 *
 * `register` is `it` of a test runner, or anything that collects names and functions: this file asks for no
 * runner, so that it can also run inside a page. `freshPlace` gives an empty place for every check.
 */
export function vaultStoreContract(
  register: (name: string, check: () => Promise<void>) => void,
  freshPlace: () => Promise<ContractPlace>,
): void {
  const check = (name: string, run: (store: VaultStore, place: ContractPlace) => Promise<void>) =>
    register(name, async () => {
      const place = await freshPlace();
      const store = await place.open();
      await run(store, place);
      await store.close();
    });

  check('reads nothing where nothing was written', async store => {
    expectEqual(await store.read('a'), undefined);
    expectEqual(await store.readMany(['a', 'b']), [undefined, undefined]);
    expectEqual(await store.scan({ prefix: '', limit: 10 }), []);
  });

  check('reads back what a batch wrote, changed and took away', async store => {
    await store.commit([put('a', 1), put('b', 2), put('c', 3)]);
    await store.commit([put('b', 9), { key: 'c', value: null }, { key: 'never', value: null }]);
    expectEqual(await store.readMany(['c', 'b', 'a']), [undefined, bytes(9), bytes(1)]);
  });

  check('takes the last of two writes of one key in a batch', async store => {
    await store.commit([put('a', 1), put('a', 2), { key: 'b', value: null }, put('b', 3)]);
    expectEqual(await store.readMany(['a', 'b']), [bytes(2), bytes(3)]);
  });

  check('keeps empty and large values', async store => {
    const large = new Uint8Array(1_000_000).map((_, i) => i % 251);
    await store.commit([
      { key: 'empty', value: new Uint8Array(0) },
      { key: 'large', value: large },
    ]);
    expectEqual(await store.read('empty'), new Uint8Array(0));
    expectEqual(await store.read('large'), large);
  });

  check('an empty batch is a batch', async store => {
    await store.commit([]);
  });

  check('keeps copies: later changes of the arrays change nothing', async store => {
    const value = bytes(1);
    const written = store.commit([{ key: 'a', value }]);
    await written;
    value[0] = 7;
    const first = await store.read('a');
    expectEqual(first, bytes(1));
    first![0] = 8;
    expectEqual(await store.read('a'), bytes(1));
  });

  check('scans in key order by code unit, within prefix and bounds, up to the limit', async store => {
    const keys = ['m/10', 'm/2', 'm/1', 'M/1', 'm', 'm/', 'n/1', 'm0', 'l/9'];
    await store.commit(keys.map((key, i) => put(key, i)));
    const found = async (query: StoreScan) => (await store.scan(query)).map(({ key }) => key);
    expectEqual(await found({ prefix: 'm/', limit: 9 }), ['m/', 'm/1', 'm/10', 'm/2']);
    expectEqual(await found({ prefix: 'm/', limit: 2 }), ['m/', 'm/1']);
    expectEqual(await found({ prefix: 'm/', limit: 2, reverse: true }), ['m/2', 'm/10']);
    expectEqual(await found({ prefix: 'm/', after: 'm/1', limit: 9 }), ['m/10', 'm/2']);
    expectEqual(await found({ prefix: 'm/', before: 'm/10', limit: 9 }), ['m/', 'm/1']);
    expectEqual(await found({ prefix: 'm/', after: 'm/', before: 'm/2', limit: 1, reverse: true }), ['m/10']);
    expectEqual(await found({ prefix: 'm/', after: 'm/2', limit: 9 }), []);
    expectEqual(await found({ prefix: 'm/', after: 'm/2', before: 'm/1', limit: 9 }), []);
    expectEqual(await found({ prefix: 'm/', after: 'a', before: 'z', limit: 9 }), [
      'm/',
      'm/1',
      'm/10',
      'm/2',
    ]);
    expectEqual(await found({ prefix: 'm/', limit: 0 }), []);
    expectEqual(await found({ prefix: '', limit: 99 }), [
      'M/1',
      'l/9',
      'm',
      'm/',
      'm/1',
      'm/10',
      'm/2',
      'm0',
      'n/1',
    ]);
    expectEqual((await store.scan({ prefix: 'm/2', limit: 1 }))[0]?.value, bytes(1));
  });

  check('batches sent without waiting land in their order', async store => {
    await Promise.all(Array.from({ length: 20 }, (_, i) => store.commit([put('last', i), put(`n/${i}`, i)])));
    expectEqual(await store.read('last'), bytes(19));
    expectEqual((await store.scan({ prefix: 'n/', limit: 99 })).length, 20);
  });

  check('a batch that cannot be written leaves nothing behind', async store => {
    await store.commit([put('a', 1)]);
    // No store can hold a function: the batch breaks in its middle.
    const broken = { key: 'b', value: (() => 0) as unknown as Uint8Array };
    await expectFailure(store.commit([put('a', 2), broken, put('c', 3)]), undefined);
    expectEqual(await store.readMany(['a', 'b', 'c']), [bytes(1), undefined, undefined]);
  });

  check('a store opened later has what was written', async (store, place) => {
    await store.commit([put('a', 1)]);
    await store.close();
    const again = await place.open();
    expectEqual(await again.read('a'), bytes(1));
    await again.close();
  });

  check('a closed store refuses everything', async store => {
    await store.close();
    await expectFailure(store.read('a'), 'CLOSED');
    await expectFailure(store.readMany(['a']), 'CLOSED');
    await expectFailure(store.scan({ prefix: '', limit: 1 }), 'CLOSED');
    await expectFailure(store.commit([put('a', 1)]), 'CLOSED');
    await store.close();
  });

  check('a destroyed store is closed, and empty when opened again', async (store, place) => {
    await store.commit([put('a', 1)]);
    await store.destroy();
    await expectFailure(store.read('a'), 'CLOSED');
    const again = await place.open();
    expectEqual(await again.scan({ prefix: '', limit: 9 }), []);
    await again.close();
  });
}

function put(key: string, byte: number): { key: string; value: Uint8Array } {
  return { key, value: bytes(byte) };
}

function bytes(...values: number[]): Uint8Array {
  return Uint8Array.from(values);
}

async function expectFailure(promise: Promise<unknown>, code: string | undefined): Promise<void> {
  const error = await promise.then(
    () => 'resolved',
    (reason: unknown) => reason,
  );
  if (error === 'resolved') throw new Error('expected a rejection');
  if (code === undefined) return;
  if (!(error instanceof VaultError) || error.code !== code) {
    throw new Error(`expected VaultError ${code}, got ${String(error)}`);
  }
}

function expectEqual(actual: unknown, expected: unknown): void {
  const [left, right] = [plain(actual), plain(expected)];
  if (left !== right) throw new Error(`expected ${right.slice(0, 200)}, got ${left.slice(0, 200)}`);
}

function plain(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (inner === undefined) return 'undefined';
    return inner instanceof Uint8Array ? `bytes:${inner.join()}` : inner;
  });
}
