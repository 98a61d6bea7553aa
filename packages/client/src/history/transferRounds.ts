import type { DeviceId } from '@sotto/protocol';
import { backoffMs } from '../relay/backoff.ts';
import { ConnectionLost, RelayFailure } from '../relay/relayFailure.ts';
import type { RoomContext } from '../room/roomContext.ts';
import { SerialQueue } from '../serialQueue.ts';

/** History that is under way, in one direction. */
export interface Transfers {
  /** The devices that it goes to or comes from. */
  readonly devices: readonly DeviceId[];
  /** One step of it. False where it waits for something, or is over. */
  next(device: DeviceId): Promise<boolean>;
  /** A step did not succeed; it is tried again by itself. */
  stuck(device: DeviceId, error: unknown): void;
}

/** Has transfers go on, one step at a time, as long as each can: it waits, tries again later, and closes. */
export class TransferRounds {
  readonly #queue = new SerialQueue();
  #attempt = 0;
  #cancelRetry: () => void = () => undefined;
  #waiting = false;
  #closed = false;

  constructor(
    private readonly context: Pick<RoomContext, 'clock' | 'random'>,
    private readonly transfers: Transfers,
  ) {}

  get closed(): boolean {
    return this.#closed;
  }

  /** Between two steps of any of them. */
  run(work: () => Promise<void>): Promise<void> {
    return this.#queue.run(work);
  }

  /** Goes on where it can: called whenever something that a transfer waits for may be there. */
  wake(): void {
    if (this.#closed || this.#waiting || this.transfers.devices.length === 0) return;
    this.#waiting = true;
    this.#cancelRetry();
    void this.#queue.run(() => this.#round());
  }

  wakeIn(delayMs: number): void {
    this.#cancelRetry();
    if (!this.#closed) this.#cancelRetry = this.context.clock.setTimer(delayMs, () => this.wake());
  }

  /** A part is dealt with: the next failure is the first again. */
  moved(): void {
    this.#attempt = 0;
  }

  /** Resolves when the step that is being done is done. */
  close(): Promise<void> {
    this.#closed = true;
    this.#cancelRetry();
    return this.#queue.idle();
  }

  async #round(): Promise<void> {
    this.#waiting = false;
    for (const device of this.transfers.devices) {
      try {
        while (await this.transfers.next(device));
        this.#attempt = 0;
      } catch (error) {
        this.#failed(device, error);
      }
    }
  }

  #failed(device: DeviceId, error: unknown): void {
    // With a connection it goes on.
    if (error instanceof ConnectionLost) return;
    this.transfers.stuck(device, error);
    const atLeastMs = error instanceof RelayFailure ? error.retryAfterMs : 0;
    this.wakeIn(Math.max(atLeastMs, backoffMs(this.#attempt++, this.context.random)));
  }
}
