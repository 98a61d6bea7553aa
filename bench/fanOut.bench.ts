// One append to a conversation of 2, 100 and 1,000 subscribers that are all online, through the relay on SQLite with
// synchronous=FULL but without sockets: how long until the last of them has been pushed it, and until all of their
// acknowledgements are on disk. For a message of 256 bytes, a Commit of 40 kB (re-keyed) and one of 1.2 MB (not
// re-keyed, see people.bench.ts). The baseline of the same run is the conversation of 2.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createIdentity, type DeviceIdentity, sessionProof } from '@sotto/core';
import { nodeProvider } from '@sotto/mls/node';
import {
  type ClientBody,
  DedupeId,
  decodeServerFrame,
  encodeClientFrame,
  LIMITS,
  type ServerBody,
  StreamId,
} from '@sotto/protocol';
import { createInProcessBus, createSqliteStore, Relay, type RelayConnection } from '@sotto/relay';

const ORIGIN = 'http://localhost:1';
const ROUNDS = 5;
/** Sessions end with the relay. */
let over = false;
const random = (lengthBytes: number): Uint8Array => new Uint8Array(randomBytes(lengthBytes));
const env = { provider: nodeProvider, random, nowMs: () => Date.now() };
const endless = { burst: 1e9, perSecond: 1e9 };

/** A session without a socket; frames go in and out as they are. */
class Member {
  readonly identity: DeviceIdentity = createIdentity(env, { kind: 'member' });
  readonly #waiting = new Map<number, (body: ServerBody) => void>();
  readonly #connection: RelayConnection;
  #requestId = 0;
  /** Called with the bytes of each push of entries. */
  pushed: (frame: Uint8Array) => void = () => undefined;
  readonly ready: Promise<void>;

  constructor(relay: Relay) {
    let open: () => void;
    this.ready = new Promise(resolve => {
      open = resolve;
    });
    this.#connection = relay.connect({
      listenerRole: 'host',
      origins: [ORIGIN],
      remoteAddress: '127.0.0.1',
      close(code) {
        if (over) return;
        throw new Error(`closed with ${code}`);
      },
      bufferedBytes: () => 0,
      send: frame => {
        // A push of entries is not decoded: that is the work of a thousand other computers.
        if (this.#waiting.size === 0 && frame.length > 100) return this.pushed(frame);
        const { requestId, body } = decodeServerFrame(frame);
        if (body.type === 'challenge') void this.#authenticate(body.nonce).then(open);
        this.#waiting.get(requestId)?.(body);
        this.#waiting.delete(requestId);
      },
    });
  }

  ask(body: ClientBody): Promise<ServerBody> {
    return new Promise((resolve, reject) => {
      const requestId = ++this.#requestId;
      this.#waiting.set(requestId, answer =>
        answer.type === 'failure' ? reject(new Error(`${body.type}: ${answer.code}`)) : resolve(answer),
      );
      this.#connection.receive(encodeClientFrame({ requestId, body }));
    });
  }

  async #authenticate(nonce: Uint8Array): Promise<void> {
    await this.ask({
      type: 'authenticate',
      protocolVersion: LIMITS.protocolVersion,
      deviceCertificate: this.identity.certificate,
      origin: ORIGIN,
      signature: sessionProof(env, this.identity, ORIGIN, nonce),
    });
  }
}

interface Room {
  readonly streamId: StreamId;
  readonly host: Member;
  readonly members: readonly Member[];
  epoch: number;
  seq: number;
}

async function roomOf(relay: Relay, size: number): Promise<Room> {
  const streamId = StreamId.fromBytes(random(16));
  const all = Array.from({ length: size }, () => new Member(relay));
  await Promise.all(all.map(({ ready }) => ready));
  const [host, ...members] = all as [Member, ...Member[]];
  await host.ask({ type: 'createStream', streamId });
  const room: Room = { streamId, host, members, epoch: 0, seq: 0 };
  for (let at = 0; at < members.length; at += LIMITS.admissionsPerAppend) {
    const admitted = members.slice(at, at + LIMITS.admissionsPerAppend);
    await append(room, 'commit', random(100), admitted);
  }
  for (const member of all) await member.ask({ type: 'subscribe', streamId, afterSeq: room.seq });
  return room;
}

async function append(
  room: Room,
  kind: 'message' | 'commit',
  payload: Uint8Array,
  admitted: readonly Member[] = [],
): Promise<void> {
  const answer = await room.host.ask({
    type: 'append',
    streamId: room.streamId,
    dedupeId: DedupeId.fromBytes(random(16)),
    kind,
    expectEpoch: room.epoch,
    payload,
    admissions: admitted.map(({ identity }) => ({ deviceId: identity.deviceId, welcome: random(1_600) })),
    removedDeviceIds: [],
    adminDeviceIds: [],
  });
  if (kind === 'commit') room.epoch++;
  if (answer.type === 'appended') room.seq = answer.seq;
}

/** Milliseconds until the last member was pushed it, and until all have acknowledged it. */
async function fanOut(room: Room, kind: 'message' | 'commit', sizeBytes: number): Promise<[number, number]> {
  const payload = random(sizeBytes);
  const startedMs = performance.now();
  const pushes = room.members.map(
    member =>
      new Promise<void>(resolve => {
        member.pushed = () => resolve();
      }),
  );
  await Promise.all([append(room, kind, payload), ...pushes]);
  const pushedMs = performance.now() - startedMs;
  const { streamId, seq } = room;
  const all = [room.host, ...room.members];
  await Promise.all(all.map(member => member.ask({ type: 'acknowledge', streamId, seq })));
  return [pushedMs, performance.now() - startedMs - pushedMs];
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

const directory = mkdtempSync(join(tmpdir(), 'sotto-bench-'));
const store = createSqliteStore({ path: join(directory, 'relay.db') });
const relay = new Relay({
  store,
  bus: createInProcessBus(),
  nowMs: () => Date.now(),
  random,
  scheduler: {
    after: (delayMs, run) => {
      const timer = setTimeout(run, delayMs);
      return () => clearTimeout(timer);
    },
    soon: run => void setImmediate(run),
  },
  quotas: {
    framesPerDevice: endless,
    bytesPerDevice: endless,
    appendsPerDevice: endless,
    maxUnauthenticated: 5_000,
  },
});
const cases = [
  ['message', 256],
  ['commit', 40_000],
  ['commit', 1_200_000],
] as const;
const base = new Map<number, number>();
for (const size of [2, 100, 1_000]) {
  const room = await roomOf(relay, size);
  for (const [kind, sizeBytes] of cases) {
    const rounds: [number, number][] = [];
    for (let round = 0; round < ROUNDS; round++) rounds.push(await fanOut(room, kind, sizeBytes));
    const pushedMs = median(rounds.map(([ms]) => ms));
    const acknowledgedMs = median(rounds.map(([, ms]) => ms));
    if (size === 2) base.set(sizeBytes, pushedMs);
    console.log(
      `${String(size).padStart(5)} subscribers, ${kind} of ${sizeBytes.toLocaleString('en')} B: pushed to all in ${pushedMs.toFixed(1)} ms ` +
        `(${(pushedMs / (base.get(sizeBytes) ?? pushedMs)).toFixed(1)} times the conversation of 2), ` +
        `all acknowledgements stored ${acknowledgedMs.toFixed(1)} ms later`,
    );
  }
}
over = true;
relay.stop();
await store.close();
rmSync(directory, { recursive: true, force: true });
