import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import { type Append, DedupeId, DeviceId, type InviteToken, LIMITS, StreamId } from '@sotto/protocol';
import { inboxIdOf } from '../identity.ts';
import { Refusal } from '../refusal.ts';
import type { Caller, StreamStore } from '../streamStore.ts';
import { ENTRY_OVERHEAD_BYTES, type StorageLimits } from './storageLimits.ts';

/** The place under test: stores opened on it one after another see the same streams. */
export interface ContractPlace {
  open(): Promise<StreamStore>;
}

const DAY_MS = 24 * 3_600_000;
const NOW_MS = 1_750_000_000_000;

const id = (fill: number) => new Uint8Array(16).fill(fill);
const streamId = StreamId.fromBytes(id(1));
const otherStreamId = StreamId.fromBytes(id(2));
const [ada, ben, cyd, dot] = [10, 11, 12, 13].map(fill => DeviceId.fromBytes(id(fill))) as [
  DeviceId,
  DeviceId,
  DeviceId,
  DeviceId,
];
const token = 'a'.repeat(24) as InviteToken;
const otherToken = 'b'.repeat(24) as InviteToken;

const by = (deviceId: DeviceId, nowMs = NOW_MS): Caller => ({ deviceId, nowMs });
const bytes = (...values: readonly number[]) => Uint8Array.from(values);
const dedupe = (n: number) =>
  DedupeId.fromBytes(new Uint8Array(16).map((_, i) => (i === 15 ? n % 256 : i === 14 ? n >> 8 : 0xd0)));

let nextDedupe = 0;

function message(epoch: number, change: Partial<Append> = {}): Append {
  return {
    streamId,
    dedupeId: dedupe(nextDedupe++),
    kind: 'message',
    expectEpoch: epoch,
    payload: bytes(1, 2, 3),
    admissions: [],
    removedDeviceIds: [],
    adminDeviceIds: [],
    ...change,
  };
}

const commit = (epoch: number, change: Partial<Append> = {}) => message(epoch, { kind: 'commit', ...change });
const admit = (...deviceIds: readonly DeviceId[]) => ({
  admissions: deviceIds.map(deviceId => ({ deviceId, welcome: bytes(9), inviteToken: undefined })),
});
const admitBy = (inviteToken: InviteToken, ...deviceIds: readonly DeviceId[]) => ({
  admissions: deviceIds.map(deviceId => ({ deviceId, welcome: bytes(9), inviteToken })),
});

const invite = (change: object = {}) => ({
  token,
  streamId,
  expiresAtMs: NOW_MS + DAY_MS,
  maxUses: 0,
  sealedCard: bytes(7, 7),
  ...change,
});

const page = { maxEntries: 1_000, maxBytes: 1_000_000 };

async function seqs(
  store: StreamStore,
  deviceId: DeviceId,
  of = streamId,
  afterSeq = 0,
): Promise<readonly number[]> {
  return (await store.entries(deviceId, of, { ...page, afterSeq })).map(({ seq }) => seq);
}

async function refused(code: string, act: Promise<unknown>): Promise<Refusal> {
  let answer: unknown;
  try {
    answer = await act;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    strictEqual(error.code, code);
    return error;
  }
  throw new Error(`expected ${code}, got ${JSON.stringify(answer)}`);
}

/** A conversation of ada (its admin), ben and cyd, at epoch 1 and seq 1. */
async function room(store: StreamStore): Promise<void> {
  await store.createStream(by(ada), streamId);
  await store.append(by(ada), commit(0, admit(ben, cyd)));
}

/**
 * The promises of `StreamStore`, one named check each, for whoever writes an adapter.
 * `register` is `it` of a test runner; `freshPlace` gives an empty place for every check, whose stores keep to
 * `limits`.
 */
export function streamStoreContract(
  register: (name: string, check: () => Promise<void>) => void,
  freshPlace: (limits?: Partial<StorageLimits>) => Promise<ContractPlace>,
): void {
  const check = (
    name: string,
    run: (store: StreamStore, reopen: () => Promise<StreamStore>) => Promise<void>,
    limits?: Partial<StorageLimits>,
  ) =>
    register(name, async () => {
      const place = await freshPlace(limits);
      let store = await place.open();
      await run(store, async () => {
        await store.close();
        store = await place.open();
        return store;
      });
      await store.close();
    });

  check('gives entries dense seqs from 1 and reads them back as they were', async store => {
    await store.createStream(by(ada), streamId);
    for (let n = 1; n <= 5; n++) {
      const { seq, receivedAtMs } = await store.append(
        by(ada, NOW_MS + n),
        message(0, { payload: bytes(n) }),
      );
      deepStrictEqual([seq, receivedAtMs], [n, NOW_MS + n]);
    }
    const entries = await store.entries(ada, streamId, { ...page, afterSeq: 3 });
    deepStrictEqual(
      entries.map(({ seq, kind, receivedAtMs }) => [seq, kind, receivedAtMs]),
      [
        [4, 'message', NOW_MS + 4],
        [5, 'message', NOW_MS + 5],
      ],
    );
    deepStrictEqual(
      entries.map(({ payload }) => Uint8Array.from(payload)),
      [bytes(4), bytes(5)],
    );
    deepStrictEqual(
      entries.map(entry => [entry.inviteToken, entry.deviceId]),
      [
        [undefined, undefined],
        [undefined, undefined],
      ],
    );
  });

  check('gives concurrent appends dense seqs in the order they were asked', async store => {
    await store.createStream(by(ada), streamId);
    const all = await Promise.all(Array.from({ length: 50 }, () => store.append(by(ada), message(0))));
    deepStrictEqual(
      all.map(({ seq }) => seq),
      Array.from({ length: 50 }, (_, i) => i + 1),
    );
  });

  check('keeps everything over a reopening', async (store, reopen) => {
    await room(store);
    await store.append(by(ben), message(1));
    await store.createInvite(by(ada), invite());
    await store.acknowledge(by(cyd), streamId, 2);
    const before = await Promise.all([ada, ben, cyd].map(device => store.statuses(device)));
    const again = await reopen();
    deepStrictEqual(await Promise.all([ada, ben, cyd].map(device => again.statuses(device))), before);
    deepStrictEqual(await seqs(again, ben), [2]);
    strictEqual((await again.append(by(ben), message(1))).seq, 3);
    strictEqual((await again.invite(token, NOW_MS))?.status, 'open');
  });

  check('a repeated append returns the first seq and changes nothing', async (store, reopen) => {
    await room(store);
    const once = commit(1, admit(dot));
    const first = await store.append(by(ada), once);
    deepStrictEqual(first.admittedIds, [dot]);
    const again = await store.append(by(ada, NOW_MS + 9), once);
    deepStrictEqual([again.seq, again.receivedAtMs, again.repeated], [first.seq, first.receivedAtMs, true]);
    deepStrictEqual([again.deliveries, again.admittedIds, again.removedIds], [[], [], []]);
    strictEqual((await store.status(ada, streamId))?.epoch, 2);
    const [third, same] = await Promise.all([once, once].map(append => store.append(by(ada), append)));
    deepStrictEqual([third!.seq, same!.seq], [first.seq, first.seq]);
    const twice = message(2);
    const both = await Promise.all([store.append(by(ben), twice), store.append(by(ben), twice)]);
    deepStrictEqual(
      both.map(({ seq, repeated }) => [seq, repeated]),
      [
        [3, false],
        [3, true],
      ],
    );
    const reopened = await reopen();
    strictEqual((await reopened.append(by(ben), twice)).seq, 3);
    for (const device of [ada, ben, cyd, dot]) await reopened.acknowledge(by(device), streamId, 3);
    deepStrictEqual(await seqs(reopened, ben), []);
    strictEqual((await reopened.append(by(ben), twice)).seq, 3, 'also when the entry is deleted');
    strictEqual((await reopened.status(ben, streamId))?.headSeq, 3);
  });

  check('takes messages and commits by compare-and-set on the number of commits', async store => {
    await room(store);
    await store.append(by(ben), message(1));
    const lost = await refused('EPOCH_CONFLICT', store.append(by(ben), message(0)));
    deepStrictEqual(lost.facts, { epoch: 1, seq: 1 });
    await refused('EPOCH_CONFLICT', store.append(by(ben), message(2)));
    const race = await Promise.allSettled([
      store.append(by(ben), commit(1)),
      store.append(by(cyd), commit(1)),
    ]);
    deepStrictEqual(
      race.map(({ status }) => status),
      ['fulfilled', 'rejected'],
    );
    const late = await refused('EPOCH_CONFLICT', store.append(by(cyd), message(1)));
    deepStrictEqual(late.facts, { epoch: 2, seq: 3 });
    deepStrictEqual(await seqs(store, ada), [1, 2, 3]);
    await refused('MALFORMED', store.append(by(ben), { ...message(2), expectEpoch: undefined }));
  });

  check('a refused append changes nothing at all', async store => {
    await room(store);
    await store.createInvite(by(ada), invite({ maxUses: 1 }));
    const before = await Promise.all([ada, ben, dot].map(device => store.statuses(device)));
    await refused(
      'EPOCH_CONFLICT',
      store.append(by(ada), commit(0, { ...admitBy(token, dot), removedDeviceIds: [ben] })),
    );
    await refused(
      'INVITE_USED_UP',
      store.append(
        by(ada),
        commit(1, { ...admitBy(token, dot, DeviceId.fromBytes(id(99))), removedDeviceIds: [ben] }),
      ),
    );
    await refused(
      'NOT_FOUND',
      store.append(by(ada), commit(1, { ...admitBy(otherToken, dot), removedDeviceIds: [ben] })),
    );
    await refused('MALFORMED', store.append(by(ada), commit(1, admit(dot, dot))));
    deepStrictEqual(await Promise.all([ada, ben, dot].map(device => store.statuses(device))), before);
    strictEqual((await store.invite(token, NOW_MS))?.uses, 0);
  });

  check('an admission is one transaction: subscription, Welcome, use of the invite', async store => {
    await store.createStream(by(ada), streamId);
    await store.append(by(ada), message(0));
    await store.createInvite(by(ada), invite({ maxUses: 2 }));
    const append = commit(0, admitBy(token, ben));
    const done = await store.append(by(ada), append);
    deepStrictEqual([done.seq, done.admittedIds, done.inviteChanges], [2, [ben], []]);
    deepStrictEqual(
      done.deliveries.map(({ deviceId, streamId, entry }) => [deviceId, streamId, entry.seq, entry.kind]),
      [[ben, inboxIdOf(ben), 1, 'welcome']],
    );
    const status = await store.status(ben, streamId);
    deepStrictEqual(
      [status?.acknowledgedSeq, status?.headSeq, status?.epoch, status?.admin],
      [2, 2, 1, false],
    );
    deepStrictEqual(await seqs(store, ben, streamId, 2), []);
    const [welcome] = await store.entries(ben, inboxIdOf(ben), { ...page, afterSeq: 0 });
    deepStrictEqual(
      [welcome?.kind, welcome?.dedupeId, Uint8Array.from(welcome!.payload)],
      ['welcome', append.dedupeId, bytes(9)],
    );
    strictEqual((await store.invite(token, NOW_MS))?.uses, 1);
    const last = await store.append(by(ada), commit(1, admitBy(token, cyd)));
    deepStrictEqual(last.inviteChanges, [{ token, ownerId: ada, status: 'used-up' }]);
  });

  check('of two that race for the last use exactly one gets in', async store => {
    await store.createStream(by(ada), streamId);
    await store.createInvite(by(ada), invite({ maxUses: 1 }));
    const race = await Promise.allSettled([
      store.append(by(ada), commit(0, admitBy(token, ben))),
      store.append(by(ada), commit(1, admitBy(token, cyd))),
    ]);
    deepStrictEqual(
      race.map(({ status }) => status),
      ['fulfilled', 'rejected'],
    );
    strictEqual((race[1] as PromiseRejectedResult).reason.code, 'INVITE_USED_UP');
    deepStrictEqual(await store.subscribers(streamId), [ada, ben]);
    strictEqual(await store.status(cyd, streamId), undefined);
    deepStrictEqual(
      [await seqs(store, cyd, inboxIdOf(cyd)), (await store.status(ada, streamId))?.epoch],
      [[], 1],
    );
  });

  check('only admins admit and remove, and only by commits', async store => {
    await room(store);
    await refused('FORBIDDEN', store.append(by(ben), commit(1, admit(dot))));
    await refused('FORBIDDEN', store.append(by(ben), commit(1, { removedDeviceIds: [ada] })));
    await refused('MALFORMED', store.append(by(ada), message(1, admit(dot))));
    await refused('FORBIDDEN', store.append(by(ada), message(1, { kind: 'welcome' })));
    await refused('FORBIDDEN', store.append(by(ada), message(0, { streamId: inboxIdOf(ada) })));
    strictEqual((await store.append(by(ben), commit(1))).seq, 2, 'anyone may commit an update');
  });

  check(
    'devices of one’s own account are admitted and removed by anyone, and inherit from an admin',
    async store => {
      await room(store);
      const own = { ...by(ben), ownDeviceIds: [ben, dot] };
      await refused('FORBIDDEN', store.append(own, commit(1, { removedDeviceIds: [dot, cyd] })));
      await store.append(own, commit(1, admit(dot)));
      strictEqual((await store.status(dot, streamId))?.admin, false);
      deepStrictEqual((await store.append(own, commit(2, { removedDeviceIds: [dot] }))).removedIds, [dot]);
      await store.append({ ...by(ada), ownDeviceIds: [ada, dot] }, commit(3, admit(dot)));
      strictEqual((await store.status(dot, streamId))?.admin, true);
    },
  );

  check('a commit of an admin names the admins, all of them, and nobody else does', async store => {
    await room(store);
    const admins = async () => {
      const all = await Promise.all(
        [ada, ben, cyd, dot].map(async device => [device, (await store.status(device, streamId))?.admin]),
      );
      return all.flatMap(([device, admin]) => (admin ? [device] : []));
    };
    await refused('FORBIDDEN', store.append(by(ben), commit(1, { adminDeviceIds: [ada, ben] })));
    await refused('MALFORMED', store.append(by(ada), message(1, { adminDeviceIds: [ada, ben] })));
    await refused('EPOCH_CONFLICT', store.append(by(ada), commit(0, { adminDeviceIds: [ada, ben] })));
    deepStrictEqual(await admins(), [ada]);
    const named = await store.append(by(ada), commit(1, { adminDeviceIds: [ada, ben] }));
    deepStrictEqual([await admins(), named.adminChangedIds], [[ada, ben], [ben]]);
    const again = await store.append(by(ben), commit(2, { adminDeviceIds: [ben, ada] }));
    deepStrictEqual(again.adminChangedIds, [], 'the same again changes nothing');
    await store.append(by(ben), commit(3));
    deepStrictEqual(await admins(), [ada, ben], 'who names nobody leaves them');
    // A new admin does what the maker of the stream does.
    await store.append(by(ben), commit(4, { ...admit(dot), adminDeviceIds: [ada, ben, dot] }));
    deepStrictEqual(await admins(), [ada, ben, dot]);
    await store.createInvite(by(ben), invite());
    await store.control(by(ben), streamId, 'pause');
    await store.append(by(ben), message(5));
    await store.control(by(ben), streamId, 'resume');
    // And none of it once it is one no more; its invites go with that.
    const demoted = await store.append(by(ada), commit(5, { adminDeviceIds: [ada] }));
    deepStrictEqual(await admins(), [ada]);
    deepStrictEqual([...demoted.adminChangedIds].sort(), [ben, dot].sort());
    deepStrictEqual(demoted.inviteChanges, [{ token, ownerId: ben, status: 'ended' }]);
    await refused('FORBIDDEN', store.append(by(ben), commit(6, { adminDeviceIds: [ben] })));
    await refused('FORBIDDEN', store.append(by(ben), commit(6, { removedDeviceIds: [cyd] })));
    await refused('FORBIDDEN', store.control(by(ben), streamId, 'end'));
    await refused('FORBIDDEN', store.createInvite(by(ben), invite({ token: otherToken })));
  });

  check('who is removed keeps no invite, and is no admin when somebody names it', async store => {
    await room(store);
    await store.append(by(ada), commit(1, { adminDeviceIds: [ada, ben] }));
    await store.createInvite(by(ben), invite());
    const removed = await store.append(
      by(ada),
      commit(2, { removedDeviceIds: [ben], adminDeviceIds: [ada, ben] }),
    );
    deepStrictEqual(removed.inviteChanges, [{ token, ownerId: ben, status: 'ended' }]);
    strictEqual((await store.status(ben, streamId))?.admin, false);
  });

  check('a removed device reads the commit that removed it and nothing after', async store => {
    await room(store);
    const { seq, removedIds } = await store.append(by(ada), commit(1, { removedDeviceIds: [ben, dot, ben] }));
    deepStrictEqual([seq, removedIds], [2, [ben]]);
    await store.append(by(ada), message(2));
    deepStrictEqual(await seqs(store, ben), [2]);
    deepStrictEqual(await seqs(store, cyd), [2, 3]);
    const status = await store.status(ben, streamId);
    deepStrictEqual([status?.headSeq, status?.admin], [2, false]);
    deepStrictEqual(await store.subscribers(streamId), [ada, cyd]);
    await refused('NOT_FOUND', store.append(by(ben), message(2)));
    await refused('MALFORMED', store.acknowledge(by(ben), streamId, 3));
    await store.acknowledge(by(ben), streamId, 2);
    strictEqual(await store.status(ben, streamId), undefined);
    await refused('NOT_FOUND', store.entries(ben, streamId, { ...page, afterSeq: 0 }));
    const back = await store.append(by(ada), commit(2, admit(ben)));
    strictEqual((await store.status(ben, streamId))?.acknowledgedSeq, back.seq);
    deepStrictEqual([...(await store.subscribers(streamId))].sort(), [ada, ben, cyd]);
  });

  check('a device removed and admitted by one commit starts at that commit', async store => {
    await room(store);
    await store.append(by(cyd), message(1));
    const { seq } = await store.append(by(ada), commit(1, { ...admit(ben), removedDeviceIds: [ben] }));
    strictEqual((await store.status(ben, streamId))?.acknowledgedSeq, seq);
    deepStrictEqual([...(await store.subscribers(streamId))].sort(), [ada, ben, cyd]);
  });

  check('entries are deleted once every subscriber has acknowledged them, and seqs go on', async store => {
    await room(store);
    for (let n = 0; n < 3; n++) await store.append(by(ben), message(1));
    await store.acknowledge(by(ada), streamId, 4);
    await store.acknowledge(by(ben), streamId, 3);
    deepStrictEqual(await seqs(store, cyd), [2, 3, 4]);
    await store.acknowledge(by(cyd), streamId, 4);
    deepStrictEqual(await seqs(store, ben), [4]);
    await store.acknowledge(by(cyd), streamId, 2);
    strictEqual((await store.status(cyd, streamId))?.acknowledgedSeq, 4, 'a cursor never goes back');
    await store.acknowledge(by(ben), streamId, 4);
    deepStrictEqual(await seqs(store, ben), []);
    strictEqual((await store.append(by(ben), message(1))).seq, 5);
    strictEqual((await store.status(ada, streamId))?.lostUpToSeq, 0);
    await refused('MALFORMED', store.acknowledge(by(ada), streamId, 6));
    await refused('NOT_FOUND', store.acknowledge(by(dot), streamId, 1));
  });

  check('what came before a device, or is acknowledged, is not read again', async store => {
    await store.createStream(by(ada), streamId);
    await store.append(by(ada), message(0));
    await store.append(by(ada), commit(0, admit(ben)));
    await store.append(by(ada), message(1));
    deepStrictEqual(await seqs(store, ben), [3]);
    await store.acknowledge(by(ada), streamId, 1);
    deepStrictEqual(await seqs(store, ada), [2, 3]);
  });

  check('pages of entries keep to both caps and hold at least one', async store => {
    await store.createStream(by(ada), streamId);
    for (let n = 0; n < 6; n++) await store.append(by(ada), message(0, { payload: new Uint8Array(100) }));
    const read = async (maxEntries: number, maxBytes: number, afterSeq = 0) =>
      (await store.entries(ada, streamId, { afterSeq, maxEntries, maxBytes })).map(({ seq }) => seq);
    deepStrictEqual(await read(2, 10_000), [1, 2]);
    deepStrictEqual(await read(100, 350, 1), [2, 3, 4]);
    deepStrictEqual(await read(100, 10, 4), [5]);
    deepStrictEqual(await read(100, 10_000, 6), []);
  });

  check('whoever leaves gives up the queue; the last one takes the stream along', async store => {
    await room(store);
    await store.createInvite(by(ada), invite());
    await store.append(by(ada), message(1));
    await store.acknowledge(by(ada), streamId, 2);
    await store.acknowledge(by(ben), streamId, 2);
    deepStrictEqual(await store.leave(by(cyd), streamId), []);
    deepStrictEqual(await seqs(store, ada), [], 'cyd was the only one who had not read them');
    await refused('NOT_FOUND', store.leave(by(cyd), streamId));
    await refused('NOT_FOUND', store.append(by(cyd), message(1)));
    await refused('FORBIDDEN', store.leave(by(ada), inboxIdOf(ada)));
    deepStrictEqual(await store.leave(by(ada), streamId), [{ token, ownerId: ada, status: 'ended' }]);
    await store.leave(by(ben), streamId);
    strictEqual(await store.status(ben, streamId), undefined);
    strictEqual(await store.invite(token, NOW_MS), undefined);
    strictEqual((await store.createStream(by(ada), streamId)).headSeq, 0);
  });

  check('a stream id can be taken once', async store => {
    const made = await store.createStream(by(ada), streamId);
    deepStrictEqual(made, {
      streamId,
      kind: 'conversation',
      condition: 'open',
      headSeq: 0,
      epoch: 0,
      acknowledgedSeq: 0,
      admin: true,
      lostUpToSeq: 0,
      endsAtSeq: 0,
    });
    deepStrictEqual(await store.createStream(by(ada), streamId), made, 'a repeated call');
    await refused('CONFLICT', store.createStream(by(ben), streamId));
    await store.append(by(ada), message(0));
    await refused('CONFLICT', store.createStream(by(ada), streamId));
  });

  check('nobody else sees a stream', async store => {
    await room(store);
    strictEqual(await store.status(dot, streamId), undefined);
    strictEqual(await store.status(ben, inboxIdOf(cyd)), undefined);
    await refused('NOT_FOUND', store.entries(dot, streamId, { ...page, afterSeq: 0 }));
    await refused('NOT_FOUND', store.entries(ben, inboxIdOf(cyd), { ...page, afterSeq: 0 }));
    await refused('NOT_FOUND', store.append(by(dot), message(1)));
    await refused('NOT_FOUND', store.append(by(ben), message(1, { streamId: inboxIdOf(cyd) })));
    await refused('NOT_FOUND', store.acknowledge(by(ben), inboxIdOf(cyd), 1));
    await refused('NOT_FOUND', store.control(by(dot), streamId, 'end'));
    await refused('NOT_FOUND', store.control(by(dot), otherStreamId, 'end'));
    await refused('NOT_FOUND', store.createInvite(by(dot), invite()));
    deepStrictEqual(await store.statuses(dot), [
      {
        streamId: inboxIdOf(dot),
        kind: 'inbox',
        condition: 'open',
        headSeq: 0,
        epoch: 0,
        acknowledgedSeq: 0,
        admin: false,
        lostUpToSeq: 0,
        endsAtSeq: 0,
      },
    ]);
    await refused('FORBIDDEN', store.control(by(ben), streamId, 'pause'));
    await refused('FORBIDDEN', store.createInvite(by(ben), invite()));
  });

  check('a conversation under the id of an inbox does not stand before it', async store => {
    const squatted = inboxIdOf(ben);
    await store.createStream(by(ada), squatted);
    await refused('CONFLICT', store.append(by(ada), commit(0, { streamId: squatted, ...admit(ben) })));
    await store.createStream(by(ada), streamId);
    await store.append(by(ada), commit(0, admit(ben)));
    deepStrictEqual(await seqs(store, ben, squatted), [1]);
    strictEqual((await store.status(ben, squatted))?.kind, 'inbox');
  });

  check('while paused only admins append', async store => {
    await room(store);
    await store.control(by(ada), streamId, 'pause');
    strictEqual((await store.status(ben, streamId))?.condition, 'paused');
    await refused('STREAM_PAUSED', store.append(by(ben), message(1)));
    strictEqual((await store.append(by(ada), message(1))).seq, 2);
    await store.control(by(ada), streamId, 'resume');
    strictEqual((await store.append(by(ben), message(1))).seq, 3);
  });

  check('an end keeps the last entry for a day, closes the invites and takes nothing more', async store => {
    await room(store);
    await store.createInvite(by(ada), invite());
    await store.append(by(ben), message(1));
    const notice = message(1);
    await store.append(by(ada), notice);
    deepStrictEqual(await store.control(by(ada), streamId, 'end'), [
      { token, ownerId: ada, status: 'ended' },
    ]);
    deepStrictEqual(await store.control(by(ada), streamId, 'end'), []);
    deepStrictEqual(await seqs(store, cyd), [3]);
    const status = await store.status(cyd, streamId);
    deepStrictEqual([status?.condition, status?.headSeq, status?.lostUpToSeq], ['ended', 3, 2]);
    await refused('STREAM_ENDED', store.append(by(ada), message(1)));
    strictEqual((await store.append(by(ada), notice)).seq, 3, 'a repeat still learns its seq');
    await refused('STREAM_ENDED', store.control(by(ada), streamId, 'resume'));
    await refused('STREAM_ENDED', store.createInvite(by(ada), invite({ token: otherToken })));
    await refused(
      'INVITE_ENDED',
      store.knock(by(dot), { token, dedupeId: dedupe(9_000), payload: bytes(1) }),
    );
    const soon = await store.sweep({ nowMs: NOW_MS + LIMITS.endedNoticeMs - 1, retentionMs: 30 * DAY_MS });
    strictEqual(soon.deletedStreams, 0);
    strictEqual((await store.invite(token, NOW_MS))?.status, 'ended');
    const late = await store.sweep({ nowMs: NOW_MS + LIMITS.endedNoticeMs, retentionMs: 30 * DAY_MS });
    strictEqual(late.deletedStreams, 1);
    strictEqual(await store.status(cyd, streamId), undefined);
    strictEqual(await store.invite(token, NOW_MS), undefined);
  });

  check('retention deletes what was not read in time and says how far', async store => {
    await room(store);
    await store.append(by(ada, NOW_MS + DAY_MS), message(1));
    await store.append(by(ada, NOW_MS + 5 * DAY_MS), message(1));
    await store.acknowledge(by(ada), streamId, 1);
    await store.acknowledge(by(cyd), streamId, 2);
    await store.append(by(ada, NOW_MS + 5 * DAY_MS), commit(1, { removedDeviceIds: [cyd] }));
    const swept = await store.sweep({ nowMs: NOW_MS + 4 * DAY_MS, retentionMs: 2 * DAY_MS });
    // Entry 2 of the room and the two Welcomes; entry 1 had been read by all.
    strictEqual(swept.deletedEntries, 3);
    deepStrictEqual(await seqs(store, ben), [3, 4]);
    const [of, inbox] = [await store.status(ben, streamId), await store.status(ben, inboxIdOf(ben))];
    deepStrictEqual([of?.lostUpToSeq, of?.acknowledgedSeq, of?.headSeq], [2, 1, 4]);
    deepStrictEqual([inbox?.lostUpToSeq, inbox?.headSeq], [1, 1]);
    strictEqual((await store.status(cyd, streamId))?.lostUpToSeq, 0);
    await store.acknowledge(by(ben), streamId, 3);
    strictEqual((await store.status(ben, streamId))?.lostUpToSeq, 0, 'told until acknowledged beyond');
    await store.sweep({ nowMs: NOW_MS + 8 * DAY_MS, retentionMs: 2 * DAY_MS });
    deepStrictEqual(await seqs(store, ben), []);
    strictEqual(await store.status(cyd, streamId), undefined, 'nothing is left to tell a removed device');
    strictEqual((await store.append(by(ada), message(2))).seq, 5);
  });

  check('an invite ends by time, by revocation, by use', async store => {
    await room(store);
    await store.createInvite(by(ada), invite());
    await store.createInvite(by(ada), invite());
    await refused('CONFLICT', store.createInvite(by(ada), invite({ maxUses: 3 })));
    await refused(
      'MALFORMED',
      store.createInvite(by(ada), invite({ token: otherToken, expiresAtMs: NOW_MS })),
    );
    await refused(
      'MALFORMED',
      store.createInvite(
        by(ada),
        invite({ token: otherToken, expiresAtMs: NOW_MS + LIMITS.inviteLifetimeMs + 1 }),
      ),
    );
    const record = await store.invite(token, NOW_MS);
    deepStrictEqual(
      { ...record, sealedCard: Uint8Array.from(record!.sealedCard) },
      {
        token,
        ownerId: ada,
        streamId,
        status: 'open',
        expiresAtMs: NOW_MS + DAY_MS,
        maxUses: 0,
        uses: 0,
        sealedCard: bytes(7, 7),
      },
    );
    strictEqual((await store.invite(token, NOW_MS + DAY_MS - 1))?.status, 'open');
    strictEqual((await store.invite(token, NOW_MS + DAY_MS))?.status, 'expired');
    await refused('INVITE_EXPIRED', store.append(by(ada, NOW_MS + DAY_MS), commit(1, admitBy(token, dot))));
    await store.createInvite(by(ada), invite({ token: otherToken }));
    await refused('NOT_FOUND', store.closeInvite(by(ben), otherToken));
    deepStrictEqual(await store.closeInvite(by(ada), otherToken), [
      { token: otherToken, ownerId: ada, status: 'revoked' },
    ]);
    deepStrictEqual(await store.closeInvite(by(ada), otherToken), []);
    await refused('INVITE_REVOKED', store.append(by(ada), commit(1, admitBy(otherToken, dot))));
    deepStrictEqual(await store.expireInvites(NOW_MS + DAY_MS), [{ token, ownerId: ada, status: 'expired' }]);
    deepStrictEqual(await store.expireInvites(NOW_MS + DAY_MS), []);
    await store.sweep({ nowMs: NOW_MS + 32 * DAY_MS, retentionMs: 30 * DAY_MS });
    strictEqual(await store.invite(token, NOW_MS), undefined);
  });

  check('an invite of one stream admits nobody to another', async store => {
    await room(store);
    await store.createInvite(by(ada), invite());
    await store.createStream(by(ada), otherStreamId);
    await refused(
      'NOT_FOUND',
      store.append(by(ada), commit(0, { streamId: otherStreamId, ...admitBy(token, dot) })),
    );
  });

  check('a knock goes into the inbox of the owner, an answer back, and a block holds', async store => {
    await room(store);
    await store.createInvite(by(ada), invite());
    await refused(
      'NOT_FOUND',
      store.knock(by(dot), { token: otherToken, dedupeId: dedupe(1), payload: bytes(5) }),
    );
    strictEqual(await store.knows(dot), false);
    const knock = { token, dedupeId: dedupe(5_000), payload: bytes(5) };
    const delivery = await store.knock(by(dot), knock);
    deepStrictEqual([delivery?.deviceId, delivery?.streamId, delivery?.entry.seq], [ada, inboxIdOf(ada), 1]);
    strictEqual(await store.knock(by(dot), knock), undefined, 'a repeat');
    const [entry] = await store.entries(ada, inboxIdOf(ada), { ...page, afterSeq: 0 });
    deepStrictEqual(
      [entry?.kind, entry?.inviteToken, entry?.deviceId, Uint8Array.from(entry!.payload)],
      ['request', token, dot, bytes(5)],
    );
    strictEqual(await store.knows(dot), true);

    const answer = { token, deviceId: dot, dedupeId: dedupe(5_001), payload: bytes(6), block: false };
    await refused('NOT_FOUND', store.answerKnock(by(ben), answer));
    await refused('NOT_FOUND', store.answerKnock(by(ada), { ...answer, deviceId: ben }));
    strictEqual((await store.answerKnock(by(ada), answer))?.entry.kind, 'answer');
    strictEqual(await store.answerKnock(by(ada), answer), undefined, 'a repeat');
    strictEqual((await store.knock(by(dot), { ...knock, dedupeId: dedupe(5_002) }))?.entry.seq, 2);
    await store.answerKnock(by(ada), { ...answer, dedupeId: dedupe(5_003), block: true });
    await refused('KNOCK_BLOCKED', store.knock(by(dot), { ...knock, dedupeId: dedupe(5_004) }));
    strictEqual(
      (await store.knock(by(cyd), { ...knock, dedupeId: dedupe(5_005) }))?.entry.seq,
      3,
      'others may knock',
    );
    await store.createInvite(by(ada), invite({ token: otherToken }));
    strictEqual(
      (await store.knock(by(dot), { token: otherToken, dedupeId: dedupe(5_006), payload: bytes(1) }))?.entry
        .seq,
      4,
      'by another link',
    );
    strictEqual((await store.invite(token, NOW_MS))?.uses, 0, 'knocking spends nothing');
  });

  check('a sealed message goes into the inbox of each device, once', async store => {
    await room(store);
    const sealed = { deviceIds: [ada, dot], dedupeId: dedupe(6_000), payload: bytes(8), nowMs: NOW_MS };
    const deliveries = await store.deliverSealed(sealed);
    deepStrictEqual(
      deliveries.map(({ deviceId, streamId: inbox, entry }) => [deviceId, inbox, entry.kind]),
      [
        [ada, inboxIdOf(ada), 'sealed'],
        [dot, inboxIdOf(dot), 'sealed'],
      ],
    );
    deepStrictEqual(await store.deliverSealed(sealed), [], 'a repeat');
    // One that was added since gets what it has not.
    const [late, ...others] = await store.deliverSealed({ ...sealed, deviceIds: [ada, dot, cyd] });
    deepStrictEqual([late?.deviceId, others], [cyd, []]);
    const [entry] = await store.entries(dot, inboxIdOf(dot), { ...page, afterSeq: 0 });
    deepStrictEqual([entry?.kind, Uint8Array.from(entry!.payload)], ['sealed', bytes(8)]);
  });

  check('says who would take a sealed message, and changes nothing', async store => {
    await room(store);
    const sealed = { deviceIds: [ada, dot], dedupeId: dedupe(6_100), payload: bytes(8), nowMs: NOW_MS };
    const takers = (payloadBytes: number) => store.takersOfSealed({ ...sealed, payloadBytes });
    deepStrictEqual(await takers(8), [ada, dot]);
    await store.deliverSealed({ ...sealed, deviceIds: [dot] });
    deepStrictEqual(await takers(8), [ada]);
    deepStrictEqual(await store.subscribers(inboxIdOf(dot)), [dot]);
    await store.deliverSealed({ ...sealed, deviceIds: [ada], dedupeId: dedupe(6_101) });
    deepStrictEqual(await takers(1_000_000_000), [], 'one of them has it');
    await refused('RATE_LIMITED', store.takersOfSealed({ ...sealed, deviceIds: [ada], payloadBytes: 1e9 }));
  });

  check('sealed messages leave room in an inbox, and are refused where no device has any', async store => {
    const sealed = (n: number, ...deviceIds: readonly DeviceId[]) =>
      store.deliverSealed({ deviceIds, dedupeId: dedupe(7_000 + n), payload: bytes(1), nowMs: NOW_MS });
    for (let n = 0; n < 500; n++) strictEqual((await sealed(n, ada)).length, 1);
    await refused('RATE_LIMITED', sealed(500, ada));
    deepStrictEqual(
      (await sealed(500, ada, ben)).map(({ deviceId }) => deviceId),
      [ben],
    );
    deepStrictEqual(await sealed(500, ada, ben), [], 'a repeat of what one of them has');
    await room(store);
    await store.createInvite(by(ada), invite());
    const knock = { token, dedupeId: dedupe(7_900), payload: bytes(5) };
    strictEqual((await store.knock(by(dot), knock))?.deviceId, ada, 'others still come in');
    await store.acknowledge(by(ada), inboxIdOf(ada), 501);
    strictEqual((await sealed(501, ada)).length, 1);
  });

  check('knows devices that have something here', async store => {
    await room(store);
    deepStrictEqual(await Promise.all([ada, ben, dot].map(device => store.knows(device))), [
      true,
      true,
      false,
    ]);
    await store.leave(by(ben), streamId);
    strictEqual(await store.knows(ben), true, 'a Welcome waits');
    await store.acknowledge(by(ben), inboxIdOf(ben), 1);
    strictEqual(await store.knows(ben), false);
  });

  check('refuses more members than a stream holds', async store => {
    await store.createStream(by(ada), streamId);
    const device = (n: number) =>
      DeviceId.fromBytes(
        new Uint8Array(16).map((_, i) => (i === 0 ? 200 : i === 14 ? n >> 8 : i === 15 ? n % 256 : 0)),
      );
    let epoch = 0;
    let next = 0;
    const admitMore = (count: number) =>
      commit(epoch++, admit(...Array.from({ length: count }, () => device(next++))));
    let members = 1;
    for (; members + 50 <= LIMITS.membersPerStream; members += 50) await store.append(by(ada), admitMore(50));
    await refused('TOO_LARGE', store.append(by(ada), admitMore(50)));
    epoch -= 1;
    await store.append(by(ada), admitMore(LIMITS.membersPerStream - members));
    strictEqual((await store.subscribers(streamId)).length, LIMITS.membersPerStream);
  });

  check('a conversation that its last device was removed from goes with the next sweep', async store => {
    await room(store);
    await store.append(by(ada), commit(1, { removedDeviceIds: [ben, cyd] }));
    await store.leave(by(ada), streamId);
    await store.acknowledge(by(ben), streamId, 2);
    const swept = (days: number) => store.sweep({ nowMs: NOW_MS + days * DAY_MS, retentionMs: 30 * DAY_MS });
    strictEqual((await swept(1)).deletedStreams, 0, 'cyd has not read of it yet');
    deepStrictEqual(await seqs(store, cyd), [2]);
    await store.acknowledge(by(cyd), streamId, 2);
    strictEqual((await swept(1)).deletedStreams, 1);
    strictEqual((await store.createStream(by(dot), streamId)).headSeq, 0, 'the id is nobody’s');
  });

  check('a device that is only away keeps its conversation, and the seqs go on', async store => {
    await room(store);
    for (const device of [ada, ben]) await store.acknowledge(by(device), streamId, 1);
    for (const device of [ada, ben]) await store.leave(by(device), streamId);
    await store.sweep({ nowMs: NOW_MS + 400 * DAY_MS, retentionMs: 30 * DAY_MS });
    strictEqual((await store.status(cyd, streamId))?.headSeq, 1);
    strictEqual((await store.append(by(cyd), message(1))).seq, 2);
  });

  check(
    'an idle inbox goes, and one made again begins behind all that its device has seen',
    async (store, reopen) => {
      await room(store);
      await store.createInvite(by(ada), invite());
      const knock = (at: StreamStore, deviceId: DeviceId) =>
        at.knock(by(deviceId), { token, dedupeId: dedupe(nextDedupe++), payload: bytes(1) });
      const answer = (at: StreamStore, nowMs = NOW_MS, by_ = token) =>
        at.answerKnock(by(ada, nowMs), {
          token: by_,
          deviceId: dot,
          dedupeId: dedupe(nextDedupe++),
          payload: bytes(6),
          block: false,
        });
      await knock(store, dot);
      for (let n = 0; n < 7; n++) await answer(store);
      const inboxes = [ada, ben, cyd, dot].map(inboxIdOf);
      const read = (at: StreamStore, deviceId: DeviceId, seq: number) =>
        at.acknowledge(by(deviceId), inboxIdOf(deviceId), seq);
      for (const [device, seq] of [
        [ada, 1],
        [ben, 1],
        [dot, 7],
      ] as const)
        await read(store, device, seq);
      const swept = (at: StreamStore, days: number) =>
        at.sweep({ nowMs: NOW_MS + days * DAY_MS, retentionMs: 30 * DAY_MS });
      await store.expireInvites(NOW_MS + DAY_MS);
      strictEqual((await swept(store, 29)).deletedStreams, 0, 'something came within the retention');
      strictEqual((await swept(store, 31)).deletedStreams, 0, 'the knock is remembered with its invite');
      // Ada, ben and cyd have a conversation; dot has nothing.
      strictEqual((await swept(store, 32)).deletedStreams, 1);
      strictEqual((await store.counts()).streams, 4);
      const status = await store.status(dot, inboxes[3]!);
      deepStrictEqual([status?.headSeq, status?.acknowledgedSeq, status?.lostUpToSeq], [0, 0, 0]);
      await read(store, dot, 7);
      await refused('NOT_FOUND', read(store, dot, 8));

      const again = await reopen();
      const nowMs = NOW_MS + 33 * DAY_MS;
      await again.createInvite(by(ada, nowMs), invite({ token: otherToken, expiresAtMs: nowMs + DAY_MS }));
      const by33 = { deviceId: dot, nowMs };
      await again.knock(by33, { token: otherToken, dedupeId: dedupe(nextDedupe++), payload: bytes(1) });
      strictEqual((await answer(again, nowMs, otherToken))?.entry.seq, 8);
      deepStrictEqual(await seqs(again, dot, inboxes[3], 7), [8]);
      const back = await again.status(dot, inboxes[3]!);
      deepStrictEqual([back?.headSeq, back?.acknowledgedSeq, back?.lostUpToSeq], [8, 0, 0]);
      strictEqual(await again.knows(dot), true);
      await read(again, dot, 7);
      deepStrictEqual(await seqs(again, dot, inboxes[3], 7), [8], 'nothing of it was acknowledged');
      await read(again, dot, 8);
      deepStrictEqual(await seqs(again, dot, inboxes[3], 0), []);
    },
  );

  const large = { payload: new Uint8Array(1_000) };
  const threeLarge = { maxStreamBytes: 3 * (1_000 + ENTRY_OVERHEAD_BYTES) };

  check(
    'a conversation in which too much waits takes nothing more, and loses nothing, until it was read',
    async (store, reopen) => {
      await room(store);
      for (const device of [ada, ben, cyd]) await store.acknowledge(by(device), streamId, 1);
      const taken = [message(1, large), message(1, large), message(1, large)];
      for (const append of taken) await store.append(by(ben), append);
      await refused('STREAM_FULL', store.append(by(ben), message(1)));
      await refused('STREAM_FULL', store.append(by(cyd), commit(1)));
      strictEqual((await store.append(by(ben), taken[0]!)).seq, 2, 'a repeat still learns its seq');
      const again = await reopen();
      await refused('STREAM_FULL', again.append(by(ben), message(1)));
      deepStrictEqual(await seqs(again, cyd), [2, 3, 4]);
      deepStrictEqual(
        await again.status(cyd, streamId).then(status => [status?.headSeq, status?.epoch]),
        [4, 1],
      );

      await again.createStream(by(ada), otherStreamId);
      await again.append(by(ada), message(0, { streamId: otherStreamId, ...large }));
      for (const device of [ada, ben, cyd]) await again.acknowledge(by(device), streamId, 2);
      strictEqual((await again.append(by(ben), message(1, large))).seq, 5, 'one was read, one has room');
      await refused('STREAM_FULL', again.append(by(ben), message(1)));
      await again.sweep({ nowMs: NOW_MS + 31 * DAY_MS, retentionMs: 30 * DAY_MS });
      for (let n = 0; n < 3; n++) await again.append(by(ben), message(1, large));
      await refused('STREAM_FULL', again.append(by(ben), message(1)));
    },
    threeLarge,
  );

  check(
    'admins of a full conversation can still remove someone and end it',
    async store => {
      await room(store);
      for (let n = 0; n < 2; n++) await store.append(by(ben), message(1, large));
      await refused('STREAM_FULL', store.append(by(ben), message(1, large)));
      strictEqual((await store.append(by(ada), commit(1, { ...large, removedDeviceIds: [ben] }))).seq, 4);
      strictEqual((await store.append(by(ada), message(2, large))).seq, 5);
      for (let n = 0; n < 15; n++) {
        await store.append(by(ada), message(2, { payload: new Uint8Array(LIMITS.payloadBytes) }));
      }
      const largest = message(2, { payload: new Uint8Array(LIMITS.payloadBytes) });
      await refused('STREAM_FULL', store.append(by(ada), largest));
      await store.control(by(ada), streamId, 'end');
      strictEqual((await store.status(cyd, streamId))?.condition, 'ended');
    },
    threeLarge,
  );

  check(
    'nobody is admitted whose inbox has no room for the Welcome, and then nothing happens at all',
    async store => {
      const welcome = (deviceId: DeviceId) => ({
        admissions: [{ deviceId, welcome: large.payload, inviteToken: token }],
      });
      await store.createStream(by(ada), streamId);
      await store.createInvite(by(ada), invite());
      await store.createStream(by(ada), otherStreamId);
      await store.append(by(ada), commit(0, welcome(ben)));
      const before = await Promise.all([ada, ben].map(device => store.statuses(device)));
      const other = commit(0, {
        streamId: otherStreamId,
        admissions: [{ deviceId: ben, welcome: large.payload, inviteToken: undefined }],
      });
      await refused('STREAM_FULL', store.append(by(ada), other));
      deepStrictEqual(await Promise.all([ada, ben].map(device => store.statuses(device))), before);
      await store.append(by(ada), commit(1, welcome(cyd)));
      await store.acknowledge(by(ben), inboxIdOf(ben), 1);
      strictEqual((await store.append(by(ada), other)).seq, 1);
    },
    { maxInboxBytes: 2_000 },
  );

  check(
    'knocks get half of an inbox, answers all of it',
    async store => {
      await room(store);
      await store.createInvite(by(ada), invite());
      const knock = (deviceId: DeviceId) =>
        store.knock(by(deviceId), { token, dedupeId: dedupe(nextDedupe++), ...large });
      const answer = () =>
        store.answerKnock(by(ada), {
          token,
          deviceId: dot,
          dedupeId: dedupe(nextDedupe++),
          ...large,
          block: false,
        });
      await knock(dot);
      strictEqual((await refused('RATE_LIMITED', knock(dot))).facts.retryAfterMs, 60_000);
      await answer();
      await answer();
      await refused('STREAM_FULL', answer());
      deepStrictEqual(await seqs(store, dot, inboxIdOf(dot)), [1, 2]);
      await store.acknowledge(by(dot), inboxIdOf(dot), 1);
      strictEqual((await answer())?.entry.seq, 3);
      await store.acknowledge(by(ada), inboxIdOf(ada), 1);
      strictEqual((await knock(dot))?.entry.seq, 2);
    },
    { maxInboxBytes: 2_600 },
  );

  check('counts', async store => {
    await room(store);
    await store.createInvite(by(ada), invite());
    // The conversation with its commit, two inboxes with a Welcome each.
    deepStrictEqual({ ...(await store.counts()) }, { streams: 3, entries: 3, invites: 1 });
  });

  check('a closed store refuses, after finishing what it was asked', async store => {
    await store.createStream(by(ada), streamId);
    const last = store.append(by(ada), message(0));
    await store.close();
    strictEqual((await last).seq, 1);
    await refused('UNAVAILABLE', store.append(by(ada), message(0)));
    await refused('UNAVAILABLE', store.status(ada, streamId));
    await store.close();
  });
}
