import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Append, DedupeId, DeviceId, InviteToken, StreamId } from '@sotto/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inboxIdOf } from '../identity.ts';
import { Refusal } from '../refusal.ts';
import type { Caller, StreamStore } from '../streamStore.ts';
import { createMemoryStore } from './memoryStore.ts';
import { createSqliteStore } from './sqliteStore.ts';

const HOUR_MS = 3_600_000;
const id = (fill: number) => new Uint8Array(16).fill(fill);
const streams = [1, 2].map(fill => StreamId.fromBytes(id(fill)));
const devices = [10, 11, 12, 13].map(fill => DeviceId.fromBytes(id(fill)));
const tokens = ['a', 'b'].map(letter => InviteToken.parse(letter.repeat(24)));
const dedupeIds = Array.from({ length: 12 }, (_, n) => DedupeId.fromBytes(id(100 + n)));

type Step = (store: StreamStore) => Promise<unknown>;

const stream = fc.constantFrom(...streams);
const device = fc.constantFrom(...devices);
const token = fc.constantFrom(...tokens);
const dedupeId = fc.constantFrom(...dedupeIds);
const caller: fc.Arbitrary<Caller> = fc.record({
  deviceId: device,
  nowMs: fc.integer({ min: 1, max: 80 }).map(n => n * HOUR_MS),
});
const payload = fc.uint8Array({ minLength: 1, maxLength: 20 });
const readable = fc.oneof(stream, device.map(inboxIdOf));

const append: fc.Arbitrary<Append> = fc.record({
  streamId: stream,
  dedupeId,
  kind: fc.constantFrom('message', 'message', 'commit'),
  expectEpoch: fc.nat(3),
  payload,
  admissions: fc.array(
    fc.record({ deviceId: device, welcome: payload, inviteToken: fc.option(token, { nil: undefined }) }),
    { maxLength: 2 },
  ),
  removedDeviceIds: fc.oneof(
    { weight: 4, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(device, { maxLength: 2 }) },
  ),
  adminDeviceIds: fc.oneof(
    { weight: 4, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(device, { maxLength: 2 }) },
  ),
});

const steps: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(caller, fc.uniqueArray(device, { minLength: 1 }), dedupeId, payload).map(
    ([{ nowMs }, deviceIds, dedupe, bytes]): Step =>
      store =>
        store.deliverSealed({ deviceIds, dedupeId: dedupe, payload: bytes, nowMs }),
  ),
  fc.tuple(caller, stream).map(
    ([by, id]): Step =>
      store =>
        store.createStream(by, id),
  ),
  fc.tuple(caller, append).map(
    ([by, what]): Step =>
      store =>
        store.append(by, what),
  ),
  fc.tuple(caller, append).map(
    ([by, what]): Step =>
      store =>
        store.append(by, {
          ...what,
          kind: 'message',
          admissions: [],
          removedDeviceIds: [],
          adminDeviceIds: [],
        }),
  ),
  fc.tuple(caller, readable, fc.nat(8)).map(
    ([by, id, seq]): Step =>
      store =>
        store.acknowledge(by, id, seq),
  ),
  fc.tuple(caller, stream, fc.constantFrom('pause', 'resume', 'resume', 'end' as const)).map(
    ([by, id, action]): Step =>
      store =>
        store.control(by, id, action as 'pause'),
  ),
  fc.tuple(caller, stream).map(
    ([by, id]): Step =>
      store =>
        store.leave(by, id),
  ),
  fc.tuple(caller, token, stream, fc.nat(2), fc.integer({ min: 1, max: 90 })).map(
    ([by, token, streamId, maxUses, hours]): Step =>
      store =>
        store.createInvite(by, { token, streamId, expiresAtMs: hours * HOUR_MS, maxUses, sealedCard: id(1) }),
  ),
  fc.tuple(caller, token).map(
    ([by, token]): Step =>
      store =>
        store.closeInvite(by, token),
  ),
  fc.tuple(caller, token, dedupeId, payload).map(
    ([by, token, dedupeId, payload]): Step =>
      store =>
        store.knock(by, { token, dedupeId, payload }),
  ),
  fc.tuple(caller, token, device, dedupeId, payload, fc.boolean()).map(
    ([by, token, deviceId, dedupeId, payload, block]): Step =>
      store =>
        store.answerKnock(by, { token, deviceId, dedupeId, payload, block }),
  ),
  fc.integer({ min: 1, max: 90 }).map(
    (hours): Step =>
      store =>
        store.expireInvites(hours * HOUR_MS),
  ),
  fc.integer({ min: 1, max: 120 }).map(
    (hours): Step =>
      store =>
        store.sweep({ nowMs: hours * HOUR_MS, retentionMs: 30 * HOUR_MS }),
  ),
);

async function outcome(step: Promise<unknown>): Promise<unknown> {
  try {
    return plain(await step);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { refused: error.code, facts: error.facts };
  }
}

/** Without prototypes and Buffers, which differ between adapters and mean nothing. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return [...value];
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

async function everything(store: StreamStore): Promise<unknown> {
  const page = { afterSeq: 0, maxEntries: 100, maxBytes: 10_000 };
  const views = devices.map(async device => {
    const statuses = [...(await store.statuses(device))].sort((a, b) => (a.streamId < b.streamId ? -1 : 1));
    const entries = await Promise.all(statuses.map(({ streamId }) => store.entries(device, streamId, page)));
    return { statuses, entries, known: await store.knows(device) };
  });
  return plain({
    views: await Promise.all(views),
    subscribers: await Promise.all(
      streams.map(async stream => [...(await store.subscribers(stream))].sort()),
    ),
    invites: await Promise.all(tokens.map(token => store.invite(token, 5 * HOUR_MS))),
    counts: await store.counts(),
  });
}

test('after any history the memory store and the SQLite store answer alike', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { minLength: 5, maxLength: 60 }), async history => {
      const folder = mkdtempSync(join(tmpdir(), 'sotto-adapters-'));
      let sqlite = createSqliteStore({ path: join(folder, 'relay.db') });
      const memory = createMemoryStore();
      try {
        // So that there is something to do from the start.
        const by = { deviceId: devices[0]!, nowMs: HOUR_MS };
        const opening: Step[] = [store => store.createStream(by, streams[0]!)];
        for (const [i, step] of [...opening, ...history].entries()) {
          expect(await outcome(step(sqlite)), `step ${i}`).toEqual(await outcome(step(memory)));
          if (i === 20) {
            await sqlite.close();
            sqlite = createSqliteStore({ path: join(folder, 'relay.db') });
          }
        }
        expect(await everything(sqlite)).toEqual(await everything(memory));
      } finally {
        await sqlite.close();
        rmSync(folder, { recursive: true });
      }
    }),
    { numRuns: 60 },
  );
});
