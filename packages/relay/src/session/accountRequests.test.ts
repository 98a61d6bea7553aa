import { createHash, randomBytes } from 'node:crypto';
import {
  CLOSE,
  type ClientBody,
  DedupeId,
  type DeviceId,
  Handle,
  InviteToken,
  StreamId,
} from '@sotto/protocol';
import { beforeEach, describe, expect, test } from 'vitest';
import { TestAccount } from '../testing/accountClient.fixture.ts';
import { keyPair, TestDevice } from '../testing/device.fixture.ts';
import { memoryRelay, ORIGIN, settled, type TestClient } from '../testing/memoryRelay.fixture.ts';

const random = (length: number) => new Uint8Array(randomBytes(length));
const guestLink = { listenerRole: 'guest' } as const;

let memory: ReturnType<typeof memoryRelay>;
let mara: TestAccount;
let ben: TestAccount;

beforeEach(async () => {
  memory = memoryRelay();
  [mara, ben] = [new TestAccount('mara'), new TestAccount('ben')];
  for (const person of [mara, ben]) await person.register(memory.port, ORIGIN);
});

/** A session of a device over the guest listener. */
const online = (account: TestAccount, device = account.devices[0]!) => memory.online(device, guestLink);

/** The listed devices of mara, with one more, and a session of the first. */
async function twoDevices() {
  const laptop = mara.newDevice();
  mara.devices.push(laptop);
  const client = await online(mara);
  expect(await client.codeOf({ type: 'putDeviceList', signedDeviceList: mara.nextList() })).toBe('ok');
  return { client, laptop };
}

const publish = (...keyPackages: readonly string[]): ClientBody => ({
  type: 'publishKeyPackages',
  keyPackages: keyPackages.map(text => new TextEncoder().encode(text)),
  lastResort: new Uint8Array(0),
  replace: false,
});

async function claim(client: TestClient, account: TestAccount): Promise<readonly string[]> {
  const answer = await client.ask({ type: 'claimKeyPackages', accountId: account.accountId });
  if (answer.type !== 'claimedKeyPackages') return [JSON.stringify(answer)];
  return answer.keyPackages.map(({ keyPackage }) => new TextDecoder().decode(keyPackage));
}

describe('who may connect for guests’ addresses', () => {
  test('a listed device may, without a link, and may begin conversations', async () => {
    const client = memory.connect(mara.devices[0]!, guestLink);
    expect(await client.authenticate()).toMatchObject({ type: 'authenticated', mayHost: true });
    const streamId = StreamId.fromBytes(random(16));
    expect(await client.codeOf({ type: 'createStream', streamId })).toBe('ok');
  });

  test('a device that the account certified and did not list may not', async () => {
    const client = memory.connect(mara.newDevice(), guestLink);
    expect(await client.authenticate()).toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  test('a device that another account lists is nobody’s but its own account’s', async () => {
    const eve = new TestAccount('eve');
    const stranger = new TestDevice();
    // Eve certifies the key of somebody else's device, and lists it: that needs its public key only.
    const claimed = new TestDevice(eve.key);
    Object.assign(claimed, { key: stranger.key, deviceId: stranger.deviceId });
    await eve.register(memory.port, ORIGIN, {
      registration: { signedDeviceList: eve.list(1, [...eve.devices, claimed]) },
    });
    expect(await memory.connect(stranger, guestLink).authenticate()).toMatchObject({
      code: 'UNAUTHENTICATED',
    });
  });
});

describe('the device list', () => {
  test('is shown by handle and by account id, with the key', async () => {
    const client = await online(ben);
    const shown = { accountKey: mara.key.publicKey, handle: mara.handle, signedDeviceList: mara.list(1) };
    expect(await client.ask({ type: 'lookUpHandle', handle: mara.handle })).toEqual({
      type: 'accounts',
      accounts: [shown],
    });
    const strangers = new TestAccount('nobody');
    const accountIds = [ben.accountId, strangers.accountId, mara.accountId];
    const answer = await client.ask({ type: 'lookUpAccounts', accountIds });
    expect(answer).toMatchObject({ type: 'accounts', accounts: [{ handle: 'ben' }, shown] });
    expect(await client.codeOf({ type: 'lookUpHandle', handle: Handle.parse('nobody') })).toBe(
      'ACCOUNT_UNKNOWN',
    );
  });

  test('changes for all who look, and the account’s own devices are told', async () => {
    const { client, laptop } = await twoDevices();
    const other = await online(mara, laptop);
    const signedDeviceList = mara.nextList();
    expect(await other.codeOf({ type: 'putDeviceList', signedDeviceList })).toBe('ok');
    await settled();
    expect(client.pushes('deviceListChanged').at(-1)).toMatchObject({ signedDeviceList });
    const seen = await (await online(ben)).ask({ type: 'lookUpHandle', handle: mara.handle });
    expect(seen).toMatchObject({ accounts: [{ signedDeviceList }] });
  });

  test('is shown again to the others once a device of it can be added, and not each time it publishes', async () => {
    const laptop = mara.newDevice();
    mara.devices.push(laptop);
    const client = await online(mara);
    const signedDeviceList = mara.nextList();
    expect(await client.codeOf({ type: 'putDeviceList', signedDeviceList })).toBe('ok');
    const other = await online(mara, laptop);
    await settled();
    const shown = () => client.pushes('deviceListChanged').length;
    const before = shown();
    for (const byte of [1, 2]) {
      const keyPackages = [new Uint8Array(40).fill(byte)];
      const publish = {
        type: 'publishKeyPackages',
        keyPackages,
        lastResort: new Uint8Array(0),
        replace: false,
      };
      expect(await other.codeOf(publish as ClientBody)).toBe('ok');
      await settled();
      expect(shown()).toBe(before + 1);
    }
    expect(client.pushes('deviceListChanged').at(-1)).toMatchObject({ signedDeviceList });
  });

  test('is shown to whoever shares a conversation with the account, once a device of it can be added', async () => {
    const [client, bens] = [await online(mara), await online(ben)];
    const stranger = new TestAccount('cyd');
    await stranger.register(memory.port, ORIGIN);
    const others = await online(stranger);
    const streamId = StreamId.fromBytes(random(16));
    expect(await client.codeOf({ type: 'createStream', streamId })).toBe('ok');
    const { deviceId } = ben.devices[0]!;
    const admission = { deviceId, welcome: random(40), inviteToken: undefined };
    const append = {
      streamId,
      dedupeId: DedupeId.fromBytes(random(16)),
      kind: 'commit',
      expectEpoch: 0,
    } as const;
    const changes = { admissions: [admission], removedDeviceIds: [], adminDeviceIds: [] };
    expect(await client.codeOf({ type: 'append', ...append, payload: random(40), ...changes })).toBe('ok');
    const laptop = mara.newDevice();
    mara.devices.push(laptop);
    const signedDeviceList = mara.nextList();
    expect(await client.codeOf({ type: 'putDeviceList', signedDeviceList })).toBe('ok');
    await settled();
    expect(bens.pushes('deviceListChanged')).toEqual([]);
    expect(await (await online(mara, laptop)).codeOf(publish('one'))).toBe('ok');
    await settled();
    expect(bens.pushes('deviceListChanged')).toMatchObject([{ signedDeviceList }]);
    expect(others.pushes('deviceListChanged')).toEqual([]);
  });

  test('threat 1: is taken from devices of the account, signed by it, newer than the last', async () => {
    const [client, bens] = [await online(mara), await online(ben)];
    const put = (who: TestClient, signedDeviceList: Uint8Array) =>
      who.codeOf({ type: 'putDeviceList', signedDeviceList });
    expect(await put(bens, mara.list(2))).toBe('FORBIDDEN');
    expect(await put(client, mara.list(2, mara.devices, keyPair()))).toBe('FORBIDDEN');
    expect(await put(client, mara.list(2, [...mara.devices, new TestDevice()]))).toBe('FORBIDDEN');
    expect(await put(client, mara.list(1, [...mara.devices, mara.newDevice()]))).toBe('DEVICE_LIST_OLD');
    const unlisted = await memory.online(mara.newDevice());
    expect(await put(unlisted, mara.list(2))).toBe('FORBIDDEN');
    expect(await put(client, mara.list(2))).toBe('ok');
  });

  test('threat 3: a device that it revokes is put out and never let in again, anywhere', async () => {
    const { client, laptop } = await twoDevices();
    const theirs = await online(mara, laptop);
    mara.devices.pop();
    mara.revokedIds.push(laptop.deviceId);
    expect(await client.codeOf({ type: 'putDeviceList', signedDeviceList: mara.nextList() })).toBe('ok');
    await settled();
    expect([theirs.closedWith, client.closedWith]).toEqual([CLOSE.DEVICE_REVOKED, undefined]);
    for (const link of [guestLink, {}]) {
      const again = memory.connect(laptop, link);
      expect(await again.authenticate()).toMatchObject({ code: 'DEVICE_REVOKED' });
      expect(again.closedWith).toBe(CLOSE.DEVICE_REVOKED);
    }
  });

  test('threat 3: a revoked device is not let in by what it was subscribed to, nor by a link', async () => {
    const { client, laptop } = await twoDevices();
    const streamId = StreamId.fromBytes(random(16));
    const token = InviteToken.parse('t'.repeat(24));
    await client.ask({ type: 'createStream', streamId });
    await client.ask({
      type: 'append',
      streamId,
      dedupeId: DedupeId.fromBytes(random(16)),
      kind: 'commit',
      expectEpoch: 0,
      payload: random(20),
      admissions: [{ deviceId: laptop.deviceId, welcome: random(9) }],
      removedDeviceIds: [],
      adminDeviceIds: [],
    });
    const expiresAtMs = memory.scheduler.nowMs + 1_000_000;
    await client.ask({
      type: 'createInvite',
      token,
      streamId,
      expiresAtMs,
      maxUses: 0,
      sealedCard: random(9),
    });
    mara.devices.pop();
    expect(await client.codeOf({ type: 'putDeviceList', signedDeviceList: mara.nextList() })).toBe('ok');
    for (const invite of [undefined, token]) {
      const again = memory.connect(laptop, guestLink);
      expect(await again.authenticate(invite)).toMatchObject({ code: 'DEVICE_REVOKED' });
    }
  });

  test('a device that takes itself off hears that it was done, and is put out', async () => {
    const { laptop } = await twoDevices();
    const theirs = await online(mara, laptop);
    mara.devices.pop();
    expect(await theirs.codeOf({ type: 'putDeviceList', signedDeviceList: mara.nextList() })).toBe('ok');
    expect(theirs.closedWith).toBe(CLOSE.DEVICE_REVOKED);
  });

  test('an account that names another’s device as revoked puts nobody out', async () => {
    const [client, bens] = [await online(mara), await online(ben)];
    ben.revokedIds.push(mara.devices[0]!.deviceId);
    expect(await bens.codeOf({ type: 'putDeviceList', signedDeviceList: ben.nextList() })).toBe('ok');
    await settled();
    expect(client.closedWith).toBeUndefined();
    expect(await client.codeOf({ type: 'ping' })).toBe('ok');
    await online(mara);
  });
});

describe('conversations of devices on a list', () => {
  const streamId = StreamId.fromBytes(random(16));

  const commit = (expectEpoch: number, change: Partial<ClientBody & { type: 'append' }>): ClientBody => ({
    type: 'append',
    streamId,
    dedupeId: DedupeId.fromBytes(random(16)),
    kind: 'commit',
    expectEpoch,
    payload: random(20),
    admissions: [],
    removedDeviceIds: [],
    adminDeviceIds: [],
    ...change,
  });
  const admits = (device: TestDevice) => ({
    admissions: [{ deviceId: device.deviceId, welcome: random(9), inviteToken: undefined }],
  });

  test.each(['revokes', 'lists'])(
    'an account that %s another’s device takes it out of nothing, and admits it to nothing',
    async how => {
      const [client, bens] = [await online(mara), await online(ben)];
      const theirs = mara.devices[0]!;
      await client.ask({ type: 'createStream', streamId });
      expect(await client.codeOf(commit(0, admits(ben.devices[0]!)))).toBe('ok');
      const claimed = new TestDevice(ben.key);
      Object.assign(claimed, { key: theirs.key, deviceId: theirs.deviceId });
      if (how === 'lists') ben.devices.push(claimed);
      else ben.revokedIds.push(theirs.deviceId);
      const list = async () => bens.codeOf({ type: 'putDeviceList', signedDeviceList: ben.nextList() });
      expect(await list()).toBe('ok');
      const { deviceId } = theirs;
      expect(await bens.codeOf(commit(1, { removedDeviceIds: [deviceId] }))).toBe('FORBIDDEN');
      expect(await bens.codeOf(commit(1, admits(theirs)))).toBe('FORBIDDEN');
      if (how === 'lists') ben.devices.pop();
      expect(await list()).toBe('ok');
      await settled();
      expect(await memory.store.status(deviceId, streamId)).toMatchObject({ admin: true, endsAtSeq: 0 });
    },
  );

  test('a device that is revoked is in none any more, without waiting for a commit, and nothing is kept for it', async () => {
    const { client, laptop } = await twoDevices();
    const theirs = await online(mara, laptop);
    await client.ask({ type: 'createStream', streamId });
    expect(await client.codeOf(commit(0, admits(laptop)))).toBe('ok');
    expect(await client.codeOf({ type: 'acknowledge', streamId, seq: 1 })).toBe('ok');
    mara.devices.pop();
    expect(await client.codeOf(commit(1, {}))).toBe('ok');
    expect(await client.codeOf({ type: 'acknowledge', streamId, seq: 2 })).toBe('ok');
    const { store } = memory;
    expect(await store.subscribers(streamId)).toHaveLength(2);
    expect(await client.codeOf({ type: 'putDeviceList', signedDeviceList: mara.nextList() })).toBe('ok');
    await settled();
    expect(theirs.closedWith).toBe(CLOSE.DEVICE_REVOKED);
    expect(await store.subscribers(streamId)).toEqual([mara.devices[0]!.deviceId]);
    expect((await store.counts()).entries).toBe(1);
    // The commit that takes its leaf out may name it, and finds nothing to do.
    const { deviceId } = laptop;
    expect(await client.codeOf(commit(2, { removedDeviceIds: [deviceId] }))).toBe('ok');
  });
});

describe('KeyPackages', () => {
  test('threat 16: each is given to one who asks, whoever asks, however many at once', async () => {
    const bens = await online(ben);
    expect(await bens.ask(publish('b1', 'b2', 'b3', 'b4'))).toEqual({
      type: 'keyPackageCount',
      count: 4,
      lastResort: false,
    });
    const [one, other] = [await online(mara), await memory.online()];
    const accountId = ben.accountId;
    const requestIds = [one, other, one, other].map(client => [
      client,
      client.send({ type: 'claimKeyPackages', accountId }),
    ]) as [TestClient, number][];
    await settled();
    const given = requestIds.map(([client, id]) => {
      const answer = client.frames.find(({ requestId }) => requestId === id)?.body;
      if (answer?.type !== 'claimedKeyPackages') throw new Error(JSON.stringify(answer));
      return answer.keyPackages.map(({ keyPackage }) => new TextDecoder().decode(keyPackage));
    });
    expect(given.flat().sort()).toEqual(['b1', 'b2', 'b3', 'b4']);
    expect(await claim(one, ben)).toEqual([]);
  });

  test('a device is told when few are left', async () => {
    const bens = await online(ben);
    await bens.ask(publish(...Array.from({ length: 26 }, (_, n) => `b${n}`)));
    const client = await online(mara);
    await claim(client, ben);
    expect(bens.pushes('keyPackageCount')).toEqual([]);
    await claim(client, ben);
    expect(bens.pushes('keyPackageCount')).toEqual([
      { type: 'keyPackageCount', count: 24, lastResort: false },
    ]);
    expect(await bens.ask({ type: 'countKeyPackages' })).toMatchObject({ count: 24 });
  });

  test('come from listed devices, one set for each', async () => {
    const { client, laptop } = await twoDevices();
    const theirs = await online(mara, laptop);
    await client.ask(publish('phone'));
    await theirs.ask(publish('laptop'));
    expect(await claim(await online(ben), mara)).toEqual(['phone', 'laptop']);
    const unlisted = await memory.online(mara.newDevice());
    expect(await unlisted.codeOf(publish('ghost'))).toBe('FORBIDDEN');
  });

  test('are claimed within limits, for each device and for each account', async () => {
    const quotas = {
      claimsPerDevice: { burst: 3, perSecond: 1 },
      claimsPerAccount: { burst: 4, perSecond: 1 },
    };
    memory = memoryRelay({ quotas });
    for (const person of [mara, ben]) await person.register(memory.port, ORIGIN);
    const [one, other] = [await online(mara), await memory.online()];
    const codes = async (client: TestClient, times: number) => {
      const all = [];
      for (let n = 0; n < times; n++) {
        all.push(await client.codeOf({ type: 'claimKeyPackages', accountId: ben.accountId }));
      }
      return all;
    };
    expect(await codes(one, 4)).toEqual(['ok', 'ok', 'ok', 'RATE_LIMITED']);
    expect(await codes(other, 2)).toEqual(['ok', 'RATE_LIMITED']);
  });
});

describe('threat 33: the directory', () => {
  test('is not there for who came by a link only', async () => {
    const host = await memory.online();
    const streamId = StreamId.fromBytes(random(16));
    const token = InviteToken.parse('g'.repeat(24));
    await host.ask({ type: 'createStream', streamId });
    const expiresAtMs = memory.scheduler.nowMs + 1_000_000;
    await host.ask({ type: 'createInvite', token, streamId, expiresAtMs, maxUses: 0, sealedCard: random(9) });
    const guest = memory.connect(new TestDevice(), guestLink);
    expect(await guest.authenticate(token)).toMatchObject({ type: 'authenticated', mayHost: false });
    for (const handle of [mara.handle, Handle.parse('nobody')]) {
      expect(await guest.codeOf({ type: 'lookUpHandle', handle })).toBe('FORBIDDEN');
    }
    for (const accountId of [mara.accountId, new TestAccount('nobody').accountId]) {
      expect(await guest.codeOf({ type: 'claimKeyPackages', accountId })).toBe('FORBIDDEN');
    }
    expect(await guest.codeOf(publish('g1'))).toBe('FORBIDDEN');
    expect(await guest.codeOf({ type: 'createInvitation' })).toBe('FORBIDDEN');
  });

  test('is asked by handle within limits, whether or not anybody has it', async () => {
    memory = memoryRelay({ quotas: { handleLookUpsPerAccount: { burst: 2, perSecond: 1 } } });
    await ben.register(memory.port, ORIGIN);
    const client = await online(ben);
    const codes = [];
    for (const handle of ['ben', 'nobody', 'ben', 'nobody'].map(Handle.parse)) {
      codes.push(await client.codeOf({ type: 'lookUpHandle', handle }));
    }
    expect(codes).toEqual(['ok', 'ACCOUNT_UNKNOWN', 'RATE_LIMITED', 'RATE_LIMITED']);
  });
});

describe('a new password', () => {
  async function change(client: TestClient, password: string, sealedBundle: Uint8Array): Promise<string> {
    const registrationRecord = await mara.newPassword(password, async registrationRequest => {
      const answer = await client.ask({ type: 'startPasswordChange', registrationRequest });
      if (answer.type !== 'passwordChangeStarted') throw new Error(JSON.stringify(answer));
      return answer.registrationResponse;
    });
    return client.codeOf({
      type: 'finishPasswordChange',
      registrationRecord,
      sealedBundle,
      removePasskeys: false,
    });
  }

  test('takes the place of the old one, with its bundle', async () => {
    const sealedBundle = random(90);
    expect(await change(await online(mara), 'another one', sealedBundle)).toBe('ok');
    expect((await mara.signIn(memory.port, 'another one')).sealedBundle).toEqual(sealedBundle);
    await expect(mara.signIn(memory.port)).rejects.toMatchObject({ code: 'SIGN_IN_FAILED' });
    const { handle, recoveryProof } = mara;
    expect((await memory.port.recover({ handle, recoveryProof })).sealedBundle).toEqual(
      mara.sealedRecoveryBundle,
    );
  });

  test('ends what was begun with the old one: a sign-in half done, a ticket in hand', async () => {
    const thief = await mara.startSignIn(memory.port);
    const { ticket } = await mara.signIn(memory.port);
    const garbage = { ticket, signedDeviceList: random(40) };
    await expect(memory.port.addDevice(garbage)).rejects.toMatchObject({ code: 'MALFORMED' });
    expect(await change(await online(mara), 'another one', random(90))).toBe('ok');
    await expect(thief.finish()).rejects.toMatchObject({ code: 'SIGN_IN_FAILED' });
    const signedDeviceList = mara.list(2, [...mara.devices, mara.newDevice()]);
    await expect(memory.port.addDevice({ ticket, signedDeviceList })).rejects.toMatchObject({
      code: 'SIGN_IN_FAILED',
    });
  });

  test('is for listed devices', async () => {
    const unlisted = await memory.online(mara.newDevice());
    const registrationRequest = random(32);
    expect(await unlisted.codeOf({ type: 'startPasswordChange', registrationRequest })).toBe('FORBIDDEN');
    const record = { registrationRecord: random(192), sealedBundle: random(9) };
    expect(await unlisted.codeOf({ type: 'finishPasswordChange', ...record, removePasskeys: false })).toBe(
      'FORBIDDEN',
    );
    expect((await mara.signIn(memory.port)).sealedBundle).toEqual(mara.sealedBundle);
  });

  test('a new recovery code takes the place of the old one', async () => {
    const proof = random(32);
    const sealedBundle = random(70);
    const recoveryProofHash = new Uint8Array(createHash('sha256').update(proof).digest());
    const client = await online(mara);
    expect(await client.codeOf({ type: 'replaceRecovery', sealedBundle, recoveryProofHash })).toBe('ok');
    const { handle, recoveryProof } = mara;
    expect((await memory.port.recover({ handle, recoveryProof: proof })).sealedBundle).toEqual(sealedBundle);
    await expect(memory.port.recover({ handle, recoveryProof })).rejects.toMatchObject({
      code: 'SIGN_IN_FAILED',
    });
  });
});

describe('deleting an account', () => {
  const deletion = async (
    client: TestClient,
    signer = mara.key,
    nonce?: Uint8Array,
  ): Promise<ClientBody> => ({
    type: 'deleteAccount',
    signature: mara.deletion(ORIGIN, nonce ?? (await client.nonce()), signer),
  });

  test('takes all of it away, and the sessions of its devices end', async () => {
    const { client, laptop } = await twoDevices();
    const theirs = await online(mara, laptop);
    await client.ask(publish('m1'));
    expect(await client.codeOf(await deletion(client))).toBe('ok');
    expect([client.closedWith, theirs.closedWith]).toEqual([CLOSE.ACCOUNT_DELETED, CLOSE.ACCOUNT_DELETED]);
    expect(await memory.connect(laptop, guestLink).authenticate()).toMatchObject({ code: 'UNAUTHENTICATED' });
    await expect(mara.signIn(memory.port)).rejects.toMatchObject({ code: 'SIGN_IN_FAILED' });
    const bens = await online(ben);
    expect(await bens.codeOf({ type: 'lookUpHandle', handle: mara.handle })).toBe('ACCOUNT_UNKNOWN');
    expect(await bens.codeOf({ type: 'claimKeyPackages', accountId: mara.accountId })).toBe(
      'ACCOUNT_UNKNOWN',
    );
  });

  test('threat 34: nobody gets its handle, or one like it, for 30 days', async () => {
    const client = await online(mara);
    await client.ask(await deletion(client));
    const register = async (handle: string) => {
      try {
        await new TestAccount(handle).register(memory.port, ORIGIN);
        return 'ok';
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    await memory.scheduler.advance(30 * 24 * 3_600_000 - 1);
    expect([await register('mara'), await register('ma-ra')]).toEqual(['HANDLE_TAKEN', 'HANDLE_TAKEN']);
    await memory.scheduler.advance(1);
    expect(await register('mara')).toBe('ok');
  });

  test('needs the account’s signature over this very session', async () => {
    const [client, other] = [await online(mara), await memory.online()];
    const elsewhere = await other.nonce();
    for (const body of [await deletion(client, keyPair()), await deletion(client, mara.key, elsewhere)]) {
      expect(await client.codeOf(body)).toBe('FORBIDDEN');
    }
    const device: DeviceId = mara.devices[0]!.deviceId;
    expect(await memory.directory.standing({ accountId: mara.accountId, deviceId: device })).toBe('listed');
  });
});

test('invitations are made on the host’s own computer only', async () => {
  memory = memoryRelay({ registration: 'invitation' });
  const host = await memory.online();
  const answer = await host.ask({ type: 'createInvitation' });
  if (answer.type !== 'invitationCreated') throw new Error(JSON.stringify(answer));
  await mara.register(memory.port, ORIGIN, { invitationCode: answer.code });
  expect(await (await online(mara)).codeOf({ type: 'createInvitation' })).toBe('FORBIDDEN');
});
