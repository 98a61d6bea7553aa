import { createHash, createPublicKey, randomBytes, verify } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { decodeSealedDelivery, LIMITS, SourceId, type StoredSealedMessage } from '@sotto/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TestAccount } from '../testing/accountClient.fixture.ts';
import { accountsOverHttp } from '../testing/accountsOverHttp.fixture.ts';
import { get, relayServer, SocketClient, type TestServer } from '../testing/relayServer.fixture.ts';
import { fitsPair, publishedBy, sealedPair, someJwe } from '../testing/sealedKeys.fixture.ts';

/** The whole of the files in a folder. */
function bytesIn(folder: string): Buffer {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(file => file.isFile());
  return Buffer.concat(files.map(({ parentPath, name }) => readFileSync(join(parentPath, name))));
}

let relay: TestServer;
let mara: TestAccount;
let client: SocketClient;
let nowMs = 1_750_000_000_000;

beforeEach(async () => {
  relay = await relayServer({
    nowMs: () => nowMs,
    quotas: {
      strangersPerAccount: { burst: 3, perSecond: 1 / 30 },
      sealedBytes: { burst: 1_200_000, perSecond: 1_000 },
    },
  });
  mara = new TestAccount('mara');
  const ben = new TestAccount('ben');
  for (const person of [mara, ben])
    await person.register(accountsOverHttp(relay.hostOrigin), relay.hostOrigin);
  client = await SocketClient.online(relay.hostOrigin, { device: mara.devices[0]! });
  await client.ask({ type: 'subscribe', streamId: mara.devices[0]!.inboxId, afterSeq: 0 });
});

afterEach(async () => {
  client.socket.close();
  await relay.cleanUp();
});

const publish = (change = {}) =>
  client.ask({
    type: 'putSealedKeys',
    signedSealedKeys: publishedBy(mara, change),
    wrappedKeys: new Uint8Array(randomBytes(80)),
  });
const look = (handle = 'mara', headers = {}) => get(`${relay.hostOrigin}/api/sealed/${handle}`, headers);
const post = (body: Buffer, headers: Record<string, string> = {}, handle = 'mara') =>
  get(
    `${relay.hostOrigin}/api/sealed/${handle}`,
    { 'content-type': 'application/jose', ...headers },
    'POST',
    body,
  );
const json = (body: Buffer) => JSON.parse(body.toString());
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

async function makeSource(token: string, perHour = 60): Promise<SourceId> {
  const sourceId = SourceId.fromBytes(new Uint8Array(randomBytes(16)));
  const tokenHash = createHash('sha256').update(token).digest();
  const put = {
    type: 'putSealedSource',
    sourceId,
    tokenHash,
    sealedAbout: Uint8Array.of(1),
    perHour,
  } as const;
  expect(await client.ask(put)).toEqual({ type: 'done' });
  return sourceId;
}

/** What lies in the inbox, read anew. */
async function inbox() {
  const { inboxId } = mara.devices[0]!;
  const reader = await SocketClient.online(relay.hostOrigin, { device: mara.devices[0]! });
  const subscribed = await reader.ask({ type: 'subscribe', streamId: inboxId, afterSeq: 0 });
  if (subscribed.type !== 'subscribed') throw new Error('not subscribed');
  const { headSeq } = subscribed.status;
  const entries = headSeq === 0 ? [] : await reader.entries(inboxId, headSeq);
  reader.socket.close();
  return entries.map(({ kind, payload }) => ({ kind, ...decodeSealedDelivery(payload) }));
}

describe('looking keys up', () => {
  test('gives what was signed, so that it can be checked with the account key', async () => {
    await publish();
    const answer = await look();
    expect([answer.status, answer.headers['cache-control']]).toEqual([200, 'no-store']);
    const { accountKey, record, signature, jwks, pem, strangers, maxMessageBytes } = json(answer.body);
    const signed = Buffer.concat([Buffer.from('sotto/sealed-keys-v1\0'), Buffer.from(record)]);
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: accountKey }, format: 'jwk' });
    expect(verify(null, signed, key, Buffer.from(signature, 'base64url'))).toBe(true);
    expect(json(record).keys).toEqual(jwks.keys);
    expect(jwks.keys.map(({ kid }: { kid: string }) => kid)).toEqual(sealedPair().map(({ kid }) => kid));
    expect(fitsPair(pem.encryption)).toBe(true);
    expect([strangers, maxMessageBytes]).toEqual([true, LIMITS.sealedPostBytes]);
  });

  test('says the same of a handle that nobody has and of one that published nothing', async () => {
    const answers = await Promise.all([
      look('ben'),
      look('nobody'),
      look('not%20a%20handle'),
      look('..%2fmara'),
    ]);
    const [first, ...others] = answers.map(({ status, headers, body }) => {
      const { date: _date, ...rest } = headers;
      return { status, rest, body: body.toString() };
    });
    expect(first!.status).toBe(404);
    for (const other of others) expect(other).toEqual(first);
    const posts = await Promise.all([post(someJwe(), {}, 'ben'), post(someJwe(), {}, 'nobody')]);
    expect(posts.map(({ status }) => status)).toEqual([404, 404]);
    expect(posts[0]!.body).toEqual(posts[1]!.body);
  });
});

describe('posting', () => {
  test('is on the disk before it is taken, and each device of the account gets it', async () => {
    const laptop = mara.newDevice();
    mara.devices.push(laptop);
    await client.ask({ type: 'putDeviceList', signedDeviceList: mara.nextList() });
    await publish();
    const message = someJwe();
    const answer = await post(message);
    expect([answer.status, json(answer.body)]).toEqual([202, { accepted: true }]);
    // Killed here: what was answered is still there.
    await relay.server.stop();
    await relay.server.start();
    const { hostPort } = relay.server.ports();
    for (const device of mara.devices) {
      const reader = await SocketClient.online(`http://localhost:${hostPort}`, { device });
      await reader.ask({ type: 'subscribe', streamId: device.inboxId, afterSeq: 0 });
      const [entry] = await reader.entries(device.inboxId, 1);
      expect(entry!.kind).toBe('sealed');
      const delivery = decodeSealedDelivery(entry!.payload);
      expect([delivery.sourceId, Buffer.from(delivery.message!)]).toEqual([undefined, message]);
      reader.socket.close();
    }
  });

  test('the same message again changes nothing: by its id, or by its bytes', async () => {
    await publish();
    const message = someJwe();
    for (let times = 0; times < 2; times++) expect((await post(message)).status).toBe(202);
    await makeSource('a-token-of-twenty-chars');
    expect(await inbox()).toHaveLength(1);
    const headers = { ...bearer('a-token-of-twenty-chars'), 'message-id': 'backup-2026-11-21' };
    for (let times = 0; times < 3; times++) expect((await post(someJwe(), headers)).status).toBe(202);
    expect(await inbox()).toHaveLength(2);
    // Under the same id, but by nobody: it takes no one’s place.
    expect((await post(someJwe(), { 'message-id': 'backup-2026-11-21' })).status).toBe(202);
    expect(await inbox()).toHaveLength(3);
    expect((await post(someJwe(), { 'message-id': 'short' })).status).toBe(400);
  });

  test('with a token says which source it was; a revoked or foreign token is worth nothing', async () => {
    await publish({ strangers: false });
    const sourceId = await makeSource('a-token-of-twenty-chars');
    expect((await post(someJwe(), bearer('a-token-of-twenty-chars'))).status).toBe(202);
    expect((await inbox()).map(delivery => delivery.sourceId)).toEqual([sourceId]);
    for (const wrong of ['another-token-of-twenty', 'x', `${'y'.repeat(300)}`]) {
      expect((await post(someJwe(), bearer(wrong))).status).toBe(401);
    }
    expect((await post(someJwe(), { authorization: 'Basic abc' })).status).toBe(401);
    // Not without one either, where strangers may not write.
    expect(json((await post(someJwe())).body)).toMatchObject({ code: 'FORBIDDEN' });
    client = await SocketClient.online(relay.hostOrigin, { device: mara.devices[0]! });
    await client.ask({ type: 'revokeSealedSource', sourceId });
    expect((await post(someJwe(), bearer('a-token-of-twenty-chars'))).status).toBe(401);
    expect(await inbox()).toHaveLength(1);
  });

  test('the relay keeps the hash of a token, never the token', async () => {
    await publish();
    await makeSource('a-token-of-twenty-chars');
    await post(someJwe(), bearer('a-token-of-twenty-chars'));
    expect(bytesIn(relay.dataDirectory).includes('a-token-of-twenty-chars')).toBe(false);
  });

  test('is limited: a source to its number an hour, strangers for each account', async () => {
    await publish();
    const token = bearer('a-token-of-twenty-chars');
    await makeSource('a-token-of-twenty-chars', 3);
    const statuses = async (count: number, headers = {}) => {
      const codes: number[] = [];
      for (let n = 0; n < count; n++) codes.push((await post(someJwe(), headers)).status);
      return codes;
    };
    expect(await statuses(4, token)).toEqual([202, 202, 202, 429]);
    const refused = await post(someJwe(), token);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(60);
    nowMs += 1_200_001;
    expect(await statuses(2, token)).toEqual([202, 429]);
    expect(await statuses(4)).toEqual([202, 202, 202, 429]);
    expect(await inbox()).toHaveLength(7);
  });

  test('what nobody could open is told at once, and changes nothing', async () => {
    await publish();
    const refused = async (body: Buffer, headers = {}) => {
      const answer = await post(body, headers);
      return [answer.status, json(answer.body).code];
    };
    for (const header of [{ alg: 'RSA1_5' }, { alg: 'none' }, { enc: 'A128GCM' }, { kid: 'other' }]) {
      expect(await refused(someJwe(header))).toEqual([400, 'MALFORMED']);
    }
    expect(await refused(Buffer.from('not a JWE'))).toEqual([400, 'MALFORMED']);
    expect(await refused(Buffer.from('e30.a.a.a.a'))).toEqual([400, 'MALFORMED']);
    expect(await refused(Buffer.from('bnVsbA.a.a.a.a'))).toEqual([400, 'MALFORMED']);
    expect(await refused(someJwe({}, LIMITS.sealedPostBytes))).toEqual([413, 'TOO_LARGE']);
    expect(await refused(Buffer.alloc(0))).toEqual([400, 'MALFORMED']);
    expect(await refused(someJwe(), { 'content-type': 'text/plain' })).toEqual([400, 'MALFORMED']);
    expect(await refused(someJwe(), { 'content-type': 'application/x-www-form-urlencoded' })).toEqual([
      400,
      'MALFORMED',
    ]);
    expect(await inbox()).toEqual([]);
  });

  describe('a large message', () => {
    const LARGE_BYTES = 400_000;
    const ask = { 'message-id': 'large-message-1' };

    /** As a device fetches it. */
    async function fetched(reader: SocketClient, { blobId, sizeBytes }: StoredSealedMessage) {
      const chunks: Uint8Array[] = [];
      for (let index = 0; index < Math.ceil(sizeBytes / LIMITS.blobChunkBytes); index++) {
        const answer = await reader.ask({ type: 'getBlobChunk', blobId, index });
        if (answer.type !== 'blobChunk') return answer;
        chunks.push(answer.bytes);
      }
      return Buffer.concat(chunks);
    }

    test('is on the disk before it is taken: each inbox says where it lies, and only its device can fetch it', async () => {
      const laptop = mara.newDevice();
      mara.devices.push(laptop);
      await client.ask({ type: 'putDeviceList', signedDeviceList: mara.nextList() });
      await publish();
      const message = someJwe({}, LARGE_BYTES);
      expect((await post(message)).status).toBe(202);
      await relay.server.stop();
      await relay.server.start();
      const origin = `http://localhost:${relay.server.ports().hostPort}`;
      const readers = await Promise.all(mara.devices.map(device => SocketClient.online(origin, { device })));
      const stored = await Promise.all(
        readers.map(async (reader, at) => {
          const { inboxId } = mara.devices[at]!;
          await reader.ask({ type: 'subscribe', streamId: inboxId, afterSeq: 0 });
          const [entry] = await reader.entries(inboxId, 1);
          return decodeSealedDelivery(entry!.payload).stored!;
        }),
      );
      for (const [at, reader] of readers.entries()) {
        const { sizeBytes, hash } = stored[at]!;
        expect([sizeBytes, Buffer.from(hash)]).toEqual([
          message.length,
          createHash('sha256').update(message).digest(),
        ]);
        expect(message.equals((await fetched(reader, stored[at]!)) as Buffer)).toBe(true);
        // The other device's copy is not there for this one.
        expect(await fetched(reader, stored[1 - at]!)).toMatchObject({ type: 'failure', code: 'NOT_FOUND' });
      }
      await readers[0]!.ask({ type: 'deleteBlob', blobId: stored[0]!.blobId });
      expect(await fetched(readers[0]!, stored[0]!)).toMatchObject({ code: 'NOT_FOUND' });
      expect(message.equals((await fetched(readers[1]!, stored[1]!)) as Buffer)).toBe(true);
      for (const reader of readers) reader.socket.close();
    });

    test('comes once, however often it is sent, also after its device has taken it away', async () => {
      await publish();
      const message = someJwe({}, LARGE_BYTES);
      await Promise.all([post(message, ask), post(message, ask)]);
      const [first] = await inbox();
      client = await SocketClient.online(relay.hostOrigin, { device: mara.devices[0]! });
      await client.ask({ type: 'deleteBlob', blobId: first!.stored!.blobId });
      expect((await post(message, ask)).status).toBe(202);
      expect(await fetched(client, first!.stored!)).toMatchObject({ code: 'NOT_FOUND' });
      expect(await inbox()).toHaveLength(1);
    });
  });

  test('threat 44: large messages cost by their bytes, strangers together and each source for itself', async () => {
    await publish();
    await makeSource('a-token-of-twenty-chars');
    const large = (headers = {}) => post(someJwe({}, 400_000), headers);
    expect([(await large()).status, (await large()).status]).toEqual([202, 202]);
    const refused = await large();
    expect([refused.status, Number(refused.headers['retry-after']) > 100]).toEqual([429, true]);
    expect((await large(bearer('a-token-of-twenty-chars'))).status).toBe(202);
    expect(await inbox()).toHaveLength(3);
  });

  test('threat 44: only so many large bodies are taken in at once, and small ones do not wait for them', async () => {
    await publish();
    await makeSource('a-token-of-twenty-chars');
    const statusOf = async (sizeBytes: number) =>
      (await post(someJwe({}, sizeBytes), bearer('a-token-of-twenty-chars'))).status;
    const { hostname, port } = new URL(relay.hostOrigin);
    const begin = `POST /api/sealed/mara HTTP/1.1\r\nHost: ${hostname}:${port}\r\nContent-Type: application/jose\r\nContent-Length: 900000\r\n\r\n`;
    const slow = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const socket = connect(Number(port), hostname);
        await new Promise<void>(resolve => socket.write(begin, () => resolve()));
        return socket;
      }),
    );
    await expect.poll(() => statusOf(200_000)).toBe(429);
    expect(await statusOf(40)).toBe(202);
    for (const socket of slow) socket.destroy();
    await expect.poll(() => statusOf(200_000)).toBe(202);
  });

  test('threat 24: a page of another site can neither look nor post', async () => {
    await publish();
    for (const headers of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }]) {
      expect((await look('mara', headers)).status).toBe(403);
      expect((await post(someJwe(), headers)).status).toBe(403);
    }
    const preflight = await get(
      `${relay.hostOrigin}/api/sealed/mara`,
      { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
      'OPTIONS',
    );
    expect(preflight.status).toBeGreaterThanOrEqual(400);
    expect(Object.keys(preflight.headers).filter(name => name.startsWith('access-control'))).toEqual([]);
    expect((await post(someJwe(), { origin: relay.hostOrigin })).status).toBe(202);
    expect(await inbox()).toHaveLength(1);
  });
});
