import { VaultError, type VaultStore } from '@sotto/vault';
import { runIndexedDbContract, versions } from '@sotto/vault/contract-page';
import { commitCrashBatches, wholeBatchesIn } from '@sotto/vault/crashes';
import { openIndexedDbStore } from '@sotto/vault/indexeddb';
import {
  askForPersistence,
  type StoragePersistence,
  storagePersistence,
} from '@sotto/vault/storage-persistence';

const LAST = 'last';
const keyOf = (number: number): string => `n/${String(number).padStart(8, '0')}`;
const numberIn = (bytes: Uint8Array): number => new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);

function bytesOf(number: number): Uint8Array {
  const bytes = new Uint8Array(4_000);
  new DataView(bytes.buffer).setUint32(0, number);
  return bytes;
}

/** Numbers in a store and the one that each batch wrote beside it. */
export interface Counted {
  readonly last: number;
  readonly numbers: readonly number[];
}

async function countIn(store: VaultStore): Promise<Counted> {
  const last = await store.read(LAST);
  const found = await store.scan({ prefix: 'n/', limit: 1_000_000 });
  return {
    last: last === undefined ? -1 : numberIn(last),
    numbers: found.map(({ value }) => numberIn(value)),
  };
}

/** What a test can ask of the page: bundled by vaultSite.ts. */
export interface VaultPage {
  runIndexedDbContract: typeof runIndexedDbContract;
  /** Commits number after number, for ever, and tells each one once its batch has resolved. */
  countUp(name: string, resolved: (number: number) => unknown): Promise<void>;
  count(name: string): Promise<Counted>;
  /** Commits the batches of the crash contract, and stands still for ever before its n-th call to the database. */
  commitUntil(name: string, diesAt: number): Promise<void>;
  wholeBatchesIn(name: string): Promise<number>;
  makeVersion1(name: string): Promise<void>;
  /** Opens it with the steps of a later version, and stands still likewise. */
  migrateUntil(name: string, diesAt: number): Promise<void>;
  expectGrown(name: string): Promise<void>;
  /** The code with which an opening fails, or `none`. */
  open(name: string, mustExist: boolean): Promise<string>;
  /** Holds a store open, until it is lost; then the code with which it answers. */
  hold(name: string, isHeld: () => unknown): Promise<string>;
  /** Writes a record of that size beside one that says so: the code, and what the second one says then. */
  fill(
    name: string,
    sizeBytes: number,
  ): Promise<{ readonly code: string; readonly said: number | undefined }>;
  storagePersistence(): Promise<StoragePersistence>;
  askForPersistence(): Promise<StoragePersistence>;
}

let resolvedBatches = 0;

/** From now on every call to the database is counted, and the page stands still before the n-th. */
function makeMortal(diesAt: number): () => void {
  let steps = 0;
  const step = () => {
    steps += 1;
    if (steps !== diesAt) return;
    const farewell = new XMLHttpRequest();
    farewell.open('GET', `/dying?resolved=${resolvedBatches}`, false);
    farewell.send();
  };
  const mortal = <Name extends string>(
    prototype: { readonly [name in Name]: (...args: never[]) => unknown },
    name: Name,
  ) => {
    const call = prototype[name];
    Object.assign(prototype, {
      [name](...args: never[]) {
        step();
        return call.apply(this, args);
      },
    });
  };
  mortal(IDBFactory.prototype, 'open');
  mortal(IDBDatabase.prototype, 'transaction');
  mortal(IDBDatabase.prototype, 'createObjectStore');
  mortal(IDBDatabase.prototype, 'close');
  mortal(IDBObjectStore.prototype, 'put');
  mortal(IDBObjectStore.prototype, 'add');
  mortal(IDBObjectStore.prototype, 'delete');
  mortal(IDBTransaction.prototype, 'commit');
  return step;
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'none';
  } catch (error) {
    return error instanceof VaultError ? error.code : String(error);
  }
}

const page: VaultPage = {
  runIndexedDbContract,
  async countUp(name, resolved) {
    const store = await openIndexedDbStore(name);
    for (let number = (await countIn(store)).last + 1; ; number += 1) {
      const value = bytesOf(number);
      await store.commit([
        { key: keyOf(number), value },
        { key: LAST, value },
      ]);
      resolved(number);
    }
  },
  async count(name) {
    const store = await openIndexedDbStore(name);
    const counted = await countIn(store);
    await store.close();
    return counted;
  },
  async commitUntil(name, diesAt) {
    const step = makeMortal(diesAt);
    const store = await openIndexedDbStore(name);
    await commitCrashBatches(store, () => {
      resolvedBatches += 1;
      // Its death may also come when it has answered and before it does anything else.
      step();
    });
    await store.close();
  },
  wholeBatchesIn: async name => wholeBatchesIn(await openIndexedDbStore(name)),
  makeVersion1: versions.makeVersion1,
  async migrateUntil(name, diesAt) {
    makeMortal(diesAt);
    await (await openIndexedDbStore(name, { migrations: versions.GROWN })).close();
  },
  expectGrown: versions.expectGrown,
  open: (name, mustExist) => codeOf(openIndexedDbStore(name, { mustExist }).then(store => store.close())),
  async hold(name, isHeld) {
    let tellLost = () => {};
    const isLost = new Promise<void>(resolve => {
      tellLost = resolve;
    });
    const store = await openIndexedDbStore(name, { onLost: () => tellLost() });
    await store.commit([{ key: 'a', value: bytesOf(1) }]);
    isHeld();
    await isLost;
    return codeOf(store.commit([{ key: 'a', value: bytesOf(2) }]));
  },
  async fill(name, sizeBytes) {
    const store = await openIndexedDbStore(name);
    const value = new Uint8Array(sizeBytes);
    // Not to be made smaller on its way to the disk.
    for (let at = 0; at < sizeBytes; at += 65_536) crypto.getRandomValues(value.subarray(at, at + 65_536));
    const code = await codeOf(
      store.commit([
        { key: 'size', value: bytesOf(sizeBytes) },
        { key: 'big', value },
      ]),
    );
    const size = await store.read('size');
    await store.close();
    return { code, said: size && numberIn(size) };
  },
  storagePersistence,
  askForPersistence,
};

Object.assign(globalThis, { vaultPage: page });
