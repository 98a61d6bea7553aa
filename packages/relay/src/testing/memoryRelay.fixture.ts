import { randomBytes } from 'node:crypto';
import {
  type ClientBody,
  decodeServerFrame,
  type Entry,
  encodeClientFrame,
  type Failure,
  type InviteToken,
  type ServerBody,
  type ServerFrame,
} from '@sotto/protocol';
import { createInProcessBus } from '../bus.ts';
import { Relay, type RelayOptions } from '../relay.ts';
import type { Scheduler } from '../scheduler.ts';
import type { Link, RelayConnection } from '../session/link.ts';
import { createMemoryDirectory } from '../store/memoryDirectory.ts';
import { createMemoryStore } from '../store/memoryStore.ts';
import type { AccountPort } from './accountClient.fixture.ts';
import { TestDevice } from './device.fixture.ts';

/** Timers that run when the test says so; `soon` runs by itself. */
class FakeScheduler implements Scheduler {
  #timers: { readonly atMs: number; readonly run: () => void }[] = [];
  nowMs = 1_750_000_000_000;

  after(delayMs: number, run: () => void): () => void {
    const timer = { atMs: this.nowMs + delayMs, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter(other => other !== timer);
    };
  }

  soon(run: () => void): void {
    setImmediate(run);
  }

  async advance(ms: number): Promise<void> {
    const untilMs = this.nowMs + ms;
    for (;;) {
      const due = this.#timers.filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (due === undefined) break;
      this.#timers = this.#timers.filter(other => other !== due);
      this.nowMs = Math.max(this.nowMs, due.atMs);
      due.run();
      await settled();
    }
    this.nowMs = untilMs;
    await settled();
  }
}

/** Until everything that was set off has come to rest: the memory store and the relay wait for nothing else. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 8; turn++) await new Promise(resolve => setImmediate(resolve));
}

export const ORIGIN = 'http://localhost:8080';

/** A client that sends what it is told and notes what comes. */
export class TestClient {
  readonly frames: ServerFrame[] = [];
  closedWith: number | undefined;
  bufferedBytes = 0;
  #nextRequestId = 1;
  #connection!: RelayConnection;

  constructor(
    relay: Relay,
    readonly device: TestDevice,
    link: Partial<Link> = {},
  ) {
    this.#connection = relay.connect({
      listenerRole: 'host',
      origins: [ORIGIN],
      remoteAddress: '192.0.2.1',
      send: bytes => void this.frames.push(decodeServerFrame(bytes)),
      close: code => {
        this.closedWith = code;
      },
      bufferedBytes: () => this.bufferedBytes,
      ...link,
    });
  }

  get connection(): RelayConnection {
    return this.#connection;
  }

  /** The answer to one request. */
  async ask(body: ClientBody): Promise<ServerBody> {
    const requestId = this.send(body);
    await settled();
    const answer = this.frames.find(frame => frame.requestId === requestId);
    if (answer === undefined) throw new Error(`no answer to ${body.type}`);
    return answer.body;
  }

  /** The code of the failure that answers a request, or `ok`. */
  async codeOf(body: ClientBody): Promise<string> {
    const answer = await this.ask(body);
    return answer.type === 'failure' ? answer.code : 'ok';
  }

  send(body: ClientBody): number {
    const requestId = this.#nextRequestId++;
    this.#connection.receive(encodeClientFrame({ requestId, body }));
    return requestId;
  }

  async nonce(): Promise<Uint8Array> {
    await settled();
    const challenge = this.pushes('challenge')[0];
    if (challenge === undefined) throw new Error('no challenge');
    return challenge.nonce;
  }

  async authenticate(inviteToken?: InviteToken, origin = ORIGIN): Promise<ServerBody> {
    return this.ask({ type: 'authenticate', ...this.device.proof(await this.nonce(), origin, inviteToken) });
  }

  pushes<Type extends ServerBody['type']>(type: Type): Extract<ServerBody, { type: Type }>[] {
    const bodies = this.frames.filter(({ requestId }) => requestId === 0).map(({ body }) => body);
    return bodies.filter(body => body.type === type) as Extract<ServerBody, { type: Type }>[];
  }

  /** Entries of a stream in the order they were pushed. */
  entries(streamId: string): readonly Entry[] {
    return this.pushes('entries').flatMap(push => (push.streamId === streamId ? push.entries : []));
  }

  failures(): readonly Failure[] {
    return this.frames.flatMap(({ body }) => (body.type === 'failure' ? [body] : []));
  }
}

/** A relay in memory with a clock in the test's hand. */
export function memoryRelay(options: Partial<RelayOptions> = {}) {
  const scheduler = new FakeScheduler();
  const store = options.store ?? createMemoryStore();
  const directory = options.directory ?? createMemoryDirectory();
  const relay = new Relay({
    store,
    directory,
    bus: createInProcessBus(),
    nowMs: () => scheduler.nowMs,
    random: length => new Uint8Array(randomBytes(length)),
    scheduler,
    ...options,
  });
  const asker = { remoteAddress: '192.0.2.1', origins: [ORIGIN] };
  const { accounts } = relay;
  /** Accounts without HTTP between. */
  const port: AccountPort = {
    registerStart: start => accounts.registerStart(start, asker),
    registerFinish: finish => accounts.registerFinish(finish, asker),
    signInStart: start => accounts.signInStart(start, asker),
    signInFinish: finish => accounts.signInFinish(finish),
    recover: recover => accounts.recover(recover, asker),
    passkeyStart: async start => accounts.passkeys.start(start, asker),
    passkeyFinish: finish => accounts.passkeys.finish(finish),
    addDevice: add => accounts.addDevice(add),
  };
  const connect = (device = new TestDevice(), link: Partial<Link> = {}) =>
    new TestClient(relay, device, link);
  const online = async (device = new TestDevice(), link: Partial<Link> = {}) => {
    const client = connect(device, link);
    const answer = await client.authenticate();
    if (answer.type !== 'authenticated') throw new Error('not authenticated');
    return client;
  };
  return { relay, store, directory, scheduler, connect, online, port };
}
