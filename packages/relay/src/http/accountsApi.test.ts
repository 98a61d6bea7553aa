import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type ClientBody,
  decodeDeviceMail,
  decodeRegistrationPolicy,
  encodeLeaveDeviceAnswer,
  encodeLeaveDeviceOffer,
  encodeReadDeviceMail,
  encodeSignInStart,
  Handle,
  InvitationCode,
  LIMITS,
} from '@sotto/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createRelayServer } from '../server.ts';
import { TestAccount } from '../testing/accountClient.fixture.ts';
import { accountsOverHttp } from '../testing/accountsOverHttp.fixture.ts';
import { TestPasskey } from '../testing/passkey.fixture.ts';
import { get, relayServer, SocketClient, type TestServer } from '../testing/relayServer.fixture.ts';

const PROTOBUF = { 'content-type': 'application/x-protobuf' };

let relay: TestServer;

beforeEach(async () => {
  relay = await relayServer();
});

afterEach(() => relay.cleanUp());

/** The whole of the files in a folder. */
function bytesIn(folder: string): Buffer {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(file => file.isFile());
  return Buffer.concat(files.map(({ parentPath, name }) => readFileSync(join(parentPath, name))));
}

describe('accounts over HTTP', () => {
  test('register, sign in, add a device, recover; and the device connects', async () => {
    const port = accountsOverHttp(relay.guestOrigin);
    const mara = new TestAccount('mara');
    await mara.register(port, relay.guestOrigin);
    const registered = mara.exportKey;
    const { sealedBundle, ticket } = await mara.signIn(port);
    expect([mara.exportKey, Buffer.from(sealedBundle)]).toEqual([registered, Buffer.from(mara.sealedBundle)]);
    const laptop = mara.newDevice();
    mara.devices.push(laptop);
    await port.addDevice({ ticket, signedDeviceList: mara.nextList() });
    const client = await SocketClient.online(relay.guestOrigin, { device: laptop });
    expect(await client.ask({ type: 'countKeyPackages' })).toMatchObject({ count: 0 });
    client.socket.close();
    const { handle, recoveryProof } = mara;
    expect((await port.recover({ handle, recoveryProof })).sealedBundle).toEqual(mara.sealedRecoveryBundle);
  });

  test('accounts are there after a restart, and sign in with the same key', async () => {
    const mara = new TestAccount('mara');
    await mara.register(accountsOverHttp(relay.hostOrigin), relay.hostOrigin);
    const registered = mara.exportKey;
    await relay.server.stop();
    await relay.server.start();
    const origin = `http://localhost:${relay.server.ports().hostPort}`;
    await mara.signIn(accountsOverHttp(origin));
    expect(mara.exportKey).toBe(registered);
  });

  test('the answers to a known and to an unknown handle have one form and one size, header for header', async () => {
    const port = accountsOverHttp(relay.hostOrigin);
    const mara = new TestAccount('mara');
    await mara.register(port, relay.hostOrigin);
    const url = `${relay.hostOrigin}/api/accounts`;
    const shape = async (handle: string) => {
      const body = encodeSignInStart({
        handle: Handle.parse(handle),
        // The generator of ristretto255 and a key share: a message that any client could have sent.
        startLoginRequest: startLoginRequest(),
      });
      const { status, headers, body: answer } = await get(`${url}/sign-in/start`, PROTOBUF, 'POST', body);
      const { date: _date, ...rest } = headers;
      return { status, rest, sizeBytes: answer.length };
    };
    expect(await shape('mara')).toEqual(await shape('nora'));
    expect((await shape('mara')).status).toBe(200);
    const failure = async (person: TestAccount) => {
      try {
        await person.signIn(port, 'wrong');
      } catch (error) {
        return String(error);
      }
      return 'ok';
    };
    expect(await failure(mara)).toBe(await failure(new TestAccount('nora')));
    expect(await failure(mara)).toContain('sign-in/finish: 403');
  });

  test('an offer of a new device and its answer are passed on, and nothing of them is on the disk', async () => {
    const post = (step: string, body: Uint8Array) =>
      get(`${relay.guestOrigin}/api/accounts/devices/${step}`, PROTOBUF, 'POST', body);
    const [token, offer, answer] = [
      randomBytes(16),
      randomBytes(1_564),
      randomBytes(LIMITS.deviceAnswerBytes),
    ];
    const read = encodeReadDeviceMail({ token });
    const sealedIn = ({ body }: { body: Buffer }) => Buffer.from(decodeDeviceMail(body).sealed);
    expect((await post('offer', encodeLeaveDeviceOffer({ token, sealed: offer }))).status).toBe(204);
    expect(sealedIn(await post('offer/read', read))).toEqual(offer);
    expect(sealedIn(await post('answer/read', read))).toHaveLength(0);
    expect((await post('answer', encodeLeaveDeviceAnswer({ token, sealed: answer }))).status).toBe(204);
    expect(sealedIn(await post('answer/read', read))).toEqual(answer);
    const gone = await post('offer/read', read);
    expect([gone.status, JSON.parse(String(gone.body))]).toEqual([
      404,
      { code: 'NOT_FOUND', retryAfterMs: 0 },
    ]);
    await relay.server.stop();
    const onDisk = bytesIn(relay.dataDirectory);
    for (const bytes of [token, offer, answer]) expect(onDisk.includes(bytes.subarray(0, 16))).toBe(false);
    expect(onDisk.length).toBeGreaterThan(0);
  });

  test('refusals are JSON with the code, and nothing is cached', async () => {
    const url = `${relay.guestOrigin}/api/accounts`;
    const finish = await get(`${url}/sign-in/finish`, PROTOBUF, 'POST', randomBytes(20));
    expect([finish.status, JSON.parse(String(finish.body))]).toEqual([
      400,
      { code: 'MALFORMED', retryAfterMs: 0 },
    ]);
    expect(finish.headers['cache-control']).toBe('no-store');
    const large = await get(
      `${url}/sign-in/finish`,
      PROTOBUF,
      'POST',
      randomBytes(LIMITS.accountBodyBytes + 1),
    );
    expect([large.status, String(large.body)]).toEqual([413, '{"code":"TOO_LARGE"}']);
    for (const type of ['application/json', 'text/plain', 'application/x-www-form-urlencoded']) {
      const answer = await get(`${url}/recover`, { 'content-type': type }, 'POST', randomBytes(4));
      expect([type, answer.status, String(answer.body)]).toEqual([type, 400, '{"code":"MALFORMED"}']);
    }
    expect((await get(`${url}/recover`, {}, 'POST')).status).toBe(400);
    expect((await get(`${url}/recover`)).status).toBe(404);
    const policy = await get(`${url}/policy`);
    expect(policy.headers).toMatchObject({
      'content-type': 'application/x-protobuf',
      'cache-control': 'no-store',
    });
    expect(decodeRegistrationPolicy(policy.body)).toEqual({ mode: 'open' });
  });

  test('threat 24: a page of another site asks in vain', async () => {
    const url = `${relay.hostOrigin}/api/accounts/sign-in/start`;
    const body = encodeSignInStart({ handle: Handle.parse('mara'), startLoginRequest: startLoginRequest() });
    for (const headers of [
      { ...PROTOBUF, origin: 'https://evil.example' },
      { ...PROTOBUF, origin: 'null' },
      { ...PROTOBUF, 'sec-fetch-site': 'cross-site' },
      { ...PROTOBUF, host: 'evil.example' },
    ]) {
      expect((await get(url, headers, 'POST', body)).status).toBeGreaterThanOrEqual(403);
    }
    expect((await get(url, { ...PROTOBUF, origin: relay.hostOrigin }, 'POST', body)).status).toBe(200);
    // Without leave from here, a browser does not send this type for another site at all.
    const asked = await get(url, { origin: 'https://evil.example' }, 'OPTIONS');
    expect(asked.headers['access-control-allow-origin']).toBeUndefined();
  });

  test('what was asked, and how often it was refused, is counted', async () => {
    const port = accountsOverHttp(relay.hostOrigin);
    const mara = new TestAccount('mara');
    await mara.register(port, relay.hostOrigin);
    await expect(mara.signIn(port, 'wrong')).rejects.toMatchObject({ code: 'SIGN_IN_FAILED' });
    const metrics = String((await get(`${relay.hostOrigin}/metrics`)).body);
    expect(metrics).toContain('sotto_account_requests_total{step="register/finish",outcome="ok"} 1');
    expect(metrics).toContain(
      'sotto_account_requests_total{step="sign-in/finish",outcome="SIGN_IN_FAILED"} 1',
    );
    expect(metrics).toContain('sotto_stored{what="accounts"} 1');
    expect(metrics).not.toContain('mara');
  });
});

/** KE1 of a client: a blinded element and a key share (both the ristretto255 generator), and a nonce. */
function startLoginRequest(): Uint8Array {
  const generator = Buffer.from('e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76', 'hex');
  return new Uint8Array(Buffer.concat([generator, randomBytes(32), generator]));
}

test('threat 60: password, recovery proof, export key and bundles stay where they belong', async () => {
  const password = 'canary-password-canary-password';
  const sealedBundle = new Uint8Array(randomBytes(100));
  const mara = new TestAccount('mara', password, { sealedBundle });
  const wire: Uint8Array[] = [];
  const port = accountsOverHttp(relay.guestOrigin, bytes => void wire.push(bytes));
  await mara.register(port, relay.guestOrigin);
  const exportKeys = [mara.exportKey];
  await mara.signIn(port);
  const registered = Buffer.concat(wire.splice(0));
  const client = await SocketClient.online(relay.guestOrigin, { device: mara.devices[0]! });
  const next = `${password}-next`;
  const registrationRecord = await mara.newPassword(next, async registrationRequest => {
    wire.push(registrationRequest);
    const answer = await client.ask({ type: 'startPasswordChange', registrationRequest });
    if (answer.type !== 'passwordChangeStarted') throw new Error(answer.type);
    return answer.registrationResponse;
  });
  wire.push(registrationRecord);
  expect(
    await client.codeOf({
      type: 'finishPasswordChange',
      registrationRecord,
      sealedBundle,
      removePasskeys: false,
    }),
  ).toBe('ok');
  exportKeys.push(mara.exportKey);
  await mara.signIn(port, next);
  const { handle, recoveryProof } = mara;
  const signedIn = Buffer.concat(wire.splice(0));
  await port.recover({ handle, recoveryProof });
  client.socket.close();

  const data = () => bytesIn(relay.dataDirectory);
  const places = { registered, signedIn, data: data(), afterwards: Buffer.alloc(0) as Buffer };
  const setup = readFileSync(join(relay.dataDirectory, 'opaque-server-setup'), 'utf8').trim();
  const database = bytesInFiles(/^relay\.db/);
  const logs = bytesIn(join(relay.dataDirectory, 'logs'));
  await relay.server.stop();
  places.afterwards = data();
  await relay.server.start();

  for (const [place, bytes] of Object.entries(places)) {
    for (const [what, secret] of [
      ['the password', Buffer.from(password)],
      ['the recovery proof', Buffer.from(recoveryProof)],
      ...exportKeys.flatMap(key => [
        ['the export key', Buffer.from(key, 'base64url')] as const,
        ['the export key in text', Buffer.from(key)] as const,
      ]),
    ] as const) {
      expect([place, what, bytes.includes(secret)]).toEqual([place, what, false]);
    }
  }
  // The test can fail: what may be seen is seen in the same bytes.
  expect([registered, places.data].map(bytes => bytes.includes(Buffer.from(sealedBundle)))).toEqual([
    true,
    true,
  ]);
  expect(places.data.includes(Buffer.from(setup))).toBe(true);
  expect([database, logs].map(bytes => bytes.includes(setup))).toEqual([false, false]);
  for (const name of ['mara', 'acc_', 'dev_']) expect([name, logs.includes(name)]).toEqual([name, false]);

  function bytesInFiles(pattern: RegExp): Buffer {
    const names = readdirSync(relay.dataDirectory).filter(name => pattern.test(name));
    return Buffer.concat(names.map(name => readFileSync(join(relay.dataDirectory, name))));
  }
});

test('a passkey signs in over HTTP, also after a restart; removed, it is nowhere in the files', async () => {
  const mara = new TestAccount('mara');
  await mara.register(accountsOverHttp(relay.hostOrigin), relay.hostOrigin);
  const [passkey, other] = [new TestPasskey(), new TestPasskey()];
  const inSession = async (body: (session: { origin: string; nonce: Uint8Array }) => ClientBody) => {
    const origin = `http://localhost:${relay.server.ports().hostPort}`;
    const client = await SocketClient.online(origin, { device: mara.devices[0]! });
    const challenge = await client.until(({ body: one }) => (one.type === 'challenge' ? one : undefined));
    expect(await client.codeOf(body({ origin, nonce: challenge.nonce }))).toBe('ok');
    client.socket.close();
    return origin;
  };
  for (const one of [passkey, other]) await inSession(session => one.addition(mara.key, session));
  await relay.server.stop();
  await relay.server.start();
  const origin = await inSession(session => passkey.removal(mara.key, session));
  const port = accountsOverHttp(origin);
  expect((await other.signIn(port, origin)).sealedBundle).toEqual(other.sealedBundle);
  await expect(passkey.signIn(port, origin)).rejects.toMatchObject({ code: 'SIGN_IN_FAILED' });
  await relay.server.stop();
  const files = bytesIn(relay.dataDirectory);
  const found = ({ signInKey, sealedBundle, sealedAbout }: TestPasskey) =>
    [signInKey, sealedBundle, sealedAbout].map(bytes => files.includes(Buffer.from(bytes)));
  expect([found(passkey), found(other)]).toEqual([
    [false, false, false],
    [true, true, true],
  ]);
  await relay.server.start();
});

test('a deleted account is nowhere in the files', async () => {
  const mara = new TestAccount('mara-to-be-deleted');
  const port = accountsOverHttp(relay.guestOrigin);
  await mara.register(port, relay.guestOrigin);
  const client = await SocketClient.online(relay.guestOrigin, { device: mara.devices[0]! });
  const secrets = [
    Buffer.from(mara.handle),
    Buffer.from(mara.sealedBundle),
    Buffer.from(mara.sealedRecoveryBundle),
    Buffer.from(mara.key.publicKey),
    Buffer.from(mara.accountId),
  ];
  const found = () => secrets.map(secret => bytesIn(relay.dataDirectory).includes(secret));
  expect(found()).toEqual(secrets.map(() => true));
  const challenge = await client.until(({ body }) => (body.type === 'challenge' ? body : undefined));
  const signature = mara.deletion(relay.guestOrigin, challenge.nonce);
  expect(await client.codeOf({ type: 'deleteAccount', signature })).toBe('ok');
  expect((await client.closed).code).toBe(4410);
  expect(found()).toEqual(secrets.map(() => false));
});

describe('the OPAQUE server setup', () => {
  const path = () => join(relay.dataDirectory, 'opaque-server-setup');

  test('is in a file for its owner only, and stays the same', async () => {
    expect(statSync(path()).mode & 0o777).toBe(0o600);
    const before = readFileSync(path(), 'utf8');
    expect(before.trim()).toMatch(/^[\w-]{100,}$/);
    await relay.server.stop();
    chmodSync(path(), 0o644);
    await relay.server.start();
    expect(readFileSync(path(), 'utf8')).toBe(before);
    expect(statSync(path()).mode & 0o777).toBe(0o600);
  });

  test('that is damaged, or gone while there are accounts, stops the start with a sentence', async () => {
    const mara = new TestAccount('mara');
    await mara.register(accountsOverHttp(relay.hostOrigin), relay.hostOrigin);
    await relay.server.stop();
    const kept = readFileSync(path());
    for (const spoil of [() => rmSync(path()), () => writeFileSync(path(), 'nonsense')]) {
      spoil();
      const start = createRelayServer(relay.options).start();
      await expect(start).rejects.toMatchObject({ code: 'DATA_DIRECTORY_UNUSABLE' });
      await expect(start).rejects.toThrow(/opaque-server-setup.*put it back from a backup/);
    }
    writeFileSync(path(), kept);
    await relay.server.start();
    await mara.signIn(accountsOverHttp(`http://localhost:${relay.server.ports().hostPort}`));
  });

  test('is made anew where nobody has an account', async () => {
    await relay.server.stop();
    rmSync(path());
    await relay.server.start();
    expect(existsSync(path())).toBe(true);
  });
});

test('a relay by invitation gives its operator a code, until somebody has an account', async () => {
  const invited = await relayServer({ registration: 'invitation' });
  try {
    const { hostOrigin, server } = invited;
    const policy = await get(`${hostOrigin}/api/accounts/policy`);
    expect(decodeRegistrationPolicy(policy.body)).toEqual({ mode: 'invitation' });
    const port = accountsOverHttp(hostOrigin);
    await expect(new TestAccount('mara').register(port, hostOrigin)).rejects.toMatchObject({
      code: 'INVITATION_NEEDED',
    });
    const text = await server.firstInvitation();
    const invitationCode = InvitationCode.parse(text!);
    await new TestAccount('mara').register(port, hostOrigin, { invitationCode });
    expect(await server.firstInvitation()).toBeUndefined();
    expect(bytesIn(invited.dataDirectory).includes(Buffer.from(text!))).toBe(false);
    expect(bytesIn(invited.dataDirectory).includes(Buffer.from(InvitationCode.toBytes(invitationCode)))).toBe(
      false,
    );
  } finally {
    await invited.cleanUp();
  }
  expect(await relay.server.firstInvitation()).toBeUndefined();
});
