import { blockOf } from '@sotto/vault';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Person, World } from './testing/world.fixture.ts';

let world: World;
let host: Person;
let gil: Person;

beforeEach(async () => {
  world = new World();
  host = await world.person('host', 'Hana').start();
  await host.port.setName('Hana');
  await host.startRoom();
  gil = await world.person('guest', 'Gil').start();
  await gil.enter(host.link);
  await world.until(() => host.room.members.length === 2);
});

afterEach(async () => {
  await world.close();
  expect(world.failures).toEqual([]);
});

async function said(person: Person, ...texts: readonly string[]): Promise<void> {
  for (const text of texts) await person.say(text);
  await world.until(() => [host, gil].every(one => texts.every(text => one.texts.includes(text))));
}

const find = async (person: Person, query: string, more: object = {}) =>
  (await person.port.search({ query, limit: 20, ...more })).found.map(({ snippet }) => snippet.text);
const idOf = (person: Person, text: string) => {
  const item = person.log.find(shown => shown.kind === 'message' && shown.text === text);
  if (item?.kind !== 'message') throw new Error(`nothing says ${text}`);
  return item.messageId;
};
const segments = (person: Person) => person.recordKeys('find/');

/** Moves the room on to its next block of the log. */
async function fillBlock(person: Person): Promise<void> {
  const before = blockOf(Math.max(...person.log.map(({ order }) => order).filter(order => order < 2 ** 50)));
  for (let i = 0; ; i++) {
    await Promise.all(Array.from({ length: 40 }, (_, j) => person.say(`filling ${i} ${j}`)));
    await world.clock.advance(2_000);
    await world.until(() => person.sendState(`filling ${i} 39`) === 'delivered');
    const newest = Math.max(...person.log.map(({ order }) => order).filter(order => order < 2 ** 50));
    if (blockOf(newest) > before) return;
  }
}

describe('search', () => {
  it('lets others go on while it reads what it searches', async () => {
    await said(host, 'a pear of old');
    await host.stop();
    let pauses = 0;
    host.giveWay = async () => {
      pauses++;
      // Would wait for ever if the room were held meanwhile.
      if (pauses === 1) await host.say('a pear said meanwhile');
    };
    await host.start();
    await world.until(() => host.online);
    expect(await find(host, 'old')).toEqual(['a pear of old']);
    expect(pauses).toBeGreaterThan(1);
    await world.until(() => gil.texts.includes('a pear said meanwhile'));
    expect(await find(host, 'pear')).toEqual(['a pear said meanwhile', 'a pear of old']);
  });

  it('finds what anyone wrote, by words, beginnings and slips, newest first, and says by whom', async () => {
    await said(host, 'shall we meet at the harbour?');
    await said(gil, 'the harbour is closed', '我们明天见面');
    expect(await find(host, 'harbour')).toEqual(['the harbour is closed', 'shall we meet at the harbour?']);
    expect(await find(gil, 'meet harb')).toEqual(['shall we meet at the harbour?']);
    expect(await find(gil, 'harbuor')).toHaveLength(2);
    expect(await find(gil, '明天')).toEqual(['我们明天见面']);
    expect(await find(gil, '"is closed"')).toEqual(['the harbour is closed']);
    expect(await find(gil, '"closed is"')).toEqual([]);
    const { found } = await gil.port.search({ query: 'closed', limit: 5 });
    expect(found[0]).toMatchObject({ author: { name: 'Gil', self: true }, roomId: gil.roomId });
    const { text, marks } = found[0]!.snippet;
    expect(marks.map(({ start, end }) => text.slice(start, end))).toEqual(['closed']);
  });

  it('filters by room, person and time, and gives the rest by pages', async () => {
    await said(host, ...Array.from({ length: 7 }, (_, i) => `apple ${i}`));
    await said(gil, 'apple of Gil');
    const gilId = host.room.members.find(({ name }) => name === 'Gil')!.deviceId;
    expect(await find(host, 'apple', { deviceIds: [gilId] })).toEqual(['apple of Gil']);
    expect(await find(host, 'apple', { toMs: 0 })).toEqual([]);
    const first = await host.port.search({ query: 'apple', limit: 5 });
    expect(first.more).toBe(true);
    const second = await host.port.search({ query: 'apple', limit: 5, after: first.found.at(-1)! });
    expect(second.more).toBe(false);
    expect([...first.found, ...second.found]).toHaveLength(8);
    await world.outcome(
      host.port.startRoom({
        title: 'Other',
        invite: { lifetimeMs: 1e6, maxUses: 1, approval: true, password: undefined },
      }),
    );
    const other = host.engine!.state.rooms.find(({ title }) => title === 'Other')!;
    expect(await find(host, 'apple', { roomId: other.roomId })).toEqual([]);
  });

  it('knows what comes after the first search, and what is deleted', async () => {
    expect(await find(host, 'pear')).toEqual([]);
    await said(gil, 'a pear');
    expect(await find(host, 'pear')).toEqual(['a pear']);
    await host.port.deleteMessages(host.roomId!, [idOf(host, 'a pear')], { forEveryone: false });
    expect(await find(host, 'pear')).toEqual([]);
    await said(host, 'a plum');
    await host.port.deleteMessages(host.roomId!, [idOf(host, 'a plum')], { forEveryone: true });
    await world.until(() => !gil.texts.includes('a plum'));
    expect(await find(gil, 'plum')).toEqual([]);
    expect(await find(gil, 'pear')).toEqual(['a pear']);
  });

  it('keeps segments of full blocks, encrypted, finds by them after a restart, and makes them again after a deletion', async () => {
    await said(gil, 'a quince long ago');
    await fillBlock(host);
    await world.clock.advance(30_000);
    await world.until(async () => (await segments(host)).length === 1);
    for (const value of host.disk.records.values())
      expect(new TextDecoder('latin1').decode(value)).not.toContain('quince');
    await host.stop();
    await host.start();
    expect(await find(host, 'quince')).toEqual(['a quince long ago']);
    const [hit] = (await host.port.search({ query: 'quince', limit: 1 })).found;
    await host.port.openTimeline(host.roomId!, hit!.order);
    const shown = host.log.map(item => (item.kind === 'message' ? item.text : ''));
    expect(shown).toContain('a quince long ago');
    expect(host.log.length).toBeLessThan(150);
    await host.port.deleteMessages(host.roomId!, [hit!.messageId], { forEveryone: false });
    expect(await segments(host)).toEqual([]);
    await world.clock.advance(30_000);
    await world.until(async () => (await segments(host)).length === 1);
    await host.stop();
    await host.start();
    expect(await find(host, 'quince')).toEqual([]);
    expect((await find(host, 'filling')).length).toBe(20);
  }, 60_000);

  it('an older place of the log is shown with what stands around it, and leads back to the newest', async () => {
    await said(host, 'a quince long ago');
    await fillBlock(gil);
    const [hit] = (await gil.port.search({ query: 'quince', limit: 1 })).found;
    await gil.port.openTimeline(gil.roomId!, hit!.order);
    expect(gil.texts).toContain('a quince long ago');
    const before = gil.log.length;
    await host.say('meanwhile');
    await world.clock.advance(5_000);
    expect(gil.texts).not.toContain('meanwhile');
    await gil.port.loadNewer(gil.roomId!);
    expect(gil.log.length).toBeGreaterThan(before);
    for (let i = 0; i < 60 && !gil.texts.includes('meanwhile'); i++) await gil.port.loadNewer(gil.roomId!);
    const texts = gil.texts.filter(text => text !== '');
    expect(new Set(texts).size).toBe(texts.length);
    expect(texts.at(-1)).toBe('meanwhile');
    await host.say('and on');
    await world.until(() => gil.texts.includes('and on'));
  }, 60_000);
});
