import type { InviteReport } from '@sotto/client';
import type { InviteToken } from '@sotto/protocol';
import { createInProcessBus, createMemoryStore, MemoryTables, Relay, type StreamStore } from '@sotto/relay';
import type { SeededRandom } from './seededRandom.ts';
import type { SimulatedClock } from './simulatedClock.ts';
import type { SimulatedNetwork } from './simulatedNetwork.ts';
import { SimulatedProcess } from './simulatedProcess.ts';

/** Stands between the relay and its store. */
export type StoreWrap = (store: StreamStore, process: SimulatedProcess) => StreamStore;

/**
 * A relay on a disk that outlives it. A crash takes everything that was not committed, and everything that was
 * committed and not yet said.
 */
export class SimulatedRelay {
  #process: SimulatedProcess | undefined;
  #relay: Relay | undefined;
  #runs = 0;
  /** How far its clock is ahead of true time. */
  skewMs = 0;

  constructor(
    private readonly time: SimulatedClock,
    private readonly random: SeededRandom,
    private readonly network: SimulatedNetwork,
    private readonly wrap: StoreWrap,
    private readonly failed: (step: string, error: unknown) => void,
    /** What is on its disk when it begins. */
    private tables = new MemoryTables(),
  ) {}

  get isUp(): boolean {
    return this.#relay !== undefined;
  }

  start(): void {
    if (this.#relay !== undefined) return;
    const process = new SimulatedProcess(this.time, () => this.skewMs);
    const random = this.random.fork(`run ${this.#runs++}`);
    const store = createMemoryStore({
      tables: this.tables,
      // One fsync: what comes while it runs waits for the next.
      schedule: flush => void process.clock.setTimer(random.between(1, 8), flush),
    });
    const relay = new Relay({
      store: this.wrap(store, process),
      bus: createInProcessBus(),
      nowMs: () => process.clock.nowMs(),
      random: lengthBytes => random.bytes(lengthBytes),
      scheduler: {
        after: (delayMs, run) => process.clock.setTimer(delayMs, run),
        soon: run => void process.clock.setTimer(0, run),
      },
      observer: { ...IGNORE, failed: this.failed },
    });
    relay.start();
    this.#process = process;
    this.#relay = relay;
    this.network.attach(relay);
  }

  /** The process dies at once: no goodbye to anyone. */
  crash(): void {
    this.#process?.kill();
    this.#relay = undefined;
    this.network.detach();
  }

  /** Its disk is another when it starts again: an old copy of it, for example. */
  replaceDisk(tables: MemoryTables): void {
    this.crash();
    this.tables = tables;
  }

  /** Says goodbye, finishes what waits for the disk, and ends. */
  async stop(): Promise<void> {
    this.#relay?.stop();
    this.crash();
  }

  async inviteReport(token: InviteToken): Promise<InviteReport> {
    if (this.#relay === undefined) throw new Error('the relay does not answer');
    const report = await this.#relay.inviteReport(token, '127.0.0.1');
    return report === undefined
      ? { status: 'unknown', hostOnline: false }
      : { status: report.status, hostOnline: report.hostOnline };
  }
}

const nothing = (): void => undefined;
const IGNORE = {
  connectionOpened: nothing,
  connectionClosed: nothing,
  sessionOpened: nothing,
  sessionClosed: nothing,
  frameReceived: nothing,
  requestRefused: nothing,
  entriesAppended: nothing,
  entriesPushed: nothing,
  swept: nothing,
};
