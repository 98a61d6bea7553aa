import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EngineEvent } from './projection.ts';
import { DyingStore } from './testing/dyingStore.fixture.ts';
import { type Person, World } from './testing/world.fixture.ts';

const PASSPHRASE = 'a file of my own';

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
  await host.say('the first word');
  await world.until(() => gil.texts.includes('the first word'));
  await gil.say('an answer');
  await world.until(() => host.texts.includes('an answer'));
  const first = host.log.find(item => item.kind === 'message');
  await gil.port.sendText(
    gil.roomId!,
    'and a reply',
    first!.kind === 'message' ? first!.messageId : undefined,
  );
  await world.until(() => host.texts.includes('and a reply'));
});

afterEach(async () => {
  await world.close();
  expect(world.failures).toEqual([]);
});

const archiveOf = async (person: Person) =>
  (await person.port.exportHistory({ taskId: 't', format: 'archive', passphrase: PASSPHRASE })).blob;
const importInto = (person: Person, file: Blob, passphrase = PASSPHRASE) =>
  person.port.importArchive({ taskId: 'i', file, passphrase });
const wholeDisk = (person: Person) => new Map(person.disk.records);

describe('an archive', () => {
  it('comes in on another device, there to be read, searched and deleted, and not twice', async () => {
    const other = await world.person('host', 'Other').start();
    const file = await archiveOf(host);
    expect(await importInto(other, file)).toEqual({ conversations: 1, messages: 3, skipped: 0 });
    const shown = host.log.map(item =>
      item.kind === 'message' ? [item.author.name, item.text] : [item.kind],
    );
    for (const restart of [false, true]) {
      if (restart) {
        await other.stop();
        await other.start();
      }
      const room = other.engine!.state.rooms[0]!;
      expect(room).toMatchObject({
        title: 'Kitchen',
        imported: true,
        condition: 'ended',
        membership: 'left',
      });
      expect(room.preview?.text).toBe('and a reply');
      await other.open(room.roomId);
      expect(
        other.log.map(item =>
          item.kind === 'message' ? [item.author.self ? 'Hana' : item.author.name, item.text] : [item.kind],
        ),
      ).toEqual(shown);
      const reply = other.log.find(item => item.kind === 'message' && item.text === 'and a reply');
      expect(reply).toMatchObject({ author: { name: 'Gil' }, replyTo: { text: 'the first word' } });
    }
    expect((await other.port.search({ query: 'answer', limit: 5 })).found).toHaveLength(1);
    await expect(other.port.sendText(other.roomId!, 'more')).rejects.toBeDefined();
    expect(await importInto(other, file)).toEqual({ conversations: 0, messages: 0, skipped: 1 });
    expect(await importInto(host, file)).toEqual({ conversations: 0, messages: 0, skipped: 1 });
    await other.port.deleteConversation(other.roomId!);
    expect(await other.recordKeys('log/')).toEqual([]);
    expect(await importInto(other, file)).toMatchObject({ conversations: 1 });
  }, 60_000);

  it('with a wrong passphrase, damaged, or not an archive, changes nothing', async () => {
    const file = await archiveOf(host);
    const other = await world.person('host', 'Other').start();
    const before = wholeDisk(other);
    await expect(importInto(other, file, 'not the right one')).rejects.toMatchObject({
      code: 'ARCHIVE_WRONG_PASSPHRASE',
    });
    const bytes = new Uint8Array(await file.arrayBuffer());
    bytes[bytes.length - 100]! ^= 1;
    await expect(importInto(other, new Blob([bytes]))).rejects.toMatchObject({ code: 'ARCHIVE_DAMAGED' });
    await expect(importInto(other, new Blob(['a letter']))).rejects.toMatchObject({
      code: 'ARCHIVE_FOREIGN',
    });
    expect(wholeDisk(other)).toEqual(before);
    await expect(
      host.port.exportHistory({ taskId: 't', format: 'archive', passphrase: 'short' }),
    ).rejects.toMatchObject({ code: 'WEAK_PASSPHRASE' });
  }, 60_000);

  it('whatever commit an import dies at, there is all of it or nothing at the next start', async () => {
    const file = await archiveOf(host);
    for (const when of ['before', 'after'] as const) {
      for (let at = 1; ; at++) {
        const other = await world.person('host', `Other ${when} ${at}`).start();
        await other.stop();
        const dying = new DyingStore(other.disk, at, when);
        const died = await other
          .start(dying)
          .then(() => importInto(other, file))
          .then(
            () => false,
            () => true,
          );
        await other.stop().catch(() => undefined);
        await other.start();
        const rooms = other.engine!.state.rooms;
        const records = await other.recordKeys('log/');
        expect(rooms.length === 1 ? 1 : 0).toBe(records.length > 0 ? 1 : 0);
        if (rooms.length === 1) await other.open(rooms[0]!.roomId);
        expect(other.texts).toHaveLength(rooms.length === 1 ? 3 : 0);
        if (!died) break;
      }
    }
  }, 120_000);

  it('can be cancelled, and leaves nothing', async () => {
    const file = await archiveOf(host);
    const other = await world.person('host', 'Other').start();
    const importing = importInto(other, file);
    await other.port.cancelTask('i');
    await expect(importing).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(other.engine!.state.rooms).toEqual([]);
    expect(await other.recordKeys('log/')).toEqual([]);
  }, 60_000);
});

describe('in clear', () => {
  it('JSON and a page say what was said, and tell how far they are', async () => {
    const told: EngineEvent[] = [];
    host.port.subscribe(event => event.type === 'progress' && told.push(event));
    const { blob, fileName } = await host.port.exportHistory({ taskId: 'j', format: 'json' });
    expect(fileName).toMatch(/^sotto-\d{4}-\d\d-\d\d\.json$/);
    const { conversations } = JSON.parse(await blob.text());
    expect(conversations[0].title).toBe('Kitchen');
    const texts = conversations[0].items.flatMap((item: { text?: string }) => item.text ?? []);
    expect(texts).toEqual(['the first word', 'an answer', 'and a reply']);
    expect(told.at(-1)).toMatchObject({ type: 'progress', taskId: 'j', done: conversations[0].items.length });
    const page = await (await host.port.exportHistory({ taskId: 'h', format: 'html' })).blob.text();
    for (const text of texts) expect(page).toContain(text);
    expect(page).not.toMatch(/<script/i);
  });
});
