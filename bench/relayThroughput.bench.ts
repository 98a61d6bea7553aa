// Durable 256-byte messages a second through the real relay (a process of its own, SQLite with synchronous=FULL, one
// WebSocket), beside a bare `ws` echo server in a process of its own, in the same run; and how long one message takes
// when nothing else waits and when 64 are under way.
import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createIdentity, sessionProof } from '@sotto/core';
import { nodeProvider } from '@sotto/mls/node';
import {
  type ClientBody,
  DedupeId,
  decodeServerFrame,
  encodeClientFrame,
  LIMITS,
  type ServerFrame,
  StreamId,
} from '@sotto/protocol';
import { createRelayServer } from '@sotto/relay';
import { WebSocket, WebSocketServer } from 'ws';

const MESSAGES = 20_000;
const UNDER_WAY = 64;
const MESSAGE_BYTES = 256;
const random = (lengthBytes: number): Uint8Array => new Uint8Array(randomBytes(lengthBytes));

interface Figures {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** Sends `count` messages with `width` under way; `send(i)` resolves when the answer to message i is there. */
async function run(count: number, width: number, send: (i: number) => Promise<void>): Promise<Figures> {
  const tookMs: number[] = [];
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const i = next++;
      const startedMs = performance.now();
      await send(i);
      tookMs.push(performance.now() - startedMs);
    }
  };
  const startedMs = performance.now();
  await Promise.all(Array.from({ length: width }, worker));
  const perSecond = count / ((performance.now() - startedMs) / 1000);
  tookMs.sort((a, b) => a - b);
  return { perSecond, p50Ms: percentile(tookMs, 0.5), p99Ms: percentile(tookMs, 0.99) };
}

/** The relay's session of one device that made a conversation. */
async function connectToRelay(
  port: number,
): Promise<{ append: (payload: Uint8Array) => Promise<void>; close: () => void }> {
  const env = { provider: nodeProvider, random, nowMs: () => Date.now() };
  const identity = createIdentity(env, { kind: 'member' });
  const origin = `http://localhost:${port}`;
  const socket = new WebSocket(`ws://localhost:${port}/ws`, { origin, perMessageDeflate: false });
  socket.binaryType = 'nodebuffer';
  const waiting = new Map<number, (frame: ServerFrame) => void>();
  let requestId = 0;
  const request = (body: ClientBody) =>
    new Promise<ServerFrame>((resolve, reject) => {
      const id = ++requestId;
      waiting.set(id, frame =>
        frame.body.type === 'failure'
          ? reject(new Error(`${frame.body.code}: ${frame.body.message}`))
          : resolve(frame),
      );
      socket.send(encodeClientFrame({ requestId: id, body }));
    });
  const nonce = await new Promise<Uint8Array>((resolve, reject) => {
    socket.once('error', reject);
    socket.on('message', (data: Buffer) => {
      const frame = decodeServerFrame(new Uint8Array(data));
      if (frame.body.type === 'challenge') resolve(frame.body.nonce);
      waiting.get(frame.requestId)?.(frame);
      waiting.delete(frame.requestId);
    });
  });
  await request({
    type: 'authenticate',
    protocolVersion: LIMITS.protocolVersion,
    deviceCertificate: identity.certificate,
    origin,
    signature: sessionProof(env, identity, origin, nonce),
  });
  const streamId = StreamId.fromBytes(random(16));
  await request({ type: 'createStream', streamId });
  return {
    append: async payload => {
      await request({
        type: 'append',
        streamId,
        dedupeId: DedupeId.fromBytes(random(16)),
        kind: 'message',
        expectEpoch: 0,
        payload,
        admissions: [],
        removedDeviceIds: [],
        adminDeviceIds: [],
      });
    },
    close: () => socket.close(),
  };
}

async function measureRelay(port: number): Promise<Map<number, Figures>> {
  const { append, close } = await connectToRelay(port);
  const payload = random(MESSAGE_BYTES);
  await run(2_000, UNDER_WAY, () => append(payload));
  const figures = new Map<number, Figures>();
  figures.set(1, await run(MESSAGES / 10, 1, () => append(payload)));
  figures.set(UNDER_WAY, await run(MESSAGES, UNDER_WAY, () => append(payload)));
  close();
  return figures;
}

async function measureEcho(port: number): Promise<Map<number, Figures>> {
  const socket = new WebSocket(`ws://localhost:${port}`, { perMessageDeflate: false });
  await new Promise(resolve => socket.once('open', resolve));
  const waiting: (() => void)[] = [];
  socket.on('message', () => waiting.shift()?.());
  const payload = random(MESSAGE_BYTES);
  const echo = () =>
    new Promise<void>(resolve => {
      waiting.push(resolve);
      socket.send(payload);
    });
  await run(2_000, UNDER_WAY, echo);
  const figures = new Map<number, Figures>();
  figures.set(1, await run(MESSAGES / 10, 1, echo));
  figures.set(UNDER_WAY, await run(MESSAGES, UNDER_WAY, echo));
  socket.close();
  return figures;
}

function serveEcho(): void {
  const server = new WebSocketServer({ port: 0, perMessageDeflate: false });
  server.on('connection', socket => socket.on('message', data => socket.send(data)));
  server.on('listening', () => {
    const address = server.address();
    if (address !== null && typeof address !== 'string') process.send?.(address.port);
  });
}

/** The relay as `sotto start` runs it, but for the quotas: they are made to slow one device down. */
async function serveRelay(): Promise<void> {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'sotto-bench-'));
  const endless = { burst: 1e9, perSecond: 1e9 };
  const server = createRelayServer({
    dataDirectory,
    webDirectory: fileURLToPath(new URL('../packages/web/dist', import.meta.url)),
    hostPort: 0,
    guestPort: 0,
    guestAddress: '127.0.0.1',
    quotas: { framesPerDevice: endless, bytesPerDevice: endless, appendsPerDevice: endless },
  });
  await server.start();
  process.send?.(server.ports().hostPort);
  process.once('disconnect', () => {
    rmSync(dataDirectory, { recursive: true, force: true });
    process.exit();
  });
}

/** This file again, in a process of its own, as one of the two servers. */
async function serverProcess(what: 'echo' | 'relay'): Promise<{ child: ChildProcess; port: number }> {
  const viteNode = fileURLToPath(new URL('../node_modules/vite-node/dist/cli.mjs', import.meta.url));
  const child = fork(viteNode, [fileURLToPath(import.meta.url), what]);
  const port = await new Promise<number>(resolve =>
    child.once('message', message => resolve(message as number)),
  );
  return { child, port };
}

async function measured(what: 'echo' | 'relay'): Promise<Map<number, Figures>> {
  const { child, port } = await serverProcess(what);
  const figures = what === 'echo' ? await measureEcho(port) : await measureRelay(port);
  child.disconnect();
  return figures;
}

async function main(): Promise<void> {
  const echo = await measured('echo');
  const relay = await measured('relay');
  for (const width of [1, UNDER_WAY]) {
    const [base, durable] = [echo.get(width), relay.get(width)];
    if (!base || !durable) continue;
    const line = (name: string, { perSecond, p50Ms, p99Ms }: Figures) =>
      `  ${name}: ${Math.round(perSecond).toLocaleString('en')} messages/s, p50 ${p50Ms.toFixed(2)} ms, p99 ${p99Ms.toFixed(2)} ms`;
    console.log(`${width} under way:`);
    console.log(line('bare ws echo  ', base));
    console.log(line('durable relay ', durable));
    console.log(
      `  relay beside echo: ${(durable.perSecond / base.perSecond).toFixed(2)} of the throughput, ` +
        `p50 ${(durable.p50Ms / base.p50Ms).toFixed(1)} times, p99 ${(durable.p99Ms / base.p99Ms).toFixed(1)} times`,
    );
  }
}

if (process.argv.includes('echo')) {
  serveEcho();
  process.once('disconnect', () => process.exit());
} else if (process.argv.includes('relay')) {
  await serveRelay();
} else {
  await main();
}
