import type { EnginePort } from '../intents.ts';
import type { RoomId } from '../projection.ts';
import {
  CALLS,
  type Channel,
  crossError,
  type EngineMessage,
  isWindowMessage,
  type WindowMessage,
} from './messages.ts';

/**
 * Puts an engine at the far end of a channel, for as many windows as say hello there. `engineId` is another for
 * each engine. Returns how to stop.
 */
export function serveEngine(channel: Channel, engine: EnginePort, engineId: string): () => void {
  const windows = new Map<string, () => void>();
  const post = (message: EngineMessage) => channel.postMessage(message);

  const greet = (windowId: string) => {
    windows.get(windowId)?.();
    post({ to: 'window', type: 'welcome', windowId, engineId });
    windows.set(
      windowId,
      engine.subscribe(event => post({ to: 'window', type: 'event', windowId, event })),
    );
  };

  const call = async ({ windowId, callId, name, args }: Extract<WindowMessage, { type: 'call' }>) => {
    try {
      if (!CALLS.includes(name)) throw new TypeError(`no such intent: ${String(name)}`);
      const method = engine[name] as (...args: readonly unknown[]) => Promise<unknown>;
      post({ to: 'window', type: 'result', windowId, callId, value: await method.apply(engine, [...args]) });
    } catch (error) {
      post({ to: 'window', type: 'error', windowId, callId, error: crossError(error) });
    }
  };

  const listen = ({ data }: { readonly data: unknown }) => {
    if (!isWindowMessage(data)) return;
    switch (data.type) {
      case 'hello':
        return greet(data.windowId);
      case 'bye':
        windows.get(data.windowId)?.();
        windows.delete(data.windowId);
        return;
      case 'call':
        void call(data);
        return;
      case 'typing':
        return engine.setTyping(data.roomId as RoomId, data.active);
      case 'reconnectNow':
        return engine.reconnectNow();
    }
  };

  channel.addEventListener('message', listen);
  post({ to: 'window', type: 'serving' });
  return () => {
    channel.removeEventListener('message', listen);
    for (const unsubscribe of windows.values()) unsubscribe();
    windows.clear();
  };
}
