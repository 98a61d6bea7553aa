import { MemoryStore } from '@sotto/vault';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { crowdAtOnce } from './testing/crowdAtOnce.fixture.ts';
import { CountingStore } from './testing/longHistory.fixture.ts';
import { accountIdOf, roomWhere, sentBy, somebody } from './testing/people.fixture.ts';
import { type Person, World } from './testing/world.fixture.ts';

const DEVICES = 1_000;
/** What a text that comes writes in a room of two, with room to spare. */
const MESSAGE_BYTES = 8_192;

describe('a room of a thousand devices', () => {
  let world: World;
  let ana: Person;
  let ben: Person;
  let cyd: Person;
  let store: CountingStore;

  /** Ana's and Ben's devices are there; the others are real members that nobody hears of. */
  beforeAll(async () => {
    world = new World(7);
    [ana, ben, cyd] = [
      await somebody(world, 'ana'),
      await somebody(world, 'ben'),
      await somebody(world, 'cyd'),
    ];
    const { roomId } = await world.outcome(
      ana.port.createGroup({ title: 'Everyone', accountIds: [accountIdOf(ben)] }),
    );
    await ana.open(roomId);
    await enter(ben);
    await world.clock.advance(60_000);
    for (const person of [ana, ben]) await person.stop();
    const holder = (person: Person) => ({ person, store: new MemoryStore(person.disk) });
    await crowdAtOnce(world, { host: holder(ana), guest: holder(ben) }, DEVICES);
    store = new CountingStore(new MemoryStore(ana.disk));
    await ana.start(store);
    await ben.start();
    await world.until(() => ana.online && ben.online);
  }, 240_000);
  afterAll(async () => {
    await world.close();
    expect(world.failures).toEqual([]);
  });

  async function enter(person: Person): Promise<void> {
    const { roomId } = await roomWhere(world, person, room => room.request !== undefined);
    await world.outcome(person.port.acceptRequest(roomId));
  }

  async function say(from: Person, text: string, ...to: readonly Person[]): Promise<void> {
    await from.say(text);
    await world.until(() => to.every(person => person.texts.includes(text)));
    await world.clock.advance(10_000);
  }

  const recipients = async (text: string) => {
    const item = ana.log.find(shown => shown.kind === 'message' && shown.text === text);
    if (item?.kind !== 'message') throw new Error('not said');
    return (await ana.port.serverSaw(ana.roomId!, item.messageId)).recipients.length;
  };

  it('takes in somebody more, who reads and writes; only those speak up who wrote', async () => {
    expect(ana.room.members).toHaveLength(DEVICES);
    const said = sentBy(ben);
    await world.outcome(ana.port.addMembers(ana.roomId!, [accountIdOf(cyd)]));
    await enter(cyd);
    expect(cyd.room.members).toHaveLength(DEVICES + 1);
    await world.clock.advance(60_000);
    // A thousand do not say their names again for one who came; they do once they write.
    expect(said.filter(type => type === 'append')).toEqual([]);
    const nameOfBen = () => cyd.room.members.find(({ accountId }) => accountId === accountIdOf(ben))?.name;
    expect(nameOfBen()).not.toBe('ben');
    await say(ben, 'so many of us', ana, cyd);
    await world.until(() => nameOfBen() === 'ben');
    await say(cyd, 'I am new here', ana, ben);
  }, 120_000);

  it('a message costs what it costs among two, and hardly anyone answers it', async () => {
    const said = sentBy(ana);
    const before = store.bytes;
    const texts = Array.from({ length: 20 }, (_, n) => `number ${n}`);
    for (const text of texts) await say(ben, text, ana);
    expect(said.filter(type => type === 'append').length).toBeLessThan(texts.length / 2);
    expect((store.bytes - before) / texts.length).toBeLessThan(MESSAGE_BYTES);
    // The same list of members as before: windows are not sent it again.
    const shown = ana.room.members;
    await ben.say('one more');
    await world.until(() => ana.texts.includes('one more'));
    expect(ana.room.members).toBe(shown);
  }, 120_000);

  it('lets somebody go, and knows who could read what', async () => {
    await say(ana, 'before', ben, cyd);
    const inside = [ana, ben, cyd].map(accountIdOf);
    const gone = ana.room.members.find(({ accountId }) => !inside.includes(accountId))!;
    const before = store.bytes;
    await world.outcome(ana.port.removePerson(ana.roomId!, gone.accountId));
    await world.until(() => [ben, cyd].every(({ room }) => room.members.length === DEVICES));
    expect(store.bytes - before).toBeLessThan(4_000_000);
    await say(ana, 'after', ben, cyd);
    expect([await recipients('before'), await recipients('after')]).toEqual([DEVICES, DEVICES - 1]);
  }, 120_000);
});
