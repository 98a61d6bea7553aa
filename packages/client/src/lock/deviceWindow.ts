import type { Engine } from '../engine/engine.ts';
import { ClientError, type EnginePort, type UnlockedPort } from '../intents.ts';
import type { EngineEvent, RoomId } from '../projection.ts';
import { CALLS, type CallName, LOCK_CALLS } from '../window/messages.ts';
import type { LockingDevice } from './lockingDevice.ts';

type Calls = Readonly<Record<string, (...args: readonly unknown[]) => Promise<unknown>>>;

const OF_THE_LOCK: readonly CallName[] = LOCK_CALLS;

/**
 * One window onto a device: a window of the engine while there is one. Timelines that were open when the device was
 * locked are emptied, and open again with it.
 */
export class DeviceWindow {
  /** What the window's page holds. */
  readonly port: EnginePort;
  readonly #listeners = new Set<(event: EngineEvent) => void>();
  readonly #openTimelines = new Set<RoomId>();
  #inner: UnlockedPort | undefined;
  #closed = false;

  constructor(
    private readonly device: LockingDevice,
    onClose: (window: DeviceWindow) => void,
  ) {
    const calls = CALLS.map(name => [name, async (...args: readonly unknown[]) => this.#call(name, args)]);
    this.port = {
      ...(Object.fromEntries(calls) as Pick<EnginePort, CallName>),
      setTyping: (roomId, active) => this.#inner?.setTyping(roomId, active),
      reconnectNow: () => this.#inner?.reconnectNow(),
      subscribe: listener => {
        this.#listeners.add(listener);
        listener({ type: 'state', state: this.device.state });
        return () => this.#listeners.delete(listener);
      },
      close: async () => {
        this.#closed = true;
        this.#listeners.clear();
        onClose(this);
        await this.#inner?.close();
        this.#inner = undefined;
      },
    };
  }

  /** The engine that runs now, or none. */
  attach(engine: Engine | undefined): void {
    const before = this.#inner;
    this.#inner = engine?.window();
    this.#inner?.subscribe(event => this.emit(event));
    if (this.#inner === undefined) this.#emptyTimelines();
    void before?.close();
    for (const roomId of this.#openTimelines) void this.#inner?.openTimeline(roomId).catch(() => undefined);
  }

  emit(event: EngineEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  #call(name: CallName, args: readonly unknown[]): Promise<unknown> {
    if (this.#closed) throw new ClientError('CLOSED', 'this window is closed');
    if (name === 'openTimeline') this.#openTimelines.add(args[0] as RoomId);
    if (name === 'closeTimeline') this.#openTimelines.delete(args[0] as RoomId);
    const asked = OF_THE_LOCK.includes(name) ? this.device : this.#inner;
    if (asked === undefined) throw new ClientError('LOCKED', 'what this device keeps is locked');
    return (asked as unknown as Calls)[name]!(...args);
  }

  #emptyTimelines(): void {
    for (const roomId of this.#openTimelines) {
      this.emit({ type: 'timeline', roomId, reset: true, upserts: [], removedKeys: [], hasOlder: false });
    }
  }
}
