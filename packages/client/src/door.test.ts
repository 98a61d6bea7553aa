import { formatPathAndFragment, parseLink } from '@sotto/core';
import { afterEach, describe, expect, it } from 'vitest';
import type { InviteOptions } from './projection.ts';
import { OPEN_DOOR, type Person, World } from './testing/world.fixture.ts';

const ASK: InviteOptions = { ...OPEN_DOOR, approval: true };
const HOUR_MS = 3_600_000;

let world: World;
afterEach(async () => {
  await world.close();
  expect(world.failures).toEqual([]);
});

async function hostWith(invite: InviteOptions): Promise<Person> {
  world = new World();
  const host = await world.person('host', 'Hana').start();
  await host.port.setName('Hana');
  await host.startRoom(invite);
  return host;
}

const guest = (name: string) => world.person('guest', name).start();
const refusal = (person: Person) =>
  person.room.join?.step === 'refused' ? person.room.join.reason : undefined;
const waits = (person: Person) => person.room.join?.step === 'waiting' && person.room.join.delivered;
const words = (person: Person) => (person.room.join?.step === 'waiting' ? person.room.join.safetyWords : []);
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'done',
    (error: { code: string }) => error.code,
  );

/** Lets in the one who waits. */
async function admit(host: Person): Promise<void> {
  await world.until(() => host.room.knocks.length > 0);
  await world.outcome(host.port.admit(host.roomId!, host.room.knocks[0]!.knockId));
}

describe('waiting and being let in', () => {
  it('guest and host see the same safety words, and the host decides', async () => {
    const host = await hostWith(ASK);
    const gil = await guest('Gil');
    await gil.knock(host.link);
    await world.until(() => waits(gil) && host.room.knocks.length === 1);
    const [knock] = host.room.knocks;
    expect(knock).toMatchObject({ name: 'Gil', declinedBefore: false, state: 'waiting' });
    expect(gil.room.join).toMatchObject({
      step: 'waiting',
      safetyWords: knock!.safetyWords,
      hostOnline: true,
    });
    expect(knock!.safetyWords).toHaveLength(4);
    expect(host.notices).toEqual(['knock Gil']);
    await admit(host);
    await world.until(() => gil.room.membership === 'member');
    expect(gil.room.members.find(({ self }) => self)?.deviceId).toBe(knock!.deviceId);
    expect(host.room.knocks).toEqual([]);
    expect(host.room.invites[0]).toMatchObject({ uses: 1, status: 'open' });
    expect(gil.room.join).toBeUndefined();
  });

  it('nobody waits for safety words where the host lets in unasked', async () => {
    const host = await hostWith(OPEN_DOOR);
    const gil = await guest('Gil');
    world.slowCrypto = new Promise(() => undefined);
    await gil.knock(host.link);
    await world.until(() => gil.room.membership === 'member');
    expect(host.room.knocks).toEqual([]);
  });

  it('a knock waits for no words, and they follow', async () => {
    const host = await hostWith(ASK);
    const gil = await guest('Gil');
    let derive = () => {};
    world.slowCrypto = new Promise(resolve => {
      derive = resolve;
    });
    await gil.knock(host.link);
    await world.until(() => waits(gil) === true);
    expect(gil.room.join).toMatchObject({ step: 'waiting', safetyWords: [] });
    expect(host.room.knocks).toEqual([]);
    derive();
    await world.until(() => host.room.knocks.length === 1 && words(gil).length > 0);
    expect(host.room.knocks[0]?.safetyWords).toEqual(words(gil));
  });

  it('the relay is reached while a password is being stretched', async () => {
    const host = await hostWith({ ...ASK, password: 'plum' });
    const gil = await guest('Gil');
    let derive = () => {};
    world.slowCrypto = new Promise(resolve => {
      derive = resolve;
    });
    const knocked = gil.knock(host.link, 'plum');
    await world.until(() => gil.online);
    expect(gil.engine?.state.rooms).toEqual([]);
    derive();
    await knocked;
    await world.until(() => host.room.knocks.length === 1);
  });

  it('with a password: a wrong one may be tried again, the right one opens', async () => {
    const host = await hostWith({ ...ASK, password: 'plum' });
    const gil = await guest('Gil');
    expect(
      await codeOf(world.outcome(gil.port.join({ link: host.link, name: 'Gil', password: undefined }))),
    ).toBe('BAD_PASSWORD');
    await gil.knock(host.link, 'pear');
    await world.until(() => refusal(gil) !== undefined);
    expect(gil.room.join).toEqual({ step: 'refused', reason: 'wrong-password', triesLeft: 4 });
    expect(host.room.knocks).toEqual([]);
    const roomBefore = gil.roomId;
    await gil.knock(host.link, 'plum');
    expect(gil.roomId).toBe(roomBefore);
    await admit(host);
    await world.until(() => gil.room.membership === 'member');
  });

  it('five wrong passwords block a guest', async () => {
    const host = await hostWith({ ...OPEN_DOOR, password: 'plum' });
    const gil = await guest('Gil');
    for (let i = 0; i < 4; i++) {
      await gil.knock(host.link, `guess ${i}`);
      await world.until(() => refusal(gil) === 'wrong-password');
    }
    await gil.knock(host.link, 'guess 5');
    await world.until(() => refusal(gil) === 'blocked');
    await gil.knock(host.link, 'plum');
    await world.until(() => refusal(gil) === 'blocked');
    expect(host.room.members).toHaveLength(1);
  });

  it('twenty wrong passwords, by whomever, close the link', async () => {
    const host = await hostWith({ ...OPEN_DOOR, password: 'plum' });
    for (let device = 0; device < 5; device++) {
      const guesser = await guest(`G${device}`);
      for (let i = 0; i < 4; i++) {
        await guesser.knock(host.link, `guess ${i}`);
        await world.until(() => refusal(guesser) !== undefined);
      }
      await world.clock.advance(10_000);
    }
    expect(host.room.invites[0]?.status).toBe('revoked');
    const gil = await guest('Gil');
    await gil.knock(host.link, 'plum');
    await world.until(() => refusal(gil) === 'revoked');
  });

  it('a second decline blocks', async () => {
    const host = await hostWith(ASK);
    const gil = await guest('Gil');
    await gil.knock(host.link);
    await world.until(() => host.room.knocks.length === 1);
    await host.port.decline(host.roomId!, host.room.knocks[0]!.knockId);
    await world.until(() => refusal(gil) === 'declined');
    await gil.knock(host.link);
    await world.until(() => host.room.knocks.length === 1);
    expect(host.room.knocks[0]?.declinedBefore).toBe(true);
    await host.port.decline(host.roomId!, host.room.knocks[0]!.knockId);
    await world.until(() => refusal(gil) === 'blocked');
    await gil.knock(host.link);
    await world.until(() => refusal(gil) === 'blocked');
    expect(host.room.knocks).toEqual([]);
    expect(await codeOf(host.port.decline(host.roomId!, 'nobody'))).toBe('UNKNOWN_KNOCK');
  });

  it('a reload at any step goes on', async () => {
    const host = await hostWith(ASK);
    const gil = await guest('Gil');
    world.killRelay();
    await gil.knock(host.link);
    await gil.stop();
    await gil.start();
    expect(gil.room.join?.step).toBe('waiting');
    world.startRelay();
    await world.until(() => waits(gil) === true);
    await world.until(() => words(gil).length === 4);
    const seen = words(gil);
    await gil.stop();
    await world.until(() => host.room.knocks.length === 1);
    expect(host.room.knocks[0]?.safetyWords).toEqual(seen);
    await host.stop();
    await host.start();
    await gil.start();
    expect(gil.room.join).toMatchObject({ step: 'waiting', safetyWords: seen });
    await gil.stop();
    await world.until(() => host.online);
    await admit(host);
    await gil.start();
    await world.until(() => gil.room.membership === 'member' && gil.room.members.length === 2);
    await gil.say('made it');
    await world.until(() => host.texts.includes('made it'));
  });
});

describe('links that let nobody in', () => {
  it('expired: refused by relay and host, whichever is asked', async () => {
    const host = await hostWith({ ...ASK, lifetimeMs: HOUR_MS });
    const early = await guest('Early');
    await early.knock(host.link);
    await world.until(() => host.room.knocks.length === 1);
    await world.clock.advance(HOUR_MS + 60_000);
    expect(host.room.invites[0]?.status).toBe('expired');
    await world.until(() => refusal(early) === 'expired');
    expect(host.room.knocks).toEqual([]);
    const late = await guest('Late');
    await late.knock(host.link);
    await world.until(() => refusal(late) === 'expired');
  });

  it('revoked: those inside stay', async () => {
    const host = await hostWith(OPEN_DOOR);
    const inside = await guest('Ida');
    await inside.enter(host.link);
    await host.port.revokeInvite(host.roomId!, host.room.invites[0]!.token);
    const gil = await guest('Gil');
    await gil.knock(host.link);
    await world.until(() => refusal(gil) === 'revoked');
    await inside.say('still in');
    await world.until(() => host.texts.includes('still in'));
  });

  it('revoked while somebody waits: they are told', async () => {
    const host = await hostWith(ASK);
    const gil = await guest('Gil');
    await gil.knock(host.link);
    await world.until(() => host.room.knocks.length === 1);
    await host.port.closeDoor(host.roomId!);
    await world.until(() => refusal(gil) === 'revoked');
    expect(host.room.knocks).toEqual([]);
  });

  it('revoked without the relay: holds at once, and the relay learns of it', async () => {
    const host = await hostWith(OPEN_DOOR);
    const { link } = host;
    world.killRelay();
    await host.port.revokeInvite(host.roomId!, host.room.invites[0]!.token);
    await host.stop();
    world.startRelay();
    const gil = await guest('Gil');
    await gil.knock(link);
    await world.until(() => waits(gil) === true);
    await host.start();
    await world.until(() => refusal(gil) === 'revoked');
    const late = await guest('Late');
    await late.knock(link);
    await world.until(() => refusal(late) === 'revoked');
    expect(host.room.members).toHaveLength(1);
  });

  it('used up: just one person, whoever asks first, and the link says so', async () => {
    const host = await hostWith({ ...OPEN_DOOR, maxUses: 1 });
    const guests = [await guest('A'), await guest('B'), await guest('C')];
    await Promise.all(guests.map(person => person.knock(host.link)));
    await world.until(() =>
      guests.every(person => person.room.membership === 'member' || refusal(person) !== undefined),
    );
    expect(guests.filter(person => person.room.membership === 'member')).toHaveLength(1);
    expect(guests.filter(person => refusal(person) === 'full')).toHaveLength(2);
    expect(host.room.members).toHaveLength(2);
    expect(host.room.invites[0]).toMatchObject({ uses: 1, status: 'used-up' });
    const late = await guest('Late');
    await late.knock(host.link);
    await world.until(() => refusal(late) === 'full');
  });

  it('used up while the host decides: the one it admits comes in, the other is told', async () => {
    const host = await hostWith({ ...ASK, maxUses: 1 });
    const [a, b] = [await guest('A'), await guest('B')];
    await a.knock(host.link);
    await b.knock(host.link);
    await world.until(() => host.room.knocks.length === 2);
    const [first, second] = host.room.knocks;
    const both = [first!, second!].map(({ knockId }) => codeOf(host.port.admit(host.roomId!, knockId)));
    const outcomes = await Promise.all(both.map(outcome => world.outcome(outcome)));
    expect(outcomes.filter(outcome => outcome === 'done')).toHaveLength(1);
    await world.until(() =>
      [a, b].every(person => person.room.membership === 'member' || refusal(person) === 'full'),
    );
    expect(host.room.members).toHaveLength(2);
  });

  it('unknown: the relay knows no such invite; another link still works', async () => {
    const host = await hostWith(OPEN_DOOR);
    const gil = await guest('Gil');
    const token = host.room.invites[0]!.token;
    await gil.knock(host.link.replace(token, 'A'.repeat(24)));
    await world.until(() => refusal(gil) === 'unknown-link');
    await gil.enter(host.link);
  });

  it('ended: nobody comes in any more', async () => {
    const host = await hostWith(ASK);
    const gil = await guest('Gil');
    await gil.knock(host.link);
    await world.until(() => host.room.knocks.length === 1);
    const { link } = host;
    await world.outcome(host.port.end(host.roomId!, { erase: false }));
    await world.until(() => refusal(gil) === 'ended');
    const late = await guest('Late');
    await late.knock(link);
    await world.until(() => refusal(late) === 'ended');
  });

  it('what is no link is refused before anything happens', async () => {
    const host = await hostWith(OPEN_DOOR);
    const gil = await guest('Gil');
    for (const link of ['', 'https://relay.test/', host.link.split('#')[0]!, `${host.link}x`]) {
      expect(await codeOf(world.outcome(gil.port.join({ link, name: 'Gil', password: undefined })))).toBe(
        'BAD_LINK',
      );
    }
    expect(
      await codeOf(world.outcome(gil.port.join({ link: host.link, name: ' ', password: undefined }))),
    ).toBe('BAD_NAME');
    expect(gil.engine!.state.rooms).toEqual([]);
  });

  it('a link of somebody else’s room lets nobody in: the Welcome does not fit the fingerprint', async () => {
    const host = await hostWith(OPEN_DOOR);
    const gil = await guest('Gil');
    const link = parseLink(host.link);
    const fingerprint = link.fingerprint.map((byte, i) => (i === 15 ? byte ^ 1 : byte));
    await gil.knock(`https://relay.test${formatPathAndFragment({ ...link, fingerprint })}`);
    await world.until(() => gil.room.membership === 'member' || refusal(gil) !== undefined);
    expect(refusal(gil)).toBe('impostor');
    expect(await gil.recordKeys('mls/')).toEqual([]);
  });

  it('a new link beside an old one', async () => {
    const host = await hostWith({ ...OPEN_DOOR, maxUses: 1 });
    await (await guest('A')).enter(host.link);
    const { token } = await world.outcome(host.port.createInvite(host.roomId!, OPEN_DOOR));
    expect(host.room.invites).toHaveLength(2);
    const path = host.room.invites.find(invite => invite.token === token)!.pathAndFragment;
    await (await guest('B')).enter(`https://relay.test${path}`);
    await world.until(() => host.room.members.length === 3);
  });
});

describe('who may do what', () => {
  it('guests make no rooms, links or changes', async () => {
    const host = await hostWith(OPEN_DOOR);
    const gil = await guest('Gil');
    await gil.enter(host.link);
    const { roomId } = gil.room;
    const attempts: (() => Promise<unknown>)[] = [
      () => gil.port.startRoom({ title: 'Mine', invite: OPEN_DOOR }),
      () => gil.port.createInvite(roomId, OPEN_DOOR),
      () => gil.port.setTitle(roomId, 'Mine'),
      () => gil.port.removeMember(roomId, host.room.members[0]!.deviceId),
      () => gil.port.pause(roomId),
      () => gil.port.end(roomId, { erase: true }),
    ];
    for (const attempt of attempts) expect(await codeOf(world.outcome(attempt()))).toBe('NOT_ALLOWED');
    expect(host.room.members).toHaveLength(2);
    expect(host.room.condition).toBe('open');
  });

  it('without the relay, what needs it is refused and changes nothing', async () => {
    const host = await hostWith(OPEN_DOOR);
    world.killRelay();
    await world.until(() => !host.online);
    const attempts: (() => Promise<unknown>)[] = [
      () => host.port.startRoom({ title: 'Mine', invite: OPEN_DOOR }),
      () => host.port.createInvite(host.roomId!, OPEN_DOOR),
      () => host.port.setTitle(host.roomId!, 'Mine'),
      () => host.port.pause(host.roomId!),
      () => host.port.end(host.roomId!, { erase: false }),
    ];
    for (const attempt of attempts) expect(await codeOf(attempt())).toBe('OFFLINE');
    expect(host.engine!.state.rooms).toHaveLength(1);
    expect(host.room.invites).toHaveLength(1);
    expect(host.room.title).toBe('Kitchen');
  });
});
