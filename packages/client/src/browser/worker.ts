/**
 * What runs in the Web Worker of a page: waits for its `WorkerConfig`, then stands for the engine of that store.
 * The page talks to whichever worker was elected by `openEngine` (`@sotto/client/window`).
 */
import { pbkdf2By } from '@sotto/core';
import { nobleAesProvider } from '@sotto/mls/noble-aes';
import { MemoryStore, memoryKeySlots, VaultError } from '@sotto/vault';
import { openBrowserKeySlots } from '@sotto/vault/browser-key-slots';
import { openIndexedDbStore } from '@sotto/vault/indexeddb';
import { type DeviceStorage, LockingDevice } from '../lock/lockingDevice.ts';
import { webSocketTransport } from '../relay/webSocketTransport.ts';
import { systemClock } from '../systemClock.ts';
import { channelName, standForEngine } from './electedEngine.ts';
import { httpAccountPost } from './httpAccountPost.ts';
import { httpInviteLookup } from './inviteLookup.ts';
import { openRecordsAndKeys } from './recordsAndKeys.ts';
import { warmUp } from './warmUp.ts';
import { isWorkerConfig, type WorkerConfig } from './workerConfig.ts';

const RANDOM_BYTES_AT_ONCE = 65_536;
const LONGEST_RUN_MS = 16;

function random(lengthBytes: number): Uint8Array {
  const bytes = new Uint8Array(lengthBytes);
  for (let at = 0; at < lengthBytes; at += RANDOM_BYTES_AT_ONCE) {
    crypto.getRandomValues(bytes.subarray(at, at + RANDOM_BYTES_AT_ONCE));
  }
  return bytes;
}

/** Pauses where work has gone on for longer than a frame lasts. */
function givingWay(): () => Promise<void> {
  let pausedMs = performance.now();
  return async () => {
    if (performance.now() - pausedMs < LONGEST_RUN_MS) return;
    await new Promise(resolve => setTimeout(resolve));
    pausedMs = performance.now();
  };
}

async function openStorage(
  { role, storeName, tabKey, mustKeep = false }: WorkerConfig,
  onLost: () => void,
): Promise<DeviceStorage> {
  try {
    return await openRecordsAndKeys({
      slots: () => openBrowserKeySlots(storeName),
      store: mustExist => openIndexedDbStore(storeName, { onLost, mustExist }),
      // What a tab keeps may be gone any time: its guest knocks again.
      mayBeginAnew: tabKey !== undefined,
    });
  } catch (error) {
    // A guest may be here for one talk in a private window: then memory must do.
    const code = error instanceof VaultError ? error.code : undefined;
    const mayPass = role === 'guest' && !mustKeep;
    if (mayPass && (code === 'STORAGE_UNAVAILABLE' || code === 'STORAGE_FAILED'))
      return { store: new MemoryStore(), slots: memoryKeySlots(), passing: true };
    throw error;
  }
}

function openDevice(config: WorkerConfig): Promise<LockingDevice> {
  const { role, relayOrigin, tabKey } = config;
  return LockingDevice.open({
    engine: {
      role,
      relayOrigin,
      transport: webSocketTransport(url => new WebSocket(url)),
      clock: systemClock,
      random,
      provider: nobleAesProvider,
      // Argon2 comes as WebAssembly: loaded by those only who meet a password.
      passwordKey: async (password, salt) =>
        (await import('@sotto/core/password')).passwordKey(password, salt),
      stretch: pbkdf2By(crypto.subtle),
      lookUp: httpInviteLookup(relayOrigin),
      // So does OPAQUE.
      accounts: {
        post: httpAccountPost(relayOrigin),
        load: () => import('../account/accounts.ts'),
        opaque: async () => (await import('../account/serenityOpaque.ts')).serenityOpaque(),
      },
      giveWay: givingWay(),
    },
    openStorage: lost => openStorage(config, lost),
    ...(tabKey !== undefined && { tabKey }),
    argon2id: async (...args) => (await import('@sotto/vault/argon2id')).wasmArgon2id(...args),
    monotonicMs: () => performance.now(),
  });
}

let awaited = false;
void warmUp(nobleAesProvider, () => awaited);

addEventListener(
  'message',
  ({ data }: MessageEvent<unknown>) => {
    if (!isWorkerConfig(data)) return;
    awaited = true;
    standForEngine({
      storeName: data.storeName,
      locks: navigator.locks,
      channel: new BroadcastChannel(channelName(data.storeName)),
      engineId: crypto.randomUUID(),
      open: () => openDevice(data),
    }).catch(() => undefined);
  },
  { once: true },
);
