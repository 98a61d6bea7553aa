import { MemoryStore, type StoreWrite } from '@sotto/vault';
import { afterEach, describe, expect, it } from 'vitest';
import { type Person, World } from './testing/world.fixture.ts';

let world: World;
afterEach(async () => {
  await world.close();
  expect(world.failures).toEqual([]);
});

async function threeInARoom(): Promise<{ host: Person; gil: Person; tove: Person }> {
  world = new World();
  const host = await world.person('host', 'Hana').start();
  await host.port.setName('Hana');
  await host.startRoom();
  const gil = await world.person('guest', 'Gil').start();
  await gil.enter(host.link);
  const tove = await world.person('guest', 'Tove').start();
  await tove.enter(host.link);
  await world.until(() => [host, gil, tove].every(({ room }) => room.members.length === 3));
  await world.clock.advance(30_000);
  await gil.say('before');
  await world.until(() => [host, gil, tove].every(({ texts }) => texts.includes('before')));
  return { host, gil, tove };
}

const events = (person: Person) => person.log.flatMap(item => (item.kind === 'event' ? [item.event] : []));
const holdsPlaintext = (person: Person, text: string) =>
  [...person.disk.records.values()].some(value => new TextDecoder('latin1').decode(value).includes(text));

describe('removing', () => {
  it('somebody removed reads nothing more and can say nothing more', async () => {
    const { host, gil, tove } = await threeInARoom();
    const deviceId = host.room.members.find(({ name }) => name === 'Gil')!.deviceId;
    await world.outcome(host.port.removeMember(host.roomId!, deviceId));
    await world.until(() => gil.room.membership === 'removed' && tove.room.members.length === 2);
    await host.say('without Gil');
    await world.until(() => tove.texts.includes('without Gil'));
    await world.clock.advance(10_000);
    expect(gil.texts).toEqual(['before']);
    await expect(gil.say('let me in')).rejects.toMatchObject({ code: 'NOT_A_MEMBER' });
    expect(events(tove)).toContainEqual({ type: 'removed', name: 'Gil', byName: 'Hana', self: false });
    expect(events(gil)).toContainEqual({ type: 'removed', name: 'Gil', byName: 'Hana', self: true });
    await gil.stop();
    await gil.start();
    expect(gil.room.membership).toBe('removed');
    expect(gil.texts).toEqual(['before']);
  });

  it('somebody removed while away learns of it', async () => {
    const { host, gil } = await threeInARoom();
    await gil.stop();
    const deviceId = host.room.members.find(({ name }) => name === 'Gil')!.deviceId;
    await world.outcome(host.port.removeMember(host.roomId!, deviceId));
    await gil.start();
    await world.until(() => gil.room.membership === 'removed');
  });

  it('who leaves is gone everywhere, and its disk holds nothing of the room', async () => {
    const { host, gil, tove } = await threeInARoom();
    const { roomId } = gil.room;
    await world.outcome(gil.port.leaveAndErase(roomId));
    expect(gil.engine!.state.rooms).toEqual([]);
    await world.until(() => host.room.members.length === 2 && tove.room.members.length === 2);
    expect(events(tove)).toContainEqual({ type: 'left', name: 'Gil', self: false });
    await world.until(
      async () => !(await gil.recordKeys()).some(key => key.includes(roomId) || key.startsWith('errand')),
    );
    await host.say('on we go');
    await world.until(() => tove.texts.includes('on we go'));
  });

  it('leaving without the relay erases at once, and tells it later', async () => {
    const { gil } = await threeInARoom();
    world.killRelay();
    const { roomId } = gil.room;
    await world.outcome(gil.port.leaveAndErase(roomId));
    expect((await gil.recordKeys()).filter(key => key.includes(roomId))).toEqual([]);
    await gil.stop();
    await gil.start();
    expect(gil.engine!.state.rooms).toEqual([]);
  });
});

describe('pausing', () => {
  it('guests keep what they write until it goes on', async () => {
    const { host, gil, tove } = await threeInARoom();
    await world.outcome(host.port.pause(host.roomId!));
    await world.until(() => gil.room.condition === 'paused' && tove.room.condition === 'paused');
    await gil.say('while paused');
    await gil.say('and again');
    await host.say('back at eight');
    await world.until(() => gil.texts.includes('back at eight'));
    await world.clock.advance(60_000);
    expect(gil.sendState('while paused')).toBe('sending');
    await gil.stop();
    await gil.start();
    expect(gil.room.condition).toBe('paused');
    await world.outcome(host.port.resume(host.roomId!));
    await world.until(() => host.texts.includes('and again') && tove.texts.includes('and again'));
    expect(host.texts).toEqual(['before', 'back at eight', 'while paused', 'and again']);
    expect(gil.room.condition).toBe('open');
    expect(events(tove).map(({ type }) => type)).toEqual(expect.arrayContaining(['paused', 'resumed']));
  });
});

describe('the title', () => {
  it('changes for everyone', async () => {
    const { host, gil } = await threeInARoom();
    await world.outcome(host.port.setTitle(host.roomId!, 'Balcony'));
    await world.until(() => gil.room.title === 'Balcony');
    expect(host.room.title).toBe('Balcony');
  });
});

describe('ending', () => {
  it('without erasure the history stays, and nothing more can be said', async () => {
    const { host, gil, tove } = await threeInARoom();
    await world.outcome(host.port.end(host.roomId!, { erase: false }));
    await world.until(() => gil.room.condition === 'ended' && tove.room.condition === 'ended');
    for (const person of [host, gil, tove]) {
      expect(person.texts).toEqual(['before']);
      expect(events(person)).toContainEqual({ type: 'ended', byName: 'Hana' });
      await expect(person.say('too late')).rejects.toMatchObject({ code: 'ROOM_ENDED' });
    }
    expect(host.room.invites[0]?.status).toBe('ended');
  });

  it('with erasure nothing of it is left, on any device', async () => {
    const { host, gil, tove } = await threeInARoom();
    const { roomId } = host.room;
    await world.outcome(host.port.end(roomId, { erase: true }));
    expect(host.roomOrNone).toBeUndefined();
    await world.until(() => [gil, tove].every(person => person.texts.length === 0));
    for (const person of [gil, tove]) {
      await world.until(async () => !(await person.recordKeys()).some(key => /^(log|mls)\//.test(key)));
      expect(person.room).toMatchObject({ condition: 'ended', title: 'Kitchen' });
      expect(person.room.preview).toBeUndefined();
    }
    expect((await host.recordKeys()).filter(key => key.includes(roomId))).toEqual([]);
    await gil.stop();
    await gil.start();
    expect(gil.room.condition).toBe('ended');
    expect(gil.texts).toEqual([]);
  });

  it('who was away when it ended learns of it, and erases, too', async () => {
    const { host, gil } = await threeInARoom();
    await gil.stop();
    await world.outcome(host.port.end(host.roomId!, { erase: true }));
    await world.clock.advance(5_000);
    await gil.start();
    await world.until(() => gil.room.condition === 'ended' && gil.texts.length === 0);
  });

  it('what could not be sent any more is shown as failed, and can be thrown away', async () => {
    const { host, gil } = await threeInARoom();
    await world.outcome(host.port.pause(host.roomId!));
    await world.until(() => gil.room.condition === 'paused');
    const { messageId } = await gil.port.sendText(gil.roomId!, 'never');
    await world.outcome(host.port.end(host.roomId!, { erase: false }));
    await world.until(() => gil.sendState('never') === 'failed');
    expect(gil.log.find(item => item.kind === 'message' && item.text === 'never')).toMatchObject({
      send: { state: 'failed', reason: 'room-ended' },
    });
    await gil.port.discard(gil.roomId!, messageId);
    expect(gil.texts).toEqual(['before']);
  });
});

describe('what is on the disk', () => {
  it('holds no text, name or title in clear', async () => {
    const { host, gil } = await threeInARoom();
    await host.say('a canary sings');
    await world.until(() => gil.texts.includes('a canary sings'));
    for (const person of [host, gil]) {
      for (const canary of ['a canary sings', 'Kitchen', 'Hana', 'Gil'])
        expect(holdsPlaintext(person, canary)).toBe(false);
      expect([...person.disk.records.keys()].some(key => /Hana|Gil|Kitchen/.test(key))).toBe(false);
    }
  });

  it('a message costs the same bytes, however long the history', async () => {
    const { host, gil } = await threeInARoom();
    await host.stop();
    const store = new CountingStore(host.disk);
    await host.start(store);
    const costOfTen = async (round: number) => {
      const before = store.bytesWritten;
      for (let i = 0; i < 10; i++) await gil.say(`round ${round}`);
      await world.until(() => host.texts.filter(text => text === `round ${round}`).length === 10);
      await world.clock.advance(10_000);
      return store.bytesWritten - before;
    };
    const early = await costOfTen(0);
    for (let round = 1; round < 20; round++) await costOfTen(round);
    const late = await costOfTen(20);
    expect(Math.abs(late - early)).toBeLessThan(early / 10);
    // Per message: the ratchet, the counters, the log, the room, their places; and both ways' receipts.
    expect(late / 10).toBeLessThan(6_000);
  });
});

class CountingStore extends MemoryStore {
  bytesWritten = 0;

  override async commit(writes: readonly StoreWrite[]): Promise<void> {
    for (const { value } of writes) this.bytesWritten += value?.length ?? 0;
    await super.commit(writes);
  }
}
