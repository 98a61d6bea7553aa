import { LIMITS } from '@sotto/protocol';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { refusal } from '../testing/accounts.fixture.ts';
import { accountIdOf, roomWhere, somebody, talking } from '../testing/people.fixture.ts';
import { picture } from '../testing/picture.fixture.ts';
import { type Person, World } from '../testing/world.fixture.ts';

let world: World;
let ada: Person;
let bob: Person;

beforeEach(async () => {
  world = new World(31);
  ada = await somebody(world, 'ada');
  bob = await somebody(world, 'bob');
});

afterEach(async () => {
  await world.close();
  expect(world.failures).toEqual([]);
});

async function garden(): Promise<void> {
  const accountIds = [accountIdOf(bob)];
  const { roomId } = await world.outcome(ada.port.createGroup({ title: 'Garden', accountIds }));
  await ada.open(roomId);
  const room = await roomWhere(world, bob, ({ title }) => title === 'Garden');
  await world.outcome(bob.port.acceptRequest(room.roomId));
}

const shown = (person: Person) => person.port.readPicture(person.roomId!);

it('a group has the picture that its owner gave it, without where it was taken, also for who comes later', async () => {
  const cyd = await somebody(world, 'cyd');
  await garden();
  expect(bob.room.picture).toBeUndefined();
  expect(await shown(bob)).toBeUndefined();
  const exif = Uint8Array.of(0xff, 0xe1, 0, 8, ...new TextEncoder().encode('47.3 N'));
  const taken = picture(1);
  const told = Uint8Array.of(...taken.subarray(0, 2), ...exif, ...taken.subarray(2));
  await world.outcome(ada.port.setPicture(ada.roomId!, told));
  await world.until(() => bob.room.picture !== undefined);
  expect(await shown(bob)).toEqual(taken);
  await world.outcome(ada.port.addMembers(ada.roomId!, [accountIdOf(cyd)]));
  await roomWhere(world, cyd, ({ title }) => title === 'Garden');
  expect(cyd.room.picture).toBe(bob.room.picture);
  expect(await shown(cyd)).toEqual(taken);
  // It is kept as everything else of the room is: the engine begins anew, and it goes with the room.
  await cyd.stop();
  await cyd.start();
  expect(await shown(cyd)).toEqual(taken);
});

it('another picture has another id; taken away there is none', async () => {
  await garden();
  await world.outcome(ada.port.setPicture(ada.roomId!, picture(1)));
  await world.until(() => bob.room.picture !== undefined);
  const first = bob.room.picture;
  await world.outcome(ada.port.setPicture(ada.roomId!, picture(2)));
  await world.until(() => bob.room.picture !== first);
  expect(await shown(bob)).toEqual(picture(2));
  await world.outcome(ada.port.setPicture(ada.roomId!, undefined));
  await world.until(() => bob.room.picture === undefined);
  expect(await shown(bob)).toBeUndefined();
});

it('what becomes of title and picture stands in the log, by whom the Commit is signed, on every device', async () => {
  await garden();
  const events = (person: Person) => person.log.flatMap(item => (item.kind === 'event' ? [item.event] : []));
  const changes = (person: Person) =>
    events(person).filter(({ type }) => type === 'title' || type === 'picture');
  await world.outcome(ada.port.setTitle(ada.roomId!, 'Rota'));
  await world.outcome(ada.port.setPicture(ada.roomId!, picture(1)));
  await world.outcome(ada.port.setPicture(ada.roomId!, picture(2)));
  await world.outcome(ada.port.setPicture(ada.roomId!, undefined));
  await world.outcome(ada.port.setAnnouncements(ada.roomId!, true));
  const told = (self: boolean) => [
    { type: 'title', title: 'Rota', byName: 'ada', self },
    { type: 'picture', on: true, byName: 'ada', self },
    { type: 'picture', on: true, byName: 'ada', self },
    { type: 'picture', on: false, byName: 'ada', self },
  ];
  await world.until(() => bob.room.announcements === true);
  await bob.open(bob.roomId!);
  expect(changes(bob)).toEqual(told(false));
  expect(changes(ada)).toEqual(told(true));
  // An archive and another own device have them as this one has.
  const archive = { taskId: 'x', format: 'archive', passphrase: 'a file of my own' } as const;
  const { blob: file } = await ada.port.exportHistory(archive);
  const other = await world.person('host', 'Other').start();
  await other.port.importArchive({ taskId: 'i', file, passphrase: archive.passphrase });
  await other.open(other.engine!.state.rooms[0]!.roomId);
  expect(changes(other)).toEqual(told(true));
  const page = await (await bob.port.exportHistory({ taskId: 'p', format: 'html' })).blob.text();
  expect(page).toContain('changed the title to “<bdi>Rota</bdi>”');
  expect(page).toContain('changed the picture');
});

it('nothing but such a picture is taken, from nobody but owners and admins, for groups only', async () => {
  await garden();
  const foreign = ['<svg xmlns="http://www.w3.org/2000/svg"/>', 'GIF89a', ''].map(text =>
    new TextEncoder().encode(text),
  );
  for (const jpeg of [...foreign, picture(1).subarray(0, -1), new Uint8Array(LIMITS.pictureBytes + 1)])
    expect(await refusal(world, ada.port.setPicture(ada.roomId!, jpeg))).toBe('BAD_PICTURE');
  expect(await refusal(world, bob.port.setPicture(bob.roomId!, picture(1)))).toBe('NOT_ALLOWED');
  expect(await refusal(world, bob.port.setPicture(bob.roomId!, undefined))).toBe('NOT_ALLOWED');
  await talking(world, bob, ada, 'ada');
  expect(await refusal(world, bob.port.setPicture(bob.roomId!, picture(1)))).toBe('NOT_ALLOWED');
  expect(ada.engine!.state.rooms.some(room => room.picture !== undefined)).toBe(false);
});
