import type { ServerBody } from '@sotto/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CROWD_QUOTAS, fillRoom } from './testing/crowd.fixture.ts';
import { OPEN_DOOR, type Person, World } from './testing/world.fixture.ts';

/** Who knock one after the other; thousand.test.ts has ten times as many, and bench/people.bench.ts lets them in. */
const DEVICES = 100;

describe('a room whose tree does not fit into a Welcome', () => {
  let world: World;
  let host: Person;
  beforeAll(async () => {
    world = new World(5, CROWD_QUOTAS);
    host = await world.person('host', 'Hana').start();
    await host.port.setName('Hana');
    await host.startRoom({ ...OPEN_DOOR, approval: true });
    await fillRoom(world, host, DEVICES - 1);
    await world.clock.advance(1_000);
    await world.outcome(host.port.createInvite(host.roomId!, OPEN_DOOR));
  }, 240_000);
  afterAll(async () => {
    await world.close();
    expect(world.failures).toEqual([]);
  });

  const blobs = () => world.blobs.counts().blobs;
  const entering = (person: Person) =>
    person.room.join?.step === 'waiting' ? person.room.join.entering : undefined;

  it('takes a new guest, whose tree comes from the relay and goes when it is there', async () => {
    const before = blobs();
    const gil = await world.person('guest', 'Gil').start();
    await gil.enter(host.link);
    expect(gil.room.members).toHaveLength(DEVICES + 1);
    expect(blobs()).toBe(before + 1);
    await gil.say('so many');
    await world.until(() => host.texts.includes('so many'));
    await host.say('come in');
    await world.until(() => gil.texts.includes('come in'));
    await world.until(() => blobs() === before);
  }, 120_000);

  it('shows a guest that the tree does not come, asks again, and lets it in when it does', async () => {
    const ida = await world.person('guest', 'Ida').start();
    const missing: ServerBody = {
      type: 'failure',
      code: 'NOT_FOUND',
      message: '',
      epoch: 0,
      retryAfterMs: 0,
      seq: 0,
    };
    ida.tamper = body => [body.type === 'blobChunk' ? missing : body];
    await ida.knock(host.link);
    await world.until(() => entering(ida) === 'failed');
    expect(ida.room.membership).toBe('joining');
    // What it was told is on its disk, and it goes on after a restart.
    await ida.stop();
    ida.tamper = body => [
      body.type === 'blobChunk' ? { ...body, bytes: body.bytes.map(byte => byte ^ 1) } : body,
    ];
    await ida.start();
    await world.until(() => entering(ida) === 'failed');
    ida.tamper = body => [body];
    await world.until(() => ida.room.membership === 'member');
    expect(ida.room.members).toHaveLength(host.room.members.length);
    await ida.say('at last');
    await world.until(() => host.texts.includes('at last'));
  }, 120_000);
});
