import { createHash, randomBytes } from 'node:crypto';
import { type ClientBody, LIMITS, SourceId } from '@sotto/protocol';
import { beforeEach, describe, expect, test } from 'vitest';
import { TestAccount } from '../testing/accountClient.fixture.ts';
import { TestDevice } from '../testing/device.fixture.ts';
import { memoryRelay, ORIGIN, settled, type TestClient } from '../testing/memoryRelay.fixture.ts';
import { publishedBy, sealedPair } from '../testing/sealedKeys.fixture.ts';

const guestLink = { listenerRole: 'guest' } as const;
const wrapped = new Uint8Array(randomBytes(80));

let memory: ReturnType<typeof memoryRelay>;
let mara: TestAccount;
let ben: TestAccount;
let client: TestClient;

beforeEach(async () => {
  memory = memoryRelay();
  [mara, ben] = [new TestAccount('mara'), new TestAccount('ben')];
  for (const person of [mara, ben]) await person.register(memory.port, ORIGIN);
  client = await memory.online(mara.devices[0]!, guestLink);
});

const put = (signedSealedKeys: Uint8Array, wrappedKeys = wrapped): ClientBody => ({
  type: 'putSealedKeys',
  signedSealedKeys,
  wrappedKeys,
});
const sourceId = SourceId.fromBytes(new Uint8Array(16).fill(1));
const source = (change: object = {}): Extract<ClientBody, { type: 'putSealedSource' }> => ({
  type: 'putSealedSource',
  sourceId,
  tokenHash: createHash('sha256').update('token').digest(),
  sealedAbout: Uint8Array.of(1, 2),
  perHour: 60,
  ...change,
});

describe('published keys', () => {
  test('are given to everybody, the wrapped ones to the account’s own devices only', async () => {
    expect(await client.codeOf(put(publishedBy(mara)))).toBe('ok');
    const ask: ClientBody = { type: 'getSealedKeys', accountIds: [ben.accountId, mara.accountId] };
    const own = await client.ask(ask);
    expect(own).toEqual({
      type: 'sealedKeys',
      found: [{ accountKey: mara.key.publicKey, signedSealedKeys: publishedBy(mara), wrappedKeys: wrapped }],
    });
    const others = await (await memory.online(ben.devices[0]!, guestLink)).ask(ask);
    expect(others).toMatchObject({ found: [{ wrappedKeys: new Uint8Array(0) }] });
    // A device that the account certified and did not list gets none of it either.
    const unlisted = await memory.online(mara.newDevice());
    expect(await unlisted.ask(ask)).toMatchObject({ found: [{ wrappedKeys: new Uint8Array(0) }] });
  });

  test('are taken in rising order, from listed devices, signed by their account', async () => {
    expect(await client.codeOf(put(publishedBy(mara, { counter: 2 })))).toBe('ok');
    expect(await client.codeOf(put(publishedBy(mara, { counter: 2 })))).toBe('ok');
    for (const counter of [1, 2]) {
      const old = publishedBy(mara, { counter, strangers: false });
      expect(await client.codeOf(put(old))).toBe('SEALED_KEYS_OLD');
    }
    expect(await client.codeOf(put(publishedBy(mara, { counter: 3 }, ben.key)))).toBe('FORBIDDEN');
    expect(await client.codeOf(put(publishedBy(ben, { counter: 3 })))).toBe('FORBIDDEN');
    expect(await client.codeOf(put(Uint8Array.of(1, 2, 3)))).toBe('MALFORMED');
    const [encryption, signing] = sealedPair();
    const swapped = [
      { ...encryption!, kid: signing!.kid },
      { ...signing!, kid: encryption!.kid },
    ];
    expect(await client.codeOf(put(publishedBy(mara, { counter: 3, keys: swapped })))).toBe('MALFORMED');
    const guest = await memory.online(new TestDevice());
    expect(await guest.codeOf(put(publishedBy(mara, { counter: 3 })))).toBe('FORBIDDEN');
  });

  test('are told to the account’s other devices when they change', async () => {
    const laptop = mara.newDevice();
    mara.devices.push(laptop);
    await client.codeOf({ type: 'putDeviceList', signedDeviceList: mara.nextList() });
    const other = await memory.online(laptop, guestLink);
    await client.codeOf(put(publishedBy(mara)));
    await client.codeOf(put(publishedBy(mara)));
    await client.codeOf(source());
    await settled();
    expect([client, other].map(each => each.pushes('sealedChanged').length)).toEqual([0, 2]);
  });

  test('go with the account', async () => {
    await client.codeOf(put(publishedBy(mara)));
    await client.codeOf(source());
    const signature = mara.deletion(ORIGIN, await client.nonce());
    expect(await client.codeOf({ type: 'deleteAccount', signature })).toBe('ok');
    expect(await memory.directory.sealedKeys(mara.accountId)).toBeUndefined();
    expect(await memory.directory.sources(mara.accountId)).toEqual([]);
  });
});

describe('sources', () => {
  test('are listed for their account, without what their token could be guessed by', async () => {
    expect(await client.codeOf(source())).toBe('ok');
    const list = async (asking: TestClient) => asking.ask({ type: 'listSealedSources' });
    expect(await list(client)).toEqual({
      type: 'sealedSources',
      sources: [
        { sourceId, sealedAbout: Uint8Array.of(1, 2), perHour: 60, createdAtMs: memory.scheduler.nowMs },
      ],
    });
    const bens = await memory.online(ben.devices[0]!, guestLink);
    expect(await list(bens)).toMatchObject({ sources: [] });
    expect(await bens.codeOf({ type: 'revokeSealedSource', sourceId })).toBe('ok');
    expect(await list(client)).toMatchObject({ sources: [{ sourceId }] });
    expect(await bens.codeOf(source())).toBe('CONFLICT');
    expect(await client.codeOf(source({ perHour: 5, tokenHash: new Uint8Array(32) }))).toBe('ok');
    expect(await list(client)).toMatchObject({ sources: [{ perHour: 5 }] });
    expect(await client.codeOf({ type: 'revokeSealedSource', sourceId })).toBe('ok');
    expect(await list(client)).toMatchObject({ sources: [] });
  });

  test('post no more than a relay can carry, and are made by listed devices', async () => {
    expect(await client.codeOf(source({ perHour: 0 }))).toBe('MALFORMED');
    expect(await client.codeOf(source({ perHour: LIMITS.sealedPerHour + 1 }))).toBe('MALFORMED');
    const guest = await memory.online(new TestDevice());
    expect(await guest.codeOf(source())).toBe('FORBIDDEN');
    expect(await guest.codeOf({ type: 'listSealedSources' })).toBe('FORBIDDEN');
  });
});
