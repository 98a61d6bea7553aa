import { randomBytes } from 'node:crypto';
import { sessionProofInput } from '@sotto/protocol';
import { beforeEach, describe, expect, test } from 'vitest';
import { Refusal } from '../refusal.ts';
import { TestAccount } from '../testing/accountClient.fixture.ts';
import { keyPair, signature } from '../testing/device.fixture.ts';
import { memoryRelay, ORIGIN, type TestClient } from '../testing/memoryRelay.fixture.ts';
import { TestPasskey } from '../testing/passkey.fixture.ts';

const random = (length: number) => new Uint8Array(randomBytes(length));

async function codeOf(act: Promise<unknown>): Promise<string> {
  try {
    await act;
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
  return 'ok';
}

let memory: ReturnType<typeof memoryRelay>;
let mara: TestAccount;
let client: TestClient;
let passkey: TestPasskey;

beforeEach(async () => {
  memory = memoryRelay();
  mara = new TestAccount('mara');
  await mara.register(memory.port, ORIGIN);
  client = await memory.online(mara.devices[0]!);
  passkey = new TestPasskey();
});

const session = async (of = client) => ({ origin: ORIGIN, nonce: await of.nonce() });
const add = async (one = passkey) => client.codeOf(one.addition(mara.key, await session()));
const remove = async (one = passkey) => client.codeOf(one.removal(mara.key, await session()));
const signIn = (one = passkey) => codeOf(one.signIn(memory.port, ORIGIN));

async function listed(): Promise<readonly Uint8Array[]> {
  const answer = await client.ask({ type: 'listPasskeys' });
  if (answer.type !== 'passkeys') throw new Error(JSON.stringify(answer));
  return answer.passkeys.map(({ signInKey }) => signInKey);
}

describe('a passkey', () => {
  test('that is added gives the bundle that is sealed for it, and lets a new device in', async () => {
    expect(await add()).toBe('ok');
    const signedIn = await passkey.signIn(memory.port, ORIGIN);
    expect(signedIn.sealedBundle).toEqual(passkey.sealedBundle);
    expect(signedIn.signedDeviceList).toEqual(mara.list(1));
    mara.devices.push(mara.newDevice());
    const { ticket } = signedIn;
    expect(await codeOf(memory.port.addDevice({ ticket, signedDeviceList: mara.nextList() }))).toBe('ok');
    expect(await client.ask({ type: 'listPasskeys' })).toEqual({
      type: 'passkeys',
      passkeys: [{ signInKey: passkey.signInKey, sealedAbout: passkey.sealedAbout }],
    });
  });

  test('that is removed signs nobody in, also not with a ticket that it gave before', async () => {
    await add();
    const { ticket } = await passkey.signIn(memory.port, ORIGIN);
    expect(await remove()).toBe('ok');
    expect(await remove()).toBe('ok');
    expect(await signIn()).toBe('SIGN_IN_FAILED');
    const signedDeviceList = mara.list(2, [...mara.devices, mara.newDevice()]);
    expect(await codeOf(memory.port.addDevice({ ticket, signedDeviceList }))).toBe('SIGN_IN_FAILED');
    expect(await listed()).toEqual([]);
  });

  test('is one of ten', async () => {
    for (let count = 0; count < 10; count++) {
      memory.scheduler.nowMs += 60_000;
      expect(await add(new TestPasskey())).toBe('ok');
    }
    memory.scheduler.nowMs += 60_000;
    expect(await add()).toBe('TOO_LARGE');
    expect(await signIn()).toBe('SIGN_IN_FAILED');
  });

  test('goes with its account', async () => {
    await add();
    const deletion = mara.deletion(ORIGIN, await client.nonce());
    expect(await client.codeOf({ type: 'deleteAccount', signature: deletion })).toBe('ok');
    expect(await signIn()).toBe('SIGN_IN_FAILED');
  });

  test('stays when the password changes, or goes with the old one where the person says so', async () => {
    await add();
    const change = async (removePasskeys: boolean) => {
      const record = { registrationRecord: random(192), sealedBundle: random(90) };
      expect(await client.codeOf({ type: 'finishPasswordChange', ...record, removePasskeys })).toBe('ok');
    };
    await change(false);
    expect(await signIn()).toBe('ok');
    await change(true);
    expect(await signIn()).toBe('SIGN_IN_FAILED');
  });
});

describe('threat 3: who changes the passkeys of an account', () => {
  test('has its key and a session of a listed device', async () => {
    const unlisted = await memory.online(mara.newDevice());
    const theirs = await session(unlisted);
    expect(await unlisted.codeOf(passkey.addition(mara.key, theirs))).toBe('FORBIDDEN');
    expect(await unlisted.codeOf({ type: 'listPasskeys' })).toBe('FORBIDDEN');
    await add();
    expect(await unlisted.codeOf(passkey.removal(mara.key, theirs))).toBe('FORBIDDEN');
    const own = await session();
    expect(await client.codeOf(new TestPasskey().addition(keyPair(), own))).toBe('FORBIDDEN');
    expect(await client.codeOf(passkey.removal(keyPair(), own))).toBe('FORBIDDEN');
    expect(await listed()).toEqual([passkey.signInKey]);
  });

  test('signs for this very session, and at this relay', async () => {
    const elsewhere = [
      { origin: ORIGIN, nonce: await (await memory.online()).nonce() },
      { ...(await session()), origin: 'https://evil.example' },
    ];
    for (const wrong of elsewhere)
      expect(await client.codeOf(passkey.addition(mara.key, wrong))).toBe('FORBIDDEN');
    await add();
    for (const wrong of elsewhere)
      expect(await client.codeOf(passkey.removal(mara.key, wrong))).toBe('FORBIDDEN');
    expect(await signIn()).toBe('ok');
  });

  test('adds no key that they have only seen, and takes none away from another account', async () => {
    expect(await client.codeOf(passkey.addition(mara.key, await session(), keyPair()))).toBe('FORBIDDEN');
    const ben = new TestAccount('ben');
    await ben.register(memory.port, ORIGIN);
    const bens = await memory.online(ben.devices[0]!);
    const theirs = await session(bens);
    expect(await bens.codeOf(passkey.addition(ben.key, theirs))).toBe('ok');
    expect(await add()).toBe('CONFLICT');
    expect(await remove()).toBe('ok');
    expect((await passkey.signIn(memory.port, ORIGIN)).signedDeviceList).toEqual(ben.list(1));
  });

  test('does so within limits', async () => {
    const codes = [];
    for (let count = 0; count < 21; count++) codes.push(await add());
    expect(codes.at(-1)).toBe('RATE_LIMITED');
  });
});

describe('signing in by a passkey', () => {
  beforeEach(async () => void (await add()));

  test('fails in the same words for whoever has another one, or none, or signs something else', async () => {
    const { challenge } = await memory.port.passkeyStart({ origin: ORIGIN });
    const forged = { ...new TestPasskey().answer(challenge, ORIGIN), signInKey: passkey.signInKey };
    const refusals = [codeAndWords(memory.port.passkeyFinish(forged))];
    refusals.push(codeAndWords(new TestPasskey().signIn(memory.port, ORIGIN)));
    refusals.push(codeAndWords(passkey.signIn(memory.port, ORIGIN).then(() => signInWithSessionProof())));
    expect(new Set(await Promise.all(refusals))).toEqual(new Set(['SIGN_IN_FAILED no such passkey']));
  });

  /** What the key signs for another purpose is worth nothing here. */
  async function signInWithSessionProof() {
    const { challenge } = await memory.port.passkeyStart({ origin: ORIGIN });
    const signed = signature(passkey.key, sessionProofInput(ORIGIN, challenge));
    return memory.port.passkeyFinish({ challenge, signInKey: passkey.signInKey, signature: signed });
  }

  async function codeAndWords(act: Promise<unknown>): Promise<string> {
    return act.then(
      () => 'ok',
      (error: Refusal) => `${error.code} ${error.message}`,
    );
  }

  test('is one try for each challenge, within two minutes', async () => {
    const { challenge } = await memory.port.passkeyStart({ origin: ORIGIN });
    const answer = passkey.answer(challenge, ORIGIN);
    await memory.port.passkeyFinish(answer);
    expect(await codeOf(memory.port.passkeyFinish(answer))).toBe('SIGN_IN_FAILED');
    const late = passkey.answer((await memory.port.passkeyStart({ origin: ORIGIN })).challenge, ORIGIN);
    await memory.scheduler.advance(120_000);
    expect(await codeOf(memory.port.passkeyFinish(late))).toBe('SIGN_IN_FAILED');
    const madeUp = passkey.answer(random(32), ORIGIN);
    expect(await codeOf(memory.port.passkeyFinish(madeUp))).toBe('SIGN_IN_FAILED');
  });

  test('threat 24: is signed for this relay', async () => {
    expect(await codeOf(memory.port.passkeyStart({ origin: 'https://evil.example' }))).toBe('FORBIDDEN');
    const { challenge } = await memory.port.passkeyStart({ origin: ORIGIN });
    const answer = passkey.answer(challenge, 'https://evil.example');
    expect(await codeOf(memory.port.passkeyFinish(answer))).toBe('SIGN_IN_FAILED');
  });

  test('starts alike for everyone: there is nothing in it that says who', async () => {
    const first = await memory.port.passkeyStart({ origin: ORIGIN });
    const second = await memory.port.passkeyStart({ origin: ORIGIN });
    expect(Object.keys(first)).toEqual(['challenge']);
    expect(first.challenge).not.toEqual(second.challenge);
  });

  test('shares the tries of its address with passwords, and takes none of the handle’s', async () => {
    for (let count = 0; count < 10; count++) await codeOf(mara.startSignIn(memory.port));
    expect(await codeOf(mara.startSignIn(memory.port))).toBe('RATE_LIMITED');
    // Whoever uses up the tries of the handle keeps nobody out who has the passkey.
    expect(await signIn()).toBe('ok');
    for (let count = 0; count < 8; count++) expect(await signIn(new TestPasskey())).toBe('SIGN_IN_FAILED');
    expect(await signIn()).toBe('RATE_LIMITED');
  });

  test('is for one passkey ten times at once, and once a minute from then on', async () => {
    const codes = [];
    for (let count = 0; count < 11; count++) {
      codes.push(await signIn());
      memory.scheduler.nowMs += count < 10 ? 0 : 60_000;
    }
    expect([codes.slice(0, 10), codes[10]]).toEqual([Array(10).fill('ok'), 'RATE_LIMITED']);
    expect(await signIn()).toBe('ok');
  });
});
