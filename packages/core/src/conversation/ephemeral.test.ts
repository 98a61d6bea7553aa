import { describe, expect, it } from 'vitest';
import { openJoinRequest, prepareKnock } from '../link/joinRequest.ts';
import { openSealed, seal } from '../sealed.ts';
import { expectCode, flipBit, testEnv } from '../testEnv.fixture.ts';
import { admit, changePolicy, removeMembers, updateKeys } from './beginCommit.ts';
import { stateOf } from './conversation.ts';
import { isPresenceNow, openEphemeral, purposeOf, sealEphemeral } from './ephemeral.ts';
import { joinFromWelcome } from './joinFromWelcome.ts';
import { commitEntry, letIn, linkInto, push, StoryDevice, startRoom } from './story.fixture.ts';

const env = testEnv();
const typing = (device: StoryDevice, active = true) =>
  sealEphemeral(env, device.conversation, device.identity, { type: 'typing', active });
const read = (device: StoryDevice, payload: Uint8Array) => openEphemeral(env, device.conversation, payload);

function threeInARoom() {
  const { host } = startRoom(env);
  const guest = letIn(env, [host]);
  const other = letIn(env, [host, guest], host);
  return { host, guest, other, inside: [host, guest, other] };
}

describe('signals', () => {
  it('say who types, without moving anyone’s state', () => {
    const { host, guest } = threeInARoom();
    const before = [host.snapshot(), guest.snapshot()];
    for (const active of [true, false]) {
      expect(read(host, typing(guest, active))).toMatchObject({
        author: { deviceId: guest.deviceId },
        body: { type: 'typing', active },
        sentAtMs: env.nowMs(),
      });
    }
    expect([host.snapshot(), guest.snapshot()]).toEqual(before);
    expect(read(guest, typing(guest))).toBeUndefined();
  });

  it('say who is there, and when they last were, if they want that told', () => {
    const { host, guest } = threeInARoom();
    for (const body of [
      { type: 'presence', state: 'online', lastSeenMs: undefined },
      { type: 'presence', state: 'away', lastSeenMs: env.nowMs() },
      { type: 'presence', state: 'away', lastSeenMs: undefined },
    ] as const) {
      const sealed = sealEphemeral(env, guest.conversation, guest.identity, body);
      expect(read(host, sealed)).toMatchObject({ author: { deviceId: guest.deviceId }, body });
      expect(sealed).toHaveLength(typing(guest).length);
    }
  });

  it('threat 8: presence that the relay repeats is told from what is so now', () => {
    const at = testEnv('presence');
    const sentAtMs = at.nowMs();
    expect(isPresenceNow(at, sentAtMs, undefined)).toBe(true);
    expect(isPresenceNow(at, sentAtMs, sentAtMs)).toBe(false);
    expect(isPresenceNow(at, sentAtMs, sentAtMs + 1)).toBe(false);
    at.advanceMs(5 * 60_000 + 1);
    expect(isPresenceNow(at, sentAtMs, undefined)).toBe(false);
    expect(isPresenceNow(at, at.nowMs() + 6 * 60_000, undefined)).toBe(false);
  });

  it('typing is not told where only owners and admins write, presence is', () => {
    const { host, guest, inside } = threeInARoom();
    const before = typing(guest);
    const begun = host.begin((e, room) => changePolicy(e, room, { announcements: true }));
    push(commitEntry(begun), inside);
    expect(read(host, before)).toBeUndefined();
    expectCode(() => typing(guest), 'NOT_ALLOWED', { rule: 'announcements' });
    const there = { type: 'presence', state: 'online' } as const;
    expect(read(host, sealEphemeral(env, guest.conversation, guest.identity, there))).toBeDefined();
    expect(read(guest, typing(host))).toBeDefined();
  });

  it('thousands lost on the way cost the messages nothing', () => {
    const { host, guest } = threeInARoom();
    for (let i = 0; i < 1_500; i++) typing(guest);
    expect(host.open(guest.say('after all that typing').entry).type).toBe('content');
  });

  it('threat 38: a member cannot signal for another', () => {
    const { host, guest, other } = threeInARoom();
    const forged = sealEphemeral(env, guest.conversation, other.identity, { type: 'typing', active: true });
    expect(read(host, forged)).toBeUndefined();
    expect(read(host, typing(other))).toMatchObject({ author: { deviceId: other.deviceId } });
  });

  it('threat 38: a member of two rooms cannot carry a signal from one to the other', () => {
    const { host, guest } = threeInARoom();
    const elsewhere = new StoryDevice(env, guest.identity);
    const { host: otherHost, inside } = threeInARoom();
    const { link, keys } = linkInto(env, otherHost);
    const knocked = prepareKnock(env, { identity: guest.identity, link, keys, name: 'Grace' });
    const request = openJoinRequest(env, {
      link,
      keys,
      sealedRequest: knocked.sealedRequest,
      deviceId: guest.deviceId,
    });
    const begun = otherHost.begin((e, room) => admit(e, room, { link, keys, requests: [request] }));
    push(commitEntry(begun), inside);
    const { welcome } = begun.pending.admissions[0]!;
    elsewhere.take(joinFromWelcome(env, { identity: guest.identity, link, keys, knock: knocked, welcome }));
    const from = purposeOf(env, stateOf(host.conversation));
    const to = { ...purposeOf(env, stateOf(otherHost.conversation)), bucketBytes: 256 };
    const signal = openSealed(env, from, typing(guest));
    // With the leaf that the guest has over there.
    new DataView(signal.buffer, signal.byteOffset).setUint32(0, elsewhere.view.self.leafIndex);
    expect(read(otherHost, seal(env, to, signal))).toBeUndefined();
    expect(read(otherHost, typing(elsewhere))).toBeDefined();
  });

  it('threat 11: open with no bit turned, and for any bytes give nothing', () => {
    const { host, guest } = threeInARoom();
    const payload = typing(guest);
    for (let bit = 0; bit < payload.length * 8; bit += 61)
      expect(read(host, flipBit(payload, bit))).toBeUndefined();
    for (const length of [0, 1, 11, 12, 28, 300])
      expect(read(host, env.random(length || 1).slice(0, length))).toBeUndefined();
  });

  it('threat 27: have one size', () => {
    const { host, guest } = threeInARoom();
    expect(typing(guest, false)).toHaveLength(typing(host, true).length);
  });

  it('belong to their epoch; threat 41: who was removed neither reads nor makes them', () => {
    const { host, guest, other, inside } = threeInARoom();
    const early = typing(host);
    push(commitEntry(host.begin(updateKeys)), inside);
    expect(read(guest, early)).toBeUndefined();
    push(commitEntry(host.begin((e, room) => removeMembers(e, room, [guest.deviceId]))), inside);
    expect(read(guest, typing(host))).toBeUndefined();
    expect(read(other, typing(host))).toBeDefined();
    expectCode(() => typing(guest), 'REMOVED');
  });
});
