import type { TransportConnection, TransportEvents } from '@sotto/client';
import type { Relay } from '@sotto/relay';
import type { SeededRandom } from './seededRandom.ts';
import type { SimulatedClock } from './simulatedClock.ts';
import type { Direction } from './wire.ts';

/** RFC 6455 §7.1.5: the connection went without a close frame. */
const LOST = 1006;

/** How a device comes to the relay. */
export interface Address {
  readonly who: string;
  readonly listenerRole: 'host' | 'guest';
  readonly origin: string;
}

/** What a connection needs of the network around it. */
export interface Surroundings {
  readonly time: SimulatedClock;
  readonly random: SeededRandom;
  readonly relay: () => Relay | undefined;
  readonly isStalled: () => boolean;
  readonly latencyMs: () => number;
  readonly pass: (direction: Direction, frame: Uint8Array) => readonly Uint8Array[];
  readonly gone: (connection: SimulatedConnection) => void;
}

/** One WebSocket between a device and the relay. */
export class SimulatedConnection implements TransportConnection {
  readonly #up: Pipe;
  readonly #down: Pipe;
  #far: ReturnType<Relay['connect']> | undefined;
  #nearClosed = false;
  #farClosed = false;

  constructor(
    private readonly around: Surroundings,
    readonly address: Address,
    private readonly events: TransportEvents,
  ) {
    this.#up = new Pipe(around);
    this.#down = new Pipe(around);
  }

  get isOpen(): boolean {
    return this.#far !== undefined && !this.#nearClosed && !this.#farClosed;
  }

  open(): void {
    this.#up.put(() => {
      const relay = this.around.relay();
      if (relay === undefined) {
        this.#farClosed = true;
        this.#down.put(() => this.#closeNear(LOST));
        return;
      }
      this.#down.put(() => {
        if (!this.#nearClosed) this.events.opened();
      });
      this.#far = relay.connect({
        listenerRole: this.address.listenerRole,
        origins: [this.address.origin],
        remoteAddress: '127.0.0.1',
        send: frame => this.push(frame),
        close: code => this.#hangUp(code),
        bufferedBytes: () => 0,
      });
    });
  }

  send(frame: Uint8Array): void {
    if (this.#nearClosed) return;
    const copy = frame.slice();
    this.#up.put(() => {
      for (const passed of this.around.pass('to-relay', copy)) {
        if (!this.#farClosed) this.#far?.receive(passed);
      }
    });
  }

  /** A frame on its way to the device. */
  push(frame: Uint8Array): void {
    if (this.#farClosed) return;
    const copy = frame.slice();
    this.#down.put(() => {
      for (const passed of this.around.pass('to-device', copy)) {
        if (!this.#nearClosed) this.events.frame(passed);
      }
    });
  }

  /** The device hangs up: what it said before still arrives. */
  close(): void {
    if (this.#nearClosed) return;
    this.#nearClosed = true;
    this.#up.put(() => this.#closeFar());
  }

  /** The connection breaks. Each way, a random share of what is under way still gets through. */
  cut(): void {
    this.#up.lose();
    this.#down.lose();
    this.#up.put(() => this.#closeFar());
    this.#down.put(() => this.#closeNear(LOST));
  }

  /** Nothing that was under way to the relay is heard by anyone. */
  relayDied(): void {
    this.#farClosed = true;
    this.#up.clear();
    this.#down.lose();
    this.#down.put(() => this.#closeNear(LOST));
  }

  /** The device's process is gone; what it has sent may still arrive. */
  processDied(): void {
    this.#nearClosed = true;
    this.#down.clear();
    this.#up.lose();
    this.#up.put(() => this.#closeFar());
  }

  /** The network lets things through again. */
  resume(): void {
    this.#up.resume();
    this.#down.resume();
  }

  /** The relay hangs up. */
  #hangUp(code: number): void {
    if (this.#farClosed) return;
    this.#farClosed = true;
    this.#down.put(() => this.#closeNear(code));
  }

  #closeFar(): void {
    if (!this.#farClosed) {
      this.#farClosed = true;
      this.#far?.closed();
    }
    this.#considerGone();
  }

  #closeNear(code: number): void {
    if (!this.#nearClosed) {
      this.#nearClosed = true;
      this.events.closed(code);
    }
    this.#considerGone();
  }

  #considerGone(): void {
    if (this.#nearClosed && this.#farClosed) this.around.gone(this);
  }
}

interface Parcel {
  readonly readyAtMs: number;
  readonly deliver: () => void;
}

/** One direction of a connection: slow, and always in order. */
class Pipe {
  #queue: Parcel[] = [];
  #lastReadyAtMs = 0;
  #armed = false;

  constructor(private readonly around: Surroundings) {}

  put(deliver: () => void): void {
    const { time, latencyMs } = this.around;
    const readyAtMs = Math.max(this.#lastReadyAtMs, time.nowMs() + latencyMs());
    this.#lastReadyAtMs = readyAtMs;
    this.#queue.push({ readyAtMs, deliver });
    this.resume();
  }

  /** A random share of what is under way, the newest, is lost. */
  lose(): void {
    this.#queue = this.#queue.slice(0, this.around.random.below(this.#queue.length + 1));
  }

  clear(): void {
    this.#queue = [];
  }

  resume(): void {
    const next = this.#queue[0];
    if (this.#armed || next === undefined || this.around.isStalled()) return;
    this.#armed = true;
    const { time } = this.around;
    time.setTimer(next.readyAtMs - time.nowMs(), () => this.#deliverNext());
  }

  #deliverNext(): void {
    this.#armed = false;
    const next = this.#queue[0];
    if (next === undefined || this.around.isStalled()) return;
    if (next.readyAtMs <= this.around.time.nowMs()) {
      this.#queue.shift();
      next.deliver();
    }
    this.resume();
  }
}
