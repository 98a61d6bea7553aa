import { MemoryStore, type StoreWrite, VaultError } from '@sotto/vault';
import { afterEach, describe, expect, it } from 'vitest';
import { OPEN_DOOR, type Person, World } from './testing/world.fixture.ts';

let world: World;
afterEach(async () => {
  await world.close();
  expect(world.failures).toEqual([]);
});

async function hostAndGuest(): Promise<{ host: Person; gil: Person }> {
  world = new World();
  const host = await world.person('host', 'Hana').start();
  await host.port.setName('Hana');
  await host.startRoom({ ...OPEN_DOOR, approval: true });
  return { host, gil: await world.person('guest', 'Gil').start() };
}

const waits = (person: Person) => person.room.join?.step === 'waiting' && person.room.join.delivered;

async function letIn(host: Person): Promise<void> {
  await world.until(() => host.room.knocks.length === 1);
  await world.outcome(host.port.admit(host.roomId!, host.room.knocks[0]!.knockId));
}

describe('asking to come in again', () => {
  it('while the Welcome is under way: it still opens', async () => {
    const { host, gil } = await hostAndGuest();
    await gil.knock(host.link);
    await world.until(() => waits(gil));
    await gil.stop();
    await letIn(host);
    // The Welcome for the first request lies in the inbox when the guest asks again.
    await gil.start();
    const { roomId } = await gil.port.join({ link: host.link, name: 'Gil', password: undefined });
    expect(roomId).toBe(gil.roomId);
    await world.until(() => gil.room.membership === 'member');
    await gil.say('here I am');
    await world.until(() => host.texts.includes('here I am'));
  });

  it('twice in one breath: one request, one room', async () => {
    const { host, gil } = await hostAndGuest();
    const ask = () => gil.port.join({ link: host.link, name: 'Gil', password: undefined });
    const [first, second] = await world.outcome(Promise.all([ask(), ask()]));
    expect(second).toEqual(first);
    expect(gil.engine!.state.rooms).toHaveLength(1);
    await gil.open(first.roomId);
    await letIn(host);
    await world.until(() => gil.room.membership === 'member');
    expect(host.room.members).toHaveLength(2);
  });
});

describe('with a disk that is full', () => {
  /** Full until it is told otherwise. */
  class FullStore extends MemoryStore {
    full = false;

    override commit(writes: readonly StoreWrite[]): Promise<void> {
      if (this.full) return Promise.reject(new VaultError('QUOTA_EXCEEDED', 'the disk is full'));
      return super.commit(writes);
    }
  }

  const codeOf = (promise: Promise<unknown>) =>
    promise.then(
      () => 'done',
      (error: { code: string }) => error.code,
    );

  it('asking to come in and starting a chat are refused and leave no room behind', async () => {
    const { host, gil } = await hostAndGuest();
    const { link } = host;
    const invite = { ...OPEN_DOOR };
    for (const { person, ask } of [
      { person: gil, ask: () => gil.port.join({ link, name: 'Gil', password: undefined }) },
      { person: host, ask: () => host.port.startRoom({ title: 'Attic', invite }) },
    ]) {
      const roomsBefore = person.engine!.state.rooms.length;
      await person.stop();
      const store = new FullStore(person.disk);
      await person.start(store);
      if (person === host) await world.until(() => host.online);
      // The name is stored before, so that the room is what does not fit.
      await person.port.setName(person.name);
      store.full = true;
      expect(await codeOf(world.outcome(ask()))).toBe('STORAGE_FULL');
      expect(person.engine!.state.rooms).toHaveLength(roomsBefore);
      store.full = false;
      expect(await codeOf(world.outcome(ask()))).toBe('done');
    }
  });

  it('that fills while a chat is being started: the chat is not there, and goes for good at the next start', async () => {
    const { host } = await hostAndGuest();
    await host.stop();
    const store = new FullStore(host.disk);
    await host.start(store);
    await world.until(() => host.online);
    const roomsBefore = host.engine!.state.rooms.length;
    const recordsBefore = await host.recordKeys('room/');
    host.tamperSent = body => {
      if (body.type === 'createInvite') store.full = true;
      return body;
    };
    expect(await codeOf(world.outcome(host.port.startRoom({ title: 'Attic', invite: OPEN_DOOR })))).toBe(
      'STORAGE_FULL',
    );
    expect(host.engine!.state.rooms).toHaveLength(roomsBefore);
    await host.stop();
    await host.start();
    await world.until(() => host.online);
    expect(host.engine!.state.rooms).toHaveLength(roomsBefore);
    expect(await host.recordKeys('room/')).toEqual(recordsBefore);
  });
});
