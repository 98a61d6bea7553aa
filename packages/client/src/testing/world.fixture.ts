import { nodeProvider } from '@sotto/mls/node';
import {
  type ClientBody,
  decodeClientFrame,
  decodeServerFrame,
  encodeClientFrame,
  encodeServerFrame,
  type RegistrationMode,
  type ServerBody,
} from '@sotto/protocol';
import {
  type MemoryDisk,
  type MemoryKeySlotsDisk,
  MemoryStore,
  memoryDisk,
  memoryKeySlots,
  memoryKeySlotsDisk,
  Vault,
  type VaultStore,
} from '@sotto/vault';
import { createInProcessBus } from '../../../relay/src/bus.ts';
import { Relay, type RelayOptions } from '../../../relay/src/relay.ts';
import type { SealedPost } from '../../../relay/src/sealed/sealedPosts.ts';
import { createMemoryBlobs, MemoryBlobTables } from '../../../relay/src/store/memoryBlobs.ts';
import { createMemoryDirectory } from '../../../relay/src/store/memoryDirectory.ts';
import { createMemoryStore } from '../../../relay/src/store/memoryStore.ts';
import { MemoryTables } from '../../../relay/src/store/memoryTables.ts';
import { Accounts } from '../account/accounts.ts';
import { serenityOpaque } from '../account/serenityOpaque.ts';
import { Engine } from '../engine/engine.ts';
import type { EngineOptions } from '../engine/engineOptions.ts';
import type { UnlockedPort } from '../intents.ts';
import type {
  AccountReply,
  AccountStep,
  InviteLookup,
  Random,
  Transport,
  TransportConnection,
} from '../ports.ts';
import type { InviteOptions, RoomId, RoomView, TimelineItem } from '../projection.ts';
import { accountRoute } from './accountRoutes.fixture.ts';
import { FakeClock, settle } from './fakeClock.fixture.ts';
import './loaded.fixture.ts';

const ORIGIN = 'https://relay.test';
const STEP_MS = 20;
const DAY_MS = 24 * 3_600_000;
/** So that tests do not spend seconds on argon2id. */
const CHEAP_STRETCHING = { 'argon2id-custom': { iterations: 1, memory: 8, parallelism: 1 } } as const;

export const OPEN_DOOR: InviteOptions = {
  lifetimeMs: DAY_MS,
  maxUses: 0,
  approval: false,
  password: undefined,
};

/** Bytes from a seed: the same in every run. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0 || 1;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) & 0xff;
  };
  return lengthBytes => Uint8Array.from({ length: lengthBytes }, next);
}

/** A relay in memory, a clock, and devices with disks. */
export class World {
  readonly clock = new FakeClock();
  readonly #random: Random;
  /** What the relay keeps. */
  readonly tables = new MemoryTables();
  readonly directory = createMemoryDirectory();
  /** Who may register, from the relay's next start. */
  registration: RegistrationMode = 'open';
  /** Where it is set: everything that went between devices and the relay since, either way. */
  wire: Uint8Array[] | undefined;
  /** What becomes of a step of an account over HTTP. */
  accountPost = (_step: AccountStep, ask: () => Promise<AccountReply>): Promise<AccountReply> => ask();
  readonly blobs = new MemoryBlobTables();
  #relay: Relay | undefined;
  /** Cuts every connection there is. */
  readonly #cuts = new Set<() => void>();
  readonly people: Person[] = [];

  constructor(
    seed = 1,
    private readonly quotas: RelayOptions['quotas'] = {},
  ) {
    this.#random = seededRandom(seed);
    this.startRelay();
  }

  startRelay(): void {
    this.#relay = new Relay({
      store: createMemoryStore({ tables: this.tables }),
      directory: this.directory,
      registration: this.registration,
      bus: createInProcessBus(),
      nowMs: () => this.clock.nowMs(),
      random: this.#random,
      scheduler: {
        after: (delayMs, run) => this.clock.setTimer(delayMs, run),
        soon: run => queueMicrotask(run),
      },
      blobs: createMemoryBlobs({ tables: this.blobs }),
      quotas: { appendsPerDevice: { burst: 1_000_000, perSecond: 1_000_000 }, ...this.quotas },
      observer: {
        ...silentObserver,
        failed: (step, error) => this.failures.push(`${step}: ${String(error)}`),
      },
    });
    this.#relay.start();
  }

  readonly failures: string[] = [];

  /** As kill -9: connections go without a word, sessions are forgotten; what was committed stays. */
  killRelay(): void {
    const relay = this.#relay;
    this.#relay = undefined;
    for (const cut of [...this.#cuts]) cut();
    relay?.stop();
  }

  /** What is slow on purpose (passwords, safety words) waits for it. */
  slowCrypto: Promise<void> = Promise.resolve();

  /** Cuts all connections; the relay stays. */
  cutConnections(): void {
    for (const cut of [...this.#cuts]) cut();
  }

  person(role: 'host' | 'guest', name: string): Person {
    const person = new Person(this, role, name);
    this.people.push(person);
    return person;
  }

  random(lengthBytes: number): Uint8Array {
    return this.#random(lengthBytes);
  }

  /** Where crypto runs on threads of its own (RSA): the clock goes on no faster than they do. */
  onThreads = false;

  async until(holds: () => boolean | Promise<boolean>, withinMs = 60_000): Promise<void> {
    if (!this.onThreads) return this.clock.until(holds, withinMs);
    for (let spentMs = 0; spentMs < withinMs; spentMs += STEP_MS) {
      if (await holds()) return;
      await new Promise(resolve => setTimeout(resolve, 2));
      await this.clock.advance(STEP_MS);
    }
    throw new Error(`still not so after ${withinMs} ms: ${holds}`);
  }

  /** The end of a promise, moving the clock on while it takes. */
  async outcome<T>(promise: Promise<T>): Promise<T> {
    let done = false;
    promise.then(
      () => {
        done = true;
      },
      () => {
        done = true;
      },
    );
    await this.until(() => done, 600_000);
    return promise;
  }

  lookUp: InviteLookup = async token => {
    if (this.#relay === undefined) throw new Error('down');
    const report = await this.#relay.inviteReport(token, '192.0.2.9');
    return report === undefined ? { status: 'unknown', hostOnline: false } : report;
  };

  /** What anyone gets who wants to write to a handle, without HTTP. */
  sealedAddress(handle: string) {
    return this.#relay!.sealed.look(handle, '192.0.2.9');
  }

  /** Leaves a sealed message as a program or a page does it. */
  async postSealed(handle: string, jwe: string, more: Partial<SealedPost> = {}): Promise<void> {
    const message = new TextEncoder().encode(jwe);
    await this.#relay!.sealed.post({ handle, message, ...more }, '127.0.0.1');
  }

  /** What an engine of this world is made with, but for its store. */
  engineOptions(
    role: 'host' | 'guest',
    ...tampering: readonly [
      tamper?: (body: ServerBody) => readonly ServerBody[],
      tamperSent?: (body: ClientBody) => ClientBody,
    ]
  ): Omit<EngineOptions, 'store' | 'slots' | 'rootKey'> {
    return {
      role,
      relayOrigin: ORIGIN,
      transport: this.transport(role, ...tampering),
      clock: this.clock,
      random: lengthBytes => this.random(lengthBytes),
      provider: nodeProvider,
      passwordKey: async (password, salt) => {
        await this.slowCrypto;
        return nodeProvider.hash('SHA-256', new TextEncoder().encode(`${password}/${salt.join()}`));
      },
      stretch: async (password, salt, _iterations, lengthBytes) => {
        await this.slowCrypto;
        return nodeProvider.hkdfExpand('SHA-256', nodeProvider.hash('SHA-256', password), salt, lengthBytes);
      },
      lookUp: this.lookUp,
      accounts: {
        post: (step, body) => this.accountPost(step, () => this.#postAccount(step, body)),
        load: async () => ({ Accounts }),
        opaque: () => serenityOpaque(CHEAP_STRETCHING),
      },
    };
  }

  async #postAccount(step: AccountStep, sent: Uint8Array | undefined): Promise<AccountReply> {
    const body = sent ?? new Uint8Array(0);
    if (this.#relay === undefined) throw new Error('down');
    this.wire?.push(body.slice());
    const reply = await accountRoute(this.#relay, ORIGIN, step, body);
    if ('body' in reply) this.wire?.push(reply.body.slice());
    return reply;
  }

  /** `tamper`: what the relay's frames become on the way, as an evil relay would have them. */
  transport(
    role: 'host' | 'guest',
    tamper: (body: ServerBody) => readonly ServerBody[] = body => [body],
    tamperSent: (body: ClientBody) => ClientBody = body => body,
  ): Transport {
    return {
      connect: (_url, events): TransportConnection => {
        const relay = this.#relay;
        let open = true;
        const close = (code: number) => {
          if (!open) return;
          open = false;
          this.#cuts.delete(cut);
          queueMicrotask(() => events.closed(code));
        };
        const cut = () => {
          if (open) connection?.closed();
          close(1006);
        };
        if (relay === undefined) {
          close(1006);
          return { send: () => undefined, close: () => undefined };
        }
        this.#cuts.add(cut);
        const toClient: Uint8Array[] = [];
        const connection = relay.connect({
          listenerRole: role,
          origins: [ORIGIN],
          remoteAddress: '127.0.0.1',
          send: frame => {
            this.wire?.push(frame.slice());
            if (toClient.push(frame.slice()) > 1) return;
            queueMicrotask(() => {
              for (const sent of toClient.splice(0)) {
                const { requestId, body } = decodeServerFrame(sent);
                for (const changed of tamper(body)) {
                  const pushed = changed.type === 'entries' ? 0 : requestId;
                  if (open) events.frame(encodeServerFrame({ requestId: pushed, body: changed }));
                }
              }
            });
          },
          close,
          bufferedBytes: () => 0,
        });
        return {
          send: bytes => {
            const { requestId, body } = decodeClientFrame(bytes);
            const sent = encodeClientFrame({ requestId, body: tamperSent(body) });
            this.wire?.push(sent.slice());
            queueMicrotask(() => open && connection.receive(sent));
          },
          close: cut,
        };
      },
    };
  }

  async close(): Promise<void> {
    for (const person of this.people) await person.stop();
    this.#relay?.stop();
  }
}

/** A person with one device: its disk outlives the engine. */
export class Person {
  readonly disk: MemoryDisk = memoryDisk();
  readonly keys: MemoryKeySlotsDisk = memoryKeySlotsDisk();
  readonly rootKey: Uint8Array;
  engine: Engine | undefined;
  port!: UnlockedPort;
  timeline = new Map<string, TimelineItem>();
  readonly notices: string[] = [];
  /** What becomes of the frames that this device is sent. */
  tamper: (body: ServerBody) => readonly ServerBody[] = body => [body];
  /** What the relay understands of the frames that this device sends. */
  tamperSent: (body: ClientBody) => ClientBody = body => body;
  roomId: RoomId | undefined;
  /** Called by this device's engine in long work. */
  giveWay: () => Promise<void> = async () => undefined;

  constructor(
    readonly world: World,
    readonly role: 'host' | 'guest',
    readonly name: string,
  ) {
    this.rootKey = world.random(32);
  }

  async start(store: VaultStore = new MemoryStore(this.disk)): Promise<this> {
    this.engine = await Engine.open({
      ...this.world.engineOptions(
        this.role,
        body => this.tamper(body),
        body => this.tamperSent(body),
      ),
      giveWay: () => this.giveWay(),
      store,
      slots: memoryKeySlots(this.keys),
      rootKey: this.rootKey,
    });
    this.port = this.engine.window();
    this.timeline = new Map();
    this.port.subscribe(event => {
      if (event.type === 'notice') this.notices.push(`${event.what} ${event.name}`);
      if (event.type !== 'timeline' || event.roomId !== this.roomId) return;
      if (event.reset) this.timeline.clear();
      for (const item of event.upserts) this.timeline.set(item.key, item);
      for (const key of event.removedKeys) this.timeline.delete(key);
    });
    if (this.roomId !== undefined && this.engine.state.rooms.some(({ roomId }) => roomId === this.roomId)) {
      await this.port.openTimeline(this.roomId);
    }
    await settle();
    return this;
  }

  async stop(): Promise<void> {
    await this.engine?.close();
    this.engine = undefined;
  }

  /** The keys of the records on this device's disk that begin so: its owner's view, the store has other names. */
  async recordKeys(start = ''): Promise<readonly string[]> {
    const { keys } = await this.#copyOfDisk();
    return keys.filter(key => key.startsWith(start));
  }

  /** What is in the records on this device's disk, as its owner sees it. */
  async records(): Promise<readonly Uint8Array[]> {
    return (await this.#copyOfDisk()).values;
  }

  /** Takes records off the disk, behind the engine's back. */
  async loseRecords(start: string): Promise<void> {
    const { vault, disk, keys } = await this.#copyOfDisk();
    await vault.commit(keys.filter(key => key.startsWith(start)).map(key => ({ key, value: null })));
    for (const name of this.disk.records.keys()) {
      if (!disk.records.has(name)) this.disk.records.delete(name);
    }
  }

  async #copyOfDisk() {
    const disk: MemoryDisk = { records: new Map(this.disk.records) };
    const vault = await Vault.open(new MemoryStore(disk), {
      rootKey: this.rootKey,
      random: length => new Uint8Array(length),
      slots: memoryKeySlots({ bytes: this.keys.bytes.slice() }),
    });
    const found = await vault.scan({ prefix: '', limit: Number.MAX_SAFE_INTEGER });
    const values = found.map(({ value }) => value);
    return { vault, disk, values, keys: found.map(({ key }) => key).sort() };
  }

  get online(): boolean {
    return this.engine?.state.connection.state === 'online';
  }

  /** Throws when there is none. */
  get room(): RoomView {
    const room = this.roomOrNone;
    if (room === undefined) throw new Error(`${this.name} has no room`);
    return room;
  }

  get roomOrNone(): RoomView | undefined {
    return this.engine?.state.rooms.find(({ roomId }) => roomId === this.roomId);
  }

  /** What stands on the screen, oldest first. */
  get log(): readonly TimelineItem[] {
    return [...this.timeline.values()].sort((a, b) => a.order - b.order);
  }

  get texts(): readonly string[] {
    return this.log.flatMap(item => (item.kind === 'message' ? [item.text] : []));
  }

  get link(): string {
    return `${ORIGIN}${this.room.invites[0]!.pathAndFragment}`;
  }

  /** Opens a room and its timeline. */
  async open(roomId: RoomId): Promise<void> {
    this.roomId = roomId;
    await this.port.openTimeline(roomId);
  }

  async startRoom(invite: InviteOptions = OPEN_DOOR, title = 'Kitchen'): Promise<void> {
    await this.world.until(() => this.online);
    const { roomId } = await this.world.outcome(this.port.startRoom({ title, invite }));
    await this.open(roomId);
  }

  /** Asks to come in by a link; does not wait for the answer. */
  async knock(link: string, password?: string): Promise<void> {
    const { roomId } = await this.world.outcome(this.port.join({ link, name: this.name, password }));
    await this.open(roomId);
  }

  /** Comes in by a link whose door is open. */
  async enter(link: string): Promise<void> {
    await this.knock(link);
    await this.world.until(() => this.room.membership === 'member' && this.room.members.length > 1);
  }

  async say(text: string): Promise<void> {
    await this.port.sendText(this.roomId!, text);
  }

  sendState(text: string): string | undefined {
    const item = this.log.find(shown => shown.kind === 'message' && shown.text === text);
    return item?.kind === 'message' ? item.send?.state : undefined;
  }
}

const ignore = (): void => undefined;
const silentObserver = {
  connectionOpened: ignore,
  connectionClosed: ignore,
  sessionOpened: ignore,
  sessionClosed: ignore,
  frameReceived: ignore,
  requestRefused: ignore,
  entriesAppended: ignore,
  entriesPushed: ignore,
  swept: ignore,
};
