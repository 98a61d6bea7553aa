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
