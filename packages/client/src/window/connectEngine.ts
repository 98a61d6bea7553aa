import { MessageId } from '@sotto/protocol';
import { ClientError, type EnginePort } from '../intents.ts';
import type { Random } from '../ports.ts';
import type { EngineEvent, EngineState, RoomId, StorageTrouble } from '../projection.ts';
import { handedOver } from './handedOver.ts';
import {
  CALLS,
  type CallName,
  type Channel,
  isEngineMessage,
  uncrossError,
  type WindowMessage,
} from './messages.ts';
import { putBack } from './sameMembers.ts';

type Listener = (event: EngineEvent) => void;

/**
 * Calls that only ask, calls that say what is so, and texts, which the engine knows by the id that goes with them:
 * made again at a new engine when the old one died. A file is not: its bytes were handed over.
 */
const SAFE_TO_REPEAT: readonly CallName[] = [
  'openTimeline',
  'closeTimeline',
  'markRead',
  'serverSaw',
  'setName',
  'setTimer',
  'sendText',
  'cancelFile',
  'fetchFile',
  'readFile',
  'askRegistration',
  'renameDevice',
  'lookUp',
  'safetyNumber',
  'markVerified',
  'block',
  'unblock',
  'mute',
  'unmute',
  'setPrivacy',
];

const STARTING: EngineState = {
  lock: { state: 'unlocked', keeps: 'device', locks: [], lockAfterMs: undefined, overwritesInPlace: true },
  connection: { state: 'connecting' },
  mayHost: undefined,
  self: undefined,
  rooms: [],
};

export interface ConnectOptions {
  /** Tells the windows of one channel apart. */
  readonly windowId: string;
  readonly random: Random;
  /** Before it the window does not show itself. */
  readonly ready?: Promise<void>;
}

/**
 * The engine at the other end of a channel. When another engine takes over there, what can safely be asked twice is
 * asked again, in the order it was asked: what only asks, and texts, which get their message id here. Calls that would
 * do something twice are rejected with `CLOSED` (`retryable`), and the state that follows tells whether they were
 * done.
 */
export function connectEngine(
  channel: Channel,
  { windowId, random, ready = Promise.resolve() }: ConnectOptions,
): EnginePort {
  const listeners = new Set<Listener>();
  const waiting = new Map<number, Waiting>();
  const openTimelines = new Set<RoomId>();
  let state = STARTING;
  let nextCallId = 1;
  let closed = false;
  let greetedBy: string | undefined;
  /** Whether an engine knows this window, and none says that it took over. */
  let served = false;

  const post = (message: WindowMessage, transfer: ArrayBuffer[] = []) =>
    channel.postMessage(message, transfer);
  const emit = (event: EngineEvent) => {
    if (event.type === 'state') state = event.state;
    for (const listener of listeners) listener(event);
  };

  const send = (callId: number, { name, args }: Waiting) => {
    const handed = args.map(handedOver);
    post(
      { to: 'engine', type: 'call', windowId, callId, name, args: handed.map(({ value }) => value) },
      handed.flatMap(({ transfer }) => transfer),
    );
  };

  const call = (name: CallName, ...args: readonly unknown[]): Promise<unknown> => {
    if (closed) return Promise.reject(new ClientError('CLOSED', 'this window is closed'));
    return new Promise((resolve, reject) => {
      const callId = nextCallId++;
      const pending: Waiting = { name, args, resolve, reject, sent: served };
      waiting.set(callId, pending);
      // Before an engine serves, nobody would hear it; between two it would overtake what is still unanswered.
      if (served) send(callId, pending);
    });
  };

  const welcomed = (engineId: string) => {
    if (served && greetedBy === engineId) return;
    const moved = greetedBy !== undefined;
    greetedBy = engineId;
    served = true;
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

  const failed = (trouble: StorageTrouble | undefined) => {
    greetedBy = undefined;
    served = false;
    for (const { reject } of waiting.values())
      reject(new ClientError(trouble ?? 'STORAGE_FAILED', 'there is no engine'));
    waiting.clear();
    const connection = { state: 'stopped', reason: 'storage-failed', ...(trouble && { trouble }) } as const;
    emit({ type: 'state', state: { ...state, connection } });
  };

  const hello = () => {
    void ready.then(() => !closed && post({ to: 'engine', type: 'hello', windowId }));
  };

  const listen = ({ data }: { readonly data: unknown }) => {
    if (!isEngineMessage(data)) return;
    if (data.type === 'failed') return failed(data.trouble);
    if (data.type === 'serving') {
      served = false;
      return hello();
    }
    if (data.windowId !== windowId) return;
    if (data.type === 'welcome') return welcomed(data.engineId);
    if (data.type === 'event') return emit(putBack(state, data));
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
    sendText: (roomId, text, replyTo, messageId = MessageId.fromBytes(random(MessageId.sizeBytes))) =>
      intents.sendText(roomId, text, replyTo, messageId),
    openTimeline(roomId, around) {
      openTimelines.add(roomId);
      return intents.openTimeline(roomId, around);
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
