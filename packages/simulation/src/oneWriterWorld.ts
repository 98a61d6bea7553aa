import { createHash } from 'node:crypto';
import { type ClientError, Engine, type RoomId, type Transport, type UnlockedPort } from '@sotto/client';
import { nodeProvider } from '@sotto/mls/node';
import { MemoryStore, memoryKeySlots } from '@sotto/vault';
import { frameInWords } from './frameWords.ts';
import { type PassMessage, SimulatedBroadcast } from './oneWriterChannel.ts';
import { NonceLedger } from './oneWriterLedger.ts';
import { type LockFaults, SimulatedLocks } from './oneWriterLocks.ts';
import type { TabProcess } from './oneWriterProcess.ts';
import {
  clockFrom,
  copyOf,
  engineOptions,
  GUEST,
  HOST,
  type Profile,
  type Prologue,
  prologue,
} from './oneWriterPrologue.ts';
import { type OpenDisk, SharedDisk } from './oneWriterStorage.ts';
import { type Asked, type Browser, Tab } from './oneWriterTab.ts';
import type { RecordedTables } from './recordedTables.ts';
import { Screen } from './screen.ts';
import { SeededRandom } from './seededRandom.ts';
import { type SimulatedClock, START_MS } from './simulatedClock.ts';
import { FAIR_WEATHER, SimulatedNetwork, SLOW_WEATHER } from './simulatedNetwork.ts';
import { SimulatedProcess } from './simulatedProcess.ts';
import { SimulatedRelay } from './simulatedRelay.ts';

/** What is broken in a browser, for a checker to find. */
export interface Plant {
  readonly locks?: LockFaults;
  readonly pass?: PassMessage;
  readonly openDisk?: OpenDisk;
  /** Every program draws what the one before drew. */
  readonly sameRandom?: boolean;
}

export interface RaceWorldOptions {
  readonly seed: number;
  readonly plant?: Plant;
  /** Hears of everything that happens, line by line. */
  readonly trace?: (line: string) => void;
}

/** A host's browser with its tabs, a guest, and the relay between them, in virtual time and from one seed. */
export class RaceWorld {
  readonly random: SeededRandom;
  readonly ledger = new NonceLedger();
  readonly tabs: Tab[] = [];
  readonly guestAsked: Asked[] = [];
  readonly crashes: string[] = [];
  readonly seenTwice: string[] = [];
  readonly disk: SharedDisk;
  readonly network: SimulatedNetwork;
  readonly relay: SimulatedRelay;
  readonly roomId: RoomId;
  readonly #browser: Browser;
  readonly #locks: SimulatedLocks;
  readonly #hash = createHash('sha256');
  #relayDisk: RecordedTables;
  #guest: UnlockedPort | undefined;
  #guestScreen: Screen | undefined;

  private constructor(
    private readonly options: RaceWorldOptions,
    private readonly past: Prologue,
    readonly time: SimulatedClock,
  ) {
    const { seed, plant = {} } = options;
    this.#relayDisk = past.relayTables();
    this.random = new SeededRandom(seed);
    this.roomId = past.roomId;
    this.network = new SimulatedNetwork(
      time,
      this.random.fork('network'),
      this.random.fork('weather').chance(0.7) ? FAIR_WEATHER : SLOW_WEATHER,
    );
    this.relay = new SimulatedRelay(
      time,
      this.random.fork('relay'),
      this.network,
      store => ({
        ...store,
        append: async (caller, append) => {
          const appended = await store.append(caller, append);
          this.ledger.taken(append.payload);
          return appended;
        },
      }),
      (step, error) => this.crashed(`relay, ${step}`, error),
      this.#relayDisk.tables,
    );
    this.network.intercept({
      pass: (direction, who, frame) => {
        this.#hash.update(frame);
        const arrow = direction === 'to-relay' ? `${who} -> relay` : `relay -> ${who}`;
        this.say(
          `${arrow}  ${this.options.trace === undefined ? frame.length : frameInWords(direction, frame)}`,
        );
        return [frame];
      },
    });
    const withPassphrase = this.random.fork('passphrase').chance(0.4);
    this.disk = new SharedDisk(
      copyOf(withPassphrase ? past.lockedHost : past.host),
      this.ledger,
      plant.openDisk,
    );
    this.#locks = new SimulatedLocks(time, this.random.fork('locks'), plant.locks);
    this.#browser = this.#makeBrowser(plant);
  }

  /** The relay runs, the guest is there; the host's browser is still closed. */
  static async begin(options: RaceWorldOptions): Promise<RaceWorld> {
    const past = await prologue();
    const world = new RaceWorld(options, past, await clockFrom(past.nowMs));
    world.relay.start();
    await world.#startGuest();
    return world;
  }

  get traceHash(): string {
    return this.#hash.copy().digest('hex');
  }

  say(line: string): void {
    const atMs = this.time.nowMs() - START_MS;
    this.#hash.update(`${atMs} ${line}\n`);
    this.options.trace?.(`${(atMs / 1_000).toFixed(3).padStart(10)}  ${line}`);
  }

  crashed(where: string, error: unknown): void {
    const words = `${where}: ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`;
    this.say(`CRASH ${words}`);
    this.crashes.push(words);
  }

  openTab(): Tab {
    const name = `tab${this.tabs.length + 1}`;
    this.say(`${name} opens`);
    const tab = new Tab(name, this.#browser, this.random.fork(name));
    this.tabs.push(tab);
    return tab;
  }

  get livingTabs(): readonly Tab[] {
    return this.tabs.filter(({ alive }) => alive);
  }

  /** A frozen tab does nothing until it thaws. */
  freeze(tab: Tab): void {
    tab.freeze();
    this.#locks.frozen();
  }

  guestWrites(text: string): void {
    const asked: Asked = { text, atMs: this.time.nowMs(), outcome: 'waiting' };
    this.guestAsked.push(asked);
    this.#guest!.sendText(this.guest.state.rooms[0]!.roomId, text).then(
      () => {
        asked.outcome = 'said';
      },
      (error: ClientError) => {
        asked.outcome = error.code;
      },
    );
  }

  get guest(): Screen {
    return this.#guestScreen!;
  }

  /** What the guest has of the host, in its order. On a guest's device a room goes by another id. */
  get guestLog(): readonly string[] {
    const messages = this.guest.state.rooms.flatMap(({ roomId }) => this.guest.messages(roomId));
    return messages.flatMap(({ text, author }) => (author.self ? [] : [text]));
  }

  /** Puts an old copy in the place of what the host keeps; no tab may be open. */
  restore(copy: Profile): void {
    const { disk, slots } = this.disk.profile;
    disk.records.clear();
    for (const [key, value] of copy.disk.records) disk.records.set(key, value);
    slots.bytes.set(copy.slots.bytes);
  }

  copyOfRelay(): RecordedTables {
    return this.#relayDisk.copy();
  }

  /** The relay's disk, too, is an old copy; it does not run until it is started. */
  restoreRelay(copy: RecordedTables): void {
    this.#relayDisk = copy;
    this.relay.replaceDisk(copy.tables);
  }

  async #startGuest(): Promise<void> {
    const process = new SimulatedProcess(this.time, () => 0);
    const random = this.random.fork('guest');
    const { disk, slots } = copyOf(this.past.guest);
    const engine = await Engine.open({
      ...engineOptions(GUEST, process, random, this.network.transport(GUEST, process), () =>
        Promise.reject(new Error('is inside already')),
      ),
      store: new MemoryStore(disk),
      slots: memoryKeySlots(slots, lengthBytes => random.bytes(lengthBytes)),
      rootKey: this.past.guestRootKey,
    });
    this.#guest = engine.window();
    this.#guestScreen = new Screen(this.#guest, {
      acknowledged: () => undefined,
      seenTwice: (_roomId, text) => this.seenTwice.push(`the guest sees "${text}" twice`),
    });
  }

  #makeBrowser({ pass, sameRandom }: Plant): Browser {
    const delays = this.random.fork('channel');
    // In some browsers what one tab tells another takes its time.
    const slowMs = delays.pick([2, 8, 60])!;
    const channel = new SimulatedBroadcast(this.time, () => delays.between(0, slowMs), pass);
    return {
      time: this.time,
      roomId: this.roomId,
      provider: this.ledger.listen(nodeProvider),
      disk: this.disk,
      locksOf: process => this.#locks.of(process),
      channelOf: process => channel.open(process),
      transportOf: process => this.#transport(process),
      randomOf: tab => this.random.fork(sameRandom === true ? 'engine' : `engine of ${tab}`),
      seenTwice: (tab, text) => this.seenTwice.push(`${tab} shows "${text}" twice`),
      crashed: (where, error) => this.crashed(where, error),
    };
  }

  /** What a worker sends is out; what it is sent it hears unless it is frozen. */
  #transport(process: TabProcess): Transport {
    const network = this.network.transport(HOST, process);
    return {
      connect: (url, events) => {
        const connection = network.connect(url, {
          opened: () => process.hear(() => events.opened()),
          frame: bytes => process.hear(() => events.frame(bytes)),
          closed: code => process.hear(() => events.closed(code)),
        });
        return {
          send: bytes => {
            if (!process.alive) return;
            this.ledger.left(bytes);
            connection.send(bytes);
          },
          close: () => connection.close(),
        };
      },
    };
  }
}
