import { createHash, randomBytes, X509Certificate } from 'node:crypto';
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer, connect as tcpConnect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as tlsConnect } from 'node:tls';
import {
  type Append,
  CLOSE,
  type ClientBody,
  DedupeId,
  encodeClientFrame,
  InviteToken,
  LIMITS,
  StreamId,
} from '@sotto/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import packageJson from '../package.json';
import { RelayServerError } from './relayServerError.ts';
import { createRelayServer } from './server.ts';
import { openSqlite } from './store/sqliteDatabase.ts';
import { TestDevice } from './testing/device.fixture.ts';
import {
  get,
  relayServer,
  SocketClient,
  type TestServer,
  writeWebClient,
} from './testing/relayServer.fixture.ts';
import { VERSION } from './version.ts';

const bytes = (length: number) => new Uint8Array(randomBytes(length));
const DAY_MS = 24 * 3_600_000;

const message = (streamId: StreamId, epoch = 0, change: Partial<Append> = {}) =>
  ({
    type: 'append',
    streamId,
    dedupeId: DedupeId.fromBytes(bytes(16)),
    kind: 'message',
    expectEpoch: epoch,
    payload: bytes(40),
    admissions: [],
    removedDeviceIds: [],
    adminDeviceIds: [],
    ...change,
  }) as const;

let relay: TestServer;

beforeAll(async () => {
  relay = await relayServer();
});

afterAll(() => relay.cleanUp());

const createInvite = (token: InviteToken, streamId: StreamId) =>
  ({
    type: 'createInvite',
    token,
    streamId,
    expiresAtMs: Date.now() + DAY_MS,
    maxUses: 1,
    sealedCard: bytes(1),
  }) as const;

test('the version is that of the package', () => {
  expect(VERSION).toBe(packageJson.version);
});

describe('the pages', () => {
  test.each<[string, () => string, string]>([
    ['the host page on loopback', () => `${relay.hostOrigin}/`, 'index'],
    ['no host page for guests', () => `${relay.guestOrigin}/`, 'closed'],
    ['the door of a link', () => `${relay.guestOrigin}/chat/${'a'.repeat(24)}`, 'door'],
    ['the same door for what is no token', () => `${relay.guestOrigin}/chat/x`, 'door'],
    ['a door without a token', () => `${relay.guestOrigin}/chat/`, 'door'],
    ['a door on loopback', () => `${relay.hostOrigin}/chat/${'a'.repeat(24)}`, 'door'],
    ['where sealed messages are left', () => `${relay.guestOrigin}/@mara`, 'sealed'],
    ['the same on loopback', () => `${relay.hostOrigin}/@mara`, 'sealed'],
    ['the same without a handle', () => `${relay.guestOrigin}/@`, 'sealed'],
    ['the same for what is no handle', () => `${relay.guestOrigin}/@%00!`, 'sealed'],
  ])('%s', async (_name, url, title) => {
    const { status, body, headers } = await get(url());
    expect([status, String(body)]).toEqual([200, `<!doctype html><title>${title}</title>`]);
    expect(headers['cache-control']).toBe('no-cache');
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'");
  });

  test('files with a hash in their name may be kept for ever, and come compressed', async () => {
    const url = `${relay.guestOrigin}/assets/app-abc123.js`;
    const plain = await get(url);
    expect(plain.headers).toMatchObject({
      'cache-control': 'public, max-age=31536000, immutable',
      'content-type': 'text/javascript; charset=utf-8',
    });
    const small = await get(url, { 'accept-encoding': 'gzip, br' });
    expect(small.headers).toMatchObject({ 'content-encoding': 'br', vary: 'accept-encoding' });
    expect(small.body.length).toBeLessThan(plain.body.length / 10);
    expect((await get(url, { 'accept-encoding': 'br;q=0, gzip' })).headers['content-encoding']).toBe('gzip');
    const again = await get(url, { 'if-none-match': plain.headers.etag! });
    expect([again.status, again.body.length]).toEqual([304, 0]);
    expect((await get(`${relay.guestOrigin}/mark.svg`)).headers['content-type']).toBe('image/svg+xml');
    expect((await get(`${relay.guestOrigin}/`, {}, 'HEAD')).status).toBe(200);
  });

  test('the answer to everything else is the same', async () => {
    const paths = [
      '/nothing',
      '/index.html',
      '/door.html',
      '/closed.html',
      '/sealed.html',
      '/@mara/x',
      '/notes.private',
      '/assets/',
      '/assets/../index.html',
      '/assets/%2e%2e/index.html',
      '/..%2f..%2fetc%2fpasswd',
      '/chat',
      '/chat/a/b',
      '/api',
      '/api/invites',
      '/api/accounts',
      '/%00',
      '/%zz',
      '/%E0%A4%A',
    ];
    for (const origin of [relay.hostOrigin, relay.guestOrigin]) {
      for (const path of paths) {
        const { status, body } = await get(origin + path);
        expect([path, status, String(body)]).toEqual([path, 404, '{"code":"NOT_FOUND"}']);
      }
      for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
        expect([method, (await get(`${origin}/`, {}, method)).status]).toEqual([method, 404]);
      }
    }
    for (const path of ['/api/host', '/metrics']) {
      expect([path, (await get(relay.guestOrigin + path)).status]).toEqual([path, 404]);
      expect([path, (await get(relay.hostOrigin + path)).status]).toEqual([path, 200]);
    }
  });

  test('every response carries the headers that hold the page in', async () => {
    for (const [origin, socket] of [
      [relay.hostOrigin, 'ws:'],
      [relay.guestOrigin, 'wss:'],
    ] as const) {
      for (const path of ['/', '/nothing', '/api/health', '/assets/app-abc123.js']) {
        const { headers } = await get(origin + path);
        expect(headers['content-security-policy']).toBe(
          "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; " +
            `connect-src 'self' ${socket}//${new URL(origin).host}; worker-src 'self'; manifest-src 'self'; base-uri 'none'; ` +
            "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types sotto",
        );
        expect(headers).toMatchObject({
          'x-content-type-options': 'nosniff',
          'referrer-policy': 'no-referrer',
          'cross-origin-opener-policy': 'same-origin',
          'cross-origin-resource-policy': 'same-origin',
        });
        const door = (await get(`${origin}/chat/${'a'.repeat(24)}`)).headers;
        expect(door['content-security-policy']).toBe(headers['content-security-policy']);
        expect(door['cross-origin-opener-policy']).toBe('unsafe-none');
        expect(headers['strict-transport-security']).toBeUndefined();
        expect(headers['access-control-allow-origin']).toBeUndefined();
      }
    }
  });
});

describe('names', () => {
  test('the host listener answers to loopback names only, pages, API and sockets alike', async () => {
    const { port } = new URL(relay.hostOrigin);
    for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`, `LOCALHOST:${port}`]) {
      expect([host, (await get(relay.hostOrigin, { host })).status]).toEqual([host, 200]);
    }
    for (const host of [
      'evil.example',
      `evil.example:${port}`,
      'localhost',
      'localhost:1',
      `localhost.evil.example:${port}`,
      `192.168.1.1:${port}`,
    ]) {
      for (const path of ['/', '/api/host', '/metrics', '/nothing']) {
        const { status, body } = await get(relay.hostOrigin + path, { host });
        expect([host, path, status, String(body)]).toEqual([host, path, 421, '{"code":"MISDIRECTED"}']);
      }
      await expect(SocketClient.open(relay.hostOrigin, { headers: { host } })).rejects.toBe(421);
    }
  });

  test('the guest listener answers to its own names only', async () => {
    for (const host of ['evil.example', new URL(relay.hostOrigin).host]) {
      expect((await get(relay.guestOrigin, { host })).status).toBe(421);
      await expect(SocketClient.open(relay.guestOrigin, { headers: { host } })).rejects.toBe(421);
    }
    for (const { kind, origin } of relay.server.addresses()) {
      if (kind === 'this-network')
        expect((await get(relay.guestOrigin, { host: new URL(origin).host })).status).toBe(200);
    }
  });

  test('a page of another site gets no socket and no answer', async () => {
    for (const origin of [
      'https://evil.example',
      'null',
      relay.guestOrigin,
      `${relay.hostOrigin}.evil.example`,
    ]) {
      await expect(SocketClient.open(relay.hostOrigin, { headers: { origin } })).rejects.toBe(403);
    }
    const own = await SocketClient.open(relay.hostOrigin, { headers: { origin: relay.hostOrigin } });
    own.socket.close();
    expect((await get(`${relay.hostOrigin}/api/host`, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await get(`${relay.hostOrigin}/api/host`, { 'sec-fetch-site': 'same-origin' })).status).toBe(200);
  });

  test('a socket is at /ws and nowhere else', async () => {
    const { hostname, port } = new URL(relay.hostOrigin);
    for (const [path, status] of [
      ['/', 404],
      ['/api/health', 404],
      ['/ws/', 404],
      ['/ws', 101],
    ] as const) {
      const answer = await new Promise<string>((resolve, reject) => {
        const socket = tcpConnect(Number(port), hostname, () => {
          socket.write(
            `GET ${path} HTTP/1.1\r\nHost: localhost:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n\r\n`,
          );
        });
        socket.once('data', data => {
          resolve(String(data));
          socket.destroy();
        });
        socket.once('error', reject);
      });
      expect([path, answer.split(' ')[1]]).toEqual([path, String(status)]);
    }
  });
});

describe('over TLS', () => {
  test('the certificate is the one whose fingerprint is shown, and names every address', async () => {
    const { port } = new URL(relay.guestOrigin);
    const der = await new Promise<Buffer>((resolve, reject) => {
      const socket = tlsConnect({ port: Number(port), host: 'localhost', rejectUnauthorized: false }, () => {
        resolve(socket.getPeerCertificate(true).raw);
        socket.destroy();
      });
      socket.once('error', reject);
    });
    const digest = createHash('sha256').update(der).digest('hex').toUpperCase();
    expect(relay.server.certificateFingerprint().replaceAll(':', '')).toBe(digest);
    const certificate = new X509Certificate(der);
    for (const { kind, origin } of relay.server.addresses()) {
      const { hostname } = new URL(origin);
      if (kind === 'this-network')
        expect(certificate.checkIP(hostname.replace(/^\[|\]$/g, ''))).toBeDefined();
    }
    expect([certificate.checkHost('localhost'), certificate.checkIP('127.0.0.1')]).toEqual([
      'localhost',
      '127.0.0.1',
    ]);
    expect(statSync(join(relay.dataDirectory, 'tls', 'key.pem')).mode & 0o777).toBe(0o600);
  });

  test('plain HTTP gets no answer on the guest port', async () => {
    await expect(get(relay.guestOrigin.replace('https:', 'http:'))).rejects.toThrow();
  });

  test('two people write to each other, the guest by HTTPS, and the invite is spent', async () => {
    const streamId = StreamId.fromBytes(bytes(16));
    const token = InviteToken.parse(randomBytes(12).toString('hex'));
    const ada = await SocketClient.online(relay.hostOrigin);
    expect(await ada.codeOf({ type: 'createStream', streamId })).toBe('ok');
    const sealedCard = bytes(50);
    const expiresAtMs = Date.now() + DAY_MS;
    expect(
      await ada.codeOf({ type: 'createInvite', token, streamId, expiresAtMs, maxUses: 1, sealedCard }),
    ).toBe('ok');

    const url = `${relay.guestOrigin}/api/invites/${token}`;
    const look = await get(url);
    expect(look.headers['cache-control']).toBe('no-store');
    expect(JSON.parse(String(look.body))).toEqual({
      status: 'open',
      sealedCard: Buffer.from(sealedCard).toString('base64url'),
      expiresAtMs,
      hostOnline: true,
      serverTimeMs: expect.any(Number),
    });
    const unknown = await get(`${relay.guestOrigin}/api/invites/${'q'.repeat(24)}`);
    expect([unknown.status, String(unknown.body)]).toEqual([404, '{"code":"INVITE_UNKNOWN"}']);
    expect((await get(`${relay.guestOrigin}/api/invites/nonsense`)).status).toBe(404);

    const ben = await SocketClient.online(relay.guestOrigin, { inviteToken: token });
    await ada.ask({ type: 'subscribe', streamId: ada.device.inboxId, afterSeq: 0 });
    await ben.ask({ type: 'subscribe', streamId: ben.device.inboxId, afterSeq: 0 });
    const request = bytes(30);
    expect(
      await ben.codeOf({ type: 'knock', token, dedupeId: DedupeId.fromBytes(bytes(16)), payload: request }),
    ).toBe('ok');
    const knock = await ada.until(({ body }) => (body.type === 'entries' ? body.entries[0] : undefined));
    expect(knock).toMatchObject({
      kind: 'request',
      payload: request,
      inviteToken: token,
      deviceId: ben.device.deviceId,
    });

    const welcome = bytes(60);
    const admission = message(streamId, 0, {
      kind: 'commit',
      admissions: [{ deviceId: ben.device.deviceId, welcome, inviteToken: token }],
    });
    expect(await ada.ask(admission)).toMatchObject({ type: 'appended', seq: 1 });
    expect(
      await ben.until(({ body }) => (body.type === 'entries' ? body.entries[0] : undefined)),
    ).toMatchObject({ kind: 'welcome', payload: welcome });
    for (const client of [ada, ben]) await client.ask({ type: 'subscribe', streamId, afterSeq: 1 });
    const [toBen, toAda] = [message(streamId, 1), message(streamId, 1)];
    await ada.ask(toBen);
    await ben.ask(toAda);
    for (const client of [ada, ben]) {
      const seen = await client.until(({ body }) =>
        body.type === 'entries' ? body.entries.find(({ seq }) => seq === 3) : undefined,
      );
      expect(seen.payload).toEqual(toAda.payload);
    }
    expect(JSON.parse(String((await get(url)).body))).toMatchObject({ status: 'used-up' });
    ada.socket.close();
    await ada.closed;
    expect(JSON.parse(String((await get(url)).body))).toMatchObject({ hostOnline: false });
    ben.socket.close();
  });

  test('a guest without an invite is not let in', async () => {
    const client = await SocketClient.open(relay.guestOrigin);
    expect(await client.authenticate()).toMatchObject({ code: 'UNAUTHENTICATED' });
    expect((await client.closed).code).toBe(CLOSE.UNAUTHENTICATED);
  });
});

test('a reader that stops reading is waited for, costs the relay little, and gets everything in order', async () => {
  const slow = await relayServer();
  const streamId = StreamId.fromBytes(bytes(16));
  const writer = await SocketClient.online(slow.hostOrigin);
  const reader = await SocketClient.online(slow.hostOrigin);
  await writer.ask({ type: 'createStream', streamId });
  const admissions = [{ deviceId: reader.device.deviceId, welcome: bytes(9) }];
  await writer.ask(message(streamId, 0, { kind: 'commit', admissions }));
  await reader.ask({ type: 'subscribe', streamId, afterSeq: 1 });
  reader.socket.pause();
  const payload = new Uint8Array(200_000);
  const count = 100;
  for (let n = 0; n < count; n++) expect(await writer.codeOf(message(streamId, 1, { payload }))).toBe('ok');
  const metrics = String((await get(`${slow.hostOrigin}/metrics`)).body);
  expect(metrics).toMatch(/sotto_connections [2-9]/);
  expect(reader.frames.filter(({ body }) => body.type === 'entries').length).toBeLessThan(count);
  reader.socket.resume();
  await reader.until(({ body }) =>
    body.type === 'entries' ? body.entries.find(({ seq }) => seq === count + 1) : undefined,
  );
  const seqs = reader.frames.flatMap(({ body }) =>
    body.type === 'entries' ? body.entries.map(({ seq }) => seq) : [],
  );
  expect(seqs).toEqual(Array.from({ length: count }, (_, i) => i + 2));
  await slow.cleanUp();
});

/** Every row of every table, by a copy of the files: the relay holds the originals. */
function dump(test: TestServer): unknown {
  const folder = mkdtempSync(join(tmpdir(), 'sotto-dump-'));
  try {
    for (const file of ['relay.db', 'relay.db-wal']) {
      const from = join(test.dataDirectory, file);
      if (existsSync(from)) copyFileSync(from, join(folder, file));
    }
    const database = openSqlite(join(folder, 'relay.db'));
    const tables = database
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
      .all() as { name: string }[];
    const rows = tables.map(({ name }) => [
      name,
      database.prepare(`SELECT * FROM ${name} ORDER BY 1, 2`).all(),
    ]);
    database.close();
    return JSON.parse(JSON.stringify(rows));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('bad input over a real socket', () => {
  let streamId: StreamId;
  let ada: SocketClient;

  beforeAll(async () => {
    streamId = StreamId.fromBytes(bytes(16));
    ada = await SocketClient.online(relay.hostOrigin);
    await ada.ask({ type: 'createStream', streamId });
    await ada.ask(message(streamId));
  });

  const good = (change: Partial<Append> = {}) =>
    encodeClientFrame({ requestId: 5, body: message(streamId, 0, change) });

  const frames: [string, () => Uint8Array | string, number][] = [
    ['random bytes', () => bytes(200).fill(0xff, 0, 12), CLOSE.MALFORMED],
    ['nothing', () => new Uint8Array(0), CLOSE.MALFORMED],
    ['a frame cut short', () => good().subarray(0, -3), CLOSE.MALFORMED],
    ['a frame with something behind it', () => Uint8Array.from([...good(), 0xff]), CLOSE.MALFORMED],
    ['text', () => 'hello', CLOSE.MALFORMED],
    ['a good frame as text', () => '\x08\x01j\x00', CLOSE.MALFORMED],
    ['JSON', () => '{"__proto__":{"admin":true}}', CLOSE.MALFORMED],
    ['a server frame', () => Uint8Array.from([0x08, 0x01, 0x5a, 0x03, 0x0a, 0x01, 0x41]), CLOSE.MALFORMED],
    ['more than a frame may have', () => new Uint8Array(LIMITS.frameBytes + 1), 1009],
    ['an unknown request', () => Uint8Array.from([0x08, 0x01, 0xfa, 0x07, 0x00]), CLOSE.MALFORMED],
  ];

  const unproven: [string, (client: SocketClient) => Promise<ClientBody>][] = [
    ['an append without a proof', async () => message(streamId)],
    ['a ping without a proof', async () => ({ type: 'ping' })],
    [
      'a forged signature',
      async client => ({
        type: 'authenticate',
        ...client.device.proof(await nonceOf(client), relay.hostOrigin),
        signature: bytes(64),
      }),
    ],
    [
      'a proof for the guest listener',
      async client => ({
        type: 'authenticate',
        ...client.device.proof(await nonceOf(client), relay.guestOrigin),
      }),
    ],
    [
      'the nonce of another connection',
      async client => {
        const other = await SocketClient.open(relay.hostOrigin);
        const nonce = await nonceOf(other);
        other.socket.close();
        return { type: 'authenticate', ...client.device.proof(nonce, relay.hostOrigin) };
      },
    ],
    [
      'a certificate signed by a stranger',
      async client => ({
        type: 'authenticate',
        ...client.device.proof(await nonceOf(client), relay.hostOrigin),
        deviceCertificate: client.device.certificate({ signer: new TestDevice().account }),
      }),
    ],
  ];

  const nonceOf = (client: SocketClient) =>
    client.until(({ body }) => (body.type === 'challenge' ? body.nonce : undefined));

  const requests: [string, (mine: StreamId) => ClientBody, string][] = [
    ['an unknown stream', () => message(StreamId.fromBytes(bytes(16))), 'NOT_FOUND'],
    ["someone else's stream", () => message(streamId), 'NOT_FOUND'],
    [
      "someone else's inbox",
      () => ({ type: 'subscribe', streamId: ada.device.inboxId, afterSeq: 0 }),
      'NOT_FOUND',
    ],
    [
      "an end of someone else's stream",
      () => ({ type: 'controlStream', streamId, action: 'end' }),
      'NOT_FOUND',
    ],
    ['the wrong epoch', mine => message(mine, 7), 'EPOCH_CONFLICT'],
    ['no epoch', mine => ({ ...message(mine), expectEpoch: undefined }), 'MALFORMED'],
    ['the wrong kind of entry', mine => message(mine, 0, { kind: 'welcome' }), 'FORBIDDEN'],
    [
      'an admission by a message',
      mine => message(mine, 0, { admissions: [{ deviceId: ada.device.deviceId, welcome: bytes(2) }] }),
      'MALFORMED',
    ],
    [
      'an admission by an invite that is not there',
      mine =>
        message(mine, 0, {
          kind: 'commit',
          admissions: [
            {
              deviceId: ada.device.deviceId,
              welcome: bytes(2),
              inviteToken: InviteToken.parse('n'.repeat(24)),
            },
          ],
        }),
      'NOT_FOUND',
    ],
    [
      'an acknowledgement of what is not there',
      mine => ({ type: 'acknowledge', streamId: mine, seq: 99 }),
      'MALFORMED',
    ],
    ['a taken stream id', () => ({ type: 'createStream', streamId }), 'CONFLICT'],
    [
      'an invite that ended before it began',
      mine => ({
        type: 'createInvite',
        token: InviteToken.parse('m'.repeat(24)),
        streamId: mine,
        expiresAtMs: 5,
        maxUses: 0,
        sealedCard: bytes(1),
      }),
      'MALFORMED',
    ],
    [
      'a knock at no door',
      () => ({
        type: 'knock',
        token: InviteToken.parse('n'.repeat(24)),
        dedupeId: DedupeId.fromBytes(bytes(16)),
        payload: bytes(3),
      }),
      'NOT_FOUND',
    ],
    ['leaving an inbox', () => ({ type: 'leaveStream', streamId: ada.device.inboxId }), 'NOT_FOUND'],
  ];

  test.each(frames)(
    '%s ends the connection with a code, changes nothing and disturbs nobody',
    async (_name, frame, code) => {
      const eve = await SocketClient.online(relay.hostOrigin);
      const before = dump(relay);
      eve.socket.send(frame());
      expect((await eve.closed).code).toBe(code);
      expect(dump(relay)).toEqual(before);
      expect(await ada.codeOf({ type: 'ping' })).toBe('ok');
    },
  );

  test.each(unproven)('%s ends the connection, changes nothing and disturbs nobody', async (_name, forge) => {
    const eve = await SocketClient.open(relay.hostOrigin);
    const before = dump(relay);
    expect(await eve.ask(await forge(eve))).toMatchObject({
      type: 'failure',
      code: 'UNAUTHENTICATED',
      message: 'not authenticated',
    });
    expect((await eve.closed).code).toBe(CLOSE.UNAUTHENTICATED);
    expect(dump(relay)).toEqual(before);
    expect(await ada.codeOf({ type: 'ping' })).toBe('ok');
  });

  test.each(requests)('%s is refused by its code, and the session goes on', async (_name, request, code) => {
    const eve = await SocketClient.online(relay.hostOrigin);
    const mine = StreamId.fromBytes(bytes(16));
    await eve.ask({ type: 'createStream', streamId: mine });
    const before = dump(relay);
    expect(await eve.codeOf(request(mine))).toBe(code);
    expect(dump(relay)).toEqual(before);
    expect(await eve.codeOf(message(mine))).toBe('ok');
    expect(dump(relay), 'the dump would show a change').not.toEqual(before);
    expect(await ada.codeOf({ type: 'ping' })).toBe('ok');
    eve.socket.close();
  });
});

describe('what operators see', () => {
  test('counts by kind and code, on the host listener', async () => {
    const client = await SocketClient.online(relay.hostOrigin);
    await client.ask({ type: 'ping' });
    await client.codeOf(message(StreamId.fromBytes(bytes(16))));
    const { body, headers } = await get(`${relay.hostOrigin}/metrics`);
    expect(headers['content-type']).toMatch(/^text\/plain/);
    expect(String(body)).toMatch(/^sotto_frames_total\{type="ping"\} [1-9]/m);
    expect(String(body)).toMatch(/^sotto_refused_total\{code="NOT_FOUND"\} [1-9]/m);
    expect(String(body)).toMatch(/^sotto_sessions [1-9]/m);
    client.socket.close();
  });

  test('the host learns its addresses, whether they answer, and the fingerprint', async () => {
    const { body } = await get(`${relay.hostOrigin}/api/host`);
    const facts = JSON.parse(String(body));
    expect(facts.certificateFingerprint).toBe(relay.server.certificateFingerprint());
    expect(facts.certificateFingerprint).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
    expect(facts.version).toBe(VERSION);
    expect(facts.addresses).toEqual(
      relay.server.addresses().map(address => ({ ...address, reachable: true })),
    );
    expect(facts.addresses[0]).toEqual({ kind: 'this-computer', origin: relay.hostOrigin, reachable: true });
  });

  test('health', async () => {
    for (const origin of [relay.hostOrigin, relay.guestOrigin]) {
      const { body, headers } = await get(`${origin}/api/health`);
      expect(JSON.parse(String(body))).toEqual({ ok: true, version: VERSION, protocolVersion: 1 });
      expect(headers['cache-control']).toBe('no-store');
    }
  });
});

test('a public origin is served with HSTS, offered, and accepted in proofs', async () => {
  const test = await relayServer({ publicOrigin: 'https://chat.example.org' });
  try {
    const { headers, status } = await get(test.guestOrigin, { host: 'chat.example.org' });
    expect([status, headers['strict-transport-security']]).toEqual([200, 'max-age=31536000']);
    expect(headers['content-security-policy']).toContain("connect-src 'self' wss://chat.example.org;");
    expect(test.server.addresses().at(-1)).toEqual({ kind: 'internet', origin: 'https://chat.example.org' });
    const ada = await SocketClient.online(test.hostOrigin);
    const streamId = StreamId.fromBytes(bytes(16));
    const token = InviteToken.parse('p'.repeat(24));
    await ada.ask({ type: 'createStream', streamId });
    await ada.ask(createInvite(token, streamId));
    const ben = await SocketClient.open(test.guestOrigin, {
      headers: { origin: 'https://chat.example.org', host: 'chat.example.org' },
    });
    expect(await ben.authenticate(token, 'https://chat.example.org')).toMatchObject({
      type: 'authenticated',
      mayHost: false,
    });
  } finally {
    await test.cleanUp();
  }
});

describe('starting and stopping', () => {
  test('everyone is told to come back, and finds everything when it is up again', async () => {
    const test = await relayServer();
    const streamId = StreamId.fromBytes(bytes(16));
    const device = new TestDevice();
    const ada = await SocketClient.online(test.hostOrigin, { device });
    await ada.ask({ type: 'createStream', streamId });
    const payload = bytes(100);
    const ports = test.server.ports();
    const fingerprint = test.server.certificateFingerprint();
    const last = ada.ask(message(streamId, 0, { payload }));
    await last;
    await test.server.stop();
    expect((await ada.closed).code).toBe(CLOSE.GOING_AWAY);
    expect(statSync(join(test.dataDirectory, 'relay.db-wal'), { throwIfNoEntry: false })?.size ?? 0).toBe(0);
    await expect(get(test.hostOrigin)).rejects.toThrow();
    await test.server.stop();

    const again = createRelayServer({ ...test.options, ...ports });
    await again.start();
    expect([again.ports(), again.certificateFingerprint()]).toEqual([ports, fingerprint]);
    const back = await SocketClient.online(test.hostOrigin, { device });
    await back.ask({ type: 'subscribe', streamId, afterSeq: 0 });
    expect(
      await back.until(({ body }) => (body.type === 'entries' ? body.entries[0]?.payload : undefined)),
    ).toEqual(payload);
    await again.stop();
    await test.cleanUp();
  });

  test('a port that is taken is named, and nothing is left running', async () => {
    const blocker = createServer();
    await new Promise<void>(resolve => blocker.listen(0, '127.0.0.1', resolve));
    const taken = (blocker.address() as { port: number }).port;
    const folder = mkdtempSync(join(tmpdir(), 'sotto-ports-'));
    writeWebClient(join(folder, 'web'));
    const options = {
      dataDirectory: join(folder, 'data'),
      webDirectory: join(folder, 'web'),
      hostPort: 0,
      guestPort: 0,
    };
    try {
      for (const [change, address] of [
        [{ hostPort: taken }, undefined],
        [{ guestPort: taken }, '127.0.0.1'],
      ] as const) {
        const server = createRelayServer({
          ...options,
          ...change,
          ...(address && { guestAddress: address }),
        });
        const error = await server.start().catch(reason => reason);
        expect(error).toBeInstanceOf(RelayServerError);
        expect(error).toMatchObject({ code: 'PORT_TAKEN', port: taken });
        expect(() => server.ports()).toThrow();
      }
      const free = createRelayServer(options);
      await free.start();
      const second = await createRelayServer(options)
        .start()
        .catch(reason => reason);
      expect(second).toMatchObject({ name: 'RelayServerError', code: 'DATA_DIRECTORY_IN_USE' });
      await free.stop();
      const unbuilt = await createRelayServer({ ...options, webDirectory: folder })
        .start()
        .catch(reason => reason);
      expect(unbuilt).toMatchObject({ code: 'WEB_CLIENT_MISSING' });
    } finally {
      blocker.close();
      rmSync(folder, { recursive: true });
    }
  });
});

test('tokens, device ids, addresses and paths are in no log and no metric', async () => {
  const test = await relayServer({ log: { level: 'debug' } });
  const token = InviteToken.parse('CanaryTokenInALog0000000');
  const streamId = StreamId.fromBytes(bytes(16));
  const ada = await SocketClient.online(test.hostOrigin);
  await ada.ask({ type: 'createStream', streamId });
  await ada.ask(createInvite(token, streamId));
  const ben = await SocketClient.online(test.guestOrigin, { inviteToken: token });
  await get(`${test.guestOrigin}/api/invites/${token}`);
  await get(`${test.guestOrigin}/chat/${token}`);
  await get(`${test.guestOrigin}/chat/CanaryPath?q=CanaryQuery`);
  await ben.codeOf({ type: 'closeInvite', token });
  ben.socket.send(Buffer.from('CanaryInAFrame'));
  await ben.closed;
  const metrics = String((await get(`${test.hostOrigin}/metrics`)).body);
  await test.server.stop();
  const logs = readdirSync(join(test.dataDirectory, 'logs')).map(file =>
    readFileSync(join(test.dataDirectory, 'logs', file), 'utf8'),
  );
  const written = logs.join('') + metrics;
  expect(written).toContain('"event":"started"');
  for (const canary of [
    'Canary',
    token,
    ada.device.deviceId,
    ben.device.deviceId,
    streamId,
    '127.0.0.1',
    '::1',
    '/chat/',
    '/api/invites',
  ]) {
    expect([canary, written.includes(canary)]).toEqual([canary, false]);
  }
  await test.cleanUp();
});
