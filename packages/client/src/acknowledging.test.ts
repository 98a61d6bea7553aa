import { type ClientBody, decodeClientFrame } from '@sotto/protocol';
import { afterEach, expect, it } from 'vitest';
import { World } from './testing/world.fixture.ts';

let world: World;
afterEach(() => world.close());

type Acknowledge = Extract<ClientBody, { type: 'acknowledge' }>;

/** Hears every acknowledgement that devices send, and lets it through or not. */
function listenToAcknowledgements(lets: () => boolean): Acknowledge[] {
  const heard: Acknowledge[] = [];
  const honest = world.transport.bind(world);
  world.transport = role => ({
    connect(url, events) {
      const connection = honest(role).connect(url, events);
      return {
        send(bytes) {
          const { body } = decodeClientFrame(bytes);
          if (body.type === 'acknowledge') {
            heard.push(body);
            if (!lets()) return;
          }
          connection.send(bytes);
        },
        close: () => connection.close(),
      };
    },
  });
  return heard;
}

it('what was stored and not acknowledged is acknowledged when the relay is back', async () => {
  world = new World();
  let through = false;
  const heard = listenToAcknowledgements(() => through);
  const host = await world.person('host', 'Hana').start();
  await host.port.setName('Hana');
  await host.startRoom();
  const gil = await world.person('guest', 'Gil').start();
  await gil.enter(host.link);
  await host.say('are you there?');
  await world.until(() => gil.texts.includes('are you there?'));
  const waitingFor = new Map(heard.map(({ streamId, seq }) => [streamId, seq]));
  // Both inboxes and the room: nothing of it has reached the relay.
  expect(waitingFor.size).toBe(3);
  through = true;
  heard.length = 0;
  world.cutConnections();
  await world.until(() =>
    [...waitingFor].every(([id, seq]) => heard.some(ack => ack.streamId === id && ack.seq >= seq)),
  );
});
