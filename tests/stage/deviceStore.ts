import { randomBytes } from 'node:crypto';
import { type Conversation, type CoreEnv, conversationView, loadConversation } from '@sotto/core';
import { nodeProvider } from '@sotto/mls/node';
import { Keyring, MemoryStore, memoryKeySlots, memoryKeySlotsDisk, Vault } from '@sotto/vault';
import { wasmArgon2id } from '@sotto/vault/argon2id';
import type { Page } from 'playwright-core';

/** What Sotto keeps in a browser, byte for byte: the records, and the file of key slots beside them. */
export interface DeviceStore {
  readonly records: ReadonlyMap<string, Uint8Array>;
  readonly slots: Uint8Array;
}

export const CORE_ENV: CoreEnv = { provider: nodeProvider, random: randomBytes, nowMs: Date.now };

/**
 * Takes a copy of the store that the device of this browser has. `page`: of the same origin, where no engine runs.
 */
export async function copyOfStore(page: Page): Promise<DeviceStore> {
  const { records, slots } = await page.evaluate(async () => {
    const result = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const inText = (bytes: Uint8Array) => Array.from(bytes, byte => String.fromCharCode(byte)).join('');
    const folder = await navigator.storage.getDirectory();
    for await (const [name, entry] of folder as unknown as AsyncIterable<[string, FileSystemFileHandle]>) {
      if (!name.endsWith('.keys')) continue;
      const slots = new Uint8Array(await (await entry.getFile()).arrayBuffer());
      const database = await result(indexedDB.open(name.slice(0, -'.keys'.length)));
      const store = database.transaction('records').objectStore('records');
      const [keys, values] = await Promise.all([result(store.getAllKeys()), result(store.getAll())]);
      database.close();
      return {
        slots: inText(slots),
        records: keys.map((key, at) => [String(key), inText(values[at])] as const),
      };
    }
    throw new Error('there is no store in this browser');
  });
  const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'));
  return {
    slots: bytesOf(slots),
    records: new Map(records.map(([key, value]) => [key, bytesOf(value)])),
  };
}

/** Opens a copy with the key that lies beside it: nobody has set a lock. */
export async function openStore({ records, slots }: DeviceStore): Promise<Vault> {
  const disk = memoryKeySlotsDisk();
  disk.bytes.set(slots);
  const keySlots = memoryKeySlots(disk);
  const keyring = await Keyring.open(keySlots, {
    random: randomBytes,
    nowMs: Date.now,
    stretch: wasmArgon2id,
  });
  const rootKey = await keyring.unlock({ kind: 'open' });
  const store = new MemoryStore({ records: new Map(records) });
  return Vault.open(store, { rootKey, random: randomBytes, slots: keySlots });
}

/** The rooms that a store has the keys of. */
export async function conversationsIn(vault: Vault): Promise<readonly Conversation[]> {
  const conversations: Conversation[] = [];
  for (const roomId of await roomsIn(vault)) {
    const prefix = `mls/${roomId}/`;
    const records = await vault.scan({ prefix, limit: MOST });
    if (records.length === 0) continue;
    const written = records.map(({ key, value }) => [key.slice(prefix.length), value] as const);
    conversations.push(loadConversation(CORE_ENV, written));
  }
  return conversations;
}

/** The one of this title. */
export async function conversationCalled(vault: Vault, title: string): Promise<Conversation> {
  const found = (await conversationsIn(vault)).find(each => conversationView(each).title === title);
  if (found === undefined) throw new Error(`the store has no conversation called ${title}`);
  return found;
}

/** All that stands in the logs of a store, as the records have it. */
export async function logsIn(vault: Vault): Promise<string> {
  const rooms = await roomsIn(vault);
  const logs = await Promise.all(rooms.map(roomId => vault.scan({ prefix: `log/${roomId}/`, limit: MOST })));
  return logs
    .flat()
    .map(({ value }) => Buffer.from(value).toString('utf8'))
    .join('\n');
}

const MOST = 10_000;

async function roomsIn(vault: Vault): Promise<readonly string[]> {
  return (await vault.scan({ prefix: 'room/', limit: MOST })).map(({ key }) => key.slice('room/'.length));
}
