import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DedupeId, InviteToken, StreamId } from '@sotto/protocol';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type WebSocket from 'ws';
import { noObserver } from '../observer.ts';
import type { Relay } from '../relay.ts';
import { TestDevice } from '../testing/device.fixture.ts';
import { memoryRelay } from '../testing/memoryRelay.fixture.ts';
import { SocketClient } from '../testing/relayServer.fixture.ts';
import { AllowedOrigins } from './allowedOrigins.ts';
import { WebSocketListener } from './webSocket.ts';

const HEARTBEAT_MS = 30_000;
const token = InviteToken.parse('h'.repeat(24));
const streamId = StreamId.fromBytes(new Uint8Array(16).fill(7));

let relay: Relay;
let nowMs: () => number;
let server: Server;
let listener: WebSocketListener;
let origin: string;
let entriesPushed: number;
/** Resolves when the relay has counted out one session. */
let sessionClosed: Promise<void>;

beforeEach(async () => {
  // Only the heartbeat's own timer: sockets and the relay run on.
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  entriesPushed = 0;
  let closedOne = (): void => undefined;
  sessionClosed = new Promise(resolve => {
    closedOne = resolve;
  });
  const observer = {
    ...noObserver,
    entriesPushed: (count: number) => {
      entriesPushed += count;
    },
    sessionClosed: () => closedOne(),
  };
  const memory = memoryRelay({ observer });
  relay = memory.relay;
  nowMs = () => memory.scheduler.nowMs;
  server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  listener = new WebSocketListener({
    role: 'host',
    relay,
    origins: () => [origin],
    allowed: new AllowedOrigins(),
  });
  listener.attach(server);
});

afterEach(async () => {
  relay.stop();
  await listener.stop();
  server.close();
  vi.useRealTimers();
});

/** A peer that is connected and no longer answers pings, as one whose cable was pulled. */
function fallSilent({ socket }: SocketClient): void {
  // The automatic answer of `ws` to a ping goes through this method.
  socket.pong = () => undefined;
}

/** Until the relay has handled everything that the client has sent so far, pongs among it. */
async function handled(socket: WebSocket): Promise<void> {
  const answered = once(socket, 'pong');
  socket.ping();
  await answered;
}

const append = (dedupe: number) => ({
  type: 'append' as const,
  streamId,
  dedupeId: DedupeId.fromBytes(new Uint8Array(16).fill(dedupe)),
  kind: 'message' as const,
  expectEpoch: 1,
  payload: Uint8Array.of(1),
  admissions: [],
  removedDeviceIds: [],
  adminDeviceIds: [],
});

/** Two people in one room, both reading it; the first made the room and a link. */
async function room(): Promise<readonly [SocketClient, SocketClient]> {
  const [ada, ben] = [await SocketClient.online(origin), await SocketClient.online(origin)];
  await ada.ask({ type: 'createStream', streamId });
  await ada.ask({
    ...append(1),
    kind: 'commit',
    expectEpoch: 0,
    admissions: [{ deviceId: ben.device.deviceId, welcome: Uint8Array.of(1), inviteToken: undefined }],
  });
  for (const client of [ada, ben]) await client.ask({ type: 'subscribe', streamId, afterSeq: 1 });
  const expiresAtMs = nowMs() + 3_600_000;
  const sealedCard = Uint8Array.of(1);
  await ada.ask({ type: 'createInvite', token, streamId, expiresAtMs, maxUses: 0, sealedCard });
  return [ada, ben];
}

/** One beat, and all that the peers answer to it. */
async function beat(...live: readonly SocketClient[]): Promise<void> {
  const pinged = live.map(({ socket }) => once(socket, 'ping'));
  vi.advanceTimersByTime(HEARTBEAT_MS);
  await Promise.all(pinged);
  for (const { socket } of live) await handled(socket);
}

test('a peer that answers no ping is cut off, and its place is free', async () => {
  const [ada, ben] = await room();
  fallSilent(ada);
  await beat(ada, ben);
  expect((await relay.inviteReport(token, '127.0.0.1'))?.hostOnline, 'it has until the next beat').toBe(true);
  await beat(ben);
  expect((await ada.closed).code, 'without a close frame that nobody would answer').toBe(1006);
  await sessionClosed;
  expect((await relay.inviteReport(token, '127.0.0.1'))?.hostOnline).toBe(false);

  expect(await ben.codeOf(append(2))).toBe('ok');
  await ben.until(({ body }) => (body.type === 'entries' ? body : undefined));
  expect(entriesPushed, 'to ben alone').toBe(1);
  expect(await ben.codeOf({ type: 'ping' })).toBe('ok');
});

test('a peer that answers pings and says nothing else stays', async () => {
  const [ada, ben] = await room();
  for (let n = 0; n < 10; n++) await beat(ada, ben);
  expect(await ada.codeOf({ type: 'ping' })).toBe('ok');
  expect((await relay.inviteReport(token, '127.0.0.1'))?.hostOnline).toBe(true);
});

test('a peer whose frames come is alive, also without pongs', async () => {
  const client = await SocketClient.online(origin, { device: new TestDevice() });
  fallSilent(client);
  for (let n = 0; n < 4; n++) {
    await beat(client);
    expect(await client.codeOf({ type: 'ping' })).toBe('ok');
  }
});
