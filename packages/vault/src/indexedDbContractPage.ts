import { VaultError, type VaultErrorCode } from './errors.ts';
import { openIndexedDbStore } from './indexedDbStore.ts';
import { described, expectGrown, GROWN, makeVersion1 } from './indexedDbVersions.fixture.ts';
import { memoryKeySlots, memoryKeySlotsDisk } from './keys/memoryKeySlots.ts';
import { Vault } from './vault.ts';
import { vaultStoreContract } from './vaultStoreContract.ts';

/** Stores of other versions than today's, for tests that kill the page. */
export const versions = { makeVersion1, GROWN, expectGrown } as const;

/** The name of a check, and why it failed, or `undefined`. */
export interface CheckResult {
  readonly name: string;
  readonly error: string | undefined;
}

/**
 * The store contract and what only a browser can show, on the IndexedDB of the page that calls it.
 *
 * A browser test bundles this file and calls the function inside the page.
 */
export async function runIndexedDbContract(): Promise<readonly CheckResult[]> {
  const checks: { name: string; run: () => Promise<void> }[] = [];
  const register = (name: string, run: () => Promise<void>) => checks.push({ name, run });
  const freshName = () => `contract-${crypto.randomUUID()}`;

  vaultStoreContract(register, async () => {
    const name = freshName();
    return { open: () => openIndexedDbStore(name) };
  });

  register('a page that holds the store gives way when another destroys it, and is told', async () => {
    const name = freshName();
    let lost = 0;
    const first = await openIndexedDbStore(name, { onLost: () => lost++ });
    const second = await openIndexedDbStore(name);
    await second.destroy();
    const code = await first.read('a').catch((error: unknown) => (error as VaultError).code);
    if (lost !== 1 || code !== 'STORAGE_LOST') throw new Error(`lost ${lost}, ${String(code)}`);
  });

  register('a database of a newer version is refused by name, and stays as it is', async () => {
    const name = freshName();
    await makeVersion1(name);
    await (await openIndexedDbStore(name, { migrations: GROWN })).close();
    await expectCode(openIndexedDbStore(name), 'UNSUPPORTED_FORMAT');
    await expectGrown(name);
  });

  register('a database of version 1 opens, with all that is in it', async () => {
    const name = freshName();
    await makeVersion1(name);
    const store = await openIndexedDbStore(name);
    const found = await store.scan({ prefix: '', limit: 9 });
    await store.close();
    if (described(found) !== 'log/a/1=1,2 log/a/2= room/a=255') throw new Error(described(found));
  });

  register('a step that fails leaves the version before it', async () => {
    const name = freshName();
    await makeVersion1(name);
    const failing = () => {
      throw new Error('a fault in the step');
    };
    await expectCode(openIndexedDbStore(name, { migrations: [...GROWN, failing] }), 'STORAGE_FAILED');
    await (await openIndexedDbStore(name)).close();
  });

  register('where it must be there and is not, that is told by name and none is made', async () => {
    const name = freshName();
    await expectCode(openIndexedDbStore(name, { mustExist: true }), 'STORAGE_LOST');
    const there = await indexedDB.databases();
    if (there.some(database => database.name === name)) throw new Error('one was made');
    await (await openIndexedDbStore(name)).close();
    await (await openIndexedDbStore(name, { mustExist: true })).destroy();
  });

  register('a vault opens again with its root key and its slots', async () => {
    const name = freshName();
    const random = (lengthBytes: number) => crypto.getRandomValues(new Uint8Array(lengthBytes));
    const slotsDisk = memoryKeySlotsDisk();
    const rootKey = random(32);
    for (const expected of [undefined, 42]) {
      const vault = await Vault.open(await openIndexedDbStore(name), {
        rootKey,
        random,
        slots: memoryKeySlots(slotsDisk),
      });
      const found = await vault.read('test/1');
      if (found?.[0] !== expected) throw new Error(`found ${String(found)}`);
      await vault.commit([{ key: 'test/1', value: Uint8Array.of(42) }]);
      await vault.close();
    }
  });

  const results: CheckResult[] = [];
  for (const { name, run } of checks) {
    const error = await run().then(
      () => undefined,
      (reason: unknown) => String(reason),
    );
    results.push({ name, error });
  }
  return results;
}

async function expectCode(work: Promise<unknown>, code: VaultErrorCode): Promise<void> {
  const error = await work.catch((reason: unknown) => reason);
  if (!(error instanceof VaultError) || error.code !== code) throw new Error(String(error));
}
