import { type AccountId, BLOB_CHUNK_PLAIN_BYTES, type DeviceId } from '@sotto/protocol';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { inboxIdOf } from '../../../relay/src/identity.ts';
import { DyingStore } from '../testing/dyingStore.fixture.ts';
import { accountIdOf, roomWhere, somebody } from '../testing/people.fixture.ts';
import { LARGE, letterFor, someNote } from '../testing/sealedLetters.fixture.ts';
import { type Person, World } from '../testing/world.fixture.ts';

/*
 * Threat 59, of sealed messages: a crash at any point between their coming and their being forgotten by the relay loses
 * nothing and shows nothing twice. Every commit of the device that dies is tried, once lost and once written unnoticed.
 */

const NEVER = Number.POSITIVE_INFINITY;

let world: World;
let mara: Person;
let marasId: AccountId;
let deviceId: DeviceId;
let posted: string[];

beforeEach(async () => {
  world = new World(59, { strangersPerAccount: { burst: 1_000, perSecond: 1 } });
  world.onThreads = true;
  mara = await somebody(world, 'mara');
  marasId = accountIdOf(mara);
  deviceId = mara.engine!.state.self!.deviceId;
  await world.outcome(mara.port.makeSealedKeys({ strangers: true }));
  posted = [];
  await post('first');
  await roomWhere(world, mara, room => room.sealed?.kind === 'strangers');
  await world.until(() => atRelay() === 0);
});

afterEach(() => world.close());

async function post(text: string, large = false): Promise<void> {
  const note = someNote(text, large ? { attachments: [LARGE] } : {});
  await world.postSealed('mara', await letterFor(world, 'mara', marasId, note));
  posted.push(text);
}

/** Entries that the relay still has for the device. */
function atRelay(): number {
  const { headSeq, floorSeq } = world.tables.stream('inbox', inboxIdOf(deviceId))!;
  return headSeq - floorSeq;
}

/** Nothing is acknowledged, and no blob let go, before it is on this disk. */
async function assertNothingLost(place: string): Promise<void> {
  const shown = (await mara.recordKeys('sealedseen/')).length;
  const noted = (await mara.recordKeys('sealedwaiting/')).length;
  expect(shown + noted + atRelay(), `${place}: ${posted.length} posted`).toBeGreaterThanOrEqual(
    posted.length,
  );
  expect(world.blobs.counts().blobs, place).toBeGreaterThanOrEqual(noted);
}

/** Two messages come, one of them large, and the device dies at a commit. Gives how many it made. */
async function comesAndDies(diesAt: number, when: 'before' | 'after'): Promise<number> {
  const place = `${diesAt} ${when}`;
  await mara.stop();
  await post(`large ${place}`, true);
  const store = new DyingStore(mara.disk, diesAt, when);
  await mara.start(store).catch(() => undefined);
  await post(`small ${place}`);
  const isDone = async () => atRelay() === 0 && world.blobs.counts().blobs === 0;
  await world.until(async () => store.dead || (await isDone()));
  const { commits } = store;
  await mara.stop().catch(() => undefined);
  await assertNothingLost(place);
  await mara.start();
  await world.until(async () => mara.texts.length >= posted.length && (await isDone()));
  expect([...mara.texts].sort(), place).toEqual([...posted].sort());
  expect(
    mara.log.filter(({ kind }) => kind === 'gap'),
    place,
  ).toEqual([]);
  expect(mara.engine!.state.connection, place).toEqual({ state: 'online' });
  expect(await mara.recordKeys('sealedwaiting/'), place).toEqual([]);
  // A file for each large message, and nothing of one that was half stored.
  const large = posted.filter(text => text.startsWith('large')).length;
  const chunksEach = Math.ceil(LARGE.bytes.length / BLOB_CHUNK_PLAIN_BYTES);
  await world.until(async () => (await mara.recordKeys('filework/')).length === 0);
  expect(await mara.recordKeys('file/'), place).toHaveLength(large * chunksEach);
  return commits;
}

it('a device that dies loses and doubles nothing of what is left for it, at any commit', async () => {
  const commits = await comesAndDies(NEVER, 'before');
  expect(commits).toBeGreaterThan(4);
  for (let n = 1; n <= commits; n++) {
    await comesAndDies(n, 'before');
    await comesAndDies(n, 'after');
  }
}, 300_000);
