import { expect, it } from 'vitest';
import { DyingStore } from '../testing/dyingStore.fixture.ts';
import { fileBytes, fileOf } from '../testing/files.fixture.ts';
import { type Person, World } from '../testing/world.fixture.ts';

/*
 * Threat 59, for files: whenever a device dies between taking a file and having sent it, or between hearing of one and
 * having it, nothing is lost of what it took, nothing is shown twice, and no chunk stays that belongs to nothing.
 */

const NEVER = Number.POSITIVE_INFINITY;
const BYTES = fileBytes(90_000);

const names = (person: Person) =>
  person.log.flatMap(item => (item.kind === 'message' && item.file ? [item.file.name] : []));
const allHere = (person: Person) =>
  person.log.every(
    item => item.kind !== 'message' || item.file === undefined || item.file.state.state === 'here',
  );

/** Each sends the other a file; one of the two dies at a commit. Gives how many it made. */
async function exchange(who: 'host' | 'guest', diesAt: number, when: 'before' | 'after'): Promise<number> {
  const place = `${who} ${diesAt} ${when}`;
  const world = new World();
  const host = await world.person('host', 'Hana').start();
  await host.port.setName('Hana');
  await host.startRoom();
  const guest = await world.person('guest', 'Gil').start();
  await guest.enter(host.link);
  await world.until(() => host.room.epoch === 2 && guest.room.epoch === 2);
  await world.clock.advance(5_000);
  const dying = who === 'host' ? host : guest;
  await dying.stop();
  const store = new DyingStore(dying.disk, diesAt, when);
  await dying.start(store).catch(() => undefined);
  const kept: string[] = [];
  for (const person of [host, guest]) {
    const name = `of ${person.name}`;
    const file = { name, mediaType: '', bytes: BYTES };
    await person.port.sendFile(person.roomId!, file).then(
      () => kept.push(name),
      () => undefined,
    );
  }
  await world.clock.advance(5_000);
  const { commits } = store;
  await dying.stop().catch(() => undefined);
  await dying.start();
  for (const person of [host, guest]) {
    const has = () => kept.every(name => names(person).includes(name)) && allHere(person);
    await world.until(has, 120_000).catch(() => {
      throw new Error(`${place}: ${person.name} has ${JSON.stringify(person.log)} of ${kept.join()}`);
    });
  }
  await world.clock.advance(40_000);
  for (const person of [host, guest]) {
    const found = names(person);
    expect(new Set(found).size, `${place}: twice in ${found.join()}`).toBe(found.length);
    expect(
      person.log.filter(({ kind }) => kind === 'gap'),
      place,
    ).toEqual([]);
    for (const item of person.log) {
      if (item.kind !== 'message' || fileOf(person, item.messageId) === undefined) continue;
      const read = await person.port.readFile(person.roomId!, item.messageId);
      expect(Buffer.compare(read!.bytes, BYTES), place).toBe(0);
    }
    // Two chunks a file, and nothing unfinished.
    expect((await person.recordKeys('file/')).length, place).toBe(2 * found.length);
    expect(await person.recordKeys('filework/'), place).toEqual([]);
  }
  expect(names(guest).sort(), place).toEqual(names(host).sort());
  expect(world.failures, place).toEqual([]);
  await world.close();
  return commits;
}

it.each([
  ['host', 'before'],
  ['guest', 'after'],
] as const)(
  'a device that dies at any commit of sending a file and getting one: %s, %s it is written',
  async (who, when) => {
    const commits = await exchange(who, NEVER, when);
    expect(commits).toBeGreaterThan(8);
    for (let n = 1; n <= commits; n++) await exchange(who, n, when);
  },
  300_000,
);
