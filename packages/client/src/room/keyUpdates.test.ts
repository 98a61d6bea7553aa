import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Person, World } from '../testing/world.fixture.ts';

const DAY_MS = 24 * 3_600_000;
/** A little more than one. */
const HOUR_MS = 3_700_000;

let world: World;
let host: Person;
let gil: Person;

beforeEach(async () => {
  world = new World(14);
  host = await world.person('host', 'Hana').start();
  await host.port.setName('Hana');
  await host.startRoom();
  gil = await world.person('guest', 'Gil').start();
  await gil.enter(host.link);
  await world.clock.advance(60_000);
});

afterEach(async () => {
  await world.close();
  expect(world.failures).toEqual([]);
});

/** Machines sleep for most of it, and look around for an hour. */
async function pass(days: number): Promise<void> {
  await world.clock.sleep(days * DAY_MS - HOUR_MS);
  await world.clock.advance(HOUR_MS);
}

const ageDays = (person: Person) => (world.clock.nowMs() - person.room.keysRenewedAtMs!) / DAY_MS;

describe('threat 14: the age of one’s own keys', () => {
  it('is never more than a week while the relay passes commits on', async () => {
    for (let day = 0; day < 16; day++) {
      await pass(1);
      expect(Math.max(ageDays(host), ageDays(gil))).toBeLessThan(7.5);
    }
  });

  it('is shown to grow where the relay holds back what one commits, on that device alone', async () => {
    gil.tamperSent = body => (body.type === 'append' && body.kind === 'commit' ? { type: 'ping' } : body);
    for (let week = 0; week < 2; week++) await pass(7.5);
    expect(ageDays(gil)).toBeGreaterThan(14);
    expect(ageDays(host)).toBeLessThan(7.5);
    gil.tamperSent = body => body;
    world.cutConnections();
    await world.until(() => ageDays(gil) < 1);
  });
});
