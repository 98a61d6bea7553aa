import { StreamId } from '@sotto/protocol';
import { beforeAll, describe, expect, it } from 'vitest';
import { testEnv } from '../testEnv.fixture.ts';
import { openInSealedRoom, type SealedTalker, sealLeave } from './sealedEntry.ts';
import { type SealedPerson, sealedPerson } from './sealedPeople.fixture.ts';
import { beginSealedRoom, type SealedRoom } from './sealedRoom.ts';
import { openTyping, sealTyping } from './sealedTyping.ts';

const env = testEnv('sealed typing');
let mara: SealedPerson;
let ben: SealedPerson;
let cyd: SealedPerson;

beforeAll(async () => {
  [mara, ben, cyd] = await Promise.all([sealedPerson(env), sealedPerson(env), sealedPerson(env)]);
});

function roomOf(self: SealedPerson, inside = [mara, ben], byte = 7): SealedRoom {
  return beginSealedRoom({
    streamId: StreamId.fromBytes(new Uint8Array(StreamId.sizeBytes).fill(byte)),
    selfDeviceId: self.identity.deviceId,
    founderAccountId: mara.identity.accountId,
    peerAccountId: ben.identity.accountId,
    devices: inside.map(({ identity }) => identity),
  }).room;
}

const talker = (own: SealedPerson, other: SealedPerson): SealedTalker => ({
  keyring: own.keyring,
  others: other.own.published,
});
const typed = async (active = true) => (await sealTyping(env, roomOf(mara), talker(mara, ben), active))!;
const atBen = (payload: Uint8Array, { last = 0, room = roomOf(ben), at = env, others = mara } = {}) =>
  openTyping(at, room, talker(ben, others), payload, () => last);

describe('typing by RSA', () => {
  it('says who writes and who stopped, equally long, to the other account only', async () => {
    const [active, stopped] = [await typed(true), await typed(false)];
    expect(await atBen(active)).toMatchObject({ author: { deviceId: mara.identity.deviceId }, active: true });
    expect(await atBen(stopped)).toMatchObject({ active: false });
    expect(active.length).toBe(stopped.length);
    expect(await openTyping(env, roomOf(mara), talker(mara, ben), active, () => 0)).toBeUndefined();
  });

  it('counts once, and not when it is old', async () => {
    const payload = await typed();
    const { sentAtMs } = (await atBen(payload))!;
    expect(await atBen(payload, { last: sentAtMs })).toBeUndefined();
    const later = { ...env, nowMs: () => sentAtMs + 300_001 };
    expect(await atBen(payload, { at: later })).toBeUndefined();
  });

  it('is of a device in this room, and by its account', async () => {
    const payload = await typed();
    expect(await atBen(payload, { room: roomOf(ben, [ben]) })).toBeUndefined();
    expect(await atBen(payload, { room: roomOf(ben, [mara, ben], 8) })).toBeUndefined();
    expect(await atBen(payload, { others: cyd })).toBeUndefined();
    expect(await atBen(payload.slice(0, -9))).toBeUndefined();
  });

  it('is no entry, and no entry is typing', async () => {
    const entry = { kind: 'message', payload: await typed() } as const;
    const { outcome } = await openInSealedRoom(env, roomOf(ben), talker(ben, mara), entry);
    expect(outcome.type).toBe('undecryptable');
    const leave = await sealLeave(env, roomOf(mara), talker(mara, ben));
    expect(await atBen(leave)).toBeUndefined();
  });
});
