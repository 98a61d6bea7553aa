import { passkeyKeysOf } from '@sotto/core';
import { base64urlDecode } from '@sotto/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  devices,
  NEXT_PASSWORD,
  PASSWORD,
  refusal,
  registered,
  signedIn,
} from '../testing/accounts.fixture.ts';
import { type Person, World } from '../testing/world.fixture.ts';

let world: World;
let laptop: Person;

beforeEach(async () => {
  world = new World(23);
  laptop = (await registered(world, 'ada')).person;
});

afterEach(async () => {
  await world.close();
  expect(world.failures).toEqual([]);
});

/** What an authenticator would give, the same each time. */
const prf = (fill: number) => new Uint8Array(32).fill(fill);
const passkey = (fill: number, name = `Key ${fill}`) => ({
  name,
  credentialId: new Uint8Array(16).fill(fill),
  prfOutput: prf(fill),
});
const done = <T>(promise: Promise<T>) => world.outcome(promise);
const newcomer = () => world.person('guest', 'ada').start();
const signIn = (person: Person, fill: number) =>
  refusal(world, person.port.signInByPasskey({ prfOutput: prf(fill), deviceName: 'Phone' }));

async function names(person = laptop): Promise<readonly string[]> {
  return (await done(person.port.listSignInPasskeys())).map(({ name }) => name);
}

async function idOf(name: string): Promise<string> {
  const listed = await done(laptop.port.listSignInPasskeys());
  return listed.find(one => one.name === name)!.passkeyId;
}

describe('a passkey of an account', () => {
  it('signs a new device in, with nothing typed, and both devices see both', async () => {
    await done(laptop.port.addSignInPasskey(passkey(1)));
    const phone = await newcomer();
    expect(await signIn(phone, 1)).toBe('done');
    await world.until(() => phone.online);
    expect(phone.engine!.state.account).toMatchObject({ handle: 'ada' });
    expect(devices(phone)).toEqual(['Laptop active', 'Phone active self']);
    await world.until(() => devices(laptop)?.length === 2);
    // What one device called it, the others read.
    expect(await done(phone.port.listSignInPasskeys())).toMatchObject([
      { name: 'Key 1', credentialId: new Uint8Array(16).fill(1), createdAtMs: expect.any(Number) },
    ]);
  });

  it('that is removed, or never was one, is refused alike', async () => {
    await done(laptop.port.addSignInPasskey(passkey(1)));
    await done(laptop.port.addSignInPasskey(passkey(2)));
    await done(laptop.port.removeSignInPasskey(await idOf('Key 1')));
    expect(await names()).toEqual(['Key 2']);
    const phone = await newcomer();
    expect([await signIn(phone, 1), await signIn(phone, 9)]).toEqual(['SIGN_IN_FAILED', 'SIGN_IN_FAILED']);
    expect(phone.engine!.state.account).toBeUndefined();
    expect(await signIn(phone, 2)).toBe('done');
  });

  it('is refused with what to do about it', async () => {
    const stranger = await newcomer();
    expect(await refusal(world, stranger.port.listSignInPasskeys())).toBe('NO_ACCOUNT');
    expect(await refusal(world, stranger.port.addSignInPasskey(passkey(1)))).toBe('NO_ACCOUNT');
    expect(await refusal(world, laptop.port.addSignInPasskey(passkey(1, '  ')))).toBe('BAD_NAME');
    expect(await refusal(world, laptop.port.removeSignInPasskey('nonsense!'))).toBe('UNKNOWN_PASSKEY');
    expect(await signIn(laptop, 1)).toBe('DEVICE_IN_USE');
    for (let fill = 1; fill <= 10; fill++) {
      await world.clock.advance(60_000);
      await done(laptop.port.addSignInPasskey(passkey(fill)));
    }
    await world.clock.advance(60_000);
    expect(await refusal(world, laptop.port.addSignInPasskey(passkey(11)))).toBe('TOO_MANY_PASSKEYS');
  });

  it('stays through a new password, or goes with the old one, as the person says', async () => {
    await done(laptop.port.addSignInPasskey(passkey(1)));
    await done(laptop.port.changePassword(PASSWORD, NEXT_PASSWORD));
    expect(await signIn(await newcomer(), 1)).toBe('done');
    await done(laptop.port.changePassword(NEXT_PASSWORD, PASSWORD, { removePasskeys: true }));
    expect(await names()).toEqual([]);
    expect(await signIn(await newcomer(), 1)).toBe('SIGN_IN_FAILED');
  });

  it('goes with the account', async () => {
    await done(laptop.port.addSignInPasskey(passkey(1)));
    await done(laptop.port.deleteAccount(PASSWORD));
    expect(await signIn(await newcomer(), 1)).toBe('SIGN_IN_FAILED');
  });

  it('is shown as well where its name cannot be read, and can be removed', async () => {
    laptop.tamper = body =>
      body.type === 'passkeys'
        ? [{ ...body, passkeys: body.passkeys.map(one => ({ ...one, sealedAbout: prf(7) })) }]
        : [body];
    await done(laptop.port.addSignInPasskey(passkey(1)));
    const [listed] = await done(laptop.port.listSignInPasskeys());
    expect(listed).toEqual({ passkeyId: expect.any(String), name: '' });
    await done(laptop.port.removeSignInPasskey(listed!.passkeyId));
    expect(await signIn(await newcomer(), 1)).toBe('SIGN_IN_FAILED');
  });
});

describe('an answer that is lost', () => {
  it('of a passkey that is added: it is signed again for the next session, and is there once', async () => {
    let cut = 0;
    laptop.tamperSent = body => {
      if (body.type === 'addPasskey' && cut++ === 0) world.cutConnections();
      return body;
    };
    expect(await refusal(world, laptop.port.addSignInPasskey(passkey(1)))).toBe('done');
    expect([cut, await names()]).toEqual([2, ['Key 1']]);
  });

  it('of the list with the new device: signing in goes on by itself, with one device', async () => {
    await done(laptop.port.addSignInPasskey(passkey(1)));
    let lost = 0;
    world.accountPost = async (step, ask) => {
      const reply = await ask();
      if (step === 'devices' && lost++ === 0) throw new Error('cut');
      return reply;
    };
    const phone = await newcomer();
    expect(await signIn(phone, 1)).toBe('done');
    expect(devices(phone)).toEqual(['Laptop active', 'Phone active self']);
  });
});

describe('a relay that lies', () => {
  it('cannot make another account of it: nothing opens, and nothing is changed here', async () => {
    const { person: eve } = await registered(world, 'eve');
    await done(laptop.port.addSignInPasskey(passkey(1)));
    await done(eve.port.addSignInPasskey(passkey(2)));
    // The relay answers with what it keeps of the other account.
    let swapped: Uint8Array | undefined;
    world.accountPost = async (step, ask) => {
      const reply = await ask();
      if (step !== 'passkey/finish' || !('body' in reply)) return reply;
      swapped ??= reply.body;
      return { body: swapped };
    };
    expect(await signIn(await newcomer(), 2)).toBe('done');
    const phone = await newcomer();
    expect(await signIn(phone, 1)).toBe('RELAY_REFUSED');
    expect(phone.engine!.state.account).toBeUndefined();
  });
});

it('what a passkey gives goes nowhere: not over the wire, and not onto a disk', async () => {
  world.wire = [];
  await done(laptop.port.addSignInPasskey({ ...passkey(1), prfOutput: SECRET }));
  const phone = await newcomer();
  await done(phone.port.signInByPasskey({ prfOutput: SECRET, deviceName: 'Phone' }));
  const tablet = await signedIn(world, 'ada', { deviceName: 'Tablet' });
  const { env, identity } = phone.engine!.context;
  const { bundleKey, signInPrivateKey, signInKey } = passkeyKeysOf(env, SECRET);
  const [listed] = await done(tablet.port.listSignInPasskeys());
  expect(base64urlDecode(listed!.passkeyId)).toEqual(signInKey);
  const people = [laptop, phone, tablet];
  for (const person of people) await person.stop();
  const wire = world.wire.map(bytes => Buffer.from(bytes));
  const disks = [
    ...(await Promise.all(people.map(person => person.records()))).flat(),
    ...people.flatMap(({ disk, keys }) => [...disk.records.values(), keys.bytes]),
  ].map(bytes => Buffer.from(bytes));
  const found = (places: readonly Buffer[], bytes: Uint8Array) =>
    places.some(place => place.includes(Buffer.from(bytes)));
  for (const secret of [SECRET, bundleKey.secret, signInPrivateKey]) {
    for (const part of [secret, secret.subarray(0, 16), secret.subarray(16)])
      expect([found(wire, part), found(disks, part)]).toEqual([false, false]);
  }
  expect(found(wire, identity.accountPrivateKey)).toBe(false);
  // The scan finds what does go over the wire, and what is on the disks.
  expect(found(wire, signInKey)).toBe(true);
  expect(found(disks, identity.accountPrivateKey)).toBe(true);
});

const SECRET = Uint8Array.from({ length: 32 }, (_, at) => 200 - at * 5);
