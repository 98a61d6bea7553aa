import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KEYS } from '../records/keys.ts';
import { decodeRecord } from '../records/recordCodec.ts';
import { scanAll } from '../records/scanAll.ts';
import { accountOf, devices, refusal, registered, signedIn } from '../testing/accounts.fixture.ts';
import { type Person, World } from '../testing/world.fixture.ts';
import type { KeyPackageRecord } from './accountRecords.ts';

let world: World;

beforeEach(() => {
  world = new World(11);
});

afterEach(async () => {
  await world.close();
  expect(world.failures).toEqual([]);
});

const inside = (person: Person) => person.engine!.state.rooms.filter(room => room.membership === 'member');

/** Ada's laptop with a room, and Bob in it as a guest. */
async function room(): Promise<{ laptop: Person; bob: Person }> {
  const { person: laptop } = await registered(world, 'ada');
  await laptop.startRoom();
  const bob = await world.person('guest', 'Bob').start();
  await bob.enter(laptop.link);
  return { laptop, bob };
}

/** Ada's phone, once her laptop has brought it into the room. */
async function phoneInside(laptop: Person): Promise<Person> {
  const phone = await signedIn(world, 'ada');
  await world.until(() => inside(phone).length === 1);
  await phone.open(inside(phone)[0]!.roomId);
  await world.until(() => laptop.room.members.length === phone.room.members.length);
  return phone;
}

const supplyOf = (person: Person) => {
  const { accountId, deviceId } = person.engine!.state.self!;
  return world.directory.keyPackageSupply({ accountId, deviceId });
};

/** Those with a private key here that are used once. */
async function keyPackagesOf(person: Person): Promise<readonly KeyPackageRecord[]> {
  const records = await scanAll(person.engine!.context.vault, KEYS.keyPackages);
  return records
    .map(({ value }) => decodeRecord<KeyPackageRecord>(value))
    .filter(({ lastResort }) => !lastResort);
}

const events = (person: Person) =>
  person.log.flatMap(item => (item.kind === 'event' ? [item.event.type] : []));

describe('another device of one’s own', () => {
  it('comes into every room, by whichever is there, and speaks and hears', async () => {
    const { laptop, bob } = await room();
    const phone = await phoneInside(laptop);
    expect(phone.room.title).toBe('Kitchen');
    expect(phone.room.myRole).toBe('owner');
    await world.until(() => events(bob).includes('device-added'));
    await phone.say('from the phone');
    await bob.say('hello both');
    await world.until(() => laptop.texts.length === 2 && bob.texts.length === 2 && phone.texts.length === 2);
    // The private keys that let it in are gone, here and in the account’s own room; those that nobody has used are not.
    const unused = await keyPackagesOf(phone);
    expect(unused.length).toBeGreaterThan(40);
    expect((await supplyOf(phone)).count).toBe(unused.length);
    const said = (person: Person) =>
      person.log.flatMap(item =>
        item.kind === 'message' ? [`${item.text}: ${item.author.self} ${item.send?.state}`] : [],
      );
    await world.until(() => phone.sendState('from the phone') === 'delivered');
    expect(said(laptop)).toEqual(['from the phone: true undefined', 'hello both: false undefined']);
    // Of devices of one's own nobody waits for word: the others have it.
    await phone.stop();
    await laptop.say('without the phone');
    await world.until(() => laptop.sendState('without the phone') === 'delivered');
    expect(laptop.room.unread).toBe(1);
  });

  it('that is added by one who is no admin of the room comes in all the same, and no one else does', async () => {
    const { person: laptop } = await registered(world, 'ada');
    await laptop.startRoom();
    const bob = await world.person('guest', 'Bob').start();
    await bob.enter(laptop.link);
    await world.outcome(bob.port.createAccount(accountOf('bob')));
    await world.until(() => laptop.room.members.every(({ guest }) => !guest));
    const phone = await signedIn(world, 'bob');
    await world.until(() => inside(phone).length === 1);
    await phone.open(inside(phone)[0]!.roomId);
    await phone.say('bob’s phone');
    await world.until(() => laptop.texts.includes('bob’s phone'));
    expect(phone.room.myRole).toBe('member');
  });

  it('that is revoked leaves every room, is let in nowhere, and reads nothing further', async () => {
    const { laptop, bob } = await room();
    const phone = await phoneInside(laptop);
    const { deviceId } = phone.engine!.state.self!;
    await world.outcome(laptop.port.revokeDevice(deviceId));
    await world.until(() => bob.room.members.length === 2);
    await world.until(() => laptop.room.members.length === 2);
    expect(phone.engine!.state.connection).toEqual({ state: 'stopped', reason: 'revoked' });
    expect(devices(laptop)).toEqual(['Laptop active self', 'Phone revoked']);
    await bob.say('without the phone');
    await world.until(() => laptop.texts.includes('without the phone'));
    phone.port.reconnectNow();
    await world.clock.advance(60_000);
    expect(phone.texts).toEqual([]);
    expect(phone.engine!.state.connection).toEqual({ state: 'stopped', reason: 'revoked' });
    // It is for good: the same device is never listed again.
    await phone.stop();
    await phone.start();
    await world.until(() => phone.engine!.state.connection.state === 'stopped');
    expect(await refusal(world, laptop.port.revokeDevice(deviceId))).toBe('UNKNOWN_DEVICE');
  });

  it('threat 3: that the relay makes up is never added', async () => {
    const { laptop } = await room();
    const { person: eve } = await registered(world, 'eve');
    const list = (await world.directory.account(eve.engine!.state.self!.accountId))!.deviceList;
    laptop.tamper = body =>
      body.type === 'accounts'
        ? [{ ...body, accounts: body.accounts.map(one => ({ ...one, signedDeviceList: list.signed })) }]
        : [body];
    world.cutConnections();
    await world.until(() => laptop.online);
    await world.clock.advance(60_000);
    expect(devices(laptop)).toEqual(['Laptop active self']);
    expect(laptop.room.members.length).toBe(2);
  });
});

describe('a guest that makes an account', () => {
  it('keeps its rooms and everything in them, without the guest mark', async () => {
    const { laptop, bob } = await room();
    await bob.say('as a guest');
    const before = bob.engine!.state.self;
    await world.outcome(bob.port.createAccount(accountOf('bob')));
    expect(bob.engine!.state.self).toMatchObject({ ...before, name: 'bob' });
    await world.until(() => laptop.room.members.every(({ guest }) => !guest));
    await world.until(() => bob.room.members.every(({ guest }) => !guest));
    expect(bob.room.myRole).toBe('member');
    expect(events(laptop)).toContain('account-made');
    await bob.say('as a member');
    await world.until(() => laptop.texts.includes('as a member'));
    expect(laptop.texts).toEqual(['as a guest', 'as a member']);
    await bob.stop();
    await bob.start();
    await world.until(() => bob.online);
    expect(bob.room.members.every(({ guest }) => !guest)).toBe(true);
  });
});

describe('KeyPackages', () => {
  it('are fifty at the relay, and made anew when few are left', async () => {
    const { person: laptop } = await registered(world, 'ada');
    const full = { count: 50, lastResort: true };
    await world.until(async () => (await supplyOf(laptop)).count === 50);
    expect(await supplyOf(laptop)).toEqual(full);
    const { accountId } = laptop.engine!.state.self!;
    for (let claims = 0; claims < 31; claims++) await world.directory.claimKeyPackages(accountId);
    world.cutConnections();
    await world.until(async () => (await supplyOf(laptop)).count === 50);
  });

  it('are on disk before they leave: what was sent and not answered is sent again, not made again', async () => {
    const { person: laptop } = await registered(world, 'ada');
    await world.until(async () => (await supplyOf(laptop)).count === 50);
    const kept = new Set(await laptop.recordKeys('keypackage/'));
    expect(kept.size).toBe(51);
    const { accountId } = laptop.engine!.state.self!;
    for (let claims = 0; claims < 31; claims++) await world.directory.claimKeyPackages(accountId);
    laptop.tamperSent = body => {
      if (body.type !== 'publishKeyPackages') return body;
      laptop.tamperSent = same => same;
      world.cutConnections();
      return body;
    };
    world.cutConnections();
    await world.until(async () => (await supplyOf(laptop)).count === 50);
    expect((await laptop.recordKeys('keypackage/')).length).toBe(51 + 31);
  });

  it('the last resort lets a device in when there is no other, and another takes its place', async () => {
    const { laptop } = await room();
    const phone = await signedIn(world, 'ada');
    await world.until(() => inside(phone).length === 1);
    await world.until(async () => (await supplyOf(phone)).count >= 49);
    const lastResorts = async () => {
      const records = await scanAll(phone.engine!.context.vault, KEYS.keyPackages);
      return records.map(({ value }) => decodeRecord<KeyPackageRecord>(value)).filter(one => one.lastResort);
    };
    // There were others from the start: it was not used for the first rooms.
    expect(await lastResorts()).toHaveLength(1);
    const inUse = async () => (await lastResorts()).filter(({ replacedAtMs }) => replacedAtMs === undefined);
    const [first] = await inUse();
    expect(first).toMatchObject({ published: true });
    const { accountId } = phone.engine!.state.self!;
    while ((await supplyOf(phone)).count > 0) await world.directory.claimKeyPackages(accountId);
    await laptop.startRoom();
    await world.until(() => inside(phone).length === 2);
    world.cutConnections();
    await world.until(async () => (await lastResorts()).length === 2);
    const now = await inUse();
    expect(now).toHaveLength(1);
    expect(now[0]!.keyPackage).not.toEqual(first!.keyPackage);
    await world.until(async () => (await supplyOf(phone)).count === 50);
  });
});
