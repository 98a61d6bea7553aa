import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { refusal } from '../testing/accounts.fixture.ts';
import { accountIdOf, roomWhere, sentBy, somebody } from '../testing/people.fixture.ts';
import { type Person, World } from '../testing/world.fixture.ts';

let world: World;
let ada: Person;
let bob: Person;
let cyd: Person;

/** A group of Ada’s with Bob and Cyd in it, who is an admin. */
beforeEach(async () => {
  world = new World(37);
  ada = await somebody(world, 'ada');
  bob = await somebody(world, 'bob');
  cyd = await somebody(world, 'cyd');
  const people = [accountIdOf(bob), accountIdOf(cyd)];
  const { roomId } = await world.outcome(ada.port.createGroup({ title: 'Garden', accountIds: people }));
  await ada.open(roomId);
  for (const person of [bob, cyd]) {
    const room = await roomWhere(world, person, ({ title }) => title === 'Garden');
    await world.outcome(person.port.acceptRequest(room.roomId));
  }
  await world.outcome(ada.port.setRole(roomId, accountIdOf(cyd), 'admin'));
  await ada.say('before');
  for (const person of [bob, cyd]) await world.until(() => person.texts.includes('before'));
  await bob.say('bob before');
  await world.until(() => ada.texts.includes('bob before'));
});

afterEach(async () => {
  await world.close();
  expect(world.failures).toEqual([]);
});

const deviceOf = (person: Person) => person.engine!.state.self!.deviceId;
const standing = (person: Person, of: Person) =>
  person.room.members.find(({ deviceId }) => deviceId === deviceOf(of));
const events = (person: Person) =>
  person.log.flatMap(item => (item.kind === 'event' ? [item.event.type] : []));

/** The relay keeps a commit from Bob, whatever he asks; then he can follow nothing any more. */
async function bobMissesACommit(): Promise<void> {
  let hidden: number | undefined;
  bob.tamper = body => {
    if (body.type !== 'entries') return [body];
    hidden ??= body.entries.find(({ kind }) => kind === 'commit')?.seq;
    return [{ ...body, entries: body.entries.filter(({ seq }) => seq !== hidden) }];
  };
  await world.outcome(ada.port.setTitle(ada.roomId!, 'Orchard'));
  await ada.say('lost on bob');
  await world.until(() => bob.room.fallenOut !== undefined);
  bob.tamper = body => [body];
}

async function bobIsAddedAgain(by: Person): Promise<void> {
  await world.outcome(bob.port.askToBeAddedAgain(bob.roomId!));
  expect(bob.room.fallenOut).toEqual({ asked: true });
  await world.until(() => standing(by, bob)?.fellOut === true);
  await world.outcome(by.port.addAgain(by.roomId!, deviceOf(bob)));
  await world.until(() => bob.room.fallenOut === undefined);
}

/** Bob reads and is read, and his history is where it was. */
async function bobIsIn(): Promise<void> {
  await ada.say('welcome back');
  await world.until(() => bob.texts.includes('welcome back'));
  await bob.say('glad to be');
  for (const person of [ada, cyd]) {
    await world.until(() => person.texts.includes('glad to be'));
    expect(standing(person, bob)?.fellOut).toBeUndefined();
  }
  await world.until(() => bob.sendState('glad to be') === 'delivered');
  expect(bob.texts.slice(0, 2)).toEqual(['before', 'bob before']);
  expect(bob.room.warnings).toEqual([]);
  expect(bob.engine!.state.rooms.length).toBe(1);
  expect(ada.room.members.length).toBe(3);
}

describe('a device that fell out', () => {
  it('says so to its person, and does nothing by itself, nor do the others', async () => {
    await bobMissesACommit();
    expect(bob.room.fallenOut).toEqual({ asked: false });
    expect(bob.room.warnings).toEqual([]);
    const commits: unknown[] = [];
    bob.tamperSent = body => {
      if (body.type === 'append' && body.kind === 'commit') commits.push(body);
      return body;
    };
    await world.clock.advance(3_600_000);
    await ada.say('still without bob');
    await world.clock.advance(60_000);
    expect(commits).toEqual([]);
    expect([ada.room.fallenOut, cyd.room.fallenOut]).toEqual([undefined, undefined]);
    expect(standing(ada, bob)?.fellOut).toBeUndefined();
    expect(await refusal(world, ada.port.addAgain(ada.roomId!, deviceOf(bob)))).toBe('NOT_ALLOWED');
    expect(await refusal(world, cyd.port.askToBeAddedAgain(cyd.roomId!))).toBe('NOT_ALLOWED');
    await world.outcome(bob.port.askToBeAddedAgain(bob.roomId!));
    await world.until(() => standing(ada, bob)?.fellOut === true);
    expect(events(ada)).toContain('fell-out');
    const { epoch } = ada.room;
    await world.clock.advance(60_000);
    expect(ada.room.epoch).toBe(epoch);
  });

  it('is added again in one step, with its history, and goes on', async () => {
    await bobMissesACommit();
    const sent = sentBy(bob);
    await bob.say('before he asked');
    await world.clock.advance(60_000);
    expect(sent).not.toContain('append');
    expect(bob.sendState('before he asked')).toBe('sending');
    await world.outcome(bob.port.askToBeAddedAgain(bob.roomId!));
    await bob.say('kept until then');
    expect(bob.sendState('kept until then')).toBe('sending');
    await world.until(() => standing(cyd, bob)?.fellOut === true);
    const { epoch } = cyd.room;
    await world.outcome(cyd.port.addAgain(cyd.roomId!, deviceOf(bob)));
    expect(cyd.room.epoch).toBe(epoch + 1);
    await world.until(() => ada.texts.includes('kept until then'));
    expect(ada.texts.slice(-2)).toEqual(['before he asked', 'kept until then']);
    await bobIsIn();
    expect(events(bob)).toContain('added-again');
    expect(events(ada)).toContain('added-again');
    await bob.stop();
    await bob.start();
    await world.until(() => bob.online);
    await bob.say('after a start');
    await world.until(() => ada.texts.includes('after a start'));
  });

  it('is added once, where two do it at once', async () => {
    await bobMissesACommit();
    await world.outcome(bob.port.askToBeAddedAgain(bob.roomId!));
    for (const person of [ada, cyd]) await world.until(() => standing(person, bob)?.fellOut === true);
    const { epoch } = ada.room;
    const both = [ada, cyd].map(person => person.port.addAgain(person.roomId!, deviceOf(bob)));
    await world.outcome(Promise.all(both));
    await world.until(() => bob.room.fallenOut === undefined);
    await bobIsIn();
    expect(events(ada).filter(type => type === 'added-again')).toHaveLength(1);
    expect(ada.room.epoch).toBeGreaterThan(epoch);
  });

  it('may be the founder’s: an admin adds it', async () => {
    let hidden: number | undefined;
    ada.tamper = body => {
      if (body.type !== 'entries') return [body];
      hidden ??= body.entries.find(({ kind }) => kind === 'commit')?.seq;
      return [{ ...body, entries: body.entries.filter(({ seq }) => seq !== hidden) }];
    };
    await world.outcome(cyd.port.setTitle(cyd.roomId!, 'Orchard'));
    await cyd.say('lost on ada');
    await world.until(() => ada.room.fallenOut !== undefined);
    ada.tamper = body => [body];
    await world.outcome(ada.port.askToBeAddedAgain(ada.roomId!));
    await world.until(() => standing(cyd, ada)?.fellOut === true);
    // A member cannot; it is for those who may add.
    expect(await refusal(world, bob.port.addAgain(bob.roomId!, deviceOf(ada)))).toBe('NOT_ALLOWED');
    await world.outcome(cyd.port.addAgain(cyd.roomId!, deviceOf(ada)));
    await world.until(() => ada.room.fallenOut === undefined && ada.room.title === 'Orchard');
    expect(ada.room.myRole).toBe('owner');
    await world.outcome(ada.port.setTitle(ada.roomId!, 'Meadow'));
    await world.until(() => bob.room.title === 'Meadow');
  });
});

describe('the same of a device', () => {
  it('that the relay led into a fork', async () => {
    // Cyd’s commit loses against Ada’s everywhere, but the relay gives it to Bob in place of Ada’s.
    let lost: Uint8Array | undefined;
    cyd.tamperSent = body => {
      if (body.type === 'append' && body.kind === 'commit') lost ??= body.payload;
      return body;
    };
    let swapped: number | undefined;
    bob.tamper = body => {
      if (body.type !== 'entries') return [body];
      const entries = body.entries.map(entry => {
        if (entry.kind !== 'commit' || lost === undefined) return entry;
        swapped ??= entry.seq;
        return entry.seq === swapped ? { ...entry, payload: lost } : entry;
      });
      return [{ ...body, entries }];
    };
    const titles = [ada.port.setTitle(ada.roomId!, 'Orchard'), cyd.port.setTitle(cyd.roomId!, 'Meadow')];
    await world.outcome(Promise.all(titles));
    for (const text of ['one', 'two', 'three', 'four']) await ada.say(text);
    await world.until(() => bob.room.fallenOut !== undefined);
    bob.tamper = body => [body];
    await bobIsAddedAgain(ada);
    await bobIsIn();
    expect(bob.room.title).toBe(ada.room.title);
  });

  it('that lost what it had of the room', async () => {
    await bob.stop();
    await bob.loseRecords(`mls/${bob.roomId}/`);
    await bob.start();
    await world.until(() => bob.online);
    expect(bob.room.fallenOut).toEqual({ asked: false });
    await bobIsAddedAgain(cyd);
    await bobIsIn();
  });
});
