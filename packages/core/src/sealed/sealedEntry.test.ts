import { StreamId } from '@sotto/protocol';
import { beforeAll, describe, expect, it } from 'vitest';
import { createDevice, type DeviceIdentity } from '../identity/identity.ts';
import { testEnv } from '../testEnv.fixture.ts';
import { openInSealedRoom, type SealedTalker, sealLeave, sealRoster } from './sealedEntry.ts';
import { type SealedPerson, sealedPerson } from './sealedPeople.fixture.ts';
import { beginSealedRoom, type SealedRoom } from './sealedRoom.ts';

const env = testEnv('sealed rooms');
let mara: SealedPerson;
let ben: SealedPerson;
let phone: DeviceIdentity;
let tablet: DeviceIdentity;

beforeAll(async () => {
  [mara, ben] = await Promise.all([sealedPerson(env), sealedPerson(env)]);
  phone = createDevice(env, mara.identity.accountPrivateKey);
  tablet = createDevice(env, mara.identity.accountPrivateKey);
});

/** The room of Mara with two devices and Ben, as one of them has it some commits later. */
function roomAt({ deviceId }: DeviceIdentity): SealedRoom {
  const { room } = beginSealedRoom({
    streamId: StreamId.fromBytes(new Uint8Array(StreamId.sizeBytes).fill(7)),
    selfDeviceId: deviceId,
    founderAccountId: mara.identity.accountId,
    peerAccountId: ben.identity.accountId,
    devices: [mara.identity, phone, ben.identity],
  });
  return { ...room, streamEpoch: 3 };
}

const talker = (own: SealedPerson, other: SealedPerson): SealedTalker => ({
  keyring: own.keyring,
  others: other.own.published,
});

async function commitAt(at: DeviceIdentity, own: SealedPerson, payload: Uint8Array) {
  const other = own === mara ? ben : mara;
  const { outcome, room, writes } = await openInSealedRoom(env, roomAt(at), talker(own, other), {
    kind: 'commit',
    payload,
  });
  if (outcome.type !== 'commit') throw new Error(outcome.type);
  const { change, selfRemoved } = outcome;
  const removed = change.removed.map(({ member, leaving }) => [member.deviceId, leaving] as const);
  return { removed, selfRemoved, inside: room.devices.map(({ deviceId }) => deviceId), writes };
}

describe('an account that leaves a conversation by RSA', () => {
  const left = () =>
    [
      [mara.identity.deviceId, true],
      [phone.deviceId, true],
    ] as const;

  it('takes out all its devices, at each of them and at the other end', async () => {
    const payload = await sealLeave(env, roomAt(mara.identity), talker(mara, ben));
    const atPhone = await commitAt(phone, mara, payload);
    expect(atPhone.selfRemoved).toBe(true);
    expect(atPhone.removed).toEqual(left());
    expect(atPhone.writes).toEqual([{ key: 'room', value: null }]);
    const atBen = await commitAt(ben.identity, ben, payload);
    expect(atBen).toMatchObject({ selfRemoved: false, removed: left(), inside: [ben.identity.deviceId] });
  });

  it('is not the device that says so, until it has gone out by itself', async () => {
    const payload = await sealLeave(env, roomAt(mara.identity), talker(mara, ben));
    const { selfRemoved, removed } = await commitAt(mara.identity, mara, payload);
    expect(selfRemoved).toBe(false);
    expect(removed).toEqual([[phone.deviceId, true]]);
  });

  it('is nobody whom the other account names as gone', async () => {
    const payload = await sealLeave(env, roomAt(ben.identity), talker(ben, mara));
    const { selfRemoved, inside } = await commitAt(phone, mara, payload);
    expect(selfRemoved).toBe(false);
    expect(inside).toEqual([mara.identity.deviceId, phone.deviceId]);
  });

  it('is no device that another of its own does not know of yet', async () => {
    const certificates = [mara.identity.certificate, tablet.certificate];
    const payload = await sealRoster(env, roomAt(mara.identity), talker(mara, ben), certificates);
    const { selfRemoved, inside } = await commitAt(phone, mara, payload);
    expect(selfRemoved).toBe(false);
    expect(inside).toContain(phone.deviceId);
  });
});
