import { engineLock } from './electedEngine.ts';

/**
 * The databases of guests on this browser, and when each was last used.
 *
 * A guest's key is remembered by its tab (tabMemory.ts); once the tab is gone, its database is ciphertext that nobody
 * can open, and nobody else would ever delete. A tab whose page runs is told by the engine's lock: whoever runs or
 * waits to run the engine holds or awaits it. But a tab remembers also while no page of it runs: between two loadings,
 * and where the page's process has crashed, until somebody looks at it again. So a database goes only when both hold:
 *
 * - no page has it; and it is deleted under the engine's lock, so that a page that comes back meanwhile waits and finds
 *   a new store instead of half a one;
 * - it was not used for a day.
 *
 * Each use is noted as a plain time in `localStorage`, when a page opens the store and when it leaves it; a sweep notes
 * it for stores that it finds in use, and for those of which nothing is noted yet. It tells no more than the
 * database's own existence does: a random name, and a day.
 */
export const GUEST_STORE_PREFIX = 'sotto-guest-';
const UNUSED_MS = 24 * 3_600_000;
const USED_ITEM = 'sotto.guestStoreUsed.';
const KEPT_ITEM = 'sotto.guestStoreKept.';

export interface GuestStoreBrowser {
  /** `localStorage`. */
  readonly storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>;
  /** `navigator.locks`. */
  readonly locks: {
    request(
      name: string,
      options: { readonly ifAvailable: true },
      held: (lock: object | null) => Promise<void>,
    ): Promise<unknown>;
  };
  /** The names of all databases of this origin; none where the browser does not tell. */
  databaseNames(): Promise<readonly string[]>;
  deleteDatabase(name: string): Promise<void>;
  nowMs(): number;
}

/** A chat that a guest keeps: what may be said of it before its lock is opened. */
export interface KeptGuest {
  readonly storeName: string;
  /** When its guest set the passphrase. */
  readonly keptAtMs: number;
}

type UseNotes = Pick<GuestStoreBrowser, 'storage' | 'nowMs'>;

/** Notes that a store is used now. */
export function noteGuestStoreUse(browser: UseNotes, storeName: string): void {
  browser.storage.setItem(USED_ITEM + storeName, String(browser.nowMs()));
}

/** Notes that a guest set a passphrase: the history is theirs, and no sweep takes it. */
export function keepGuestStore(browser: UseNotes, storeName: string): void {
  if (browser.storage.getItem(KEPT_ITEM + storeName) === null)
    browser.storage.setItem(KEPT_ITEM + storeName, String(browser.nowMs()));
}

/** Stores that guests keep in this browser, the latest first. */
export function keptGuestStores({ storage }: Pick<GuestStoreBrowser, 'storage'>): readonly KeptGuest[] {
  return itemsOf(storage, KEPT_ITEM)
    .map(storeName => ({ storeName, keptAtMs: Number(storage.getItem(KEPT_ITEM + storeName)) }))
    .sort((a, b) => b.keptAtMs - a.keptAtMs);
}

/** For a store that was deleted: there is nothing to remember. */
export function forgetGuestStoreUse(
  { storage }: Pick<GuestStoreBrowser, 'storage'>,
  storeName: string,
): void {
  storage.removeItem(USED_ITEM + storeName);
  storage.removeItem(KEPT_ITEM + storeName);
}

/** Deletes the databases of guests that nobody has used for a day, and nobody keeps. Rejects with what the browser refuses with. */
export async function sweepGuestStores(browser: GuestStoreBrowser): Promise<void> {
  const names = new Set([...itemsOf(browser.storage, USED_ITEM), ...(await browser.databaseNames())]);
  const kept = new Set(keptGuestStores(browser).map(({ storeName }) => storeName));
  for (const name of names) {
    if (!name.startsWith(GUEST_STORE_PREFIX) || kept.has(name)) continue;
    await browser.locks.request(engineLock(name), { ifAvailable: true }, async lock => {
      if (lock === null) noteGuestStoreUse(browser, name);
      else await sweepIdle(browser, name);
    });
  }
}

/** Under the store's lock. */
async function sweepIdle(browser: GuestStoreBrowser, name: string): Promise<void> {
  const nowMs = browser.nowMs();
  const usedMs = Number(browser.storage.getItem(USED_ITEM + name) ?? Number.NaN);
  // Of what is unknown, or noted by a clock that was ahead, the time counts from now.
  if (!(usedMs <= nowMs)) return noteGuestStoreUse(browser, name);
  if (nowMs - usedMs < UNUSED_MS) return;
  await browser.deleteDatabase(name);
  forgetGuestStoreUse(browser, name);
}

function itemsOf(storage: GuestStoreBrowser['storage'], prefix: string): string[] {
  const items = Array.from({ length: storage.length }, (_, i) => storage.key(i) ?? '');
  return items.filter(item => item.startsWith(prefix)).map(item => item.slice(prefix.length));
}
