import { randomBytes } from 'node:crypto';
import {
  type Append,
  CLOSE,
  DedupeId,
  type DeviceId,
  encodeClientFrame,
  InviteToken,
  LIMITS,
  StreamId,
  sessionProofInput,
} from '@sotto/protocol';
import { beforeEach, describe, expect, test } from 'vitest';
import { createMemoryStore } from './store/memoryStore.ts';
import { MemoryTables } from './store/memoryTables.ts';
import { keyPair, signature, TestDevice } from './testing/device.fixture.ts';
import { memoryRelay, ORIGIN, settled, type TestClient } from './testing/memoryRelay.fixture.ts';

const bytes = (length: number) => new Uint8Array(randomBytes(length));
const token = InviteToken.parse('a'.repeat(24));
const DAY_MS = 24 * 3_600_000;

let streamId: StreamId;

beforeEach(() => {
  streamId = StreamId.fromBytes(bytes(16));
});

const message = (epoch: number, change: Partial<Append> = {}) =>
  ({
    type: 'append',
    streamId,
    dedupeId: DedupeId.fromBytes(bytes(16)),
    kind: 'message',
    expectEpoch: epoch,
    payload: bytes(20),
    admissions: [],
    removedDeviceIds: [],
    adminDeviceIds: [],
    ...change,
  }) as const;

const commit = (epoch: number, change: Partial<Append> = {}) => message(epoch, { kind: 'commit', ...change });

const admitting = (...deviceIds: readonly DeviceId[]) => ({
  admissions: deviceIds.map(deviceId => ({ deviceId, welcome: bytes(9) })),
});

const createInvite = (nowMs: number, maxUses = 0) =>
  ({
    type: 'createInvite',
    token,
    streamId,
    expiresAtMs: nowMs + DAY_MS,
    maxUses,
    sealedCard: bytes(9),
  }) as const;

const subscribe = (afterSeq = 0, id: StreamId = streamId) =>
  ({ type: 'subscribe', streamId: id, afterSeq }) as const;

/** Ada hosts a conversation, ben is in it; both read. */
async function room(setup = memoryRelay()) {
  const [ada, ben] = [await setup.online(), await setup.online()];
  await ada.ask({ type: 'createStream', streamId });
  await ada.ask(commit(0, admitting(ben.device.deviceId)));
  await ada.ask(subscribe());
  await ben.ask(subscribe(1));
  return { ...setup, ada, ben };
}

const seqs = (client: TestClient, id: StreamId = streamId) => client.entries(id).map(({ seq }) => seq);

describe('opening a session', () => {
  test('the relay challenges, the device proves itself, and hears of its streams', async () => {
    const { connect } = memoryRelay();
    const client = connect();
    expect(await client.nonce()).toHaveLength(32);
    expect(await client.authenticate()).toMatchObject({
      type: 'authenticated',
      mayHost: true,
      limits: { maxPayloadBytes: LIMITS.payloadBytes, maxFrameBytes: LIMITS.frameBytes, retentionDays: 30 },
      streams: [{ streamId: client.device.inboxId, kind: 'inbox', headSeq: 0 }],
    });
    expect(client.closedWith).toBeUndefined();
  });

  test('every connection has its own nonce', async () => {
    const { connect } = memoryRelay();
    expect(await connect().nonce()).not.toEqual(await connect().nonce());
  });

  const proofs: [string, (device: TestDevice, nonce: Uint8Array, earlier: Uint8Array) => object][] = [
    ['of an earlier connection', (device, _nonce, earlier) => device.proof(earlier, ORIGIN)],
    ['for another origin', (device, nonce) => device.proof(nonce, 'https://evil.example')],
    [
      'that names this origin but signed another',
      (device, nonce) => ({ ...device.proof(nonce, 'https://evil.example'), origin: ORIGIN }),
    ],
    [
      'by another device',
      (device, nonce) => ({
        ...device.proof(nonce, ORIGIN),
        signature: new TestDevice().proof(nonce, ORIGIN).signature,
      }),
    ],
    [
      'with a flipped bit',
      (device, nonce) => ({
        ...device.proof(nonce, ORIGIN),
        signature: device.proof(nonce, ORIGIN).signature.map((byte, i) => (i === 9 ? byte ^ 1 : byte)),
      }),
    ],
    ['of zeros', (device, nonce) => ({ ...device.proof(nonce, ORIGIN), signature: new Uint8Array(64) })],
    [
      'under another label',
      (device, nonce) => ({
        ...device.proof(nonce, ORIGIN),
        signature: signature(device.key, sessionProofInput(ORIGIN, nonce).fill(0x41, 0, 5)),
      }),
    ],
    [
      'with an expired certificate',
      (device, nonce) => ({
        ...device.proof(nonce, ORIGIN),
        deviceCertificate: device.certificate({ expiresAtMs: 1_750_000_000_000 }),
      }),
    ],
    [
      'with a certificate that another account signed',
      (device, nonce) => ({
        ...device.proof(nonce, ORIGIN),
        deviceCertificate: device.certificate({ signer: keyPair() }),
      }),
    ],
    [
      'with a certificate that the device itself signed',
      (device, nonce) => ({
        ...device.proof(nonce, ORIGIN),
        deviceCertificate: device.certificate({ signer: device.key }),
      }),
    ],
    [
      'with nonsense for a certificate',
      (device, nonce) => ({ ...device.proof(nonce, ORIGIN), deviceCertificate: bytes(100) }),
    ],
    [
      'with the certificate of somebody else',
      (device, nonce) => ({
        ...device.proof(nonce, ORIGIN),
        deviceCertificate: new TestDevice().certificate(),
      }),
    ],
  ];

  test.each(proofs)('a proof %s is refused, always in the same words', async (_name, forge) => {
    const { connect } = memoryRelay();
    const earlier = await connect().nonce();
    const client = connect();
    const proof = forge(client.device, await client.nonce(), earlier) as ReturnType<TestDevice['proof']>;
    expect(await client.ask({ type: 'authenticate', ...proof })).toMatchObject({
      type: 'failure',
      code: 'UNAUTHENTICATED',
      message: 'not authenticated',
    });
    expect(client.closedWith).toBe(CLOSE.UNAUTHENTICATED);
    client.send({ type: 'ping' });
    await settled();
    expect(client.frames).toHaveLength(2);
  });

  test('a nonce is good once', async () => {
    const { online } = memoryRelay();
    const client = await online();
    const again = client.device.proof(await client.nonce(), ORIGIN);
    expect(await client.codeOf({ type: 'authenticate', ...again })).toBe('UNAUTHENTICATED');
    expect(client.closedWith).toBe(CLOSE.UNAUTHENTICATED);
  });

  test('nothing is done before', async () => {
    const { connect, store } = memoryRelay();
    const client = connect();
    expect(await client.codeOf({ type: 'createStream', streamId })).toBe('UNAUTHENTICATED');
    expect(client.closedWith).toBe(CLOSE.UNAUTHENTICATED);
    expect(await store.counts()).toEqual({ streams: 0, entries: 0, invites: 0 });
  });

  test('another version is told so', async () => {
    const { connect } = memoryRelay();
    const client = connect();
    const proof = { ...client.device.proof(await client.nonce(), ORIGIN), protocolVersion: 2 };
    expect(await client.codeOf({ type: 'authenticate', ...proof })).toBe('UNSUPPORTED_VERSION');
  });

  test('who says nothing is sent away in time', async () => {
    const { connect, online, scheduler } = memoryRelay();
    const [silent, proven] = [connect(), await online()];
    await scheduler.advance(14_999);
    expect(silent.closedWith).toBeUndefined();
    await scheduler.advance(1);
    expect(silent.closedWith).toBe(CLOSE.TIMED_OUT);
    expect(proven.closedWith).toBeUndefined();
  });

  test('a newer connection of the device replaces the older', async () => {
    const { online, connect } = memoryRelay();
    const device = new TestDevice();
    const older = await online(device);
    const newer = await online(device);
    expect([older.closedWith, newer.closedWith]).toEqual([CLOSE.REPLACED, undefined]);
    older.connection.closed();
    expect(await newer.codeOf({ type: 'ping' })).toBe('ok');
    const impostor = connect(device);
    const forged = { ...device.proof(await impostor.nonce(), ORIGIN), signature: bytes(64) };
    await impostor.ask({ type: 'authenticate', ...forged });
    expect(newer.closedWith, 'only a proof replaces').toBeUndefined();
  });
});

describe('the guest listener', () => {
  const guestLink = { listenerRole: 'guest' } as const;

  test('lets in by an invite, whatever became of it, and whoever is known', async () => {
    const { ada, connect, scheduler } = await room();
    const guest = connect(undefined, guestLink);
    expect(await guest.authenticate(token)).toMatchObject({ code: 'UNAUTHENTICATED' });
    await ada.ask(createInvite(scheduler.nowMs, 1));
    const stranger = connect(undefined, guestLink);
    expect(await stranger.authenticate()).toMatchObject({ code: 'UNAUTHENTICATED' });
    const again = connect(guest.device, guestLink);
    expect(await again.authenticate(token)).toMatchObject({ type: 'authenticated', mayHost: false });
    await again.ask({ type: 'knock', token, dedupeId: DedupeId.fromBytes(bytes(16)), payload: bytes(5) });
    await ada.ask({ type: 'closeInvite', token });
    expect(await connect(guest.device, guestLink).authenticate(), 'who knocked is known').toMatchObject({
      type: 'authenticated',
    });
    expect(await connect(undefined, guestLink).authenticate(token)).toMatchObject({ type: 'authenticated' });
  });

  test('makes no conversations', async () => {
    const { ada, ben, connect } = await room();
    expect(await ada.codeOf({ type: 'createStream', streamId: StreamId.fromBytes(bytes(16)) })).toBe('ok');
    const guest = connect(ben.device, guestLink);
    await guest.authenticate();
    expect(await guest.codeOf({ type: 'createStream', streamId: StreamId.fromBytes(bytes(16)) })).toBe(
      'FORBIDDEN',
    );
  });
});

describe('reading', () => {
  test('an entry is answered, then pushed to every reader, the sender among them', async () => {
    const { ada, ben } = await room();
    const sent = message(1);
    const answer = await ben.ask(sent);
    expect(answer).toMatchObject({ type: 'appended', seq: 2 });
    for (const client of [ada, ben]) {
      expect(client.entries(streamId).at(-1)).toMatchObject({
        seq: 2,
        kind: 'message',
        dedupeId: sent.dedupeId,
        payload: sent.payload,
      });
    }
  });

  test('many at once come in order, once, in few frames', async () => {
    const { ada, ben } = await room();
    const framesBefore = ada.frames.length;
    for (let n = 0; n < 100; n++) ben.send(message(1));
    await settled();
    expect(seqs(ada)).toEqual(Array.from({ length: 101 }, (_, i) => i + 1));
    expect(seqs(ben)).toEqual(Array.from({ length: 100 }, (_, i) => i + 2));
    expect(ada.frames.length - framesBefore).toBeLessThan(5);
  });

  test('never more than the window ahead of the cursor, and on as it moves', async () => {
    const { ada, ben } = await room();
    const count = LIMITS.unacknowledgedEntries + 300;
    for (let n = 0; n < count; n++) ben.send(message(1));
    await settled();
    await settled();
    expect(seqs(ada)).toEqual(Array.from({ length: LIMITS.unacknowledgedEntries }, (_, i) => i + 1));
    await ada.ask({ type: 'acknowledge', streamId, seq: 100 });
    expect(seqs(ada).at(-1)).toBe(LIMITS.unacknowledgedEntries + 100);
    await ada.ask({ type: 'acknowledge', streamId, seq: LIMITS.unacknowledgedEntries + 100 });
    expect(seqs(ada)).toEqual(Array.from({ length: count + 1 }, (_, i) => i + 1));
    await ben.ask(message(1));
    expect(seqs(ada).at(-1)).toBe(count + 2);
  });

  test('who was away catches up from its cursor, then goes on with what is new', async () => {
    const { ada, ben, online } = await room();
    ben.connection.closed();
    for (let n = 0; n < 300; n++) ada.send(message(1));
    await settled();
    const back = await online(ben.device);
    const writing = Array.from({ length: 20 }, () => message(1));
    back.send(subscribe(1));
    for (const one of writing) ada.send(one);
    await settled();
    await ada.ask(message(1));
    expect(seqs(back)).toEqual(Array.from({ length: 321 }, (_, i) => i + 2));
  });

  test('a second subscribe moves the cursor of the pushes', async () => {
    const { ada, ben } = await room();
    for (let n = 0; n < 5; n++) await ada.ask(message(1));
    const before = seqs(ben).length;
    expect(await ben.ask(subscribe(3))).toMatchObject({
      type: 'subscribed',
      status: { headSeq: 6, acknowledgedSeq: 1 },
    });
    expect(seqs(ben).slice(before)).toEqual([4, 5, 6]);
    await ada.ask(message(1));
    expect(seqs(ben).at(-1)).toBe(7);
    expect(seqs(ben)).toHaveLength(before + 4);
  });

  test('a full socket pauses pushes until it has drained', async () => {
    const { ada, ben } = await room();
    ben.bufferedBytes = 3 * 1_048_576;
    for (let n = 0; n < 3; n++) await ada.ask(message(1));
    expect(seqs(ben)).toEqual([]);
    ben.bufferedBytes = 0;
    ben.connection.drained();
    await settled();
    expect(seqs(ben)).toEqual([2, 3, 4]);
    ben.bufferedBytes = 17 * 1_048_576;
    ben.send({ type: 'ping' });
    await settled();
    expect(ben.closedWith).toBe(CLOSE.RATE_LIMITED);
    expect(ada.closedWith).toBeUndefined();
  });

  test('a removed device is pushed the commit that removed it and nothing after', async () => {
    const { ada, ben } = await room();
    ada.send(commit(1, { removedDeviceIds: [ben.device.deviceId] }));
    ada.send(message(2));
    await settled();
    await ada.ask(message(2));
    expect(seqs(ben)).toEqual([2]);
    expect(await ben.codeOf(message(2))).toBe('NOT_FOUND');
    expect(await ben.codeOf({ type: 'ephemeral', streamId, payload: bytes(4) })).toBe('NOT_FOUND');
    await ada.ask({ type: 'ephemeral', streamId, payload: bytes(4) }).catch(() => undefined);
    expect(ben.pushes('ephemeral')).toEqual([]);
    expect(await ben.ask(subscribe(1)), 'until it has acknowledged').toMatchObject({
      status: { headSeq: 2 },
    });
    await ada.ask(message(2));
    expect(seqs(ben)).toEqual([2, 2]);
    await ben.ask({ type: 'acknowledge', streamId, seq: 2 });
    expect(await ben.codeOf(subscribe(1))).toBe('NOT_FOUND');
  });

  test('a removed device that connects again reads up to its removal, also when what follows comes at once', async () => {
    const { ada, ben, online } = await room();
    ben.connection.closed();
    await ada.ask(commit(1, { removedDeviceIds: [ben.device.deviceId] }));
    const back = await online(ben.device);
    expect(await back.ask(subscribe(1))).toMatchObject({ status: { headSeq: 2 } });
    await ada.ask(message(2));
    ada.send({ type: 'ephemeral', streamId, payload: bytes(4) });
    await settled();
    expect(seqs(back)).toEqual([2]);
    expect(back.pushes('ephemeral')).toEqual([]);
  });

  test('who comes in hears of the stream, gets the Welcome, and reads from there on', async () => {
    const { ada, ben, online } = await room();
    await ada.ask(message(1));
    const cyd = await online();
    await cyd.ask(subscribe(0, cyd.device.inboxId));
    await ada.ask(commit(1, admitting(cyd.device.deviceId)));
    expect(cyd.entries(cyd.device.inboxId)).toMatchObject([{ seq: 1, kind: 'welcome' }]);
    expect(cyd.pushes('streamChanged')).toMatchObject([
      { status: { streamId, acknowledgedSeq: 3, epoch: 2 } },
    ]);
    await cyd.ask(subscribe(0));
    await ben.ask(message(2));
    expect(seqs(cyd)).toEqual([4]);
  });

  test('a lost stretch is told on connecting, and the window passes over it', async () => {
    const { ada, ben, online, relay, scheduler } = await room();
    ben.connection.closed();
    for (let n = 0; n < LIMITS.unacknowledgedEntries + 50; n++) ada.send(message(1));
    await settled();
    scheduler.nowMs += 31 * DAY_MS;
    relay.start();
    await settled();
    await ada.ask(message(1));
    const back = await online(ben.device);
    const head = LIMITS.unacknowledgedEntries + 52;
    expect(await back.ask(subscribe(1))).toMatchObject({ status: { lostUpToSeq: head - 1, headSeq: head } });
    await ada.ask(message(1));
    expect(seqs(back)).toEqual([head, head + 1]);
  });
});

describe('ephemeral frames', () => {
  test('reach those online but the sender, and are stored nowhere', async () => {
    const { ada, ben, store } = await room();
    const before = await store.counts();
    const payload = bytes(30);
    ben.send({ type: 'ephemeral', streamId, payload });
    await settled();
    expect(ada.pushes('ephemeral')).toEqual([{ type: 'ephemeral', streamId, payload }]);
    expect(ben.pushes('ephemeral')).toEqual([]);
    expect(await store.counts()).toEqual(before);
  });
});

describe('invites', () => {
  const knock = () =>
    ({ type: 'knock', token, dedupeId: DedupeId.fromBytes(bytes(16)), payload: bytes(5) }) as const;

  test('a knock reaches the owner, an answer the guest, and the owner hears when it is used up', async () => {
    const { ada, online, scheduler } = await room();
    await ada.ask(createInvite(scheduler.nowMs, 1));
    await ada.ask(subscribe(0, ada.device.inboxId));
    const cyd = await online();
    await cyd.ask(subscribe(0, cyd.device.inboxId));
    expect(await cyd.codeOf(knock())).toBe('ok');
    expect(ada.entries(ada.device.inboxId)).toMatchObject([
      { kind: 'request', inviteToken: token, deviceId: cyd.device.deviceId },
    ]);
    const answer = {
      type: 'answerKnock',
      token,
      deviceId: cyd.device.deviceId,
      dedupeId: DedupeId.fromBytes(bytes(16)),
      payload: bytes(6),
      block: false,
    } as const;
    expect(await ada.codeOf(answer)).toBe('ok');
    expect(cyd.entries(cyd.device.inboxId)).toMatchObject([{ kind: 'answer', payload: answer.payload }]);
    await ada.ask(
      commit(1, { admissions: [{ deviceId: cyd.device.deviceId, welcome: bytes(3), inviteToken: token }] }),
    );
    expect(ada.pushes('inviteChanged')).toEqual([{ type: 'inviteChanged', token, status: 'used-up' }]);
    expect(await (await online()).codeOf(knock())).toBe('INVITE_USED_UP');
  });

  test('a device whose idle inbox was forgotten while it reads gets what comes later', async () => {
    const { ada, store, scheduler, online } = await room();
    const [eve, fay] = [await online(), await online()];
    const sweepInDays = (days: number) =>
      store.sweep({ nowMs: scheduler.nowMs + days * DAY_MS, retentionMs: 30 * DAY_MS });
    const answered = async (client: TestClient, count: number) => {
      for (let n = 0; n < count; n++) {
        const dedupeId = DedupeId.fromBytes(bytes(16));
        const { deviceId } = client.device;
        await ada.ask({ type: 'answerKnock', token, deviceId, dedupeId, payload: bytes(6), block: false });
      }
    };
    await ada.ask(createInvite(scheduler.nowMs));
    for (const client of [eve, fay]) {
      await client.ask(knock());
      await client.ask(subscribe(0, client.device.inboxId));
    }
    await answered(eve, 2);
    await answered(fay, 5);
    await eve.ask({ type: 'acknowledge', streamId: eve.device.inboxId, seq: 2 });
    await fay.ask({ type: 'acknowledge', streamId: fay.device.inboxId, seq: 5 });
    await store.expireInvites(scheduler.nowMs + DAY_MS);
    expect(await sweepInDays(32)).toMatchObject({ deletedStreams: 2 });

    await ada.ask(createInvite(scheduler.nowMs));
    expect(await eve.codeOf(knock())).toBe('ok');
    await answered(eve, 2);
    expect(seqs(eve, eve.device.inboxId)).toEqual([1, 2, 6, 7]);
    expect(await eve.codeOf({ type: 'acknowledge', streamId: eve.device.inboxId, seq: 7 })).toBe('ok');
  });

  test('the owner hears of expiry and of the end', async () => {
    const { ada, relay, scheduler } = await room();
    relay.start();
    await ada.ask(createInvite(scheduler.nowMs, 1));
    await scheduler.advance(DAY_MS + 15_000);
    expect(ada.pushes('inviteChanged').map(({ status }) => status)).toEqual(['expired']);
    await ada.ask({ type: 'controlStream', streamId, action: 'end' });
    expect(ada.pushes('inviteChanged').map(({ status }) => status)).toEqual(['expired', 'ended']);
  });

  test('anyone with the token may look, which changes nothing', async () => {
    const { ada, relay, store, scheduler } = await room();
    const invite = createInvite(scheduler.nowMs, 1);
    await ada.ask(invite);
    const before = await store.invite(token, scheduler.nowMs);
    const report = await relay.inviteReport(token, '198.51.100.1');
    expect(report).toEqual({
      status: 'open',
      sealedCard: invite.sealedCard,
      expiresAtMs: invite.expiresAtMs,
      hostOnline: true,
      serverTimeMs: scheduler.nowMs,
    });
    expect(await store.invite(token, scheduler.nowMs)).toEqual(before);
    ada.connection.closed();
    expect(await relay.inviteReport(token, '198.51.100.1')).toMatchObject({ hostOnline: false });
    expect(await relay.inviteReport(InviteToken.parse('b'.repeat(24)), '198.51.100.1')).toBeUndefined();
  });
});

describe('pause, end, leave', () => {
  test('all who are in hear of it', async () => {
    const { ada, ben } = await room();
    await ada.ask({ type: 'controlStream', streamId, action: 'pause' });
    expect(await ben.codeOf(message(1))).toBe('STREAM_PAUSED');
    await ada.ask({ type: 'controlStream', streamId, action: 'resume' });
    await ada.ask({ type: 'controlStream', streamId, action: 'end' });
    expect(ben.pushes('streamChanged').map(({ status }) => status.condition)).toEqual([
      'open',
      'paused',
      'open',
      'ended',
    ]);
    expect(await ben.codeOf({ type: 'ephemeral', streamId, payload: bytes(4) })).toBe('STREAM_ENDED');
  });

  test('whoever left is pushed nothing more', async () => {
    const { ada, ben } = await room();
    await ben.ask({ type: 'leaveStream', streamId });
    await ada.ask(message(1));
    expect(seqs(ben)).toEqual([]);
    expect(await ben.codeOf(subscribe())).toBe('NOT_FOUND');
  });
});

describe('what is not yours', () => {
  test('answers as what is not there, on every request, and changes nothing', async () => {
    const tables = new MemoryTables();
    const { ada, ben, online, scheduler } = await room(memoryRelay({ store: createMemoryStore({ tables }) }));
    await ada.ask(createInvite(scheduler.nowMs));
    const eve = await online();
    const before = structuredClone(tables.dump());
    const nowhere = StreamId.fromBytes(bytes(16));
    const noToken = InviteToken.parse('z'.repeat(24));
    const dedupeId = DedupeId.fromBytes(bytes(16));
    const requests = (id: StreamId, invite: InviteToken) =>
      [
        { ...message(1), streamId: id },
        { ...commit(1, { removedDeviceIds: [ben.device.deviceId] }), streamId: id },
        subscribe(0, id),
        { type: 'acknowledge', streamId: id, seq: 1 },
        { type: 'ephemeral', streamId: id, payload: bytes(4) },
        { type: 'controlStream', streamId: id, action: 'end' },
        { type: 'leaveStream', streamId: id },
        {
          type: 'createInvite',
          token: InviteToken.parse('c'.repeat(24)),
          streamId: id,
          expiresAtMs: scheduler.nowMs + 1000,
          maxUses: 0,
          sealedCard: bytes(1),
        },
        { type: 'closeInvite', token: invite },
        {
          type: 'answerKnock',
          token: invite,
          deviceId: ben.device.deviceId,
          dedupeId,
          payload: bytes(4),
          block: true,
        },
      ] as const;
    for (const [id, invite] of [
      [streamId, token],
      [ada.device.inboxId, token],
      [nowhere, noToken],
    ] as const) {
      for (const request of requests(id, invite)) {
        const answer = await eve.ask(request);
        expect([request.type, answer]).toMatchObject([
          request.type,
          { code: 'NOT_FOUND', message: 'no such thing' },
        ]);
      }
    }
    expect(await eve.codeOf({ type: 'createStream', streamId })).toBe('CONFLICT');
    expect(tables.dump()).toEqual(before);
    expect(eve.entries(streamId)).toEqual([]);
    expect([ada.closedWith, ben.closedWith]).toEqual([undefined, undefined]);
  });

  test('a member who is not an admin may not act as one', async () => {
    const { ben } = await room();
    expect(await ben.codeOf({ type: 'controlStream', streamId, action: 'end' })).toBe('FORBIDDEN');
    expect(await ben.codeOf(commit(1, admitting(new TestDevice().deviceId)))).toBe('FORBIDDEN');
  });
});

describe('what means nothing', () => {
  test.each<[string, (frame: Uint8Array) => Uint8Array, number]>([
    ['random bytes', () => Uint8Array.from([0xff, 0xff, 0xff, 0xff, 0x01]), CLOSE.MALFORMED],
    ['an empty frame', () => new Uint8Array(0), CLOSE.MALFORMED],
    ['a truncated frame', frame => frame.subarray(0, frame.length - 1), CLOSE.MALFORMED],
    ['an oversized frame', () => new Uint8Array(LIMITS.frameBytes + 1), CLOSE.TOO_LARGE],
    ['an unknown body', () => Uint8Array.from([0x08, 0x01, 0xfa, 0x07, 0x00]), CLOSE.MALFORMED],
  ])('%s ends that connection with a code, and no other', async (_name, mangle, code) => {
    const tables = new MemoryTables();
    const { ada, ben } = await room(memoryRelay({ store: createMemoryStore({ tables }) }));
    const before = structuredClone(tables.dump());
    ben.connection.receive(mangle(encodeClientFrame({ requestId: 77, body: message(1) })));
    await settled();
    expect(ben.closedWith).toBe(code);
    expect(ben.failures()).toHaveLength(1);
    expect(tables.dump()).toEqual(before);
    ben.connection.receive(encodeClientFrame({ requestId: 78, body: message(1) }));
    await settled();
    expect(tables.dump(), 'a closed connection is not heard').toEqual(before);
    expect(await ada.codeOf(message(1))).toBe('ok');
  });
});

describe('quotas', () => {
  test('a flood is turned down, others are served, and it may go on later', async () => {
    const quotas = { appendsPerDevice: { burst: 10, perSecond: 1 } };
    const { ada, ben, scheduler } = await room(memoryRelay({ quotas }));
    const codes = await Promise.all(Array.from({ length: 12 }, () => ben.codeOf(message(1))));
    expect(codes.filter(code => code === 'ok')).toHaveLength(10);
    expect(ben.failures().at(-1)).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: 1_000 });
    expect(await ada.codeOf(message(1))).toBe('ok');
    await scheduler.advance(1_000);
    expect(await ben.codeOf(message(1))).toBe('ok');
  });

  test('who does not slow down is closed', async () => {
    const quotas = { framesPerDevice: { burst: 5, perSecond: 1 }, maxRefusedInARow: 20 };
    const { ada, online } = await room(memoryRelay({ quotas }));
    const eve = await online();
    for (let n = 0; n < 30; n++) eve.send({ type: 'ping' });
    await settled();
    expect(eve.closedWith).toBe(CLOSE.RATE_LIMITED);
    expect(ada.closedWith).toBeUndefined();
  });

  test('knocks on one invite, looks from one address, connections from one address', async () => {
    const quotas = {
      knocksPerInvite: { burst: 2, perSecond: 0.001 },
      lookupsPerAddress: { burst: 3, perSecond: 0.001 },
      maxConnectionsPerAddress: 8,
    };
    const { ada, relay, online, connect, scheduler } = await room(memoryRelay({ quotas }));
    await ada.ask(createInvite(scheduler.nowMs));
    const knock = async () =>
      (await online()).codeOf({
        type: 'knock',
        token,
        dedupeId: DedupeId.fromBytes(bytes(16)),
        payload: bytes(5),
      });
    expect([await knock(), await knock(), await knock()]).toEqual(['ok', 'ok', 'RATE_LIMITED']);
    for (let n = 0; n < 3; n++) await relay.inviteReport(token, '198.51.100.1');
    await expect(relay.inviteReport(token, '198.51.100.1')).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    await relay.inviteReport(token, '198.51.100.2');
    const [, , , refused] = [connect(), connect(), connect(), connect()];
    expect(refused?.closedWith).toBe(CLOSE.RATE_LIMITED);
    expect(connect(undefined, { remoteAddress: '198.51.100.9' }).closedWith).toBeUndefined();
    expect(connect(undefined, { remoteAddress: '127.0.0.1' }).closedWith).toBeUndefined();
  });

  test('connections in all, and those without a proof', async () => {
    const { connect, online } = memoryRelay({ quotas: { maxConnections: 3, maxUnauthenticated: 2 } });
    const [first, second] = [connect(), connect()];
    expect(connect().closedWith).toBe(CLOSE.RATE_LIMITED);
    first.connection.closed();
    second.connection.closed();
    const open = [await online(), await online(), await online()];
    expect(connect().closedWith).toBe(CLOSE.RATE_LIMITED);
    open[0]!.connection.closed();
    expect(connect().closedWith).toBeUndefined();
  });
});

test('stopping tells everyone to come back, and nobody is let in any more', async () => {
  const { relay, ada, ben, connect } = await room();
  relay.stop();
  expect([ada.closedWith, ben.closedWith]).toEqual([CLOSE.GOING_AWAY, CLOSE.GOING_AWAY]);
  expect(connect().closedWith).toBe(CLOSE.GOING_AWAY);
});

test('when the store fails the client is told to try again, and nothing is pushed', async () => {
  const store = createMemoryStore();
  let failing = false;
  const { Refusal } = await import('./refusal.ts');
  const { ada, ben } = await room(
    memoryRelay({
      store: {
        ...store,
        append: (...args) =>
          failing ? Promise.reject(new Refusal('UNAVAILABLE', 'disk full')) : store.append(...args),
      },
    }),
  );
  failing = true;
  expect(await ada.codeOf(message(1))).toBe('UNAVAILABLE');
  expect(seqs(ben)).toEqual([]);
  failing = false;
  expect(await ada.codeOf(message(1))).toBe('ok');
  expect(seqs(ben)).toEqual([2]);
});
