import { channelName, windowLock } from '../../browser/electedEngine.ts';
import type { WorkerConfig } from '../../browser/workerConfig.ts';
import type { EnginePort } from '../../intents.ts';
import { connectEngine } from '../../window/connectEngine.ts';
import type { Device } from '../device.ts';
import { saveAs } from './saveAs.ts';

/**
 * A device whose engine runs in a Worker: this page's, or that of another page of the same device that was there first.
 * When that one is closed, this one goes on.
 */
export class WorkerDevice implements Device {
  constructor(
    private readonly worker: Worker,
    private readonly config: WorkerConfig,
  ) {
    worker.postMessage(config);
  }

  window(): EnginePort {
    const windowId = crypto.randomUUID();
    // Held as long as the window is open, and no longer than this page lives: so the engine learns that it is gone.
    let letGo: () => void = () => undefined;
    const ready = new Promise<void>(resolve => {
      void navigator.locks.request(windowLock(windowId), () => {
        resolve();
        return new Promise<void>(release => {
          letGo = release;
        });
      });
    });
    const channel = new BroadcastChannel(channelName(this.config.storeName));
    const port = connectEngine(channel, {
      windowId,
      random: lengthBytes => crypto.getRandomValues(new Uint8Array(lengthBytes)),
      ready,
    });
    return {
      ...port,
      async close() {
        await port.close();
        channel.close();
        await ready;
        letGo();
      },
    };
  }

  async addresses(): Promise<readonly string[]> {
    return [this.config.relayOrigin];
  }

  readonly save = saveAs;

  async close(): Promise<void> {
    this.worker.terminate();
  }
}
