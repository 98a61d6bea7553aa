import { ClientError, type EnginePort } from '../intents.ts';
import type { EngineEvent, EngineState, RoomId } from '../projection.ts';
import {
  CALLS,
  type CallName,
  type Channel,
  isEngineMessage,
  uncrossError,
  type WindowMessage,
} from './messages.ts';

type Listener = (event: EngineEvent) => void;

/** Calls that only ask, and calls that say what is so: made again at a new engine when the old one died. */
const SAFE_TO_REPEAT: readonly CallName[] = [
  'openTimeline',
  'closeTimeline',
  'markRead',
  'serverSaw',
  'setName',
];

const STARTING: EngineState = {
  connection: { state: 'connecting' },
  mayHost: undefined,
  self: undefined,
  rooms: [],
};

/**
 * The engine at the other end of a channel. When another engine takes over there, calls that only ask are made
 * again; calls that would do something twice are rejected with `CLOSED` (`retryable`), and the state that follows
 * tells whether they were done. `ready`: before it the window does not show itself.
 */
export function connectEngine(
  channel: Channel,
  windowId: string,
  ready: Promise<void> = Promise.resolve(),
): EnginePort {
  const listeners = new Set<Listener>();
  const waiting = new Map<number, Waiting>();
  const openTimelines = new Set<RoomId>();
  let state = STARTING;
  let nextCallId = 1;
  let closed = false;
  let greetedBy: string | undefined;

  const post = (message: WindowMessage) => channel.postMessage(message);
  const emit = (event: EngineEvent) => {
    if (event.type === 'state') state = event.state;
    for (const listener of listeners) listener(event);
  };

  const send = (callId: number, { name, args }: Waiting) =>
    post({ to: 'engine', type: 'call', windowId, callId, name, args });

  const call = (name: CallName, ...args: readonly unknown[]): Promise<unknown> => {
    if (closed) return Promise.reject(new ClientError('CLOSED', 'this window is closed'));
    return new Promise((resolve, reject) => {
      const callId = nextCallId++;
      const pending: Waiting = { name, args, resolve, reject, sent: greetedBy !== undefined };
      waiting.set(callId, pending);
      // Before an engine serves, nobody would hear it.
      if (greetedBy !== undefined) send(callId, pending);
    });
  };

  const welcomed = (engineId: string) => {
    if (greetedBy === engineId) return;
    const moved = greetedBy !== undefined;
    greetedBy = engineId;
    for (const [callId, pending] of [...waiting]) {
      if (!pending.sent || SAFE_TO_REPEAT.includes(pending.name)) {
        waiting.set(callId, { ...pending, sent: true });
        send(callId, pending);
      } else {
        waiting.delete(callId);
        pending.reject(new ClientError('CLOSED', 'the engine moved to another window', { retryable: true }));
      }
    }
    if (moved) for (const roomId of openTimelines) void call('openTimeline', roomId).catch(() => undefined);
  };

  const failed = () => {
    greetedBy = undefined;
    for (const { reject } of waiting.values())
      reject(new ClientError('STORAGE_FAILED', 'there is no engine'));
    waiting.clear();
    emit({ type: 'state', state: { ...state, connection: { state: 'stopped', reason: 'storage-failed' } } });
  };

  const hello = () => {
    void ready.then(() => !closed && post({ to: 'engine', type: 'hello', windowId }));
  };

  const listen = ({ data }: { readonly data: unknown }) => {
    if (!isEngineMessage(data)) return;
    if (data.type === 'failed') return failed();
    if (data.type === 'serving') return hello();
    if (data.windowId !== windowId) return;
    if (data.type === 'welcome') return welcomed(data.engineId);
    if (data.type === 'event') return emit(data.event);
    const pending = waiting.get(data.callId);
    waiting.delete(data.callId);
    if (data.type === 'result') pending?.resolve(data.value);
    else pending?.reject(uncrossError(data.error));
  };

  channel.addEventListener('message', listen);
  hello();

  const intents = Object.fromEntries(
    CALLS.map(name => [name, (...args: readonly unknown[]) => call(name, ...args)]),
  ) as unknown as Pick<EnginePort, CallName>;

  return {
    ...intents,
    openTimeline(roomId) {
      openTimelines.add(roomId);
      return intents.openTimeline(roomId);
    },
    closeTimeline(roomId) {
      openTimelines.delete(roomId);
      return intents.closeTimeline(roomId);
    },
    setTyping: (roomId, active) => post({ to: 'engine', type: 'typing', windowId, roomId, active }),
    reconnectNow: () => post({ to: 'engine', type: 'reconnectNow', windowId }),
    subscribe(listener) {
      listeners.add(listener);
      listener({ type: 'state', state });
      return () => listeners.delete(listener);
    },
    async close() {
      if (closed) return;
      closed = true;
      post({ to: 'engine', type: 'bye', windowId });
      channel.removeEventListener('message', listen);
      for (const { reject } of waiting.values()) reject(new ClientError('CLOSED', 'this window is closed'));
      waiting.clear();
      listeners.clear();
    },
  };
}

interface Waiting {
  readonly name: CallName;
  readonly args: readonly unknown[];
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly sent: boolean;
}
