import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { get, relayServer, SocketClient, type TestServer } from '../testing/relayServer.fixture.ts';

const APP = 'https://app.example';
/** Near it, and not it. */
const OTHERS = [
  'https://evil.example',
  'http://app.example',
  'https://app.example:8443',
  'https://app.example.evil.example',
  'https://sub.app.example',
  'https://APP.example',
  'null',
];

let relay: TestServer;
let strict: TestServer;

beforeAll(async () => {
  relay = await relayServer({ allowedOrigins: [APP] });
  strict = await relayServer();
});
afterAll(async () => {
  await relay.cleanUp();
  await strict.cleanUp();
});

const asked = (path: string, origin: string, method = 'GET', at = relay.guestOrigin) =>
  get(
    `${at}${path}`,
    {
      origin,
      'sec-fetch-site': 'cross-site',
      ...(method === 'OPTIONS' && {
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type',
      }),
    },
    method,
  );

describe('pages of another site that the operator allows', () => {
  test('get a socket, where guests come in, and are known by the relay’s own origin', async () => {
    const client = await SocketClient.open(relay.guestOrigin, { headers: { origin: APP } });
    expect(await client.authenticate(undefined, APP), 'a proof for the page is none').toMatchObject({
      type: 'failure',
    });
    client.socket.close();
  });

  test('are answered what the SDK asks, by CORS', async () => {
    for (const [path, status] of [
      ['/api/health', 200],
      ['/api/accounts/policy', 200],
      [`/api/invites/${'a'.repeat(24)}`, 404],
    ] as const) {
      const { headers, ...answer } = await asked(path, APP);
      expect([path, answer.status]).toEqual([path, status]);
      expect(headers).toMatchObject({ 'access-control-allow-origin': APP, vary: 'Origin' });
      expect(headers).not.toHaveProperty('access-control-allow-credentials');
    }
    const preflight = await asked('/api/accounts/register/start', APP, 'OPTIONS');
    expect(preflight.status).toBe(204);
    expect(preflight.headers).toMatchObject({
      'access-control-allow-origin': APP,
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': 'content-type',
    });
    const body = Uint8Array.of(1);
    const headers = { origin: APP, 'sec-fetch-site': 'cross-site', 'content-type': 'application/x-protobuf' };
    const posted = await get(`${relay.guestOrigin}/api/accounts/sign-in/start`, headers, 'POST', body);
    expect(posted.status, 'taken, and malformed').toBe(400);
  });

  test('come to nothing else: no sealed messages, no pages, nothing of the host’s', async () => {
    for (const path of ['/api/sealed/mara', '/api/healthy', '/api/accounts']) {
      const { status, headers } = await asked(path, APP);
      expect([path, status, headers['access-control-allow-origin']]).toEqual([path, 403, undefined]);
    }
    for (const path of ['/', '/assets/app-abc123.js'])
      expect((await asked(path, APP)).headers).not.toHaveProperty('access-control-allow-origin');
    for (const path of ['/api/host', '/api/health', '/api/accounts/policy'])
      expect([path, (await asked(path, APP, 'GET', relay.hostOrigin)).status]).toEqual([path, 403]);
    await expect(SocketClient.open(relay.hostOrigin, { headers: { origin: APP } })).rejects.toBe(403);
  });
});

test.each(OTHERS)('%s stays outside', async origin => {
  await expect(SocketClient.open(relay.guestOrigin, { headers: { origin } })).rejects.toBe(403);
  for (const path of ['/api/health', '/api/accounts/policy', `/api/invites/${'a'.repeat(24)}`]) {
    for (const method of ['GET', 'OPTIONS']) {
      const { status, headers } = await asked(path, origin, method);
      expect([path, status, headers['access-control-allow-origin']]).toEqual([path, 403, undefined]);
    }
  }
});

test('without a list nobody is allowed', async () => {
  await expect(SocketClient.open(strict.guestOrigin, { headers: { origin: APP } })).rejects.toBe(403);
  expect((await asked('/api/health', APP, 'GET', strict.guestOrigin)).status).toBe(403);
  expect((await asked('/api/accounts/policy', APP, 'OPTIONS', strict.guestOrigin)).status).toBe(403);
});
