/** How safe what a page stores is from the browser itself. */
export interface StoragePersistence {
  /** The browser takes it away only when the person says so; otherwise also when the disk runs short. */
  readonly persisted: boolean;
  /** What this site takes up, roughly; `undefined` where the browser does not tell. */
  readonly usageBytes: number | undefined;
  /**
   * What it may take up at most; `undefined` where the browser does not tell. No promise: chromium says 10 GiB more than
   * is used, whatever the disk holds, so that sites learn nothing about it.
   */
  readonly quotaBytes: number | undefined;
}

/** How things stand. Never throws: a browser that does not tell promises nothing. */
export async function storagePersistence(): Promise<StoragePersistence> {
  // Typed as always there; absent on pages that came over plain HTTP, and in old browsers.
  const storage = (globalThis.navigator as Partial<Navigator> | undefined)?.storage;
  const [persisted, estimate] = await Promise.all([
    orUndefined(async () => storage?.persisted()),
    orUndefined(async () => storage?.estimate()),
  ]);
  return { persisted: persisted === true, usageBytes: estimate?.usage, quotaBytes: estimate?.quota };
}

/**
 * Asks the browser to keep what this site stores, and tells how things stand then. In a window only: workers cannot ask.
 *
 * Some browsers ask the person: call it when someone has just chosen to keep something. Never throws.
 */
export async function askForPersistence(): Promise<StoragePersistence> {
  const before = await storagePersistence();
  if (before.persisted) return before;
  await orUndefined(async () => navigator.storage.persist());
  return storagePersistence();
}

async function orUndefined<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch {
    return undefined;
  }
}
