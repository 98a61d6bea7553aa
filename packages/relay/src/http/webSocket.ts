import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { CLOSE, LIMITS } from '@sotto/protocol';
import { type WebSocket, WebSocketServer } from 'ws';
import { isOwnHost } from '../network/origins.ts';
import type { Relay } from '../relay.ts';
import type { Link } from '../session/link.ts';
import type { AllowedOrigins } from './allowedOrigins.ts';
import type { ListenerRole } from './app.ts';

export interface WebSocketOptions {
  readonly role: ListenerRole;
  readonly relay: Relay;
  readonly origins: () => readonly string[];
  readonly allowed: AllowedOrigins;
}

/** A peer that answers no ping for this long is gone. */
const HEARTBEAT_MS = 30_000;
const CLOSE_WITHIN_MS = 1_000;

/** The WebSocket side of one listener: `/ws` and nothing else, from own pages, those that the operator allows, and programs. */
export class WebSocketListener {
  readonly #server = new WebSocketServer({
    noServer: true,
    maxPayload: LIMITS.frameBytes,
    perMessageDeflate: false,
    clientTracking: false,
  });
  readonly #sockets = new Map<WebSocket, { alive: boolean }>();
  readonly #heartbeat: NodeJS.Timeout;

  constructor(private readonly options: WebSocketOptions) {
    this.#heartbeat = setInterval(() => this.#beat(), HEARTBEAT_MS);
    this.#heartbeat.unref();
  }

  attach(server: Server): void {
    server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
  }

  /** Waits a moment for close frames to be answered, then cuts. */
  async stop(): Promise<void> {
    clearInterval(this.#heartbeat);
    const closing = [...this.#sockets.keys()].map(
      socket => new Promise(resolve => socket.once('close', resolve)),
    );
    const cut = setTimeout(() => {
      for (const socket of this.#sockets.keys()) socket.terminate();
    }, CLOSE_WITHIN_MS);
    await Promise.all(closing);
    clearTimeout(cut);
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    const { host, origin } = request.headers;
    const { allowed } = this.options;
    const origins = this.options.origins();
    if (!isOwnHost(host, origins)) refuse(socket, '421 Misdirected Request');
    // Browsers name the page that asks; another site's page must not use this computer's way to the relay.
    else if (origin !== undefined && !origins.includes(origin) && !allowed.has(origin))
      refuse(socket, '403 Forbidden');
    else if (request.url !== '/ws') refuse(socket, '404 Not Found');
    else this.#server.handleUpgrade(request, socket, head, opened => this.#open(opened, request, origins));
  }

  #open(socket: WebSocket, request: IncomingMessage, origins: readonly string[]): void {
    const state = { alive: true };
    this.#sockets.set(socket, state);
    socket.on('pong', () => {
      state.alive = true;
    });
    const connection = this.options.relay.connect(
      linkOf(socket, request, this.options.role, origins, () => connection),
    );
    socket.on('message', (data, isBinary) => {
      state.alive = true;
      if (isBinary) connection.receive(data as Buffer);
      else socket.close(CLOSE.MALFORMED, 'binary frames only');
    });
    // `ws` answers what breaks the protocol (oversized frames among it) with a close code of its own.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#sockets.delete(socket);
      connection.closed();
    });
  }

  #beat(): void {
    for (const [socket, state] of this.#sockets) {
      if (!state.alive) socket.terminate();
      else if (socket.readyState === socket.OPEN) socket.ping();
      state.alive = false;
    }
  }
}

function linkOf(
  socket: WebSocket,
  request: IncomingMessage,
  role: ListenerRole,
  origins: readonly string[],
  connection: () => { drained(): void },
): Link {
  const raw = request.socket;
  let corked = false;
  raw.on('drain', () => connection().drained());
  return {
    listenerRole: role,
    origins,
    remoteAddress: raw.remoteAddress ?? 'unknown',
    send(frame) {
      if (socket.readyState !== socket.OPEN) return;
      // What is sent in one go leaves in one write.
      if (!corked) {
        corked = true;
        raw.cork();
        process.nextTick(() => {
          corked = false;
          raw.uncork();
        });
      }
      socket.send(frame, { binary: true, fin: true });
    },
    close: (code, reason) => socket.close(code, reason),
    bufferedBytes: () => socket.bufferedAmount,
  };
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
