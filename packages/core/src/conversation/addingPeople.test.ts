import { commit, createKeyPackage, groupInfoOf } from '@sotto/mls';
import { encodeBundle } from '@sotto/protocol';
import { describe, expect, it } from 'vitest';
import { ROOM_SUITE } from '../env.ts';
import { revokeDevice } from '../identity/deviceList.ts';
import { createDevice, createIdentity } from '../identity/identity.ts';
import { personWith } from '../identity/people.fixture.ts';
import { openJoinRequest } from '../link/joinRequest.ts';
import { mlsEnvOf } from '../mlsEnv.ts';
import { expectCode, testEnv } from '../testEnv.fixture.ts';
import { admit, removeMembers, updateKeys } from './beginCommit.ts';
import { addDevices } from './deviceCommits.ts';
import { giveRoles } from './giveRoles.ts';
import { joinAdded } from './joinAdded.ts';
import { joinFromWelcome } from './joinFromWelcome.ts';
import { POLICY_EXTENSION } from './policy.ts';
import {
  addIn,
  claimed,
  commitEntry,
  devicesOf,
  groupOf,
  joinBy,
  knock,
  lawless,
  letIn,
  linkInto,
  push,
  refusals,
  StoryDevice,
  startRoomOf,
  supplyOf,
} from './story.fixture.ts';

/** A group of Ada (owner, one device), Grace (two devices) and a guest. */
function groupOfThree(seed: string) {
  const env = testEnv(seed);
  const [ada, grace] = [personWith(env), personWith(env, 2)];
  const host = startRoomOf(env, ada, { title: 'Tea' });
  const [laptop, phone] = addIn(env, [host], grace) as [StoryDevice, StoryDevice];
  const guest = letIn(env, [host, laptop, phone], host);
  return { env, ada, grace, host, laptop, phone, guest, inside: [host, laptop, phone, guest] };
}

describe('adding people by their accounts', () => {
  it('brings all their devices in at once, and each can read and write', () => {
    const { grace, host, laptop, phone, guest, inside } = groupOfThree('all devices');
    expect(host.view.members.map(({ role, guest: mark }) => (mark ? 'guest' : role))).toEqual([
      'owner',
      'member',
      'member',
      'guest',
    ]);
    expect(laptop.view.self).toMatchObject({ accountId: grace.list.accountId, role: 'member' });
    for (const author of inside) {
      const { entry } = author.say('hello');
      for (const outcome of push(
        entry,
        inside.filter(device => device !== author),
      )) {
        expect(outcome).toMatchObject({ type: 'content', author: { deviceId: author.deviceId } });
      }
    }
    expect(phone.deviceId).not.toBe(guest.deviceId);
  });

  it('tells them who did it', () => {
    const env = testEnv('who');
    const [ada, grace] = [personWith(env), personWith(env)];
    const host = startRoomOf(env, ada, { title: 'Tea' });
    const [device] = devicesOf(env, grace);
    const supply = supplyOf(env, device!);
    const begun = host.begin((e, room) => addDevices(e, room, claimed(e, grace.list, [supply])));
    expect(begun.pending).toMatchObject({ kind: 'add', admissions: [{ inviteToken: undefined }] });
    host.crash();
    push(commitEntry(begun), [host]);
    expect(joinBy(env, device!, supply, begun)).toMatchObject({ accountId: ada.list.accountId });
  });

  it('a device that fell out is taken out and comes in again in one commit', () => {
    const { env, grace, host, laptop, phone, guest } = groupOfThree('again');
    // The phone misses a commit, and can follow nothing any more.
    push(commitEntry(host.begin(updateKeys)), [host, laptop, guest]);
    expect(phone.open(host.say('lost').entry)).toMatchObject({ cause: 'wrong-epoch' });
    const again = new StoryDevice(env, phone.identity);
    const supply = supplyOf(env, again);
    const keyPackages = claimed(env, grace.list, [supply]);
    expectCode(() => addDevices(env, laptop.conversation, keyPackages), 'ALREADY_MEMBER');
    // Its own account's other device may do it, without being an owner.
    const begun = laptop.begin((e, room) => addDevices(e, room, keyPackages, { replaces: [phone.deviceId] }));
    expect(refusals(commitEntry(begun), [host, laptop, guest])).toEqual(['commit', 'commit', 'commit']);
    joinBy(env, again, supply, begun);
    expect(again.open(host.say('found').entry)).toMatchObject({ type: 'content' });
    expect(host.view.members).toHaveLength(4);
  });

  it('members come by a link too, when the directory lists them', () => {
    const { env, host, laptop, phone, guest } = groupOfThree('by link');
    const mary = personWith(env);
    const [device] = devicesOf(env, mary);
    const { link, keys } = linkInto(env, host);
    const { prepared } = knock(env, device!, link, 'Mary');
    const { sealedRequest } = prepared;
    const request = openJoinRequest(env, { link, keys, sealedRequest, deviceId: device!.deviceId });
    const options = { link, keys, requests: [request] };
    expectCode(() => admit(env, host.conversation, options), 'NOT_ALLOWED', { rule: 'guest-mark' });
    const begun = host.begin((e, room) => admit(e, room, { ...options, lists: [mary.list] }));
    push(commitEntry(begun), [host, laptop, phone, guest]);
    const { welcome } = begun.pending.admissions[0]!;
    const { identity } = device!;
    device!.take(joinFromWelcome(env, { identity, link, keys, knock: prepared, welcome }));
    expect(guest.view.members.at(-1)).toMatchObject({ deviceId: identity.deviceId, guest: false });
    device!.open(host.say('hello').entry);
  });

  it('an admin’s link leads in as well as an owner’s', () => {
    const { env, grace, host, laptop, inside } = groupOfThree('admin');
    const roles = [{ accountId: grace.list.accountId, role: 'admin' as const }];
    push(commitEntry(host.begin((e, room) => giveRoles(e, room, roles))), inside);
    const friend = letIn(env, [laptop, ...inside.filter(device => device !== laptop)]);
    expect(friend.view.members).toHaveLength(5);
  });
});

describe('threat 40: adding without the right, refused by every client', () => {
  it('a member adds somebody else, or a guest anybody', () => {
    const { env, host, laptop, guest } = groupOfThree('strangers');
    const mary = personWith(env);
    const [device] = devicesOf(env, mary);
    const keyPackages = claimed(env, mary.list, [supplyOf(env, device!)]);
    const adds = keyPackages.map(({ keyPackage }) => keyPackage);
    expectCode(() => addDevices(env, laptop.conversation, keyPackages), 'NOT_ALLOWED', { rule: 'add' });
    expectCode(() => addDevices(env, guest.conversation, keyPackages), 'NOT_ALLOWED', { rule: 'add' });
    expect(refusals(lawless(env, laptop, { adds }), [host, guest])).toEqual(
      Array(2).fill('not-allowed: add'),
    );
    expect(refusals(lawless(env, guest, { adds }), [host, laptop])).toEqual(
      Array(2).fill('not-allowed: add'),
    );
  });

  it('a guest adds a second device of its own account, with a member’s certificate', () => {
    const { env, host, laptop, guest } = groupOfThree('second guest');
    const second = createDevice(env, guest.identity.accountPrivateKey);
    const supply = supplyOf(env, new StoryDevice(env, second));
    const entry = lawless(env, guest, { adds: [supply.keyPackage] });
    expect(refusals(entry, [host, laptop])).toEqual(Array(2).fill('not-allowed: add'));
  });

  it('an owner adds a guest without a link', () => {
    const { env, host, laptop, phone } = groupOfThree('guest by directory');
    const supply = supplyOf(env, StoryDevice.of(env, 'guest'));
    const entry = lawless(env, host, { adds: [supply.keyPackage] });
    expect(refusals(entry, [laptop, phone])).toEqual(Array(2).fill('not-allowed: psk'));
  });

  it('a member removes another’s device, but its own account’s it may', () => {
    const { env, host, laptop, phone, guest } = groupOfThree('removing');
    for (const target of [host, guest]) {
      expectCode(() => removeMembers(env, laptop.conversation, [target.deviceId]), 'NOT_ALLOWED', {
        rule: 'remove',
      });
      const removes = [target.view.self.leafIndex];
      expect(refusals(lawless(env, laptop, { removes }), [host, phone])).toEqual(
        Array(2).fill('not-allowed: remove'),
      );
    }
    const begun = laptop.begin((e, room) => removeMembers(e, room, [phone.deviceId]));
    expect(refusals(commitEntry(begun), [host, laptop, guest, phone])).toEqual(Array(4).fill('commit'));
    expect(phone.view.membership).toBe('removed');
  });
});

describe('threat 3: a ghost device is never encrypted to', () => {
  it('one that the newest list leaves out is not added', () => {
    const { env, grace, host } = groupOfThree('ghost');
    const ghost = createDevice(env, grace.devices[0].accountPrivateKey);
    const supply = supplyOf(env, new StoryDevice(env, ghost));
    expectCode(() => claimed(env, grace.list, [supply]), 'BAD_KEY_PACKAGE', { reason: 'ghost-device' });
    const shorter = revokeDevice(env, grace.devices[0], grace.list, grace.devices[1]!.deviceId);
    const revoked = supplyOf(env, new StoryDevice(env, grace.devices[1]!));
    expectCode(() => claimed(env, shorter, [revoked]), 'BAD_KEY_PACKAGE', { reason: 'ghost-device' });
    expect(host.view.members).toHaveLength(4);
  });

  it('one with a certificate that its account did not sign is refused by those inside', () => {
    const { env, grace, host, laptop, guest } = groupOfThree('forged');
    const blind = { ...mlsEnvOf(env), authenticate: () => true };
    const { keyPackage } = createKeyPackage(blind, {
      suite: ROOM_SUITE,
      credentialIdentity: grace.devices[0].certificate,
      signaturePrivateKey: createIdentity(env, { kind: 'member' }).devicePrivateKey,
      lifetimeSeconds: 3_600,
      capabilitiesExtensions: [POLICY_EXTENSION],
    });
    const made = commit(blind, groupOf(host), { adds: [keyPackage] });
    const entry = { kind: 'commit', payload: encodeBundle({ mlsMessages: [made.commit] }) } as const;
    for (const outcome of push(entry, [laptop, guest])) {
      expect(outcome).toMatchObject({ type: 'rejected-commit', reason: 'bad-certificate' });
    }
  });
});

describe('who is added', () => {
  function addedBy(device: StoryDevice, seed: string) {
    const env = testEnv(seed);
    const person = personWith(env);
    const [newcomer] = devicesOf(env, person);
    const supply = supplyOf(env, newcomer!);
    const join = (pending: Parameters<typeof joinBy>[3]) => joinBy(env, newcomer!, supply, pending);
    return { env, device, person, newcomer: newcomer!, supply, join };
  }

  it('threat 40: does not go in where a member had no right to add', () => {
    const { env, laptop } = groupOfThree('no right');
    const { supply, newcomer } = addedBy(laptop, 'newcomer');
    const made = lawlessWelcome(env, laptop, supply.keyPackage);
    const knocked = { keyPackage: supply.keyPackage, keyPackagePrivateState: supply.privateState };
    const { identity } = newcomer;
    expectCode(
      () => joinAdded(env, { identity, knock: knocked, welcome: made, holds: () => false }),
      'NOT_ALLOWED',
      { rule: 'add' },
    );
  });

  it('threat 12: does not take another room in the place of one it is in', () => {
    const { env, host, laptop, phone, guest } = groupOfThree('same stream');
    const { person, newcomer, supply, join } = addedBy(host, 'once');
    const begun = host.begin((e, room) => addDevices(e, room, claimed(e, person.list, [supply])));
    push(commitEntry(begun), [host, laptop, phone, guest]);
    const { welcome } = begun.pending.admissions[0]!;
    const knocked = { keyPackage: supply.keyPackage, keyPackagePrivateState: supply.privateState };
    const { identity } = newcomer;
    const holds = (streamId: string) => streamId === host.view.streamId;
    expectCode(() => joinAdded(env, { identity, knock: knocked, welcome, holds }), 'ALREADY_MEMBER');
    expect(join(begun)).toMatchObject({ deviceId: host.deviceId });
  });

  it('threat 4: a Welcome is nothing to a device that was not added, and nobody is in by the relay’s word', () => {
    const { env, host, laptop, phone, guest } = groupOfThree('ghost member');
    const { person, supply } = addedBy(host, 'meant');
    const begun = host.begin((e, room) => addDevices(e, room, claimed(e, person.list, [supply])));
    const ghost = addedBy(host, 'not meant');
    const knocked = {
      keyPackage: ghost.supply.keyPackage,
      keyPackagePrivateState: ghost.supply.privateState,
    };
    const { welcome } = begun.pending.admissions[0]!;
    const { identity } = ghost.newcomer;
    expectCode(() => joinAdded(env, { identity, knock: knocked, welcome, holds: () => false }), 'MALFORMED');
    push(commitEntry(begun), [host, laptop, phone, guest]);
    const leaves = groupInfoOf(groupOf(host)).members.map(({ leafIndex }) => leafIndex);
    expect(host.view.members.map(({ leafIndex }) => leafIndex)).toEqual(leaves);
    expect(host.view.members.some(({ deviceId }) => deviceId === identity.deviceId)).toBe(false);
  });

  it('threat 16: cannot be added twice with one key package while it is in', () => {
    const { env, host, laptop, phone, guest } = groupOfThree('twice');
    const { person, supply } = addedBy(host, 'twice over');
    const keyPackages = claimed(env, person.list, [supply]);
    push(commitEntry(host.begin((e, room) => addDevices(e, room, keyPackages))), [
      host,
      laptop,
      phone,
      guest,
    ]);
    expectCode(() => addDevices(env, host.conversation, keyPackages), 'ALREADY_MEMBER');
  });
});

function lawlessWelcome(env: Parameters<typeof lawless>[0], device: StoryDevice, keyPackage: Uint8Array) {
  return commit(mlsEnvOf(env), groupOf(device), { adds: [keyPackage] }).welcome!;
}
