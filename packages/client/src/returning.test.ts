import { decodeClientFrame } from '@sotto/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { type Person, World } from './testing/world.fixture.ts';

let world: World;
afterEach(async () => {
  await world.close();
  expect(world.failures).toEqual([]);
});

async function roomForTwo(): Promise<{ host: Person; gil: Person }> {
  world = new World();
  const host = await world.person('host', 'Hana').start();
  await host.port.setName('Hana');
  await host.startRoom();
  const gil = await world.person('guest', 'Gil').start();
  await gil.enter(host.link);
  return { host, gil };
}

describe('going and coming back', () => {
  it('whoever was removed and let in again reads on in the new room', async () => {
    const { host, gil } = await roomForTwo();
    const { deviceId } = host.room.members.find(({ self }) => !self)!;
    await world.outcome(host.port.removeMember(host.roomId!, deviceId));
    await world.until(() => gil.room.membership === 'removed');
    const before = gil.roomId;
    await gil.enter(host.link);
    expect(gil.roomId).not.toBe(before);
    await host.say('welcome back');
    await world.until(() => gil.texts.includes('welcome back'));
    await gil.say('thank you');
    await world.until(() => host.texts.includes('thank you') && gil.sendState('thank you') === 'delivered');
  });

  it('whoever left while the relay was away gives up the subscription when it is back, also after a restart', async () => {
    const { host, gil } = await roomForTwo();
    const said: string[] = [];
    const honest = world.transport.bind(world);
    world.transport = role => ({
      connect(url, events) {
        const connection = honest(role).connect(url, events);
        return {
          send(bytes) {
            said.push(decodeClientFrame(bytes).body.type);
            connection.send(bytes);
          },
          close: () => connection.close(),
        };
      },
    });
    world.killRelay();
    await world.until(() => !gil.online);
    await world.outcome(gil.port.leaveAndErase(gil.roomId!));
    await gil.stop();
    world.startRelay();
    await gil.start();
    await world.until(() => said.includes('leaveStream'));
    expect(gil.engine!.state.rooms).toEqual([]);
    expect(host.roomOrNone).toBeDefined();
  });
});
