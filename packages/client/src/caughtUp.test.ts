import type { ServerBody } from '@sotto/protocol';
import { afterEach, expect, it } from 'vitest';
import { OPEN_DOOR, World } from './testing/world.fixture.ts';

let world: World;
afterEach(async () => {
  await world.close();
  expect(world.failures).toEqual([]);
});

it('who knocked while the host was away is let in also when the newest entry is the host’s own', async () => {
  world = new World();
  const host = await world.person('host', 'Hana').start();
  await host.port.setName('Hana');
  await host.startRoom(OPEN_DOOR);
  const { link } = host;
  // The relay has the host's last message, and the host has not seen it come back.
  host.tamper = body => (body.type === 'entries' ? [] : [body]);
  await host.say('anybody here?');
  await world.until(() => host.sendState('anybody here?') === 'sent');
  await host.stop();
  // The request is here long before the message is.
  const held: ServerBody[] = [];
  host.tamper = body => {
    if (body.type === 'pong') return [...held.splice(0), body];
    if (body.type !== 'entries' || body.streamId !== host.roomId) return [body];
    held.push(body);
    return [];
  };
  const gil = await world.person('guest', 'Gil').start();
  await gil.knock(link);
  await world.until(() => gil.room.join?.step === 'waiting' && gil.room.join.delivered);
  await host.start();
  await world.until(() => gil.room.membership === 'member');
});
