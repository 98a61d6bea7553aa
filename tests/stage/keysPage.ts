import { Keyring, VaultError } from '@sotto/vault';
import { wasmArgon2id } from '@sotto/vault/argon2id';
import { BROWSER_KEY_SLOTS, runKeySlotsContract } from '@sotto/vault/key-slots-contract-page';
import { createPasskeyLock, readPasskeyLock } from '@sotto/vault/passkey';

type Place = keyof typeof BROWSER_KEY_SLOTS;

const RING = 'ring';
const SLOT = 7;

const random = (lengthBytes: number) => crypto.getRandomValues(new Uint8Array(lengthBytes));
const hexOf = (bytes: Uint8Array) => Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('');
const slotFull = (byte: number) => new Uint8Array(1024).fill(byte);
const slotOf = (all: Uint8Array, slot: number) => all.subarray(slot * 1024, (slot + 1) * 1024);

async function onRing<T>(work: (keyring: Keyring) => Promise<T>): Promise<T> {
  const slots = await BROWSER_KEY_SLOTS.file(RING);
  try {
    return await work(await Keyring.open(slots, { random, nowMs: Date.now, stretch: wasmArgon2id }));
  } finally {
    await slots.close();
  }
}

/** What runs in the worker, where files can be overwritten; the page's functions call it by name. */
const inWorker = {
  runKeySlotsContract,

  /** Fills one slot with number after number, for ever, between two neighbours; tells each one that is on disk. */
  async countUp(place: Place, name: string): Promise<void> {
    const slots = await BROWSER_KEY_SLOTS[place](name);
    for (const neighbour of [SLOT - 1, SLOT + 1]) await slots.write(neighbour, slotFull(255));
    const first = slotOf(await slots.readAll(), SLOT)[0]!;
    for (let number = first + 1; number < 250; number += 1) {
      await slots.write(SLOT, slotFull(number));
      postMessage({ resolved: number });
    }
  },

  /** The numbers in the slot and in its neighbours. */
  async numbersIn(place: Place, name: string): Promise<{ own: number[]; neighbours: number[] }> {
    const slots = await BROWSER_KEY_SLOTS[place](name);
    const all = await slots.readAll();
    await slots.close();
    const numbers = (slot: number) => [...new Set(slotOf(all, slot))];
    return { own: numbers(SLOT), neighbours: [...numbers(SLOT - 1), ...numbers(SLOT + 1)] };
  },

  /** Leaves one canary in a slot, and overwrites another; tells whether that was in place. */
  async leaveCanaries(place: Place, kept: Uint8Array, overwritten: Uint8Array): Promise<boolean> {
    const slots = await BROWSER_KEY_SLOTS[place]('canaries');
    await slots.write(4, kept);
    await slots.write(5, overwritten);
    await slots.write(5, new Uint8Array(0));
    return slots.inPlace;
  },

  begin: (lock: Parameters<Keyring['begin']>[0]) =>
    onRing(async keyring => hexOf((await keyring.begin(lock)).rootKey)),
  addLock: (rootKeyOf: Parameters<Keyring['unlock']>[0], lock: Parameters<Keyring['addLock']>[1]) =>
    onRing(async keyring => void (await keyring.addLock(await keyring.unlock(rootKeyOf), lock))),
  unlock: (secret: Parameters<Keyring['unlock']>[0]) =>
    onRing(async keyring => hexOf(await keyring.unlock(secret))),
  passkeys: () =>
    onRing(async keyring => keyring.locks.flatMap(lock => (lock.kind === 'passkey' ? [lock] : []))),
};

type InWorker = typeof inWorker;
type Answer = { value: unknown } | { code: string };

/** What a test can ask of the page. Failures of the vault come as their code. */
export interface KeysPage {
  runKeySlotsContract: InWorker['runKeySlotsContract'];
  numbersIn: InWorker['numbersIn'];
  /** As hexadecimal digits. Tells whether the slots say that they overwrite in place. */
  leaveCanaries(place: Place, kept: string, overwritten: string): Promise<boolean>;
  countUp(place: Place, name: string, resolved: (number: number) => unknown): Promise<void>;
  /** A ring with a passphrase and a passkey: its root key. */
  beginWithPasskey(passphrase: string): Promise<string>;
  /** The root key, by passkey or by passphrase. */
  unlockByPasskey(): Promise<string>;
  unlockByPassphrase(passphrase: string): Promise<string>;
  /** With what another passkey gives, under the name of the ring's. */
  unlockByPretender(): Promise<string>;
  createPasskey(): Promise<string>;
}

function pageFunctions(): KeysPage {
  const worker = new Worker('/page.js', { type: 'module' });
  const ask = <Name extends keyof InWorker>(
    name: Name,
    ...args: Parameters<InWorker[Name]>
  ): ReturnType<InWorker[Name]> => {
    const { port1, port2 } = new MessageChannel();
    worker.postMessage({ name, args, port: port2 }, [port2]);
    return new Promise((resolve, reject) => {
      port1.onmessage = ({ data }: MessageEvent<Answer>) =>
        'code' in data ? reject(new Error(data.code)) : resolve(data.value as never);
    }) as ReturnType<InWorker[Name]>;
  };
  const bytesOf = (hex: string) => Uint8Array.from(hex.match(/../g)!, pair => Number.parseInt(pair, 16));
  const codeInstead = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw error instanceof VaultError ? new Error(error.code) : error;
    }
  };

  return {
    runKeySlotsContract: () => ask('runKeySlotsContract'),
    numbersIn: (place, name) => ask('numbersIn', place, name),
    leaveCanaries: (place, kept, overwritten) =>
      ask('leaveCanaries', place, bytesOf(kept), bytesOf(overwritten)),
    async countUp(place, name, resolved) {
      worker.onmessage = ({ data }: MessageEvent<{ resolved: number }>) => void resolved(data.resolved);
      await ask('countUp', place, name);
    },
    beginWithPasskey: passphrase =>
      codeInstead(async () => {
        const own = { kind: 'passphrase', passphrase } as const;
        const rootKey = await ask('begin', own);
        await ask('addLock', own, await createPasskeyLock({ name: 'Mara', known: [] }));
        return rootKey;
      }),
    unlockByPasskey: () =>
      codeInstead(async () => ask('unlock', await readPasskeyLock(await ask('passkeys')))),
    unlockByPassphrase: passphrase => ask('unlock', { kind: 'passphrase', passphrase }),
    unlockByPretender: () =>
      codeInstead(async () => {
        const other = await createPasskeyLock({ name: 'Mallory', known: [] });
        const [own] = await ask('passkeys');
        return ask('unlock', { ...other, credentialId: own!.credentialId });
      }),
    createPasskey: () => codeInstead(async () => (await createPasskeyLock({ name: 'Mara', known: [] })).kind),
  };
}

if (typeof document === 'undefined') {
  addEventListener('message', ({ data: { name, args, port } }: MessageEvent) => {
    const work = inWorker[name as keyof InWorker] as (...args: unknown[]) => Promise<unknown>;
    work(...(args as unknown[])).then(
      value => (port as MessagePort).postMessage({ value }),
      (error: unknown) =>
        (port as MessagePort).postMessage({ code: error instanceof VaultError ? error.code : String(error) }),
    );
  });
} else {
  Object.assign(globalThis, { keysPage: pageFunctions() });
}
