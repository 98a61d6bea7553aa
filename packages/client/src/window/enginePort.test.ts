import { MessageId } from '@sotto/protocol';
import { VaultError } from '@sotto/vault';
import { afterEach, describe, expect, it } from 'vitest';
import { type Locks, standForEngine, windowLock } from '../browser/electedEngine.ts';
import { ClientError, type EnginePort } from '../intents.ts';
import type { EngineEvent, EngineState, RoomId } from '../projection.ts';
import { connectEngine } from './connectEngine.ts';
import type { Channel, EngineMessage, WindowMessage } from './messages.ts';
import { serveEngine } from './serveEngine.ts';

const ROOM = 'str_0000000000000000000001' as RoomId;

function stateOf(name: string): EngineState {
  return {
    lock: { state: 'unlocked', keeps: 'device', locks: [], lockAfterMs: undefined, overwritesInPlace: true },
    connection: { state: 'online' },
    mayHost: true,
    self: { accountId: 'a', deviceId: 'd', name } as never,
    rooms: [],
  };
}

/** An engine that does nothing but say what it was asked. */
class FakeEngine {
  readonly calls: string[] = [];
  /** Of the texts that it was asked to send. */
  readonly ids: string[] = [];
  readonly windows: FakeWindow[] = [];
  /** Whether it dies before it answers. */
  hangs = false;
  loseStore: () => void = () => undefined;
  readonly storeLost = new Promise<undefined>(resolve => {
    this.loseStore = () => resolve(undefined);
  });
  constructor(readonly name: string) {}

  async close(): Promise<void> {
    this.calls.push('close');
  }

  window(): EnginePort {
    const window = new FakeWindow(this);
    this.windows.push(window);
    return window as unknown as EnginePort;
  }
}

class FakeWindow {
  closed = false;
  listener: (event: EngineEvent) => void = () => undefined;
  constructor(private readonly engine: FakeEngine) {}

  subscribe(listener: (event: EngineEvent) => void): () => void {
    this.listener = listener;
    listener({ type: 'state', state: stateOf(this.engine.name) });
    return () => undefined;
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  async sendText(roomId: RoomId, text: string, _replyTo: unknown, messageId: string): Promise<unknown> {
    this.engine.calls.push(`sendText ${text}`);
    this.engine.ids.push(messageId);
    if (this.engine.hangs) return new Promise(() => undefined);
    if (text === 'refuse') throw new ClientError('ROOM_ENDED', 'over', { retryable: false });
    if (text === 'break') throw new Error('private detail');
    return { messageId: `${roomId}/${text}` };
  }

  async retry(): Promise<void> {
    this.engine.calls.push('retry');
    if (this.engine.hangs) return new Promise(() => undefined);
  }

  async openTimeline(): Promise<void> {
    this.engine.calls.push('openTimeline');
  }

  setTyping(_roomId: RoomId, active: boolean): void {
    this.engine.calls.push(`typing ${active}`);
  }

  reconnectNow(): void {
    this.engine.calls.push('reconnectNow');
  }
}

/** Web Locks of one origin: first come, first served; a dead holder frees what it held. */
class FakeLocks {
  readonly #held = new Map<string, { holder: string; waiting: (() => void)[] }>();

  of(holder: string): Locks {
    return {
      request: async (name, held) => {
        await new Promise<void>(resolve => {
          const lock = this.#held.get(name);
          if (lock === undefined) {
            this.#held.set(name, { holder, waiting: [] });
            resolve();
          } else
            lock.waiting.push(() => {
              lock.holder = holder;
              resolve();
            });
        });
        await held();
        this.#release(name);
      },
    };
  }

  die(holder: string): void {
    for (const [name, lock] of this.#held) if (lock.holder === holder) this.#release(name);
  }

  #release(name: string): void {
    const next = this.#held.get(name)?.waiting.shift();
    if (next === undefined) this.#held.delete(name);
    else next();
  }
}

let drawn = 0;
const random = (lengthBytes: number) => new Uint8Array(lengthBytes).fill(drawn++);

/** A channel whose far end is the test. */
class ByHand implements Channel {
  readonly posted: WindowMessage[] = [];
  #listener: (event: { readonly data: unknown }) => void = () => undefined;

  postMessage(message: unknown): void {
    this.posted.push(message as WindowMessage);
  }

  addEventListener(_type: 'message', listener: (event: { readonly data: unknown }) => void): void {
    this.#listener = listener;
  }

  removeEventListener(): void {}

  hear(data: EngineMessage): void {
    this.#listener({ data });
  }
}

const opened: BroadcastChannel[] = [];
afterEach(() => {
  for (const channel of opened.splice(0)) channel.close();
});

let channels = 0;
function channelsOf(count: number): Channel[] {
  const name = `test-${channels++}`;
  const made = Array.from({ length: count }, () => new BroadcastChannel(name));
  opened.push(...made);
  return made as unknown as Channel[];
}

async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 1_000 && !holds(); i++) await new Promise<void>(resolve => setImmediate(resolve));
  if (!holds()) throw new Error(`never: ${holds.toString()}`);
}

function listenTo(port: EnginePort): { names: (string | undefined)[]; events: EngineEvent[] } {
  const heard = { names: [] as (string | undefined)[], events: [] as EngineEvent[] };
  port.subscribe(event => {
    heard.events.push(event);
    if (event.type === 'state') heard.names.push(event.state.self?.name);
  });
  return heard;
}

describe('an engine over a channel', () => {
  it('answers calls, sends states, and carries typing and reconnecting', async () => {
    const [near, far] = channelsOf(2);
    const engine = new FakeEngine('one');
    serveEngine(far!, { engineId: 'e1', openWindow: () => engine.window() });
    const port = connectEngine(near!, { windowId: 'w1', random });
    const heard = listenTo(port);
    expect(await port.sendText(ROOM, 'hi')).toEqual({ messageId: `${ROOM}/hi` });
    expect(heard.names).toEqual([undefined, 'one']);
    port.setTyping(ROOM, true);
    port.reconnectNow();
    await until(() => engine.calls.length === 3);
    expect(engine.calls).toEqual(['sendText hi', 'typing true', 'reconnectNow']);
  });

  it('errors cross with code and facts, and without what they must not say', async () => {
    const [near, far] = channelsOf(2);
    serveEngine(far!, { engineId: 'e1', openWindow: () => new FakeEngine('one').window() });
    const port = connectEngine(near!, { windowId: 'w1', random });
    const refused = await port.sendText(ROOM, 'refuse').catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ClientError);
    expect(refused).toMatchObject({ code: 'ROOM_ENDED', message: 'over', facts: { retryable: false } });
    const broken = await port.sendText(ROOM, 'break').catch((error: unknown) => error);
    expect(broken).toMatchObject({ code: 'STORAGE_FAILED' });
    expect(String(broken)).not.toContain('private detail');
  });

  it('what is asked before an engine serves waits for it', async () => {
    const [near, far] = channelsOf(2);
    const port = connectEngine(near!, { windowId: 'w1', random });
    const answer = port.sendText(ROOM, 'early');
    const engine = new FakeEngine('one');
    serveEngine(far!, { engineId: 'e1', openWindow: () => engine.window() });
    expect(await answer).toEqual({ messageId: `${ROOM}/early` });
    expect(engine.calls).toEqual(['sendText early']);
  });

  it('each window hears its own, and is forgotten when it goes', async () => {
    const [first, second, far] = channelsOf(3);
    const engine = new FakeEngine('one');
    const gone = new Map<string, () => void>();
    serveEngine(far!, {
      engineId: 'e1',
      openWindow: () => engine.window(),
      watch: (windowId, tell) => gone.set(windowId, tell),
    });
    const [a, b] = [
      connectEngine(first!, { windowId: 'a', random }),
      connectEngine(second!, { windowId: 'b', random }),
    ];
    const [heardA, heardB] = [listenTo(a), listenTo(b)];
    await a.openTimeline(ROOM);
    await b.openTimeline(ROOM);
    engine.windows[0]!.listener({ type: 'notice', roomId: ROOM, what: 'message', name: 'for a' });
    await until(() => heardA.events.some(({ type }) => type === 'notice'));
    expect(heardB.events.some(({ type }) => type === 'notice')).toBe(false);
    await a.close();
    await until(() => engine.windows[0]!.closed);
    gone.get('b')!();
    expect(engine.windows[1]!.closed).toBe(true);
    await expect(a.sendText(ROOM, 'late')).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it('hears nothing but its own kind of messages', async () => {
    const [near, far, stranger] = channelsOf(3);
    const engine = new FakeEngine('one');
    serveEngine(far!, { engineId: 'e1', openWindow: () => engine.window() });
    const port = connectEngine(near!, { windowId: 'w1', random });
    for (const noise of [null, 7, 'call', {}, { to: 'nobody' }]) stranger!.postMessage(noise);
    stranger!.postMessage({
      to: 'engine',
      type: 'call',
      windowId: 'w1',
      callId: 99,
      name: 'close',
      args: [],
    });
    expect(await port.sendText(ROOM, 'hi')).toEqual({ messageId: `${ROOM}/hi` });
    expect(engine.windows[0]!.closed).toBe(false);
  });
});

describe('a window whose engine is followed by another', () => {
  it('asks the next nothing before what is still unanswered', async () => {
    const near = new ByHand();
    const port = connectEngine(near, { windowId: 'w1', random });
    await until(() => near.posted.length === 1);
    near.hear({ to: 'window', type: 'welcome', windowId: 'w1', engineId: 'A' });
    const answers = [port.sendText(ROOM, 'before')];
    near.hear({ to: 'window', type: 'serving' });
    answers.push(port.sendText(ROOM, 'between'));
    await until(() => near.posted.at(-1)?.type === 'hello');
    // The new engine knows this window from now on, and would hear it.
    answers.push(port.sendText(ROOM, 'after'));
    const heardByNext = near.posted.length;
    near.hear({ to: 'window', type: 'welcome', windowId: 'w1', engineId: 'B' });
    const asked = near.posted
      .slice(heardByNext)
      .flatMap(message => (message.type === 'call' ? [message] : []));
    expect(asked.map(({ args }) => args[1])).toEqual(['before', 'between', 'after']);
    for (const { callId } of asked)
      near.hear({ to: 'window', type: 'result', windowId: 'w1', callId, value: callId });
    expect(await Promise.all(answers)).toEqual(asked.map(({ callId }) => callId));
    expect(near.posted).toHaveLength(heardByNext + 3);
  });
});

describe('one engine per store', () => {
  it('the first worker serves all pages; when it dies the next takes over', async () => {
    const locks = new FakeLocks();
    const [pageA, pageB, workerA, workerB] = channelsOf(4);
    const engines = new Map<string, FakeEngine>();
    const stand = (name: string, channel: Channel) =>
      void standForEngine({
        storeName: 'store',
        locks: locks.of(name),
        channel,
        engineId: name,
        open: async () => {
          const engine = new FakeEngine(name);
          engines.set(name, engine);
          return engine;
        },
      });
    stand('A', workerA!);
    stand('B', workerB!);
    for (const page of ['a', 'b'])
      void locks.of(page).request(windowLock(page), () => new Promise(() => undefined));
    const [a, b] = [
      connectEngine(pageA!, { windowId: 'a', random }),
      connectEngine(pageB!, { windowId: 'b', random }),
    ];
    const heard = listenTo(b);
    await a.openTimeline(ROOM);
    await b.openTimeline(ROOM);
    expect([...engines.keys()]).toEqual(['A']);

    engines.get('A')!.hangs = true;
    const texts = Array.from({ length: 30 }, (_, i) => `${i}`);
    const early = texts.slice(0, 10).map(text => b.sendText(ROOM, text));
    const retried = b.retry(ROOM, MessageId.fromBytes(random(16)));
    await until(() => engines.get('A')!.calls.includes('retry'));
    (workerA as unknown as BroadcastChannel).close();
    locks.die('A');
    const late = texts.slice(10).map(text => b.sendText(ROOM, text));
    // It may have been done or not: the caller is told, and nothing is done twice.
    await expect(retried).rejects.toMatchObject({ code: 'CLOSED', facts: { retryable: true } });
    await until(() => heard.names.at(-1) === 'B');
    expect(await b.sendText(ROOM, 'hi')).toEqual({ messageId: `${ROOM}/hi` });
    // A text is said again, in its place and under its id: who said it already knows it by that.
    const answers = await Promise.all([...early, ...late]);
    expect(answers.map(({ messageId }) => messageId)).toEqual(texts.map(text => `${ROOM}/${text}`));
    const { calls, ids } = engines.get('B')!;
    expect(calls.filter(call => call.startsWith('sendText'))).toEqual(
      [...texts, 'hi'].map(text => `sendText ${text}`),
    );
    expect(ids.slice(0, 10)).toEqual(engines.get('A')!.ids);
    expect(new Set(ids).size).toBe(31);
    expect(ids.every(id => MessageId.is(id))).toBe(true);
    // Its timelines are opened again by themselves.
    expect(calls.filter(call => call === 'openTimeline')).toHaveLength(2);
    expect(calls).not.toContain('retry');
  });

  it('an engine that lost its store leaves the place to the next', async () => {
    const locks = new FakeLocks();
    const [page, workerA, workerB] = channelsOf(3);
    const engines = [new FakeEngine('A'), new FakeEngine('B')];
    const [first, second] = [workerA!, workerB!].map((channel, i) =>
      standForEngine({
        storeName: 'store',
        locks: locks.of(`${i}`),
        channel,
        engineId: `${i}`,
        open: async () => engines[i]!,
      }),
    );
    void locks.of('a').request(windowLock('a'), () => new Promise(() => undefined));
    const port = connectEngine(page!, { windowId: 'a', random });
    const heard = listenTo(port);
    expect(await port.sendText(ROOM, 'one')).toBeDefined();
    engines[0]!.hangs = true;
    const hanging = port.sendText(ROOM, 'hang');
    await until(() => engines[0]!.calls.includes('sendText hang'));
    engines[0]!.loseStore();
    await expect(hanging).rejects.toMatchObject({ code: 'STORAGE_FAILED' });
    await first;
    expect(engines[0]!.calls.at(-1)).toBe('close');
    await until(() => heard.names.at(-1) === 'B');
    expect(await port.sendText(ROOM, 'two')).toBeDefined();
    expect(engines[1]!.calls).toEqual(['sendText two']);
    engines[1]!.loseStore();
    await second;
    const last = () => heard.events.at(-1);
    await until(() => {
      const event = last();
      return event?.type === 'state' && event.state.connection.state === 'stopped';
    });
  });

  it('a store that does not open stops the pages, and says why', async () => {
    const locks = new FakeLocks();
    const [page, worker] = channelsOf(2);
    const port = connectEngine(page!, { windowId: 'a', random });
    const heard = listenTo(port);
    const standing = standForEngine({
      storeName: 'store',
      locks: locks.of('A'),
      channel: worker!,
      engineId: 'A',
      open: () => Promise.reject(new VaultError('STORAGE_LOST', 'no')),
    });
    const asked = port.setName('Anna');
    await expect(standing).rejects.toThrow('no');
    await expect(asked).rejects.toMatchObject({ code: 'STORAGE_LOST' });
    expect(heard.events.at(-1)).toMatchObject({
      state: { connection: { state: 'stopped', reason: 'storage-failed', trouble: 'STORAGE_LOST' } },
    });
  });
});
