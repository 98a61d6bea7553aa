import { describe, expect, it } from 'vitest';
import { DyingStore, FillingStore } from './testing/dyingStore.fixture.ts';
import { OPEN_DOOR, type Person, World } from './testing/world.fixture.ts';

/*
 * Threat 59: a crash at any point between decrypting and acknowledging (or writing and sending) loses nothing and
 * shows nothing twice. Every commit of the device that dies is tried, once lost and once written unnoticed.
 */

const NEVER = Number.POSITIVE_INFINITY;

/** Says it, and tells whether the sender was told that it is kept. */
async function said(person: Person, text: string): Promise<boolean> {
  return person.say(text).then(
    () => true,
    () => false,
  );
}

/** Restarts a device with a store that dies at its n-th commit. */
async function restartDying(person: Person, diesAt: number, when: 'before' | 'after'): Promise<DyingStore> {
  await person.stop();
  const store = new DyingStore(person.disk, diesAt, when);
  await person.start(store).catch(() => undefined);
  return store;
}

async function bury(person: Person): Promise<void> {
  await person.stop().catch(() => undefined);
  await person.start();
}

async function roomForTwo(): Promise<{ world: World; host: Person; guest: Person }> {
  const world = new World();
  const host = await world.person('host', 'Hana').start();
  await host.port.setName('Hana');
  await host.startRoom();
  const guest = await world.person('guest', 'Gil').start();
  await guest.enter(host.link);
  await world.until(() => host.room.epoch === 2 && guest.room.epoch === 2);
  await world.clock.advance(5_000);
  return { world, host, guest };
}

/** A conversation in which one of the two dies. Gives how many commits it made. */
async function converse(who: 'host' | 'guest', diesAt: number, when: 'before' | 'after'): Promise<number> {
  const { world, host, guest } = await roomForTwo();
  const dying = who === 'host' ? host : guest;
  const store = await restartDying(dying, diesAt, when);
  const kept: string[] = [];
  const tell = async (person: Person, text: string) => {
    if (await said(person, text)) kept.push(text);
  };
  await tell(host, 'h 1');
  await tell(guest, 'g 1');
  await tell(guest, 'g 2');
  await world.clock.advance(300);
  const { actor } = host.engine!.rooms.get(host.roomId!);
  void actor.wishes.add({ kind: 'update' }).catch(() => undefined);
  actor.wake();
  await tell(guest, 'g 3');
  await tell(host, 'h 2');
  await world.clock.advance(300);
  await host.port.markRead(host.roomId!).catch(() => undefined);
  await guest.port.markRead(guest.roomId!).catch(() => undefined);
  await world.clock.advance(2_000);
  const { commits } = store;
  await bury(dying);
  await tell(host, 'h end');
  await tell(guest, 'g end');
  const place = `${who} ${diesAt} ${when}`;
  for (const person of [host, guest]) {
    await world
      .until(() => kept.every(text => person.texts.includes(text)), 120_000)
      .catch(error => {
        throw new Error(`${place}: ${person.name} has ${person.texts.join()} of ${kept.join()}: ${error}`);
      });
  }
  await world.clock.advance(40_000);
  for (const person of [host, guest]) {
    const { texts } = person;
    expect(new Set(texts).size, `${place}: twice in ${texts.join()}`).toBe(texts.length);
    expect(inOrder(texts, 'h') && inOrder(texts, 'g'), `${place}: order ${texts.join()}`).toBe(true);
    expect(
      person.log.filter(({ kind }) => kind === 'gap'),
      place,
    ).toEqual([]);
    expect(person.room.warnings, place).toEqual([]);
    expect(person.engine!.state.connection, place).toEqual({ state: 'online' });
  }
  expect(guest.texts, place).toEqual(host.texts);
  expect(guest.room.epoch, place).toBe(host.room.epoch);
  expect(
    host.log.every(item => item.kind !== 'message' || item.send?.state !== 'sending'),
    place,
  ).toBe(true);
  expect(world.failures, place).toEqual([]);
  await world.close();
  return commits;
}

function inOrder(texts: readonly string[], who: string): boolean {
  const own = texts.filter(text => text.startsWith(`${who} `));
  return own.join() === [...own].sort().join();
}

describe('a device that dies', () => {
  it.each(['host', 'guest'] as const)(
    'loses and doubles nothing at any commit of a conversation: %s',
    async who => {
      const commits = await converse(who, NEVER, 'before');
      expect(commits).toBeGreaterThan(10);
      for (let n = 1; n <= commits; n++) {
        await converse(who, n, 'before');
        await converse(who, n, 'after');
      }
    },
    300_000,
  );

  it('a guest that dies at any commit on its way in comes in', async () => {
    const enter = async (diesAt: number, when: 'before' | 'after') => {
      const world = new World();
      const host = await world.person('host', 'Hana').start();
      await host.port.setName('Hana');
      await host.startRoom();
      const guest = world.person('guest', 'Gil');
      const store = new DyingStore(guest.disk, diesAt, when);
      await guest.start(store).catch(() => undefined);
      const { link } = host;
      await guest.port?.join({ link, name: 'Gil', password: undefined }).catch(() => undefined);
      await world.clock.advance(15_000);
      const { commits } = store;
      await bury(guest);
      if (guest.engine!.state.rooms.length === 0)
        await guest.port.join({ link, name: 'Gil', password: undefined });
      const { roomId } = guest.engine!.state.rooms[0]!;
      await guest.open(roomId);
      await world.until(() => guest.room.membership === 'member' && guest.room.members.length === 2);
      await guest.say('inside');
      await world.until(() => host.texts.includes('inside'));
      expect(guest.engine!.state.rooms).toHaveLength(1);
      expect(host.room.members).toHaveLength(2);
      await world.close();
      return commits;
    };
    const commits = await enter(NEVER, 'before');
    for (let n = 1; n <= commits; n++) {
      await enter(n, 'before');
      await enter(n, 'after');
    }
  }, 300_000);

  it('a guest whose disk is full at any commit stops visibly, or has everything', async () => {
    const fill = async (fullAt: number) => {
      const world = new World();
      const host = await world.person('host', 'Hana').start();
      await host.port.setName('Hana');
      await host.startRoom();
      const guest = world.person('guest', 'Gil');
      const store = new FillingStore(guest.disk, fullAt);
      await guest.start(store).catch(() => undefined);
      const joined = await guest.port?.join({ link: host.link, name: 'Gil', password: undefined }).then(
        ({ roomId }) => guest.open(roomId).then(() => true),
        () => false,
      );
      await world.clock.advance(10_000);
      await host.say('to a full disk');
      await world.clock.advance(10_000);
      if (joined === true && !guest.texts.includes('to a full disk')) {
        expect(guest.engine!.state.connection, `${fullAt}`).toEqual({
          state: 'stopped',
          reason: 'storage-failed',
        });
      }
      const { commits } = store;
      await bury(guest);
      if (joined === true)
        await world.until(() => guest.texts.includes('to a full disk') || guest.room.join !== undefined);
      await world.close();
      return commits;
    };
    const commits = await fill(NEVER);
    expect(commits).toBeGreaterThan(8);
    for (let n = 1; n <= commits; n++) await fill(n);
  }, 300_000);

  it('a host that dies at any commit of letting somebody in lets them in once', async () => {
    const letIn = async (diesAt: number, when: 'before' | 'after') => {
      const world = new World();
      const host = await world.person('host', 'Hana').start();
      await host.port.setName('Hana');
      await host.startRoom({ ...OPEN_DOOR, maxUses: 2 });
      const { link } = host;
      const store = await restartDying(host, diesAt, when);
      const guest = await world.person('guest', 'Gil').start();
      await guest.knock(link);
      await world.clock.advance(15_000);
      const { commits } = store;
      await bury(host);
      await world.until(() => guest.room.membership === 'member' && host.room.members.length === 2);
      await world.until(() => host.room.knocks.length === 0);
      expect(host.room.invites[0], `${diesAt} ${when}`).toMatchObject({ uses: 1, status: 'open' });
      await host.say('welcome');
      await world.until(() => guest.texts.includes('welcome'));
      await world.close();
      return commits;
    };
    const commits = await letIn(NEVER, 'before');
    for (let n = 1; n <= commits; n++) {
      await letIn(n, 'before');
      await letIn(n, 'after');
    }
  }, 300_000);

  it('a host that dies while it makes a room has the room or nothing of it', async () => {
    const make = async (diesAt: number, when: 'before' | 'after') => {
      const world = new World();
      const host = world.person('host', 'Hana');
      const store = new DyingStore(host.disk, diesAt, when);
      await host.start(store).catch(() => undefined);
      await host.port?.setName('Hana').catch(() => undefined);
      await world.clock.advance(1_000);
      const started = await host.port?.startRoom({ title: 'Kitchen', invite: OPEN_DOOR }).then(
        () => true,
        () => false,
      );
      const { commits } = store;
      await bury(host);
      await world.until(() => host.online);
      await world.clock.advance(5_000);
      const { rooms } = host.engine!.state;
      if (started === true) expect(rooms).toHaveLength(1);
      for (const room of rooms) expect(room.invites.map(({ status }) => status)).toEqual(['open']);
      await host.port.setName('Hana');
      await host.startRoom(OPEN_DOOR, 'Garden');
      const guest = await world.person('guest', 'Gil').start();
      await guest.enter(host.link);
      await world.close();
      return commits;
    };
    const commits = await make(NEVER, 'before');
    for (let n = 1; n <= commits; n++) {
      await make(n, 'before');
      await make(n, 'after');
    }
  }, 300_000);

  it.each(['host', 'guest'] as const)(
    'an end with erasure comes to its end, whoever dies: %s',
    async who => {
      const end = async (diesAt: number, when: 'before' | 'after') => {
        const { world, host, guest } = await roomForTwo();
        await guest.say('to be forgotten');
        await world.until(() => host.texts.length === 1);
        await world.clock.advance(2_000);
        const dying = who === 'host' ? host : guest;
        const store = await restartDying(dying, diesAt, when);
        await world.clock.advance(1_000);
        const ended = host.port.end(host.roomId!, { erase: true }).catch(() => undefined);
        await world.clock.advance(5_000);
        await ended;
        const { commits } = store;
        await bury(dying);
        await world.clock.advance(5_000);
        if (host.roomOrNone !== undefined && host.room.condition !== 'ended') {
          await world.outcome(host.port.end(host.roomId!, { erase: true }));
        }
        await world.until(() => guest.room.condition === 'ended' && guest.texts.length === 0);
        await world.until(() => host.roomOrNone === undefined);
        await world.clock.advance(1_000);
        for (const person of [host, guest]) {
          const left = (await person.recordKeys()).filter(key => /^(log|mls|at|own)\//.test(key));
          expect(left, `${who} ${diesAt} ${when} ${person.name}`).toEqual([]);
        }
        await world.close();
        return commits;
      };
      const commits = await end(NEVER, 'before');
      for (let n = 1; n <= commits; n++) {
        await end(n, 'before');
        await end(n, 'after');
      }
    },
    300_000,
  );
});
