/**
 * What runs in the Web Worker of a page: waits for its `WorkerConfig`, then stands for the engine of that store.
 * The page talks to whichever worker was elected by `openEngine` (`@sotto/client/window`).
 */
import { pbkdf2By } from '@sotto/core';
import { nobleProvider } from '@sotto/mls/noble';
import { type KeySlots, MemoryStore, memoryKeySlots, VaultError, type VaultStore } from '@sotto/vault';
import { openBrowserKeySlots } from '@sotto/vault/browser-key-slots';
import { openIndexedDbStore } from '@sotto/vault/indexeddb';
import { Engine } from '../engine/engine.ts';
import { webSocketTransport } from '../relay/webSocketTransport.ts';
import { systemClock } from '../systemClock.ts';
import { channelName, standForEngine } from './electedEngine.ts';
import { httpInviteLookup } from './inviteLookup.ts';
import { isWorkerConfig, type WorkerConfig } from './workerConfig.ts';

const RANDOM_BYTES_AT_ONCE = 65_536;

function random(lengthBytes: number): Uint8Array {
  const bytes = new Uint8Array(lengthBytes);
  for (let at = 0; at < lengthBytes; at += RANDOM_BYTES_AT_ONCE) {
    crypto.getRandomValues(bytes.subarray(at, at + RANDOM_BYTES_AT_ONCE));
  }
  return bytes;
}

interface Storage {
  readonly store: VaultStore;
  readonly slots: KeySlots;
}

async function openStorage({ role, storeName }: WorkerConfig, onLost: () => void): Promise<Storage> {
  try {
    const store = await openIndexedDbStore(storeName, { onLost });
    return { store, slots: await openBrowserKeySlots(storeName) };
  } catch (error) {
    // A guest may be here for one talk in a private window: then memory must do.
    if (role === 'guest' && error instanceof VaultError && error.code === 'STORAGE_FAILED')
      return { store: new MemoryStore(), slots: memoryKeySlots() };
    throw error;
  }
}

async function openEngine(config: WorkerConfig): Promise<Engine> {
  const { role, relayOrigin, rootKey } = config;
  let engine: Engine | undefined;
  const storage = await openStorage(config, () => engine?.loseStore());
  engine = await Engine.open({
    role,
    relayOrigin,
    rootKey,
    ...storage,
    transport: webSocketTransport(url => new WebSocket(url)),
    clock: systemClock,
    random,
    provider: nobleProvider,
    // Argon2 comes as WebAssembly: loaded by those only who meet a password.
    passwordKey: async (password, salt) => (await import('@sotto/core/password')).passwordKey(password, salt),
    stretch: pbkdf2By(crypto.subtle),
    lookUp: httpInviteLookup(relayOrigin),
  });
  return engine;
}

addEventListener(
  'message',
  ({ data }: MessageEvent<unknown>) => {
    if (!isWorkerConfig(data)) return;
    standForEngine({
      storeName: data.storeName,
      locks: navigator.locks,
      channel: new BroadcastChannel(channelName(data.storeName)),
      engineId: crypto.randomUUID(),
      open: () => openEngine(data),
    }).catch(() => undefined);
  },
  { once: true },
);
