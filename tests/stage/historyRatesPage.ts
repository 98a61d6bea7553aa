import { pbkdf2By } from '@sotto/core';
import { nobleProvider } from '@sotto/mls/noble';
import { memoryKeySlots } from '@sotto/vault';
import { wasmArgon2id } from '@sotto/vault/argon2id';
import { openBrowserKeySlots } from '@sotto/vault/browser-key-slots';
import { openIndexedDbStore } from '@sotto/vault/indexeddb';
import { Engine } from '../../packages/client/src/engine/engine.ts';
import { systemClock } from '../../packages/client/src/systemClock.ts';
import { unpackRecords } from './carriedRecords.ts';
import {
  messageRates,
  type OpeningTimes,
  openingTimes,
  type Platform,
  type SearchTimes,
  searchTimes,
  type UnlockTimes,
  unlockTimes,
} from './historyRates.ts';

/** A device as it was made elsewhere: what opens it, and where its records can be fetched, page by page. */
export interface CarriedDevice {
  readonly name: string;
  readonly rootKey: readonly number[];
  readonly keys: readonly number[];
  readonly pages: number;
}

const random = (lengthBytes: number) => crypto.getRandomValues(new Uint8Array(lengthBytes));

const platform: Platform = {
  timer: async work => {
    const startedMs = performance.now();
    const result = await work();
    return { tookMs: performance.now() - startedMs, result };
  },
  random,
  stretch: wasmArgon2id,
};

async function openEngine({ name, rootKey, keys }: CarriedDevice): Promise<Engine> {
  return Engine.open({
    role: 'host',
    relayOrigin: 'http://relay.invalid',
    // A relay that cannot be reached: what is measured is on the device.
    transport: {
      connect: (_url, events) => {
        queueMicrotask(() => events.closed(1006));
        return { send: () => undefined, close: () => undefined };
      },
    },
    clock: systemClock,
    random,
    provider: nobleProvider,
    passwordKey: () => Promise.reject(new Error('nobody knocks here')),
    stretch: pbkdf2By(crypto.subtle),
    giveWay: () => new Promise(resolve => setTimeout(resolve, 0)),
    store: await openIndexedDbStore(name),
    slots: memoryKeySlots({ bytes: Uint8Array.from(keys) }),
    rootKey: Uint8Array.from(rootKey),
  });
}

/** What runs in the worker, as the engine does; the page's functions call it by name. */
const inWorker = {
  async unlock(): Promise<UnlockTimes> {
    const slots = await openBrowserKeySlots('unlock');
    const times = await unlockTimes(slots, platform);
    await slots.close();
    return times;
  },

  async rates(windowMs: number) {
    const [beneath, bare] = [await openIndexedDbStore('rates'), await openIndexedDbStore('bare')];
    return messageRates({ beneath, bare, slots: memoryKeySlots() }, platform, windowMs);
  },

  /** Puts the records in; gives how many there were. */
  async fill({ name, pages }: CarriedDevice): Promise<number> {
    const store = await openIndexedDbStore(name);
    let count = 0;
    for (let page = 0; page < pages; page += 1) {
      const response = await fetch(`/records/${name}/${page}`);
      const records = unpackRecords(new Uint8Array(await response.arrayBuffer()));
      await store.commit(records);
      count += records.length;
    }
    await store.close();
    return count;
  },

  open: (device: CarriedDevice, setting: { rooms: number; times: number }): Promise<OpeningTimes> =>
    openingTimes(() => openEngine(device), platform, setting),

  async search(
    device: CarriedDevice,
    setting: { queries: readonly string[]; limit: number; warmUp: number },
  ): Promise<SearchTimes> {
    const engine = await openEngine(device);
    const times = await searchTimes(engine.window(), platform, setting);
    await engine.close();
    return times;
  },
};

type InWorker = typeof inWorker;
type Answer = { readonly value: unknown } | { readonly error: string };

/** What the benchmark can ask of the page: bundled by vaultSite.ts. */
export interface HistoryRatesPage {
  ask<Name extends keyof InWorker>(
    name: Name,
    ...args: Parameters<InWorker[Name]>
  ): Promise<Awaited<ReturnType<InWorker[Name]>>>;
}

if (typeof document === 'undefined') {
  addEventListener('message', async ({ data: { name, args, port } }: MessageEvent) => {
    try {
      port.postMessage({
        value: await (inWorker[name as keyof InWorker] as (...all: never[]) => unknown)(...(args as never[])),
      });
    } catch (error) {
      port.postMessage({ error: String(error) });
    }
  });
} else {
  const worker = new Worker('/page.js', { type: 'module' });
  const page: HistoryRatesPage = {
    ask: (name, ...args) => {
      const { port1, port2 } = new MessageChannel();
      worker.postMessage({ name, args, port: port2 }, [port2]);
      return new Promise((resolve, reject) => {
        port1.onmessage = ({ data }: MessageEvent<Answer>) =>
          'error' in data ? reject(new Error(data.error)) : resolve(data.value as never);
        worker.onerror = ({ message }) => reject(new Error(message));
      });
    },
  };
  Object.assign(globalThis, { historyRatesPage: page });
}
