import { afterEach, describe, expect, it } from 'vitest';
import { type Person, World } from './testing/world.fixture.ts';

let world: World;
afterEach(async () => {
  await world.close();
  expect(world.failures).toEqual([]);
});

async function hostAndGuest(): Promise<{ host: Person; guest: Person }> {
  world = new World();
  const host = await world.person('host', 'Hana').start();
  await host.port.setName('Hana');
  await host.startRoom();
  const guest = await world.person('guest', 'Gil').start();
  await guest.enter(host.link);
  await world.until(() => host.room.members.length === 2);
  return { host, guest };
}

describe('two people in a room', () => {
  it('start, join by a link, write both ways', async () => {
    const { host, guest } = await hostAndGuest();
    expect(guest.room.title).toBe('Kitchen');
    await guest.say('hello from the guest');
    await host.say('hello from the host');
    await world.until(() => host.texts.length === 2 && guest.texts.length === 2);
    expect(host.texts).toEqual(guest.texts);
    expect(host.room.members.map(({ name, guest: mark }) => [name, mark])).toEqual([
      ['Hana', false],
      ['Gil', true],
    ]);
  });
});
