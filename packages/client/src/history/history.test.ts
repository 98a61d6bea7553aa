// Loaded when the first part comes: the clock of these tests would not wait for that.
import '@sotto/vault/archive';
import { MessageId } from '@sotto/protocol';
import { MemoryStore, type StoreWrite, VaultError } from '@sotto/vault';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KEYS } from '../records/keys.ts';
import { decodeRecord } from '../records/recordCodec.ts';
import type { TimelineRecord } from '../records/roomRecords.ts';
import { orderOf, seqOf } from '../room/order.ts';
import { devices, refusal, registered, signedIn } from '../testing/accounts.fixture.ts';
import { DyingStore } from '../testing/dyingStore.fixture.ts';
import { type Person, World } from '../testing/world.fixture.ts';

let world: World;
let laptop: Person;
let bob: Person;

beforeEach(async () => {
  await settingAt(new World(21));
});

afterEach(async () => {
  await world.close();
  expect(world.failures).toEqual([]);
});

/** Ada's laptop in a room with Bob, where three things were said. */
async function settingAt(inWorld: World): Promise<void> {
  world = inWorld;
  laptop = (await registered(world, 'ada')).person;
  await laptop.startRoom();
  bob = await world.person('guest', 'Bob').start();
  await bob.enter(laptop.link);
  await laptop.say('the first word');
  await world.until(() => bob.texts.length === 1);
  await bob.say('an old answer');
  await world.until(() => laptop.texts.length === 2);
  await laptop.say('a third one');
  await world.until(() => bob.texts.length === 3);
}

const inside = (person: Person) => person.engine!.state.rooms.filter(room => room.membership === 'member');
const idOf = (person: Person) => person.engine!.state.self!.deviceId;
const transfers = (person: Person) =>
  (person.engine!.state.account?.history ?? []).map(
    ({ way, done, total, refused, state }) => `${way} ${done}/${total} ${refused} ${state}`,
  );
const blobs = () => world.blobs.counts().blobs;
const OLD = ['the first word', 'an old answer', 'a third one'];

/** Ada's phone, once it is in the room, and the laptop knows. */
async function phoneInside(): Promise<Person> {
  const phone = await signedIn(world, 'ada');
  await world.until(() => inside(phone).length === 1);
  await phone.open(inside(phone)[0]!.roomId);
  await world.until(() => laptop.room.members.length === 3 && phone.room.members.length === 3);
  return phone;
}

/** Reads back to where its log begins. */
async function readAll(person: Person): Promise<readonly string[]> {
  await person.open(person.roomId!);
  await person.port.loadOlder(person.roomId!);
  return person.texts;
}

const phoneId = () => laptop.engine!.state.account!.devices.find(({ name }) => name === 'Phone')!.deviceId;

async function give(): Promise<void> {
  await world.outcome(laptop.port.sendHistory(phoneId()));
}

/** The laptop's log of its room says no more since when the phone is in: all of it would be given. */
async function forgetsWhoCame(): Promise<void> {
  const came = laptop.log.find(item => item.kind === 'event' && item.event.type === 'device-added');
  const { actor } = laptop.engine!.rooms.get(laptop.roomId!);
  await actor.transact(step => step.removeItem(came!.order));
}

/** A disk that takes little things only, while it is full. */
class TightStore extends MemoryStore {
  full = false;

  override async commit(writes: readonly StoreWrite[]): Promise<void> {
    if (this.full && writes.length >= 10) throw new VaultError('QUOTA_EXCEEDED', 'the disk is full');
    await super.commit(writes);
  }
}

const isDone = (person: Person) => transfers(person).some(line => line.endsWith('done'));

describe('history for a new device', () => {
  it('stands before what it read itself, in its order, and is found, quoted and deleted as on the other', async () => {
    const phone = await phoneInside();
    await bob.say('after the phone came');
    await world.until(() => phone.texts.length === 1);
    await phone.port.markRead(phone.roomId!);
    const before = phone.room;
    expect(await world.outcome(laptop.port.measureHistory(idOf(phone)))).toMatchObject({
      conversations: 1,
      messages: 3,
    });
    world.wire = [];
    await give();
    await world.until(() => isDone(phone) && isDone(laptop));
    expect(transfers(phone)).toEqual(['from 1/1 0 done']);
    expect(transfers(laptop)).toEqual(['to 1/1 0 done']);
    // Nothing is counted as unread, nothing is said of it to anyone, and its blob is gone.
    await world.clock.advance(60_000);
    expect(await readAll(phone)).toEqual([...OLD, 'after the phone came']);
    expect(phone.room).toMatchObject({ unread: 0, preview: before.preview!, readTo: before.readTo! });
    expect(phone.notices).toHaveLength(1);
    expect(phone.log.find(item => item.kind === 'message' && item.text === OLD[0])).toMatchObject({
      author: { self: true, name: 'ada' },
    });
    expect(blobs()).toBe(0);
    const found = await phone.port.search({ query: 'old answer', limit: 5 });
    expect(found.found).toHaveLength(1);
    // The relay and the line have seen none of it.
    const sent = Buffer.concat(world.wire!);
    for (const text of OLD) expect(sent.includes(text)).toBe(false);
    // Once more: nothing twice.
    await laptop.port.stopHistory(idOf(phone));
    expect(transfers(laptop)).toEqual([]);
    await phone.port.stopHistory(idOf(laptop));
    await give();
    await world.until(() => isDone(phone) && isDone(laptop));
    expect(await readAll(phone)).toEqual([...OLD, 'after the phone came']);
    // What its author takes back now goes from there too, and stays gone.
    const old = bob.log.find(item => item.kind === 'message' && item.text === 'an old answer');
    await bob.port.deleteMessages(bob.roomId!, [old!.kind === 'message' ? old!.messageId : undefined!], {
      forEveryone: true,
    });
    await world.until(() => !phone.texts.includes('an old answer'));
    expect((await phone.port.search({ query: 'old answer', limit: 5 })).found).toEqual([]);
    await phone.stop();
    await phone.start();
    await world.until(() => phone.online);
    expect(await readAll(phone)).toEqual(['the first word', '', 'a third one', 'after the phone came']);
  });

  it('goes on where it stopped: either may go away, and the relay too', async () => {
    const phone = await phoneInside();
    await phone.stop();
    await give();
    await world.until(() => blobs() === 1);
    // Nothing is left of the old device but what it gave.
    await laptop.stop();
    world.killRelay();
    world.startRelay();
    await phone.start();
    await world.until(async () => (await readAll(phone)).length === 3);
    await world.until(() => isDone(phone));
    await laptop.start();
    await world.until(() => isDone(laptop) && blobs() === 0);
  });

  it('is stopped by either side: nothing is left at the relay or on a disk', async () => {
    const phone = await phoneInside();
    await phone.stop();
    await give();
    await world.until(() => blobs() === 1);
    await world.outcome(laptop.port.stopHistory(idOf(laptop)));
    expect(blobs()).toBe(1);
    await world.outcome(laptop.port.stopHistory(phoneId()));
    await world.until(() => blobs() === 0);
    await phone.start();
    await world.until(() => phone.online);
    await world.clock.advance(60_000);
    expect(transfers(phone)).toEqual([]);
    expect(await readAll(phone)).toEqual([]);
    // And by the one that takes, before it has any of it.
    phone.tamper = body => (body.type === 'blobChunk' ? [] : [body]);
    await give();
    await world.until(() => transfers(phone).length === 1);
    world.cutConnections();
    phone.tamper = body => [body];
    await world.outcome(phone.port.stopHistory(idOf(laptop)));
    await world.until(() => transfers(laptop).length === 0 && blobs() === 0);
    expect(transfers(phone)).toEqual([]);
    for (const person of [laptop, phone]) expect(await person.recordKeys('history/')).toEqual([]);
  });

  it('a part that is not what was announced is refused, and nothing of it is there', async () => {
    const phone = await phoneInside();
    phone.tamper = body => {
      if (body.type !== 'blobChunk') return [body];
      const bytes = body.bytes.slice();
      bytes[40]! ^= 1;
      return [{ ...body, bytes }];
    };
    await give();
    await world.until(() => isDone(phone) && isDone(laptop));
    expect(transfers(phone)).toEqual(['from 1/1 1 done']);
    expect(transfers(laptop)).toEqual(['to 1/1 1 done']);
    expect(await readAll(phone)).toEqual([]);
    expect(blobs()).toBe(0);
    // Given once more, it comes.
    phone.tamper = body => [body];
    await give();
    await world.until(async () => (await readAll(phone)).length === 3);
  });

  it('waits while this device has no room left, and has nothing half written', async () => {
    const phone = await phoneInside();
    await phone.stop();
    const store = new TightStore(phone.disk);
    await phone.start(store);
    await world.until(() => phone.online);
    store.full = true;
    await give();
    await world.until(() => phone.engine!.state.account!.history?.[0]?.trouble === 'no-space');
    expect(await readAll(phone)).toEqual([]);
    expect(phone.online).toBe(true);
    store.full = false;
    await world.until(() => isDone(phone) && isDone(laptop));
    expect(await readAll(phone)).toEqual(OLD);
  });

  it.each(['this device', 'somebody else'])(
    'a part with words that are put into the mouth of %s is refused',
    async whose => {
      const phone = await phoneInside();
      const { actor } = laptop.engine!.rooms.get(laptop.roomId!);
      const { vault } = laptop.engine!.context;
      const { order } = laptop.log.find(item => item.kind === 'message' && item.text === OLD[0])!;
      const record = decodeRecord<TimelineRecord>((await vault.read(KEYS.item(actor.roomId, order)))!);
      if (record.kind !== 'message') throw new Error('no message');
      const deviceId = idOf(whose === 'this device' ? phone : bob);
      const author = { ...record.author, deviceId };
      await actor.transact(step => step.changeItem({ order, record: { ...record, author } }));
      await give();
      await world.until(() => isDone(phone) && isDone(laptop));
      expect(transfers(phone)).toEqual(['from 1/1 1 done']);
      expect(await readAll(phone)).toEqual([]);
    },
  );

  it('nothing of it stands at or behind the place where this device began itself', async () => {
    await laptop.port.setTitle(laptop.roomId!, 'Kitchen of old');
    const phone = await phoneInside();
    const own = phone.log.map(({ key }) => key);
    const beganAt = Math.min(...phone.log.map(({ order }) => order));
    const { actor } = laptop.engine!.rooms.get(laptop.roomId!);
    const { vault } = laptop.engine!.context;
    const { order: saidAt } = laptop.log.find(item => item.kind === 'message' && item.text === OLD[0])!;
    const record = decodeRecord<TimelineRecord>((await vault.read(KEYS.item(actor.roomId, saidAt)))!);
    if (record.kind !== 'message') throw new Error('no message');
    // As the old device would have it that is out to put something there: it has forgotten when the other one came.
    await forgetsWhoCame();
    const seq = seqOf(beganAt);
    const behind = [orderOf(seq, 700), orderOf(seq + 1, 700)];
    await actor.transact(step => {
      for (const order of behind) {
        const messageId = MessageId.fromBytes(world.random(16));
        step.putItemAt(order, { ...record, messageId, text: `never said at ${order}` });
      }
    });
    await give();
    await world.until(() => isDone(phone) && isDone(laptop));
    expect(await readAll(phone)).toEqual(OLD);
    const placed = phone.log.filter(({ order }) => order >= beganAt).map(({ key }) => key);
    expect(placed).toEqual(own);
    // What was before is all there, also what was no message.
    const events = phone.log.flatMap(item => (item.kind === 'event' ? [item.event] : []));
    expect(events).toContainEqual({ type: 'title', title: 'Kitchen of old', byName: 'ada', self: true });
  });

  it('a part of a conversation that this device is not in is refused', async () => {
    const phone = await phoneInside();
    // The other one has brought it in: its Welcome does not come.
    phone.tamper = body => {
      if (body.type !== 'entries') return [body];
      const entries = body.entries.filter(({ kind }) => kind !== 'welcome');
      return entries.length === 0 ? [] : [{ ...body, entries }];
    };
    const first = laptop.roomId!;
    await laptop.startRoom();
    const unknown = laptop.roomId!;
    await laptop.say('said elsewhere');
    await world.until(() => laptop.room.members.length === 2);
    await forgetsWhoCame();
    laptop.roomId = first;
    await give();
    await world.until(() => isDone(phone) && isDone(laptop), 600_000);
    expect(transfers(phone)).toEqual(['from 2/2 1 done']);
    expect(await readAll(phone)).toEqual(OLD);
    const { streamId } = laptop.engine!.rooms.get(unknown).actor.state.record;
    expect(await phone.recordKeys(`log/${streamId}`)).toEqual([]);
    expect(inside(phone)).toHaveLength(1);
  });

  it('waits while the relay takes no more', async () => {
    const phone = await phoneInside();
    laptop.tamper = body =>
      body.type === 'blobOpened'
        ? [{ type: 'failure', code: 'STREAM_FULL', message: '', retryAfterMs: 0, epoch: 0, seq: 0 } as never]
        : [body];
    await give();
    await world.until(() => laptop.engine!.state.account!.history?.[0]?.trouble === 'relay-full');
    laptop.tamper = body => [body];
    await world.until(() => isDone(phone) && isDone(laptop));
    expect(await readAll(phone)).toEqual(OLD);
  });

  it('messages that disappear come with the time that is left, and not when it is over', async () => {
    await laptop.port.setTimer(laptop.roomId!, 600);
    await laptop.say('for ten minutes');
    await world.until(() => bob.texts.length === 4);
    await bob.say('not read yet');
    await world.until(() => laptop.texts.length === 5);
    await world.clock.advance(300_000);
    const phone = await phoneInside();
    await give();
    await world.until(() => isDone(phone) && isDone(laptop));
    expect(await readAll(phone)).toEqual([...OLD, 'for ten minutes', 'not read yet']);
    await world.clock.advance(301_000);
    expect(phone.texts).toEqual([...OLD, 'not read yet']);
    await world.clock.advance(300_000);
    expect(phone.texts).toEqual(OLD);
  });

  it('goes to own devices only', async () => {
    const phone = await phoneInside();
    for (const deviceId of [idOf(laptop), idOf(bob)])
      expect(await refusal(world, laptop.port.sendHistory(deviceId))).toBe('UNKNOWN_DEVICE');
    await phone.stop();
    await give();
    await world.until(() => blobs() === 1);
    await world.outcome(laptop.port.revokeDevice(phoneId()));
    await world.until(() => transfers(laptop).length === 0 && blobs() === 0);
    expect(devices(laptop)).toContain('Phone revoked');
  });
});

it('ten thousand messages go in parts of a bounded size, and a window loads what it shows', async () => {
  const { actor } = laptop.engine!.rooms.get(laptop.roomId!);
  const { vault } = laptop.engine!.context;
  const first = laptop.log.find(item => item.kind === 'message' && item.text === OLD[1])!;
  const record = decodeRecord<TimelineRecord>((await vault.read(KEYS.item(actor.roomId, first.order)))!);
  if (record.kind !== 'message') throw new Error('no message');
  const taken = new Set(laptop.log.map(({ order }) => order));
  const free = Array.from({ length: 10_020 }, (_, order) => order).filter(order => !taken.has(order));
  const orders = free.slice(0, 10_000);
  await actor.transact(step => {
    for (const order of orders) {
      const messageId = MessageId.fromBytes(world.random(16));
      const text = `number ${order} ${'of many '.repeat(10)}`;
      step.putItemAt(order, { ...record, messageId, text });
    }
  });
  const chunkCounts: number[] = [];
  laptop.tamperSent = body => {
    if (body.type === 'openBlob') chunkCounts.push(body.chunkCount);
    return body;
  };
  const phone = await phoneInside();
  expect(Number(orders.at(-1))).toBeLessThan(phone.log[0]!.order);
  await give();
  await world.until(() => isDone(phone) && isDone(laptop), 600_000);
  expect(chunkCounts.length).toBeGreaterThan(10);
  expect(Math.max(...chunkCounts)).toBeLessThan(10);
  expect(phone.log.length).toBeLessThan(10);
  expect((await phone.recordKeys(`log/${phone.roomId}/`)).length).toBeGreaterThan(10_000);
  await phone.port.loadOlder(phone.roomId!);
  expect(phone.log.length).toBeLessThan(100);
  expect(phone.texts.length).toBeGreaterThan(40);
}, 180_000);

describe('a device that dies while history is given', () => {
  it.each(['gives', 'takes'] as const)(
    'at any commit loses and doubles nothing: the one that %s',
    async who => {
      await world.close();
      const transfer = async (diesAt: number, when: 'before' | 'after') => {
        await settingAt(new World(22));
        const phone = await phoneInside();
        await world.clock.advance(10_000);
        const dying = who === 'gives' ? laptop : phone;
        const place = `${who} ${diesAt} ${when}`;
        await dying.stop();
        const store = new DyingStore(dying.disk, diesAt, when);
        await dying.start(store).catch(() => undefined);
        await world.clock.advance(5_000);
        const begunAt = store.commits;
        if (laptop.engine !== undefined) laptop.port.sendHistory(phoneId()).catch(() => undefined);
        await world.clock.advance(20_000);
        const { commits, dead } = store;
        if (dead) {
          await dying.stop().catch(() => undefined);
          await dying.start();
          await world.until(() => dying.online);
          // It died before it had written down that it is to be given.
          const begun = (await laptop.recordKeys('history/')).length > 0 || isDone(phone);
          if (!begun && (await readAll(phone)).length < 3) await give();
        }
        await world
          .until(async () => (await readAll(phone)).length >= 3)
          .catch(error => {
            throw new Error(
              `${place}: ${phone.texts.join()} ${transfers(phone)} ${transfers(laptop)} ${error}`,
            );
          });
        await world.until(() => blobs() === 0);
        await world.clock.advance(10_000);
        expect(await readAll(phone), place).toEqual(OLD);
        for (const person of [laptop, phone])
          expect(await person.recordKeys(KEYS.historiesGiven.slice(0, 8)), place).toEqual([]);
        await world.close();
        return { begunAt, commits };
      };
      // Those of the transfer alone: others try those of a start.
      const { begunAt, commits } = await transfer(Number.POSITIVE_INFINITY, 'before');
      expect(commits - begunAt).toBeGreaterThan(4);
      for (let n = begunAt + 1; n <= commits; n++) await transfer(n, n % 2 === 0 ? 'before' : 'after');
    },
    120_000,
  );
});
