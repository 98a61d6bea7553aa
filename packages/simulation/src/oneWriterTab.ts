import type { ClientError, EnginePort, RoomId, Transport } from '@sotto/client';
import type { Provider } from '@sotto/mls';
import type { Locks } from '../../client/src/browser/electedEngine.ts';
import { standForEngine, windowLock } from '../../client/src/browser/electedEngine.ts';
import { LockingDevice } from '../../client/src/lock/lockingDevice.ts';
import { connectEngine } from '../../client/src/window/connectEngine.ts';
import type { Channel } from '../../client/src/window/messages.ts';
import { TabProcess } from './oneWriterProcess.ts';
import { argon2id, engineOptions, HOST, PASSPHRASE } from './oneWriterPrologue.ts';
import type { SharedDisk } from './oneWriterStorage.ts';
import { Screen } from './screen.ts';
import type { SeededRandom } from './seededRandom.ts';
import type { SimulatedClock } from './simulatedClock.ts';

const STORE = 'sotto-host';

/** What a tab finds in its browser, and who watches it. */
export interface Browser {
  readonly time: SimulatedClock;
  readonly roomId: RoomId;
  readonly provider: Provider;
  readonly disk: SharedDisk;
  locksOf(process: TabProcess): Locks;
  channelOf(process: TabProcess): Channel;
  transportOf(process: TabProcess): Transport;
  /** What the engine of a tab draws. */
  randomOf(tab: string): SeededRandom;
  seenTwice(tab: string, text: string): void;
  crashed(where: string, error: unknown): void;
}

/** A text that somebody wrote, and what became of the asking. */
export interface Asked {
  readonly text: string;
  readonly atMs: number;
  outcome: 'waiting' | 'said' | ClientError['code'];
}

/** A tab of the host's browser: a page, and the worker that stands for the engine of their store. */
export class Tab {
  readonly page: TabProcess;
  readonly worker: TabProcess;
  readonly port: EnginePort;
  readonly screen: Screen;
  readonly asked: Asked[] = [];
  #unlocking = false;

  constructor(
    readonly name: string,
    private readonly browser: Browser,
    private readonly random: SeededRandom,
  ) {
    const { time } = browser;
    this.page = new TabProcess(time, () => this.kill());
    this.worker = new TabProcess(time, () => this.kill());
    this.#startWorker();
    const alive = new Promise<void>(resolve => {
      void browser.locksOf(this.page).request(windowLock(name), () => {
        resolve();
        return new Promise<never>(() => undefined);
      });
    });
    this.port = connectEngine(browser.channelOf(this.page), {
      windowId: name,
      random: lengthBytes => this.random.bytes(lengthBytes),
      ready: alive,
    });
    this.port.subscribe(event => event.type === 'state' && this.#unlockSoon(event.state.lock.state));
    this.screen = new Screen(this.port, {
      acknowledged: () => undefined,
      seenTwice: (_roomId, text) => browser.seenTwice(name, text),
    });
  }

  /** Whether there is still somebody before it. */
  get alive(): boolean {
    return this.page.alive;
  }

  /** What stands in the room, as far as it is on the screen, with how far each text has come. */
  get log(): readonly string[] {
    return this.screen
      .messages(this.browser.roomId)
      .map(({ key, text, send }) => `${key} ${text}${send ? ` (${send.state})` : ''}`);
  }

  write(text: string): void {
    const asked: Asked = { text, atMs: this.browser.time.nowMs(), outcome: 'waiting' };
    this.asked.push(asked);
    this.port.sendText(this.browser.roomId, text).then(
      () => {
        asked.outcome = 'said';
      },
      (error: ClientError) => {
        asked.outcome = error.code;
      },
    );
  }

  /** As kill -9, or as a page that is left: nothing of it runs on. */
  kill(): void {
    this.page.kill();
    this.worker.kill();
  }

  /** Closed by its person: the window says goodbye, and the worker is ended. */
  close(): void {
    void this.port.close();
    this.kill();
  }

  freeze(): void {
    this.page.freeze();
    this.worker.freeze();
  }

  thaw(): void {
    this.page.thaw();
    this.worker.thaw();
  }

  #startWorker(): void {
    const { worker, browser, name } = this;
    const random = browser.randomOf(name);
    const openStorage = browser.disk.openerFor(worker, this.random);
    standForEngine({
      storeName: STORE,
      locks: browser.locksOf(worker),
      channel: browser.channelOf(worker),
      engineId: name,
      open: () =>
        LockingDevice.open({
          engine: {
            ...engineOptions(HOST, worker, random, browser.transportOf(worker), () =>
              Promise.reject(new Error('a host knocks nowhere')),
            ),
            provider: browser.provider,
          },
          openStorage: async () => openStorage(),
          argon2id,
        }),
    }).catch(error => worker.alive && browser.crashed(`the engine of ${name}`, error));
  }

  /** A person who sees a lock opens it, some time. */
  #unlockSoon(lock: 'locked' | 'unlocked'): void {
    if (lock !== 'locked' || this.#unlocking) return;
    this.#unlocking = true;
    this.page.clock.setTimer(this.random.between(5, 150), () => {
      const again = () => {
        this.#unlocking = false;
        this.#unlockSoon(this.screen.state.lock.state);
      };
      this.port.unlock({ kind: 'passphrase', passphrase: PASSPHRASE }).then(again, again);
    });
  }
}
