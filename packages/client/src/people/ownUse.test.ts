import { afterEach, beforeEach, expect, it } from 'vitest';
import { registered, signedIn } from '../testing/accounts.fixture.ts';
import { supplied } from '../testing/people.fixture.ts';
import { type Person, World } from '../testing/world.fixture.ts';

const DAY_MS = 24 * 3_600_000;

let world: World;
let laptop: Person;

beforeEach(async () => {
  world = new World(41);
  laptop = (await registered(world, 'ada')).person;
});

afterEach(async () => {
  await world.close();
  expect(world.failures).toEqual([]);
});

/** Days back from today on which this person's list says that a device was used last. */
function usedDaysAgo(person: Person, name: string): number | undefined {
  const device = person.engine!.state.account?.devices.find(listed => listed.name === name);
  const today = Math.floor(world.clock.nowMs() / DAY_MS);
  if (device?.lastUsedMs === undefined) return undefined;
  // Noon: it says nothing of the time.
  expect(device.lastUsedMs % DAY_MS).toBe(DAY_MS / 2);
  return today - Math.floor(device.lastUsedMs / DAY_MS);
}

it('devices tell each other on which day they were used, and nobody sees the room in which they do', async () => {
  expect(usedDaysAgo(laptop, 'Laptop')).toBeUndefined();
  const phone = await signedIn(world, 'ada');
  await supplied(world, phone);
  await world.until(() => usedDaysAgo(laptop, 'Phone') === 0 && usedDaysAgo(phone, 'Laptop') === 0);
  expect(laptop.engine!.state.rooms).toEqual([]);
  await phone.stop();
  await world.clock.advance(3 * DAY_MS);
  // The laptop was open all along, and says so.
  expect(usedDaysAgo(laptop, 'Phone')).toBe(3);
  await phone.start();
  await world.until(() => usedDaysAgo(laptop, 'Phone') === 0 && usedDaysAgo(phone, 'Laptop') === 0);
  await laptop.stop();
  await laptop.start();
  expect(usedDaysAgo(laptop, 'Phone')).toBe(0);
});

it('it is said once a day, however often the session is another', async () => {
  const phone = await signedIn(world, 'ada');
  await supplied(world, phone);
  await world.until(() => usedDaysAgo(laptop, 'Phone') === 0 && usedDaysAgo(phone, 'Laptop') === 0);
  const said: string[] = [];
  for (const device of [laptop, phone]) {
    device.tamperSent = body => {
      if (body.type === 'append') said.push(device.name);
      return body;
    };
  }
  // What the room says by itself after somebody came in.
  await world.clock.advance(DAY_MS / 4);
  said.length = 0;
  for (let times = 0; times < 3; times++) {
    world.cutConnections();
    await world.until(() => laptop.online && phone.online);
    await world.clock.advance(60_000);
  }
  expect(said).toEqual([]);
  await world.clock.advance(DAY_MS);
  await world.until(() => usedDaysAgo(laptop, 'Phone') === 0 && usedDaysAgo(phone, 'Laptop') === 0);
});

it('where the first of the list stays away, another makes the room', async () => {
  const phone = await signedIn(world, 'ada');
  await laptop.stop();
  const pad = await signedIn(world, 'ada', { deviceName: 'Pad' });
  await Promise.all([supplied(world, phone), supplied(world, pad)]);
  await world.clock.advance(2 * 3_600_000);
  await world.until(() => usedDaysAgo(pad, 'Phone') === 0 && usedDaysAgo(phone, 'Pad') === 0);
});
