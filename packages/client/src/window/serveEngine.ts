import type { EnginePort } from '../intents.ts';
import type { RoomId } from '../projection.ts';
import { handedOver } from './handedOver.ts';
import {
  CALLS,
  type Channel,
  crossError,
  type EngineMessage,
  isWindowMessage,
  type WindowMessage,
} from './messages.ts';
import { SameMembers } from './sameMembers.ts';

export interface ServedEngine {
  /** Another for each engine that ever serves on the channel. */
  readonly engineId: string;
  /** A window of its own for each that says hello. */
  readonly openWindow: () => EnginePort;
  /** Calls `gone` once the page with this window is no more; pages that crash say no goodbye. */
  readonly watch?: (windowId: string, gone: () => void) => void;
}

/** Puts an engine at the far end of a channel, for as many windows as say hello there. Returns how to stop. */
export function serveEngine(channel: Channel, { engineId, openWindow, watch }: ServedEngine): () => void {
  const windows = new Map<string, EnginePort>();
  const post = (message: EngineMessage, transfer: ArrayBuffer[] = []) =>
    channel.postMessage(message, transfer);

  const leave = (windowId: string) => {
    void windows.get(windowId)?.close();
    windows.delete(windowId);
  };

  const greet = (windowId: string) => {
    // A page says hello when it opens and when an engine begins to serve: one window for both.
    if (windows.has(windowId)) {
      post({ to: 'window', type: 'welcome', windowId, engineId });
      return;
    }
    const window = openWindow();
    windows.set(windowId, window);
    watch?.(windowId, () => windows.get(windowId) === window && leave(windowId));
    post({ to: 'window', type: 'welcome', windowId, engineId });
    const known = new SameMembers();
    window.subscribe(event => post({ to: 'window', type: 'event', windowId, ...known.leaveOut(event) }));
  };

  const call = async ({ windowId, callId, name, args }: Extract<WindowMessage, { type: 'call' }>) => {
    const window = windows.get(windowId);
    if (window === undefined) return;
    try {
      if (!CALLS.includes(name)) throw new TypeError(`no such intent: ${String(name)}`);
      const method = window[name] as (...args: readonly unknown[]) => Promise<unknown>;
      const { value, transfer } = handedOver(await method.apply(window, [...args]));
      post({ to: 'window', type: 'result', windowId, callId, value }, transfer);
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
        return leave(data.windowId);
      case 'call':
        void call(data);
        return;
      case 'typing':
        windows.get(data.windowId)?.setTyping(data.roomId as RoomId, data.active);
        return;
      case 'reconnectNow':
        windows.get(data.windowId)?.reconnectNow();
    }
  };

  channel.addEventListener('message', listen);
  post({ to: 'window', type: 'serving' });
  return () => {
    channel.removeEventListener('message', listen);
    for (const windowId of [...windows.keys()]) leave(windowId);
  };
}
