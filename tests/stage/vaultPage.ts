import type { VaultStore } from '@sotto/vault';
import { runIndexedDbContract } from '@sotto/vault/contract-page';
import { openIndexedDbStore } from '@sotto/vault/indexeddb';

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
};

Object.assign(globalThis, { vaultPage: page });
