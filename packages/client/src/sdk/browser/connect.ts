import { type ArrivalOptions, arrive, unlock } from '../arriving.ts';
import { type Home, homeOf } from '../belonging.ts';
import { Sotto } from '../sotto.ts';
import { SottoError, told } from '../sottoError.ts';
import { WorkerDevice } from './workerDevice.ts';

/** Which device a page is. */
export interface ConnectOptions extends ArrivalOptions {
  /**
   * Tells the devices apart that pages of this origin have, by letters, digits and hyphens; one where it is left out.
   * Pages share the one they name.
   */
  readonly device?: string | undefined;
  /**
   * Makes the Worker that the engine runs in, of `@sotto/client/worker`: for pages whose bundler wants it otherwise than
   * by `new URL(…, import.meta.url)`, or whose Trusted Types ask for a policy of their own.
   */
  readonly worker?: (() => Worker) | undefined;
}

/**
 * Opens a device of this page's origin, and begins to reach its relay. What was kept is there at once, also without the
 * relay: encrypted records in IndexedDB, their keys in the origin's private files. Browsers may take it away when the
 * disk is full, unless the page asks them not to (`navigator.storage.persist()`).
 *
 * Throws `SottoError`: `STORAGE_UNAVAILABLE`, `STORAGE_LOST`, `PASSPHRASE_NEEDED`, `WRONG_SECRET`, `RELAY_NEEDED`,
 * `OTHER_RELAY`, `BAD_NAME`; with a link what `Sotto.join` throws.
 */
export async function connect(options: ConnectOptions): Promise<Sotto> {
  const storeName = storeNameOf(options.device ?? 'default');
  const home = homeOf(keptHome(storeName), options);
  const device = new WorkerDevice(options.worker?.() ?? startWorker(), {
    type: 'sotto-config',
    role: home.role,
    relayOrigin: home.relay,
    storeName,
    mustKeep: true,
  });
  const sotto = new Sotto(device);
  try {
    // Answered once an engine serves; what the device keeps is known then.
    await told(() => sotto.port.stayUnlocked());
    await unlock(sotto.state.lock, sotto.port, options.passphrase);
    keepHome(storeName, home);
    await arrive(sotto, options);
    return sotto;
  } catch (error) {
    await sotto.close();
    throw error;
  }
}

function storeNameOf(device: string): string {
  if (!/^[a-z0-9-]{1,40}$/i.test(device))
    throw new SottoError('BAD_NAME', 'a device is called by letters, digits and hyphens');
  return `sotto-device-${device}`;
}

function startWorker(): Worker {
  // As it stands: bundlers look for these words.
  return new Worker(new URL('../../browser/worker.ts', import.meta.url), {
    type: 'module',
    name: 'sotto-engine',
  });
}

/** Beside the records, in clear, as in a device's folder in Node. */
function keptHome(storeName: string): Home | undefined {
  try {
    const kept: unknown = JSON.parse(storageHere().getItem(storeName) ?? 'null');
    const { relay, role } = Object(kept) as Partial<Record<keyof Home, unknown>>;
    if (typeof relay !== 'string' || !URL.canParse(relay)) return undefined;
    return { relay, role: role === 'host' ? 'host' : 'guest' };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function keepHome(storeName: string, home: Home): void {
  storageHere().setItem(storeName, JSON.stringify(home));
}

function storageHere(): Storage {
  try {
    return localStorage;
  } catch {
    throw new SottoError('STORAGE_UNAVAILABLE', 'the browser keeps nothing for this page');
  }
}
