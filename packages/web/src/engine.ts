import { type EnginePort, forgetGuestStore, guestStore, hostStore, openEngine } from '@sotto/client/window';
import workerUrl from '@sotto/client/worker?worker&url';
import { eraseDevice, leaveWhenErased } from './lock/erasure.ts';

/** The one file that knows where the engine and its Worker come from. */

interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL(url: string): string },
  ): { createScriptURL(url: string): string };
}

/** The only address that may become a script by this page's doing: that of the engine's Worker. */
const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
const policy = trustedTypes?.createPolicy('sotto', {
  createScriptURL(url) {
    if (url !== workerUrl) throw new TypeError('not the engine');
    return url;
  },
});

/** Started before it is known for whom: it loads its code meanwhile, and touches nothing. */
let warm: Worker | undefined;
let begun = false;

/** Has the engine's code ready for when somebody wants in. Nothing is opened, kept or said to anyone. */
export function warmEngine(): void {
  if (!begun) warm ??= startWorker();
}

function startWorker(): Worker {
  return new Worker(policy?.createScriptURL(workerUrl) ?? workerUrl, {
    type: 'module',
    name: 'sotto-engine',
  });
}

/** Opens the engine of this browser's host, or of this tab's guest. Rejects where the browser keeps nothing. */
export async function startEngine(role: 'host' | 'guest'): Promise<EnginePort> {
  const store = role === 'host' ? await hostStore() : await guestStore();
  begun = true;
  const worker = warm ?? startWorker();
  warm = undefined;
  const port = openEngine({ worker, role, ...store });
  leaveWhenErased(store.storeName);
  return { ...port, eraseDevice: () => eraseDevice(port, role, store.storeName) };
}

export { keptGuests, returnAsGuest } from '@sotto/client/window';

/** Takes what this tab's guest kept off the browser. For when its engine is closed. */
export async function forgetGuest(): Promise<void> {
  await forgetGuestStore();
}
