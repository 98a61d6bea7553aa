import {
  CLOSE,
  type ClientBody,
  decodeClientFrame,
  encodeServerFrame,
  type ServerBody,
} from '@sotto/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import type { TransportEvents } from '../ports.ts';
import type { Connection } from '../projection.ts';
import { FakeClock } from '../testing/fakeClock.fixture.ts';
import { seededRandom } from '../testing/world.fixture.ts';
import { ConnectionLost, RelayFailure } from './relayFailure.ts';
import { RelayLink } from './relayLink.ts';

const AUTHENTICATED: ServerBody = {
  type: 'authenticated',
  streams: [],
  serverTimeMs: 1,
  limits: { maxPayloadBytes: 1, maxFrameBytes: 1, retentionDays: 1 },
  mayHost: true,
};
const STREAM = 'str_0000000000000000000001' as never;

/** A relay that says what the test says. */
class Script {
  readonly clock = new FakeClock();
  readonly sockets: TransportEvents[] = [];
  readonly received: { requestId: number; body: ClientBody }[] = [];
  readonly states: Connection[] = [];
  readonly pushes: string[] = [];
  sessions = 0;
  closedByClient = 0;
  readonly link = new RelayLink({
    transport: {
      connect: (_url, events) => {
        this.sockets.push(events);
        return {
          send: bytes => void this.received.push(decodeClientFrame(bytes)),
          close: () => {
            this.closedByClient++;
          },
        };
      },
    },
    clock: this.clock,
    random: seededRandom(3),
    url: 'wss://relay.test/ws',
    prove: nonce => ({
      deviceCertificate: Uint8Array.of(1),
      origin: 'https://relay.test',
      signature: new Uint8Array(64).fill(nonce[0]!),
    }),
    events: {
      online: () => this.sessions++,
      push: push => this.pushes.push(push.type),
      changed: connection => this.states.push(connection),
      accountDeleted: () => undefined,
    },
  });

  say(requestId: number, body: ServerBody): void {
    this.sockets.at(-1)!.frame(encodeServerFrame({ requestId, body }));
  }

  answer(body: ServerBody): void {
    this.say(this.received.at(-1)!.requestId, body);
  }

  comeOnline(): void {
    this.say(0, { type: 'challenge', nonce: new Uint8Array(32).fill(7), protocolVersion: 1 });
    this.answer(AUTHENTICATED);
  }
}

let script: Script;
beforeEach(() => {
  script = new Script();
  script.link.start();
});

const failure = (code: RelayFailure['code'], retryAfterMs = 0): ServerBody => ({
  type: 'failure',
  code,
  message: '',
  epoch: 0,
  seq: 0,
  retryAfterMs,
});

describe('a session with a relay', () => {
  it('proves the device and is online', () => {
    script.comeOnline();
    expect(script.received[0]!.body).toMatchObject({
      type: 'authenticate',
      signature: new Uint8Array(64).fill(7),
    });
    expect(script.link.online).toBe(true);
    expect(script.states.map(({ state }) => state)).toEqual(['connecting', 'online']);
  });

  it('matches answers to requests, in whatever order they come', async () => {
    script.comeOnline();
    const first = script.link.request({ type: 'createStream', streamId: STREAM });
    const second = script.link.request({ type: 'createStream', streamId: STREAM });
    const [one, two] = script.received.slice(-2);
    script.say(two!.requestId, { type: 'done' });
    script.say(one!.requestId, failure('FORBIDDEN'));
    expect(await second).toEqual({ type: 'done' });
    await expect(first).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(first).rejects.toBeInstanceOf(RelayFailure);
  });

  it('gives pushes on only once it is online, and never answers as pushes', () => {
    script.say(0, { type: 'entries', streamId: STREAM, entries: [] });
    script.comeOnline();
    script.say(0, { type: 'entries', streamId: STREAM, entries: [] });
    script.say(99, { type: 'entries', streamId: STREAM, entries: [] });
    expect(script.pushes).toEqual(['entries']);
  });

  it('fails requests when the connection goes, and comes back by itself', async () => {
    script.comeOnline();
    const request = script.link.request({ type: 'createStream', streamId: STREAM });
    script.sockets.at(-1)!.closed(1006);
    await expect(request).rejects.toBeInstanceOf(ConnectionLost);
    await expect(script.link.request({ type: 'ping' })).rejects.toBeInstanceOf(ConnectionLost);
    expect(script.link.connection.state).toBe('offline');
    await script.clock.until(() => script.sockets.length === 2, 1_000);
    script.comeOnline();
    expect(script.sessions).toBe(2);
  });

  it('waits longer from try to try, up to half a minute, never in step', async () => {
    const waits: number[] = [];
    for (let i = 0; i < 12; i++) {
      const before = script.clock.nowMs();
      script.sockets.at(-1)!.closed(1006);
      const { retryAtMs } = script.link.connection as { retryAtMs: number };
      waits.push(retryAtMs - before);
      await script.clock.until(() => script.link.connection.state === 'connecting');
    }
    expect(waits[0]).toBeLessThanOrEqual(400);
    for (const waitMs of waits.slice(-4)) {
      expect(waitMs).toBeGreaterThanOrEqual(15_000);
      expect(waitMs).toBeLessThanOrEqual(30_000);
    }
    expect(new Set(waits.slice(-4)).size).toBe(4);
  });

  it('tries quickly again after a connection that held, slowly where it never does', async () => {
    for (let i = 0; i < 8; i++) {
      script.comeOnline();
      script.sockets.at(-1)!.closed(1006);
      await script.clock.until(() => script.link.connection.state === 'connecting');
    }
    script.comeOnline();
    script.sockets.at(-1)!.closed(1006);
    expect(
      (script.link.connection as { retryAtMs: number }).retryAtMs - script.clock.nowMs(),
    ).toBeGreaterThan(10_000);
    await script.clock.until(() => script.link.connection.state === 'connecting');
    script.comeOnline();
    await script.clock.advance(11_000);
    script.sockets.at(-1)!.closed(1006);
    expect(
      (script.link.connection as { retryAtMs: number }).retryAtMs - script.clock.nowMs(),
    ).toBeLessThanOrEqual(400);
  });

  it('tries at once when asked to', () => {
    script.sockets.at(-1)!.closed(1006);
    script.link.reconnectNow();
    expect(script.sockets).toHaveLength(2);
    script.link.reconnectNow();
    expect(script.sockets).toHaveLength(2);
  });

  it('gives up a connection that is silent: at the door, after a request, when idle', async () => {
    await script.clock.advance(15_000);
    expect(script.link.connection.state).toBe('offline');
    await script.clock.until(() => script.sockets.length === 2);
    script.comeOnline();
    const request = script.link.request({ type: 'createStream', streamId: STREAM });
    request.catch(() => undefined);
    await script.clock.advance(20_000);
    expect(script.link.online).toBe(false);
    await script.clock.until(() => script.sockets.length === 3);
    script.comeOnline();
    await script.clock.advance(25_000);
    expect(script.received.at(-1)!.body.type).toBe('ping');
    expect(script.link.online).toBe(true);
    await script.clock.advance(20_000);
    expect(script.link.online).toBe(false);
  });

  it('asks again and again for a sign of life, and is content with it', async () => {
    script.comeOnline();
    for (let i = 0; i < 5; i++) {
      await script.clock.advance(25_000);
      expect(script.received.at(-1)!.body.type).toBe('ping');
      script.answer({ type: 'pong' });
    }
    expect(script.link.online).toBe(true);
  });

  it('starts over when it cannot read what comes', async () => {
    script.comeOnline();
    script.sockets.at(-1)!.frame(Uint8Array.of(255, 255, 255));
    expect(script.link.connection.state).toBe('offline');
    await script.clock.until(() => script.sockets.length === 2);
  });

  it('hears nothing of a connection that it gave up', async () => {
    script.comeOnline();
    const [old] = script.sockets;
    old!.closed(1006);
    await script.clock.until(() => script.sockets.length === 2);
    script.comeOnline();
    old!.closed(1006);
    old!.frame(encodeServerFrame({ requestId: 0, body: { type: 'entries', streamId: STREAM, entries: [] } }));
    expect(script.link.online).toBe(true);
    expect(script.pushes).toEqual([]);
  });
});

describe('what stops it', () => {
  it.each([
    [CLOSE.REPLACED, 'taken-over'],
    [CLOSE.UNAUTHENTICATED, 'refused'],
  ] as const)('close code %i: %s', async (code, reason) => {
    script.sockets.at(-1)!.closed(code);
    expect(script.link.connection).toEqual({ state: 'stopped', reason });
    await script.clock.advance(600_000);
    expect(script.sockets).toHaveLength(1);
  });

  it('a person may take the place back, but not with an old or lost store', () => {
    script.sockets.at(-1)!.closed(CLOSE.REPLACED);
    script.link.reconnectNow();
    expect(script.sockets).toHaveLength(2);
    script.link.stop('rolled-back');
    script.link.reconnectNow();
    script.link.startAgain();
    expect(script.sockets).toHaveLength(2);
    expect(script.link.connection).toEqual({ state: 'stopped', reason: 'rolled-back' });
  });

  it('a relay of another version', () => {
    script.say(0, { type: 'challenge', nonce: new Uint8Array(32), protocolVersion: 2 });
    expect(script.link.connection).toEqual({ state: 'stopped', reason: 'unsupported-relay' });
    expect(script.received).toEqual([]);
  });

  it('a refused proof; a new invite starts again', async () => {
    script.say(0, { type: 'challenge', nonce: new Uint8Array(32), protocolVersion: 1 });
    script.answer(failure('UNAUTHENTICATED'));
    expect(script.link.connection).toEqual({ state: 'stopped', reason: 'refused' });
    script.link.startAgain();
    expect(script.sockets).toHaveLength(2);
    script.comeOnline();
    expect(script.link.online).toBe(true);
  });

  it('but not a relay that has too much to do: it waits as long as it is told', () => {
    script.say(0, { type: 'challenge', nonce: new Uint8Array(32), protocolVersion: 1 });
    script.answer(failure('RATE_LIMITED', 50_000));
    expect((script.link.connection as { retryAtMs: number }).retryAtMs - script.clock.nowMs()).toBe(50_000);
  });

  it('signs one nonce per connection', () => {
    script.say(0, { type: 'challenge', nonce: new Uint8Array(32).fill(1), protocolVersion: 1 });
    script.say(0, { type: 'challenge', nonce: new Uint8Array(32).fill(2), protocolVersion: 1 });
    expect(script.received).toHaveLength(1);
  });
});
