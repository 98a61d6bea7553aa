import { tabMemory } from '@sotto/client/door';
import type { EnginePort } from '@sotto/client/window';
import { forgetGuestNotes, forgetLostStore } from '@sotto/client/window';
import { isBeyondHelp } from './storageTrouble.ts';

/** This window is the one that erases: where it goes next is for its own screen to say. */
let erasesItself = false;
/** The store that this page works on. */
let ownStoreName: string | undefined;

/**
 * Erases what the engine keeps, and what the page keeps beside it: preferences, the visit of a guest. The other windows
 * of the device go to a fresh page; this one is the caller's. Rejects as the engine's intent does.
 */
export async function eraseDevice(
  port: EnginePort,
  role: 'host' | 'guest',
  storeName: string,
): Promise<void> {
  erasesItself = true;
  // At once: a tab that is closed meanwhile leaves nothing that leads to the rest.
  if (role === 'guest') forgetGuestNotes();
  let lost = false;
  let beyondHelp = false;
  const unsubscribe = port.subscribe(event => {
    if (event.type !== 'state' || event.state.connection.state !== 'stopped') return;
    lost = true;
    beyondHelp = isBeyondHelp(event.state.connection);
  });
  try {
    // Where there is no engine that could, because keys or records are gone, the rest is taken away.
    if (beyondHelp) await port.close().then(() => forgetLostStore(storeName));
    else await port.eraseDevice();
  } catch (error) {
    // An engine that has erased its store has none any more, and may say that first.
    if (!lost) {
      erasesItself = false;
      throw error;
    }
  } finally {
    unsubscribe();
  }
  if (role === 'guest') await forgetLostStore(storeName).catch(() => undefined);
  forgetPage(role);
  tellOthers(storeName);
}

/**
 * For an engine that erased itself, as it does when its person signs out: takes away what the page keeps beside it, and
 * has the other windows of the device go to a fresh page.
 */
export function forgetErased(role: 'host' | 'guest'): void {
  erasesItself = true;
  if (role === 'guest') forgetGuestNotes();
  forgetPage(role);
  if (ownStoreName !== undefined) tellOthers(ownStoreName);
}

function tellOthers(storeName: string): void {
  const others = new BroadcastChannel(channelName(storeName));
  others.postMessage('erased');
  others.close();
}

/** Goes to a fresh page when another window of this device erases it. */
export function leaveWhenErased(storeName: string): void {
  ownStoreName = storeName;
  new BroadcastChannel(channelName(storeName)).addEventListener('message', () => {
    if (!erasesItself) startAfresh();
  });
}

/** The page that someone sees who was never here. */
export function startAfresh(): void {
  tabMemory.forget();
  location.replace('/');
}

function forgetPage(role: 'host' | 'guest'): void {
  if (history.state !== null) history.replaceState(null, '');
  tabMemory.forget();
  try {
    // Other guests may be kept in this browser, with their notes in there.
    if (role === 'host') localStorage.clear();
  } catch {
    // A browser that keeps nothing has nothing to forget.
  }
}

function channelName(storeName: string): string {
  return `sotto-erased:${storeName}`;
}
