import { VaultError } from '../errors.ts';
import { openBrowserKeySlots } from './browserKeySlots.ts';
import { openIndexedDbKeySlots } from './indexedDbKeySlots.ts';
import { keySlotsContract } from './keySlotsContract.ts';
import { openOpfsKeySlots } from './opfsKeySlots.ts';

/** The name of a check, and why it failed, or `undefined`. */
export interface CheckResult {
  readonly name: string;
  readonly error: string | undefined;
}

/** The adapters of a browser, by the words that a check's name starts with. */
export const BROWSER_KEY_SLOTS = { file: openOpfsKeySlots, database: openIndexedDbKeySlots } as const;

/**
 * The contract of key slots for both adapters of a browser, and what only a browser can show.
 *
 * A browser test bundles this file and calls the function in a dedicated worker.
 */
export async function runKeySlotsContract(): Promise<readonly CheckResult[]> {
  const checks: { name: string; run: () => Promise<void> }[] = [];
  const register = (name: string, run: () => Promise<void>) => checks.push({ name, run });
  const freshName = () => `contract-${crypto.randomUUID()}`;

  for (const [words, open] of Object.entries(BROWSER_KEY_SLOTS)) {
    keySlotsContract(
      (name, run) => register(`${words}: ${name}`, run),
      async () => {
        const name = freshName();
        return { open: () => open(name) };
      },
    );
  }

  register('this browser overwrites a file in place', async () => {
    const slots = await openBrowserKeySlots(freshName());
    if (!slots.inPlace) throw new Error('it fell back to the database');
    await slots.destroy();
  });

  register('a file that is held is refused by name, and handed over when it is let go', async () => {
    const name = freshName();
    const first = await openOpfsKeySlots(name);
    const error = await openOpfsKeySlots(name).catch((reason: unknown) => reason);
    if (!(error instanceof VaultError) || error.code !== 'IN_USE') throw new Error(String(error));
    const waiting = openOpfsKeySlots(name);
    await first.close();
    await (await waiting).destroy();
  });

  register('a longer file is some other file', async () => {
    const name = freshName();
    const folder = await navigator.storage.getDirectory();
    const entry = await folder.getFileHandle(`${name}.keys`, { create: true });
    const file = await entry.createSyncAccessHandle();
    file.truncate(100_000);
    file.close();
    const error = await openOpfsKeySlots(name).catch((reason: unknown) => reason);
    if (!(error instanceof VaultError) || error.code !== 'UNSUPPORTED_FORMAT') throw new Error(String(error));
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
