import { randomBytes } from 'node:crypto';
import {
  type DeviceIdentity,
  encodeWrappedKeys,
  firstSealedKeys,
  letStrangers,
  type OwnSealedKeys,
  openNote,
  SealedKeyring,
} from '@sotto/core';
import { nodeProvider } from '@sotto/mls/node';
import { decodeSealedDelivery, LIMITS } from '@sotto/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestAccount } from '../../../relay/src/testing/accountClient.fixture.ts';
import { accountsOverHttp } from '../../../relay/src/testing/accountsOverHttp.fixture.ts';
import {
  relayServer,
  SocketClient,
  type TestServer,
} from '../../../relay/src/testing/relayServer.fixture.ts';
import type { Ask } from '../ports.ts';
import { lookUpSealed, postLetter, type SealedDoorCode, sealLetter } from './sealedDoor.ts';

const SENT_AT_MS = 1_750_000_000_000;
const random = (lengthBytes: number) => new Uint8Array(randomBytes(lengthBytes));
const env = { provider: nodeProvider, random, nowMs: () => SENT_AT_MS };
const by = { random, nowMs: () => SENT_AT_MS };

interface Publisher {
  readonly account: TestAccount;
  readonly identity: Pick<DeviceIdentity, 'accountId' | 'accountKey' | 'accountPrivateKey'>;
  readonly client: SocketClient;
  own: OwnSealedKeys;
}

let relay: TestServer;
let mara: Publisher;
let eve: Publisher;

async function publisher(handle: string): Promise<Publisher> {
  const account = new TestAccount(handle);
  await account.register(accountsOverHttp(relay.hostOrigin), relay.hostOrigin);
  const { d = '' } = account.key.privateKey.export({ format: 'jwk' });
  const identity = {
    accountId: account.accountId,
    accountKey: account.key.publicKey,
    accountPrivateKey: new Uint8Array(Buffer.from(d, 'base64url')),
  };
  const client = await SocketClient.online(relay.hostOrigin, { device: account.devices[0]! });
  const own = await firstSealedKeys(env, identity as DeviceIdentity, { bits: 3072, strangers: true });
  return { account, identity, client, own };
}

async function publish(person: Publisher, own: OwnSealedKeys): Promise<void> {
  person.own = own;
  const { published, wrapped } = own;
  const answer = await person.client.ask({
    type: 'putSealedKeys',
    signedSealedKeys: published.signed,
    wrappedKeys: encodeWrappedKeys(wrapped),
  });
  expect(answer).toEqual({ type: 'done' });
}

/** What lies in the inbox, opened. */
async function inbox({
  account,
  identity,
  own,
}: Publisher): Promise<readonly { text: string; from?: string }[]> {
  const { inboxId } = account.devices[0]!;
  const reader = await SocketClient.online(relay.hostOrigin, { device: account.devices[0]! });
  const subscribed = await reader.ask({ type: 'subscribe', streamId: inboxId, afterSeq: 0 });
  if (subscribed.type !== 'subscribed') throw new Error('not subscribed');
  const { headSeq } = subscribed.status;
  const entries = headSeq === 0 ? [] : await reader.entries(inboxId, headSeq);
  reader.socket.close();
  const keyring = new SealedKeyring(env, identity, own);
  const read = { keyring, senderKeys: async () => undefined, scope: '', seen: async () => false };
  return Promise.all(
    entries.map(({ payload }) =>
      openNote(env, Buffer.from(decodeSealedDelivery(payload).message!).toString(), read),
    ),
  );
}

/** The page's own requests, at this relay. */
const overHttp: Ask = (path, init) => fetch(`${relay.hostOrigin}${path}`, init);
/** A relay that says something else than it should. */
const evil =
  (change: (answer: Record<string, unknown>) => object): Ask =>
  async (path, init) => {
    const response = await overHttp(path, init);
    return Response.json(change((await response.json()) as Record<string, unknown>));
  };
const refused = (work: Promise<unknown>, code: SealedDoorCode) =>
  expect(work).rejects.toMatchObject({ code });

beforeAll(async () => {
  relay = await relayServer({
    nowMs: () => SENT_AT_MS,
    quotas: { strangersPerAccount: { burst: 4, perSecond: 0.01 } },
  });
  [mara, eve] = await Promise.all([publisher('mara'), publisher('eve')]);
  await publish(mara, mara.own);
  await publish(eve, eve.own);
});

afterAll(async () => {
  for (const { client } of [mara, eve]) client.socket.close();
  await relay.cleanUp();
});

describe('leaving a sealed message', () => {
  it('reaches the account, once however often it is posted, and opens with its keys only', async () => {
    const address = await lookUpSealed('@Mara', '', overHttp);
    expect(address.handle).toBe('mara');
    const letter = await sealLetter(address, { text: 'The safe is open.', from: 'a neighbour' }, by);
    const lost: Ask = async (path, init) => {
      await overHttp(path, init);
      throw new TypeError('the answer was lost');
    };
    await refused(postLetter(address, letter, lost), 'NO_NETWORK');
    await postLetter(address, letter, overHttp);
    expect(await inbox(mara)).toEqual([
      expect.objectContaining({ text: 'The safe is open.', from: 'a neighbour', sentAtMs: SENT_AT_MS }),
    ]);
    expect(letter.jwe).not.toContain('safe');
  });

  it('takes files along, up to the limits', async () => {
    const address = await lookUpSealed('mara', '', overHttp);
    const files = [{ name: 'plan.pdf', mediaType: 'application/pdf', bytes: random(5_000) }];
    const letter = await sealLetter(address, { text: '', files }, by);
    await postLetter(address, letter, overHttp);
    expect((await inbox(mara)).at(-1)).toMatchObject({ text: '', attachments: files });
    const large = { ...files[0]!, bytes: new Uint8Array(LIMITS.sealedAttachmentsBytes) };
    await refused(sealLetter(address, { text: '', files: [large, ...files] }, by), 'TOO_LONG');
  });

  it('says when to try again where too many were left', async () => {
    const address = await lookUpSealed('mara', '', overHttp);
    const letter = await sealLetter(address, { text: 'again' }, by);
    const posts = Array.from({ length: 5 }, () => postLetter(address, letter, overHttp));
    const limited = (await Promise.allSettled(posts)).find(({ status }) => status === 'rejected');
    expect(limited).toMatchObject({ reason: { code: 'RATE_LIMITED', retryAfterMs: expect.any(Number) } });
    expect((limited as PromiseRejectedResult).reason.retryAfterMs).toBeGreaterThan(0);
  });

  it('refuses a text that is longer than one message may be, before it leaves', async () => {
    const address = await lookUpSealed('mara', '', overHttp);
    await refused(sealLetter(address, { text: 'é'.repeat(LIMITS.textBytes / 2 + 1) }, by), 'TOO_LONG');
  });

  it('has one answer for nobody, for somebody without keys and for somebody who takes none from strangers', async () => {
    const ben = new TestAccount('ben');
    await ben.register(accountsOverHttp(relay.hostOrigin), relay.hostOrigin);
    await publish(eve, letStrangers(env, eve.identity as DeviceIdentity, eve.own, false));
    for (const handle of ['nobody', 'ben', 'eve', 'not a handle!'])
      await refused(lookUpSealed(handle, '', overHttp), 'NOT_HERE');
    await publish(eve, letStrangers(env, eve.identity as DeviceIdentity, eve.own, true));
  });

  it('is refused where there is no network, and where the server says what no relay says', async () => {
    const away: Ask = async () => {
      throw new TypeError('no route');
    };
    const page: Ask = async () => new Response('<h1>Sign in to the hotel</h1>');
    await refused(lookUpSealed('mara', '', away), 'NO_NETWORK');
    await refused(lookUpSealed('mara', '', page), 'SERVER_TROUBLE');
    await refused(
      lookUpSealed(
        'mara',
        '',
        evil(() => ({})),
      ),
      'SERVER_TROUBLE',
    );
  });
});

describe('an evil relay', () => {
  const eveAnswer = async () => (await (await overHttp('/api/sealed/eve')).json()) as Record<string, string>;

  it('cannot put another key under the signature of the account', async () => {
    const theirs = await eveAnswer();
    const keysOf = (record: unknown) => (JSON.parse(String(record)) as { keys: unknown }).keys;
    const swapped = evil(answer => ({
      ...answer,
      record: JSON.stringify({ ...JSON.parse(String(answer.record)), keys: keysOf(theirs.record) }),
    }));
    await refused(lookUpSealed('mara', '', swapped), 'NOT_GENUINE');
    await refused(
      lookUpSealed(
        'mara',
        '',
        evil(answer => ({ ...answer, record: theirs.record })),
      ),
      'NOT_GENUINE',
    );
    await refused(
      lookUpSealed(
        'mara',
        '',
        evil(answer => ({ ...answer, accountKey: theirs.accountKey })),
      ),
      'NOT_GENUINE',
    );
    await refused(
      lookUpSealed(
        'mara',
        '',
        evil(answer => ({ ...answer, signature: 'AAAA' })),
      ),
      'NOT_GENUINE',
    );
  });

  it('gains nothing by other keys beside those that are signed', async () => {
    const theirs = await eveAnswer();
    const beside = evil(answer => ({ ...answer, jwks: theirs.jwks, pem: theirs.pem }));
    const { keys } = await lookUpSealed('mara', '', beside);
    expect(keys.encryption).toEqual(mara.own.published.encryption);
  });

  it('that gives another account whole is known by its fingerprint', async () => {
    const theirs = await eveAnswer();
    const { fingerprint } = await lookUpSealed('mara', '', overHttp);
    const digits = fingerprint.join('');
    expect(digits).toMatch(/^\d{30}$/);
    await expect(lookUpSealed('mara', digits, overHttp)).resolves.toMatchObject({ fingerprint });
    const another = evil(() => theirs);
    await refused(lookUpSealed('mara', digits, another), 'OTHER_ACCOUNT');
    expect((await lookUpSealed('mara', '', another)).fingerprint).not.toEqual(fingerprint);
  });
});
