import '../../client/src/testing/loaded.fixture.ts';
import {
  type ClientError,
  Engine,
  type InviteLookup,
  type Transport,
  type UnlockedPort,
} from '@sotto/client';
import { conversationView, loadConversation } from '@sotto/core';
import { nodeProvider } from '@sotto/mls/node';
import {
  type MemoryDisk,
  MemoryStore,
  memoryDisk,
  memoryKeySlots,
  memoryKeySlotsDisk,
  Vault,
  type VaultStore,
} from '@sotto/vault';
import { type CommitFault, FaultyStore } from './faultyStore.ts';
import { Screen, type ScreenWatcher } from './screen.ts';
import type { SeededRandom } from './seededRandom.ts';
import type { SimulatedClock } from './simulatedClock.ts';
import type { Address } from './simulatedConnection.ts';
import { SimulatedProcess } from './simulatedProcess.ts';

/** Stands between an engine and its disk. */
export type DiskWrap = (store: VaultStore, process: SimulatedProcess, disk: MemoryDisk) => VaultStore;

/** What a device needs of the world around it. */
export interface DeviceWorld {
  readonly time: SimulatedClock;
  readonly random: SeededRandom;
  transport(address: Address, process: SimulatedProcess): Transport;
  readonly lookUp: InviteLookup;
  readonly wrapDisk: DiskWrap;
  watcher(who: string): ScreenWatcher;
}

/** A person's machine: its disk outlives every program that runs on it. */
export class Device {
  readonly disk = memoryDisk();
  readonly #keys = memoryKeySlotsDisk();
  readonly #rootKey: Uint8Array;
  #process: SimulatedProcess | undefined;
  #engine: Engine | undefined;
  #runs = 0;
  port: UnlockedPort | undefined;
  screen: Screen | undefined;
  /** How far its clock is ahead of true time. */
  skewMs = 0;
  /** What goes wrong with its next commits; empty for none. */
  readonly faults: CommitFault[] = [];
  /** Commits that fail from now on, all of them. */
  diskFull = false;

  constructor(
    private readonly world: DeviceWorld,
    readonly address: Address,
  ) {
    this.#rootKey = world.random.fork(`root key of ${address.who}`).bytes(32);
  }

  get who(): string {
    return this.address.who;
  }

  /** Whether a program runs; it may still be opening its store. */
  get isRunning(): boolean {
    return this.#process?.alive === true;
  }

  /** Whether it runs, and has not given up. */
  get isWorking(): boolean {
    return this.isRunning && this.screen !== undefined && this.screen.state.connection.state !== 'stopped';
  }

  /** Starts the program. Rejects with what `Engine.open` throws; never resolves when it is killed before. */
  async start(): Promise<void> {
    if (this.isRunning) return;
    const { time, lookUp } = this.world;
    const process = new SimulatedProcess(time, () => this.skewMs);
    const random = this.world.random.fork(`${this.who}, run ${this.#runs++}`);
    this.#process = process;
    const store = new FaultyStore(
      this.world.wrapDisk(new MemoryStore(this.disk), process, this.disk),
      process.clock,
      process,
      {
        nextCommit: () => this.faults.shift() ?? (this.diskFull ? 'quota-exceeded' : 'none'),
        commitMs: () => [random.between(0, 6), random.between(0, 3)],
        crashed: () => this.kill(),
      },
    );
    try {
      const engine = await Engine.open({
        role: this.address.listenerRole,
        relayOrigin: this.address.origin,
        transport: this.world.transport(this.address, process),
        clock: process.clock,
        random: lengthBytes => random.bytes(lengthBytes),
        provider: nodeProvider,
        store,
        slots: memoryKeySlots(this.#keys),
        rootKey: this.#rootKey,
        passwordKey: async (password, salt) => quickly(new TextEncoder().encode(password), salt, 32),
        stretch: async (password, salt, _iterations, lengthBytes) => quickly(password, salt, lengthBytes),
        lookUp: token => (process.alive ? lookUp(token) : Promise.reject(new Error('the program is gone'))),
      });
      this.#engine = engine;
      this.port = engine.window();
      this.screen = new Screen(this.port, this.world.watcher(this.who));
    } catch (error) {
      process.kill();
      throw error;
    }
  }

  /** As kill -9. */
  kill(): void {
    this.#process?.kill();
    this.#engine = undefined;
    this.port = undefined;
    this.screen = undefined;
  }

  /** Resolves when the program that runs now is gone; at once when none runs. */
  killed(): Promise<void> {
    const process = this.#process;
    if (process === undefined || !process.alive) return Promise.resolve();
    return new Promise(resolve => process.onKill(resolve));
  }

  /** Ends the program in good order. */
  async close(): Promise<void> {
    const { ...running } = { engine: this.#engine, process: this.#process };
    await running.engine?.close();
    if (running.process === this.#process) this.kill();
  }

  /** Opens the disk beside the program and reads the secrets that members compare: epoch and authenticator. */
  async epochMark(streamId: string): Promise<{ epoch: number; authenticator: string } | undefined> {
    const vault = await Vault.open(new MemoryStore(this.disk), {
      rootKey: this.#rootKey,
      slots: memoryKeySlots(this.#keys),
      random: lengthBytes => new Uint8Array(lengthBytes),
    });
    const prefix = `mls/${streamId}/`;
    const records = await vault.scan({ prefix, limit: 100_000 });
    if (records.length === 0) return undefined;
    const conversation = loadConversation(
      { provider: nodeProvider },
      records.map(({ key, value }) => [key.slice(prefix.length), value] as const),
    );
    const { epoch, epochAuthenticator } = conversationView(conversation);
    return { epoch, authenticator: Buffer.from(epochAuthenticator).toString('hex') };
  }
}

/** In place of argon2id and PBKDF2: as good for a story, and done at once. */
export function quickly(password: Uint8Array, salt: Uint8Array, lengthBytes: number): Uint8Array {
  return nodeProvider.hkdfExpand(
    'SHA-256',
    nodeProvider.hkdfExtract('SHA-256', salt, password),
    new Uint8Array(0),
    lengthBytes,
  );
}

/** The code of an intent's refusal; `undefined` for an error that nobody should ever see. */
export function codeOf(error: unknown): ClientError['code'] | undefined {
  return error instanceof Error && error.name === 'ClientError' ? (error as ClientError).code : undefined;
}
