import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ClientBody,
  decodeServerFrame,
  type Entry,
  encodeClientFrame,
  type InviteToken,
  type ServerBody,
  type ServerFrame,
  type StreamId,
} from '@sotto/protocol';
import WebSocket from 'ws';
import { createRelayServer, type RelayServer, type RelayServerOptions } from '../server.ts';
import { TestDevice } from './device.fixture.ts';

/** A web client of three pages, a script and a mark. */
export function writeWebClient(directory: string): void {
  mkdirSync(join(directory, 'assets'), { recursive: true });
  for (const page of ['index', 'door', 'closed', 'sealed']) {
    writeFileSync(join(directory, `${page}.html`), `<!doctype html><title>${page}</title>`);
  }
  writeFileSync(join(directory, 'assets', 'app-abc123.js'), `export const app = '${'x'.repeat(3_000)}';`);
  writeFileSync(join(directory, 'mark.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  writeFileSync(join(directory, 'notes.private'), 'of a type that is not served');
}

export interface TestServer {
  readonly server: RelayServer;
  readonly folder: string;
  readonly dataDirectory: string;
  readonly hostOrigin: string;
  readonly guestOrigin: string;
  readonly options: RelayServerOptions;
  readonly cleanUp: () => Promise<void>;
}

/** A relay with real sockets and a real database, on ports that the system chooses. */
export async function relayServer(change: Partial<RelayServerOptions> = {}): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), 'sotto-relay-'));
  const dataDirectory = join(folder, 'data');
  const webDirectory = join(folder, 'web');
  writeWebClient(webDirectory);
  const options = { dataDirectory, webDirectory, hostPort: 0, guestPort: 0, ...change };
  const server = createRelayServer(options);
  await server.start();
  const { hostPort, guestPort } = server.ports();
  return {
    server,
    folder,
    dataDirectory,
    hostOrigin: `http://localhost:${hostPort}`,
    guestOrigin: `https://localhost:${guestPort}`,
    options,
    async cleanUp() {
      await server.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** One HTTP request; the address is always this computer's, whatever the Host header says. */
export function get(
  url: string,
  headers: Record<string, string> = {},
  method = 'GET',
  body?: Uint8Array,
): Promise<Answer> {
  const request = url.startsWith('https:') ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const asking = request(url, { headers, method, rejectUnauthorized: false, agent: false }, response => {
      const chunks: Buffer[] = [];
      response.on('data', chunk => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    });
    asking.once('error', reject);
    asking.end(body);
  });
}

/** A client over a real WebSocket. */
export class SocketClient {
  readonly frames: ServerFrame[] = [];
  readonly closed: Promise<{ readonly code: number }>;
  #nextRequestId = 1;
  #waiting: (() => void)[] = [];

  private constructor(
    readonly socket: WebSocket,
    readonly origin: string,
    readonly device: TestDevice,
  ) {
    socket.on('message', data => {
      this.frames.push(decodeServerFrame(data as Buffer));
      this.#wake();
    });
    this.closed = new Promise(resolve => {
      socket.on('close', code => {
        resolve({ code });
        this.#wake();
      });
    });
  }

  /** Resolves when the connection is open, rejects with the HTTP status that refused it. */
  static open(
    origin: string,
    { device = new TestDevice(), headers = {} as Record<string, string> } = {},
  ): Promise<SocketClient> {
    const socket = new WebSocket(`${origin.replace(/^http/, 'ws')}/ws`, {
      rejectUnauthorized: false,
      headers,
    });
    const client = new SocketClient(socket, origin, device);
    return new Promise((resolve, reject) => {
      socket.once('open', () => resolve(client));
      socket.once('unexpected-response', (_request, response) => reject(response.statusCode));
      socket.once('error', reject);
    });
  }

  static async online(
    origin: string,
    options: { device?: TestDevice; inviteToken?: InviteToken } = {},
  ): Promise<SocketClient> {
    const client = await SocketClient.open(origin, options);
    const answer = await client.authenticate(options.inviteToken);
    if (answer.type !== 'authenticated') throw new Error(`not authenticated: ${JSON.stringify(answer)}`);
    return client;
  }

  async authenticate(inviteToken?: InviteToken, origin = this.origin): Promise<ServerBody> {
    const challenge = await this.until(({ body }) => (body.type === 'challenge' ? body : undefined));
    return this.ask({ type: 'authenticate', ...this.device.proof(challenge.nonce, origin, inviteToken) });
  }

  ask(body: ClientBody): Promise<ServerBody> {
    const requestId = this.#nextRequestId++;
    this.socket.send(encodeClientFrame({ requestId, body }));
    return this.until(frame => (frame.requestId === requestId ? frame.body : undefined));
  }

  async codeOf(body: ClientBody): Promise<string> {
    const answer = await this.ask(body);
    return answer.type === 'failure' ? answer.code : 'ok';
  }

  /** What was pushed of a stream, once it is there up to `headSeq`. */
  async entries(streamId: StreamId, headSeq: number): Promise<readonly Entry[]> {
    const pushed = () =>
      this.frames.flatMap(({ body }) =>
        body.type === 'entries' && body.streamId === streamId ? body.entries : [],
      );
    await this.until(() => pushed().find(({ seq }) => seq >= headSeq));
    return pushed();
  }

  /** The first frame, of those that came or will come, for which `find` gives something. */
  async until<T>(find: (frame: ServerFrame) => T | undefined): Promise<T> {
    for (;;) {
      for (const frame of this.frames) {
        const found = find(frame);
        if (found !== undefined) return found;
      }
      if (this.socket.readyState === WebSocket.CLOSED) throw new Error('closed');
      await new Promise<void>(resolve => this.#waiting.push(resolve));
    }
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
