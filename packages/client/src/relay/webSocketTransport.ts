import type { Transport } from '../ports.ts';

/** The part of the standard WebSocket that is used; browsers have it, Node gets it from `ws`. */
export interface WebSocketLike {
  binaryType: string;
  readonly readyState: number;
  send(data: Uint8Array<ArrayBuffer>): void;
  close(code?: number): void;
  addEventListener(type: 'open' | 'message' | 'close' | 'error', listener: (event: unknown) => void): void;
}

const OPEN = 1;
/** RFC 6455 §7.4.1: no close frame was seen. */
const NO_CLOSE_CODE = 1006;

/** Frames over WebSocket: `new WebSocket(url)` in a browser or Worker, the same of the package `ws` in Node. */
export function webSocketTransport(construct: (url: string) => WebSocketLike): Transport {
  return {
    connect(url, events) {
      let closed = false;
      const close = (code: number) => {
        if (closed) return;
        closed = true;
        events.closed(code);
      };
      let socket: WebSocketLike;
      try {
        socket = construct(url);
      } catch {
        queueMicrotask(() => close(NO_CLOSE_CODE));
        return { send: () => undefined, close: () => close(NO_CLOSE_CODE) };
      }
      socket.binaryType = 'arraybuffer';
      socket.addEventListener('open', () => {
        if (!closed) events.opened();
      });
      socket.addEventListener('message', event => {
        if (closed) return;
        const { data } = event as { readonly data: unknown };
        // A relay sends binary frames only; text is answered like any other nonsense.
        events.frame(data instanceof ArrayBuffer ? new Uint8Array(data) : new Uint8Array(0));
      });
      socket.addEventListener('close', event => close((event as { readonly code: number }).code));
      // An error is always followed by a close, which is where it is handled.
      socket.addEventListener('error', () => undefined);
      return {
        send(bytes) {
          if (socket.readyState === OPEN) socket.send(bytes as Uint8Array<ArrayBuffer>);
        },
        close() {
          socket.close(1000);
          close(1000);
        },
      };
    },
  };
}
