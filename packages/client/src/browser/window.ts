/** What a page needs of the engine: small, because it is loaded before the engine is. */
import { ROOT_KEY_BYTES } from '@sotto/vault';
import { askForPersistence } from '@sotto/vault/storage-persistence';
import type { EnginePort } from '../intents.ts';
import { connectEngine } from '../window/connectEngine.ts';
import { channelName, windowLock } from './electedEngine.ts';
import {
  forgetGuestStoreUse,
  GUEST_STORE_PREFIX,
  type GuestStoreBrowser,
  type KeptGuest,
  keepGuestStore,
  keptGuestStores,
  noteGuestStoreUse,
  sweepGuestStores,
} from './guestStores.ts';
import { askingForStorage } from './keepingStorage.ts';
import { tabMemory } from './tabMemory.ts';
import type { WorkerConfig } from './workerConfig.ts';

export { Handle, isReservedHandle } from '@sotto/protocol';
export { mistypedGroups, PASSPHRASE_MIN_CHARACTERS } from '@sotto/vault';
/** How safe what this browser stores is from the browser itself; `openEngine` asks for more when something is kept. */
export { type StoragePersistence, storagePersistence } from '@sotto/vault/storage-persistence';
export * from '../intents.ts';
export type * from '../projection.ts';
export type { KeptGuest } from './guestStores.ts';
export { registrationHere } from './registrationHere.ts';

/** What asks the browser for passkeys (`createPasskeyLock`, `readPasskeyLock`, `mayHavePasskeys`): for those who do. */
export const loadPasskeys = () => import('@sotto/vault/passkey');

/** The same for passkeys that sign in to an account (`createSignInPasskey`, `readSignInPasskey`, …). */
export const loadSignInPasskeys = () => import('./signInPasskey.ts');

/** Which database a page works on, and the key to it where the tab keeps that. */
export interface DeviceStore {
  readonly storeName: string;
  readonly tabKey?: Uint8Array;
}

const HOST_STORE = 'sotto-host';

/** The host's: one per browser profile and address. Its key is behind its own locks, once there are any. */
export function hostStore(): DeviceStore {
  return { storeName: HOST_STORE };
}

/**
 * A guest's: one per tab, which remembers the key (tabMemory.ts). It outlives a reload; once the tab is closed nobody
 * has the key, unless the guest keeps the chat. Sweeps away those of tabs that are gone.
 */
export async function guestStore(): Promise<DeviceStore> {
  const { guest } = await tabMemory.recall();
  const storeName = guest?.storeName ?? GUEST_STORE_PREFIX + crypto.randomUUID();
  const isKept = keptGuests().some(kept => kept.storeName === storeName);
  const rootKey = isKept ? undefined : (guest?.rootKey ?? random(ROOT_KEY_BYTES));
  await tabMemory.beGuest({ storeName, rootKey });
  keepTrackOfUse(storeName);
  return { storeName, ...(rootKey !== undefined && { tabKey: rootKey }) };
}

/** The chats that guests keep in this browser, each behind its passphrase, the latest first. */
export function keptGuests(): readonly KeptGuest[] {
  let kept: readonly KeptGuest[] = [];
  inLocalStorage(browser => {
    kept = keptGuestStores(browser);
  });
  return kept;
}

/** This tab is that guest from here on, who keeps the chat: `guestStore` gives its store. */
export function returnAsGuest(storeName: string): Promise<void> {
  return tabMemory.beGuest({ storeName, rootKey: undefined });
}

/** The guest has a lock of their own: what is kept outlives the tab, and the tab's key goes. */
async function outliveTab(storeName: string): Promise<void> {
  inLocalStorage(browser => keepGuestStore(browser, storeName));
  if (isThisGuest(storeName)) await tabMemory.beGuest({ storeName, rootKey: undefined });
}

function isThisGuest(storeName: string): boolean {
  return tabMemory.now.guest?.storeName === storeName;
}

/**
 * Takes this tab's guest off the browser: the database and the only key to it. For when the engine's port is closed;
 * a tab that comes again is another guest.
 */
export async function forgetGuestStore(): Promise<void> {
  const storeName = tabMemory.now.guest?.storeName;
  if (storeName === undefined) return;
  forgetGuestNotes();
  inLocalStorage(browser => void browser.deleteDatabase(storeName).catch(() => undefined));
}

/**
 * The first step of that, done at once: nothing leads to this tab's guest any more, and the tab remembers nothing.
 * Whatever comes in between, what is left of the store opens for nobody who comes to this page.
 */
export function forgetGuestNotes(): void {
  const storeName = tabMemory.now.guest?.storeName;
  tabMemory.forget();
  if (storeName === undefined) return;
  inLocalStorage(browser => forgetGuestStoreUse(browser, storeName));
}

/**
 * Takes a device off this browser whose records or keys are lost (`STORAGE_LOST`, `KEYS_LOST`): what is left of it opens
 * for nobody, and keeps a new one from beginning. For when the engine's port is closed.
 */
export function forgetLostStore(storeName: string): Promise<void> {
  return removeStore(storeName);
}

/** The first note comes before anything is swept: what this tab uses is never among it. */
function keepTrackOfUse(storeName: string): void {
  const note = () => {
    // Not of a store that was forgotten meanwhile.
    if (isThisGuest(storeName)) inLocalStorage(browser => noteGuestStoreUse(browser, storeName));
  };
  note();
  addEventListener('pagehide', note);
  inLocalStorage(browser => void sweepGuestStores(browser).catch(() => undefined));
}

/** Where the browser keeps no notes, a guest is welcome all the same; nothing is swept there. */
function inLocalStorage(run: (browser: GuestStoreBrowser) => void): void {
  try {
    run({
      storage: localStorage,
      locks: navigator.locks,
      databaseNames: async () => ((await indexedDB.databases?.()) ?? []).flatMap(({ name }) => name ?? []),
      deleteDatabase: removeStore,
      nowMs: () => Date.now(),
    });
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
  }
}

/** The records, and the keys to them beside. */
async function removeStore(name: string): Promise<void> {
  const folder = await navigator.storage.getDirectory().catch(() => undefined);
  await folder?.removeEntry(`${name}.keys`).catch(() => undefined);
  await new Promise<void>((resolve, reject) => {
    const request = indexedDB.deleteDatabase(name);
    request.onsuccess = () => resolve();
    request.onerror = () => reject(request.error);
  });
}

export interface OpenEngineOptions extends DeviceStore {
  /** Made from `@sotto/client/worker`; it is told what to do, and ended with the port. */
  readonly worker: Worker;
  readonly role: 'host' | 'guest';
}

/**
 * The engine of a store, wherever it runs: in this page's worker, or in that of another tab that was there first.
 * Usable at once; what is asked before an engine serves waits for it.
 */
export function openEngine({ worker, role, storeName, tabKey }: OpenEngineOptions): EnginePort {
  const windowId = crypto.randomUUID();
  // Held as long as this page lives: so the engine learns that it is gone.
  const alive = new Promise<void>(resolve => {
    void navigator.locks.request(windowLock(windowId), () => {
      resolve();
      return new Promise<never>(() => undefined);
    });
  });
  const config: WorkerConfig = {
    type: 'sotto-config',
    role,
    relayOrigin: location.origin,
    storeName,
    ...(tabKey !== undefined && { tabKey }),
  };
  worker.postMessage(config);
  const channel = new BroadcastChannel(channelName(storeName));
  const port = connectEngine(channel, { windowId, random, ready: alive });
  if (tabKey !== undefined) {
    const stop = port.subscribe(event => {
      if (event.type !== 'state' || event.state.self === undefined) return;
      if (event.state.lock.keeps === 'tab') return;
      stop();
      void outliveTab(storeName);
    });
  }
  return {
    ...askingForStorage(port, askForPersistence),
    async close() {
      await port.close();
      channel.close();
      worker.terminate();
    },
  };
}

function random(lengthBytes: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(lengthBytes));
}
