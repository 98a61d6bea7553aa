import { createIdentity, firstDeviceList } from '@sotto/core';
import { nodeProvider } from '@sotto/mls/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { signedIn } from '../testing/accounts.fixture.ts';
import { accountIdOf, personOf, roomWhere, somebody, supplied } from '../testing/people.fixture.ts';
import { type Person, World } from '../testing/world.fixture.ts';

let world: World;
let ada: Person;
let bob: Person;
let cyd: Person;
/** Of Bob’s, after he lost the only one he had. */
let next: Person;

beforeEach(async () => {
  world = new World(73);
  ada = await somebody(world, 'ada');
  bob = await somebody(world, 'bob');
  cyd = await somebody(world, 'cyd');
});

afterEach(async () => {
  await world.close();
  expect(world.failures).toEqual([]);
});

const events = (person: Person) =>
  person.log.flatMap(item => (item.kind === 'event' ? [item.event.type] : []));
const devicesOf = (person: Person, of: Person) =>
  person.room.members.filter(({ accountId }) => accountId === accountIdOf(of)).length;

async function direct(): Promise<void> {
  const { roomId } = await world.outcome(ada.port.startDirect({ handle: 'bob' }));
  await ada.open(roomId);
  const { roomId: theirs } = await roomWhere(world, bob, room => room.request !== undefined);
  await world.outcome(bob.port.acceptRequest(theirs));
  await ada.say('before');
  await world.until(() => bob.texts.includes('before'));
}

async function garden(): Promise<void> {
  const accountIds = [accountIdOf(bob), accountIdOf(cyd)];
  const { roomId } = await world.outcome(ada.port.createGroup({ title: 'Garden', accountIds }));
  await ada.open(roomId);
  for (const person of [bob, cyd]) {
    const room = await roomWhere(world, person, ({ title }) => title === 'Garden');
    await world.outcome(person.port.acceptRequest(room.roomId));
  }
}

/** Bob’s only device is gone for good; he signs in on another. */
async function bobLosesAll(): Promise<void> {
  await bob.stop();
  next = await signedIn(world, 'bob');
  await supplied(world, next);
}

/** Nothing that device commits gets to the relay. */
function commitsNothing(person: Person): void {
  person.tamperSent = body => (body.type === 'append' && body.kind === 'commit' ? { type: 'ping' } : body);
}

describe('whoever has lost the only device', () => {
  it('is brought into the conversation of two by the other, who hears of the new one', async () => {
    await direct();
    await bobLosesAll();
    await world.until(() => devicesOf(ada, next) === 2, 120_000);
    expect(events(ada).filter(type => type === 'device-added')).toHaveLength(1);
    const { roomId } = await roomWhere(world, next, room => room.request !== undefined);
    await world.outcome(next.port.acceptRequest(roomId));
    await ada.say('welcome back');
    await world.until(() => next.texts.includes('welcome back'));
    await next.say('it goes on');
    await world.until(() => ada.texts.includes('it goes on'));
    expect(
      [ada, next].map(({ engine }) => engine!.state.rooms.filter(r => r.kind === 'direct').length),
    ).toEqual([1, 1]);
  });

  it('gets the next message, however soon it is written', async () => {
    await direct();
    await bobLosesAll();
    await ada.say('are you there?');
    await roomWhere(world, next, () => true);
    await world.until(() => next.texts.includes('are you there?'), 10_000);
  });

  it('also where the other one was away when the list changed', async () => {
    await direct();
    await ada.stop();
    await bobLosesAll();
    world.killRelay();
    await ada.start();
    await ada.say('back from holiday');
    world.startRelay();
    await roomWhere(world, next, () => true);
    await world.until(() => next.texts.includes('back from holiday'));
  });

  it('is brought into a group by those who may add, once, where two do it at once', async () => {
    await garden();
    await world.outcome(ada.port.setRole(ada.roomId!, accountIdOf(cyd), 'admin'));
    await world.until(() => cyd.room.myRole === 'admin');
    await bobLosesAll();
    await Promise.all([ada.say('from ada'), cyd.say('from cyd')]);
    await roomWhere(world, next, () => true);
    await world.until(() => ['from ada', 'from cyd'].every(text => next.texts.includes(text)));
    for (const person of [ada, cyd])
      expect(events(person).filter(type => type === 'device-added')).toHaveLength(1);
    expect([ada.room.warnings, cyd.room.warnings, next.room.warnings]).toEqual([[], [], []]);
  });

  it('is brought into a group by nobody who may not add', async () => {
    await garden();
    await ada.stop();
    await bobLosesAll();
    await cyd.say('only cyd is here');
    await world.clock.advance(600_000);
    expect(devicesOf(cyd, next)).toBe(1);
    expect(cyd.sendState('only cyd is here')).toBe('sent');
  });
});

describe('a new device of somebody', () => {
  it('is left to an own device that is there', async () => {
    await direct();
    commitsNothing(ada);
    next = await signedIn(world, 'bob');
    await supplied(world, next);
    await world.until(() => devicesOf(ada, next) === 2, 5_000);
  });

  it('holds nothing up for long where it cannot be added', async () => {
    await direct();
    await bob.stop();
    next = await world.person('guest', 'bob').start();
    next.tamperSent = body => (body.type === 'publishKeyPackages' ? { type: 'ping' } : body);
    await next.stop();
    ada.tamper = body => (body.type === 'claimedKeyPackages' ? [{ ...body, keyPackages: [] }] : [body]);
    await bobLosesAll();
    await ada.say('goes out all the same');
    await world.until(() => ada.sendState('goes out all the same') === 'sent', 30_000);
    expect(devicesOf(ada, next)).toBe(1);
  });

  it.each([
    ['somebody blocked', () => ada.port.block(accountIdOf(bob))],
    ['somebody who is not verified, in strict mode', () => ada.port.setPrivacy({ strict: true })],
  ])('is not brought in of %s', async (_what, stopped) => {
    await direct();
    await world.outcome(stopped());
    await bobLosesAll();
    await world.clock.advance(600_000);
    expect(devicesOf(ada, next)).toBe(1);
  });

  it('threat 2: is not brought in where other keys are behind the handle', async () => {
    await direct();
    const other = await somebody(world, 'bob.again');
    // The relay has another account behind the handle, and goes on showing the lists of the one before.
    ada.tamper = body => {
      if (body.type !== 'accounts') return [body];
      return [
        { ...body, accounts: body.accounts.map(each => ({ ...each, handle: 'bob' as typeof each.handle })) },
      ];
    };
    const gone = accountIdOf(bob);
    ada.tamperSent = body => {
      if (body.type === 'lookUpHandle') return { ...body, handle: 'bob.again' as typeof body.handle };
      if (body.type !== 'lookUpAccounts') return body;
      return { ...body, accountIds: body.accountIds.filter(accountId => accountId !== gone) };
    };
    world.cutConnections();
    await world.until(() => personOf(ada, 'bob')?.trust === 'changed');
    await bobLosesAll();
    await world.clock.advance(600_000);
    expect(ada.room.members).toHaveLength(2);
    const inside = ada.room.members.map(({ deviceId }) => deviceId);
    for (const person of [other, next]) expect(inside).not.toContain(person.engine!.state.self!.deviceId);
  });

  it('threat 3: is a ghost where its account did not list it, whatever the relay shows', async () => {
    await direct();
    const env = {
      provider: nodeProvider,
      random: (n: number) => world.random(n),
      nowMs: () => world.clock.nowMs(),
    };
    const thief = createIdentity(env, { kind: 'member' });
    const forged = firstDeviceList(env, thief, 'Ghost').signed;
    let shown = 0;
    ada.tamper = body => {
      if (body.type === 'accounts' || body.type === 'deviceListChanged') shown++;
      if (body.type === 'accounts')
        return [{ ...body, accounts: body.accounts.map(each => ({ ...each, signedDeviceList: forged })) }];
      return body.type === 'deviceListChanged' ? [{ ...body, signedDeviceList: forged }] : [body];
    };
    await bobLosesAll();
    await ada.say('to bob alone');
    world.cutConnections();
    await world.clock.advance(600_000);
    expect(shown).toBeGreaterThan(1);
    expect(ada.room.members).toHaveLength(2);
  });

  it('threat 3: that was revoked since is not brought in by the list from before', async () => {
    await direct();
    let before: Uint8Array | undefined;
    ada.tamper = body => {
      if (body.type === 'deviceListChanged') before ??= body.signedDeviceList;
      // Nothing can be added, until the list is another.
      return body.type === 'claimedKeyPackages' ? [{ ...body, keyPackages: [] }] : [body];
    };
    await bobLosesAll();
    await world.until(() => before !== undefined);
    const third = await signedIn(world, 'bob');
    await supplied(world, third);
    await world.outcome(third.port.revokeDevice(next.engine!.state.self!.deviceId));
    const { deviceId: revoked } = next.engine!.state.self!;
    world.cutConnections();
    await world.until(() => ada.online);
    ada.tamper = body =>
      body.type === 'deviceListChanged' ? [{ ...body, signedDeviceList: before! }] : [body];
    await ada.say('to the third');
    await world.clock.advance(600_000);
    const inside = ada.room.members.map(({ deviceId }) => deviceId);
    expect(inside).toContain(third.engine!.state.self!.deviceId);
    expect(inside).not.toContain(revoked);
  });
});
