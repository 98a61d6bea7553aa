// Loaded when they are first needed: the clock of these tests would not wait for that.
import '@sotto/vault/archive';
import '@sotto/vault/search';
import { afterEach, expect, it } from 'vitest';
import { registered, signedIn } from '../testing/accounts.fixture.ts';
import { fileBytes, fileOf, hasFile, sendFile, stateOf } from '../testing/files.fixture.ts';
import { roomWhere, somebody, talking } from '../testing/people.fixture.ts';
import { type Person, World } from '../testing/world.fixture.ts';

let world: World;
afterEach(async () => {
  await world.close();
  expect(world.failures).toEqual([]);
});

const inside = (person: Person) => person.engine!.state.rooms.filter(room => room.membership === 'member');
const done = (person: Person) =>
  (person.engine!.state.account?.history ?? []).some(({ state }) => state === 'done');

it('a stranger’s file is not fetched before the conversation is accepted: not even that it came is told', async () => {
  world = new World(31);
  const mara = await somebody(world, 'mara');
  const ben = await somebody(world, 'ben');
  const { roomId } = await world.outcome(mara.port.startDirect({ handle: 'ben' }));
  await mara.open(roomId);
  const asked = await roomWhere(world, ben, ({ request }) => request !== undefined);
  let gets = 0;
  ben.tamperSent = body => {
    if (body.type === 'getBlobChunk') gets++;
    return body;
  };
  const messageId = await sendFile(mara, { bytes: fileBytes(900) }, 'hello');
  await world.until(() => hasFile(ben, messageId));
  await world.clock.advance(60_000);
  expect([gets, stateOf(ben, messageId)]).toEqual([0, 'at-relay']);
  await world.outcome(ben.port.acceptRequest(asked.roomId));
  await world.until(() => stateOf(ben, messageId) === 'here');
});

it('every device of an account has the file; one that comes later gets it with the history, while the relay has it', async () => {
  world = new World(32);
  const laptop = (await registered(world, 'ada')).person;
  await laptop.startRoom();
  const bob = await world.person('guest', 'Bob').start();
  await bob.enter(laptop.link);
  const old = await sendFile(bob, { name: 'old plan.pdf', bytes: fileBytes(70_000) }, 'the old one');
  const lost = await sendFile(bob, { name: 'lost.pdf', bytes: fileBytes(80_000) });
  await world.until(() => [old, lost].every(id => stateOf(laptop, id) === 'here'));
  const phone = await signedIn(world, 'ada');
  await world.until(() => inside(phone).length === 1);
  await phone.open(inside(phone)[0]!.roomId);
  await world.until(() => laptop.room.members.length === 3 && phone.room.members.length === 3);
  const own = await sendFile(laptop, { name: 'new.pdf', bytes: fileBytes(60_000) });
  await world.until(() => stateOf(phone, own) === 'here' && stateOf(bob, own) === 'here');
  const rows = world.blobs.ofStream(phone.room.streamId!);
  // The relay keeps them for a while only.
  world.blobs.delete(rows.find(({ chunkCount }) => chunkCount === 2)!);
  const phoneId = phone.engine!.state.self!.deviceId;
  await world.outcome(laptop.port.sendHistory(phoneId));
  await world.until(() => done(phone) && done(laptop));
  await phone.open(phone.roomId!);
  await phone.port.loadOlder(phone.roomId!);
  await world.until(() => [old, lost].every(id => ['here', 'gone'].includes(stateOf(phone, id) ?? '')));
  expect([stateOf(phone, old), stateOf(phone, lost)].sort()).toEqual(['gone', 'here']);
  expect(fileOf(phone, old)).toMatchObject({ name: 'old plan.pdf', sizeBytes: 70_000 });
  const found = await world.outcome(phone.port.search({ query: 'plan', hasFile: true, limit: 5 }));
  expect(found.found.map(({ messageId }) => messageId)).toEqual([old]);
});

it('is found by its name and by what is said with it, and among those with a file', async () => {
  world = new World(33);
  const [mara, ben] = [await somebody(world, 'mara'), await somebody(world, 'ben')];
  await talking(world, mara, ben, 'ben');
  const messageId = await sendFile(mara, { name: 'Invoice 2026.pdf' }, 'as promised');
  await mara.say('the invoice is above');
  await world.until(() => ben.texts.includes('the invoice is above') && stateOf(ben, messageId) === 'here');
  const search = async (query: string, more = {}) =>
    (await world.outcome(ben.port.search({ query, limit: 5, ...more }))).found.map(
      found => `${found.messageId === messageId} ${found.snippet.text}`,
    );
  expect(await search('promised')).toEqual(['true Invoice 2026.pdf\nas promised']);
  expect((await search('invoice')).length).toBe(2);
  expect(await search('invoice', { hasFile: true })).toEqual(['true Invoice 2026.pdf\nas promised']);
  expect(await search('invoice', { hasFile: false })).toEqual(['false the invoice is above']);
  // Without words: all that has a file, newest first, by pages.
  const later = await sendFile(mara, { name: 'Plan.pdf' });
  await world.until(() => stateOf(ben, later) === 'here');
  const files = (more = {}) =>
    world.outcome(ben.port.search({ query: '', hasFile: true, limit: 1, ...more }));
  const { found, more } = await files();
  expect([found[0]?.messageId, found[0]?.snippet.text, more]).toEqual([later, 'Plan.pdf', true]);
  const next = await files({ after: found[0] });
  expect([next.found.map(each => each.messageId), next.more]).toEqual([[messageId], false]);
});

it('goes through a conversation by RSA as well', async () => {
  world = new World(34);
  world.onThreads = true;
  const [mara, ben] = [await somebody(world, 'mara'), await somebody(world, 'ben')];
  for (const person of [mara, ben]) await world.outcome(person.port.makeSealedKeys({ strangers: false }));
  const { roomId } = await world.outcome(mara.port.startDirect({ handle: 'ben' }, { kind: 'rsa-sealed' }));
  await mara.open(roomId);
  const theirs = await roomWhere(world, ben, ({ sealed }) => sealed?.kind === 'conversation');
  await world.outcome(ben.port.acceptRequest(theirs.roomId));
  const bytes = fileBytes(150_000);
  const messageId = await sendFile(mara, { name: 'a.bin', bytes }, 'sealed');
  await world.until(() => stateOf(ben, messageId) === 'here');
  const read = await world.outcome(ben.port.readFile(ben.roomId!, messageId));
  expect(Buffer.compare(read!.bytes, bytes)).toBe(0);
  await world.until(() => mara.sendState('sealed') === 'delivered');
});
