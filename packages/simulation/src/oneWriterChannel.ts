import type { Channel, EngineMessage, WindowMessage } from '../../client/src/window/messages.ts';
import type { TabProcess } from './oneWriterProcess.ts';
import type { SimulatedClock } from './simulatedClock.ts';

type Listener = (event: { readonly data: unknown }) => void;
export type ChannelMessage = WindowMessage | EngineMessage;

/** What becomes of a message between tabs; `answer` gives its poster something that nobody said. */
export type PassMessage = (
  message: ChannelMessage,
  answer: (message: ChannelMessage) => void,
) => readonly ChannelMessage[];

/**
 * One BroadcastChannel with all its ends. Messages of one end reach another in their order, those of different ends in
 * any; what a process posted arrives also when it died since.
 */
export class SimulatedBroadcast {
  readonly #ends = new Set<End>();

  constructor(
    private readonly time: SimulatedClock,
    private readonly delayMs: () => number,
    private readonly pass: PassMessage = message => [message],
  ) {}

  /** An end that goes with its process. */
  open(process: TabProcess): Channel {
    const end = new End(process);
    this.#ends.add(end);
    process.onKill(() => this.#ends.delete(end));
    return {
      postMessage: message => this.#post(end, structuredClone(message) as ChannelMessage),
      addEventListener: (_type, listener) => end.listeners.add(listener),
      removeEventListener: (_type, listener) => end.listeners.delete(listener),
    };
  }

  #post(from: End, message: ChannelMessage): void {
    if (!from.process.alive) return;
    const answer = (said: ChannelMessage) => this.time.setTimer(0, () => from.hear(said));
    for (const passed of this.pass(message, answer)) {
      for (const to of this.#ends) if (to !== from) this.#carry(passed, from, to);
    }
  }

  #carry(message: ChannelMessage, from: End, to: End): void {
    const nowMs = this.time.nowMs();
    const dueMs = Math.max(from.lastDueMs.get(to) ?? 0, nowMs + this.delayMs());
    from.lastDueMs.set(to, dueMs);
    this.time.setTimer(dueMs - nowMs, () => to.hear(message));
  }
}

class End {
  readonly listeners = new Set<Listener>();
  /** When the latest message to each other end arrives. */
  readonly lastDueMs = new Map<End, number>();

  constructor(readonly process: TabProcess) {}

  hear(message: ChannelMessage): void {
    this.process.hear(() => {
      for (const listener of [...this.listeners]) listener({ data: message });
    });
  }
}
