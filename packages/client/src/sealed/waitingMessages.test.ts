import type { AccountId, ServerBody } from '@sotto/protocol';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { signedIn } from '../testing/accounts.fixture.ts';
import { accountIdOf, roomWhere, somebody } from '../testing/people.fixture.ts';
import { LARGE, letterFor, someNote } from '../testing/sealedLetters.fixture.ts';
import { type Person, World } from '../testing/world.fixture.ts';

let world: World;
let mara: Person;
let marasId: AccountId;

beforeEach(async () => {
  world = new World(78);
  world.onThreads = true;
  mara = await somebody(world, 'mara');
  marasId = accountIdOf(mara);
  await world.outcome(mara.port.makeSealedKeys({ strangers: true }));
});

afterEach(() => world.close());

const letter = (text: string) => letterFor(world, 'mara', marasId, someNote(text, { attachments: [LARGE] }));
const leave = async (text: string) => world.postSealed('mara', await letter(text));
const strangers = (person = mara) => roomWhere(world, person, room => room.sealed?.kind === 'strangers');
const gaps = (person = mara) =>
  person.log.flatMap(item => (item.kind === 'gap' ? [`${item.cause} ${item.reason} ${item.count}`] : []));
const blobsAtRelay = () => world.blobs.counts().blobs;
const waiting = (person = mara) => person.recordKeys('sealedwaiting/');

/** Whether the whole of the ledger is on that device. */
async function ledgerOf(person: Person): Promise<boolean> {
  const item = person.log.find(each => each.kind === 'message');
  if (item?.kind !== 'message') return false;
  const read = await world.outcome(person.port.readFile(person.roomId!, item.messageId));
  return read?.name === LARGE.name && Buffer.from(LARGE.bytes).equals(read.bytes);
}

it('a large message is fetched by each device, and then the relay has it no more', async () => {
  const phone = await signedIn(world, 'mara');
  await world.until(() => phone.engine!.state.sealed?.keys !== undefined);
  await leave('With the ledger');
  for (const person of [mara, phone]) {
    await strangers(person);
    await world.until(() => person.texts.length === 1);
    expect(person.texts).toEqual(['With the ledger']);
    expect(await ledgerOf(person)).toBe(true);
    await world.until(async () => (await waiting(person)).length === 0);
  }
  await world.until(() => blobsAtRelay() === 0);
  expect(mara.notices).toHaveLength(1);
});

it('what is posted while the device is away comes once, in its order, and the connection may go in between', async () => {
  await mara.stop();
  const first = await letter('The first, and large');
  await world.postSealed('mara', first);
  await world.postSealed('mara', await letterFor(world, 'mara', marasId, someNote('The second, and small')));
  await world.postSealed('mara', first);
  let chunks = 0;
  mara.tamper = body => {
    if (body.type !== 'blobChunk') return [body];
    chunks += 1;
    if (chunks === 3) world.cutConnections();
    return [body];
  };
  await mara.start();
  await strangers();
  await world.until(() => mara.texts.length === 2);
  expect(mara.texts).toEqual(['The first, and large', 'The second, and small']);
  // What had come before the connection went was not asked for again.
  expect(chunks).toBeLessThan(12);
  await world.postSealed('mara', first);
  await world.until(() => blobsAtRelay() === 0);
  expect([mara.texts.length, gaps()]).toEqual([2, []]);
});

it('the device goes on after a restart in the middle', async () => {
  mara.tamper = body => (body.type === 'blobChunk' ? [] : [body]);
  await leave('Interrupted');
  await world.until(async () => (await waiting()).length === 1);
  await mara.stop();
  mara.tamper = body => [body];
  await mara.start();
  await strangers();
  await world.until(() => mara.texts.length === 1);
  await world.until(() => blobsAtRelay() === 0);
});

it('other things come while a large message is on its way, and does not come', async () => {
  const withheld = (body: ServerBody) => (body.type === 'blobChunk' ? [] : [body]);
  mara.tamper = withheld;
  await leave('Withheld');
  await world.until(async () => (await waiting()).length === 1);
  await world.postSealed('mara', await letterFor(world, 'mara', marasId, someNote('Small')));
  await strangers();
  expect(mara.texts).toEqual(['Small']);
});

it('other bytes than were posted are a gap with the reason, and so is what the relay has lost', async () => {
  mara.tamper = body => {
    if (body.type !== 'blobChunk') return [body];
    const bytes = body.bytes.slice();
    bytes[100]! ^= 1;
    return [{ ...body, bytes }];
  };
  await leave('Changed on the way');
  await strangers();
  await world.until(() => gaps().length === 1);
  mara.tamper = body =>
    body.type === 'blobChunk'
      ? [
          {
            type: 'failure',
            code: 'NOT_FOUND',
            message: '',
            epoch: 0,
            seq: 0,
            retryAfterMs: 0,
          },
        ]
      : [body];
  await leave('Lost');
  await world.until(() => gaps().length === 2);
  expect(gaps()).toEqual(['undecryptable cannot-open 1', 'undecryptable gone 1']);
  expect([mara.texts, mara.notices, mara.room.unread]).toEqual([[], [], 0]);
  mara.tamper = body => [body];
  await leave('Whole');
  await world.until(() => mara.texts.length === 1);
});
