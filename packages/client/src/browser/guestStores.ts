import { engineLock } from './electedEngine.ts';

/**
 * The databases of guests on this browser, and when each was last used.
 *
 * A guest's key lies in the `sessionStorage` of its tab; once the tab is gone for good, its database is ciphertext
 * that nobody can open, and nobody else would ever delete. But no page can tell a tab that is gone for good from one
 * that comes back: a restored session, a reopened tab and a duplicated one all bring their `sessionStorage` along. So
 * a database goes only when both hold:
 *
 * - no tab has it: whoever runs or waits to run its engine holds or awaits the engine's lock, and it is deleted under
 *   that very lock, so that a tab that comes back meanwhile waits and finds a new store instead of half a one;
 * - it was not used for 30 days: as long as a relay keeps what a device has not fetched. A tab that comes back later
 *   than that would miss part of its chat anyway.
 *
 * Each use is noted as a plain time in `localStorage`, when a tab opens the store and when it leaves it; a sweep notes
 * it for stores that it finds in use, and for those of which nothing is noted yet. It tells no more than the
 * database's own existence does: a random name, and a day.
 */
export const GUEST_STORE_PREFIX = 'sotto-guest-';
const UNUSED_MS = 30 * 24 * 3_600_000;
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
export function keptGuestStores({ storage }: Pick<GuestStoreBrowser, 'storage'>): readonly string[] {
  const atMs = (name: string) => Number(storage.getItem(KEPT_ITEM + name));
  return itemsOf(storage, KEPT_ITEM).sort((a, b) => atMs(b) - atMs(a));
}

/** For a store that was deleted: there is nothing to remember. */
export function forgetGuestStoreUse(
  { storage }: Pick<GuestStoreBrowser, 'storage'>,
  storeName: string,
): void {
  storage.removeItem(USED_ITEM + storeName);
  storage.removeItem(KEPT_ITEM + storeName);
}

/** Deletes the databases of guests that nobody has used for 30 days. Rejects with what the browser refuses with. */
export async function sweepGuestStores(browser: GuestStoreBrowser): Promise<void> {
  const names = new Set([...itemsOf(browser.storage, USED_ITEM), ...(await browser.databaseNames())]);
  const kept = new Set(keptGuestStores(browser));
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
