import { encrypt } from '@sotto/mls';
import {
  encodeBundle,
  encodeContent,
  encodeDeviceList,
  encodeSignedDeviceList,
  MessageId,
} from '@sotto/protocol';
import { describe, expect, it } from 'vitest';
import type { CoreEnv } from '../env.ts';
import { revokeDevice } from '../identity/deviceList.ts';
import { personWith } from '../identity/people.fixture.ts';
import { LABELS, signLabelled } from '../labels.ts';
import { mlsEnvOf } from '../mlsEnv.ts';
import { expectCode, testEnv } from '../testEnv.fixture.ts';
import { removeMembers } from './beginCommit.ts';
import { removeRevoked, revokedMembers } from './deviceCommits.ts';
import { openEntry } from './openEntry.ts';
import {
  addIn,
  commitEntry,
  groupOf,
  lawless,
  letIn,
  push,
  refusals,
  type StoryDevice,
  startRoomOf,
} from './story.fixture.ts';

/** Ada founds, Grace has two devices of which the phone is revoked, Mary is a member, and there is a guest. */
function afterRevoking(seed: string) {
  const env = testEnv(seed);
  const [ada, grace, mary] = [personWith(env), personWith(env, 2), personWith(env)];
  const host = startRoomOf(env, ada, { title: 'Tea' });
  const [laptop, phone] = addIn(env, [host], grace) as [StoryDevice, StoryDevice];
  const [member] = addIn(env, [host, laptop, phone], mary) as [StoryDevice];
  const guest = letIn(env, [host, laptop, phone, member]);
  const list = revokeDevice(env, laptop.identity, grace.list, phone.deviceId);
  return {
    env,
    grace,
    host,
    laptop,
    phone,
    member,
    guest,
    list,
    inside: [host, laptop, phone, member, guest],
  };
}

/** Any list, shown by any member before a commit in the same entry. */
function shown(env: CoreEnv, by: StoryDevice, signedDeviceList: Uint8Array) {
  const plaintext = encodeContent({
    messageId: MessageId.fromBytes(env.random(MessageId.sizeBytes)),
    counter: 0,
    sentAtMs: 0,
    body: { type: 'deviceList', signedDeviceList },
  });
  return encrypt(mlsEnvOf(env), groupOf(by), { plaintext });
}

describe('a revoked device', () => {
  it('is taken out by any member that has the signed list, and reads nothing after', () => {
    const { env, phone, member, list, inside, host, grace } = afterRevoking('any member');
    expect(revokedMembers(member.conversation, [list]).map(({ deviceId }) => deviceId)).toEqual([
      phone.deviceId,
    ]);
    expect(revokedMembers(member.conversation, [grace.list])).toEqual([]);
    const frozen = phone.conversation;
    const begun = member.begin((e, room) => removeRevoked(e, room, [list]));
    expect(begun.pending).toMatchObject({ kind: 'remove', removedDeviceIds: [phone.deviceId] });
    member.crash();
    expect(refusals(commitEntry(begun), inside)).toEqual(Array(5).fill('commit'));
    expect(phone.view.membership).toBe('removed');
    expect(revokedMembers(host.conversation, [list])).toEqual([]);
    const { entry } = host.say('without it');
    expect(member.open(entry).type).toBe('content');
    expect(openEntry(env, frozen, entry).outcome).toEqual({ type: 'undecryptable', cause: 'wrong-epoch' });
  });

  it('is taken out by its account’s other device without a word', () => {
    const { laptop, phone, inside } = afterRevoking('own');
    const begun = laptop.begin((e, room) => removeMembers(e, room, [phone.deviceId]));
    expect(refusals(commitEntry(begun), inside)).toEqual(Array(5).fill('commit'));
  });
});

describe('threat 40: revocations that are none, refused by every client', () => {
  it('the list is not shown, or shown by another, or revokes nobody here', () => {
    const { env, grace, host, laptop, phone, member, guest, list } = afterRevoking('not shown');
    const removes = [phone.view.self.leafIndex];
    const others = [host, laptop, guest];
    expect(refusals(lawless(env, member, { removes }), others)).toEqual(Array(3).fill('not-allowed: remove'));
    const old = shown(env, member, grace.list.signed);
    expect(refusals(lawless(env, old.group, { removes }, [old.message]), others)).toEqual(
      Array(3).fill('not-allowed: remove'),
    );
    const byGuest = shown(env, guest, list.signed);
    expect(refusals(lawless(env, member, { removes }, [byGuest.message]), [host, laptop])).toEqual(
      Array(2).fill('not-allowed: device-list'),
    );
    expectCode(() => removeRevoked(env, member.conversation, [grace.list]), 'NOT_ALLOWED', {
      rule: 'remove',
    });
  });

  it('an account revokes a device of another account', () => {
    const { env, host, laptop, phone, member, guest } = afterRevoking('another’s');
    const { accountKey, accountPrivateKey, certificate } = member.identity;
    const list = encodeDeviceList({
      accountKey,
      counter: 7,
      devices: [{ certificate, sealedName: new Uint8Array(0) }],
      revokedDeviceIds: [phone.deviceId, host.deviceId],
    });
    const signature = signLabelled(env.provider, accountPrivateKey, LABELS.deviceList, list);
    const { group, message } = shown(env, member, encodeSignedDeviceList({ list, signature }));
    for (const target of [phone, host]) {
      const entry = lawless(env, group, { removes: [target.view.self.leafIndex] }, [message]);
      expect(refusals(entry, [host, laptop, guest])).toEqual(Array(3).fill('not-allowed: remove'));
    }
  });

  it('the list is not signed by its account', () => {
    const { env, host, laptop, phone, member, guest, list } = afterRevoking('unsigned');
    const forged = list.signed.with(-1, list.signed.at(-1)! ^ 1);
    const { group, message } = shown(env, member, forged);
    const entry = lawless(env, group, { removes: [phone.view.self.leafIndex] }, [message]);
    expect(refusals(entry, [host, laptop, guest])).toEqual(Array(3).fill('not-allowed: device-list'));
  });

  it('a guest carries one out', () => {
    const { env, host, laptop, phone, guest, list } = afterRevoking('guest');
    const { group, message } = shown(env, guest, list.signed);
    const entry = lawless(env, group, { removes: [phone.view.self.leafIndex] }, [message]);
    expect(refusals(entry, [host, laptop])).toEqual(Array(2).fill('not-allowed: remove'));
    expectCode(() => removeRevoked(env, guest.conversation, [list]), 'NOT_ALLOWED', { rule: 'remove' });
  });

  it('a list is no message of its own', () => {
    const { env, host, member, list } = afterRevoking('alone');
    const { message } = shown(env, member, list.signed);
    const payload = encodeBundle({ mlsMessages: [message] });
    expect(push({ kind: 'message', payload }, [host])).toMatchObject([
      { type: 'refused', rule: 'content-kind' },
    ]);
  });
});
