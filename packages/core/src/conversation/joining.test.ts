import { commit, createGroup, createKeyPackage, MlsError } from '@sotto/mls';
import { StreamId } from '@sotto/protocol';
import { describe, expect, it } from 'vitest';
import { ROOM_SUITE } from '../env.ts';
import { createIdentity } from '../identity/identity.ts';
import { createLink } from '../link/createLink.ts';
import type { InviteLink } from '../link/inviteLink.ts';
import { openJoinRequest, type PreparedKnock, prepareKnock } from '../link/joinRequest.ts';
import { deriveLinkKeys, type LinkKeys } from '../link/linkKeys.ts';
import { pbkdf2By, safetyWords } from '../link/safetyWords.ts';
import { mlsEnvOf } from '../mlsEnv.ts';
import { expectCode, flipBit, testEnv } from '../testEnv.fixture.ts';
import { admit } from './beginCommit.ts';
import { createConversation, stateOf } from './conversation.ts';
import { joinFromWelcome } from './joinFromWelcome.ts';
import { POLICY_EXTENSION, policyExtension } from './policy.ts';
import {
  commitEntry,
  groupPolicy,
  knock,
  letIn,
  linkInto,
  newStreamId,
  push,
  StoryDevice,
  startRoom,
} from './story.fixture.ts';

const rightPassword = new Uint8Array(32).fill(1);
const wrongPassword = new Uint8Array(32).fill(2);

describe('a guest comes by a link', () => {
  it('knocks, is admitted, and both write to each other', () => {
    const env = testEnv();
    const { host, streamId } = startRoom(env, 'Tea on Sunday');
    const guest = StoryDevice.of(env, 'guest');
    const { link, keys } = linkInto(env, host);

    const { prepared } = knock(env, guest, link, '  Grace\u202e ');
    const { sealedRequest } = prepared;
    const request = openJoinRequest(env, { link, keys, sealedRequest, deviceId: guest.deviceId });
    expect(request).toMatchObject({ name: 'Grace', kind: 'guest', accountId: guest.identity.accountId });

    const begun = host.begin((e, room) => admit(e, room, { link, keys, requests: [request] }));
    expect(host.view.members).toHaveLength(1);
    expect(begun.pending).toMatchObject({
      kind: 'admit',
      expectEpoch: 0,
      admissions: [{ deviceId: guest.deviceId, inviteToken: link.token }],
    });
    const outcome = host.open(commitEntry(begun));
    expect(outcome).toMatchObject({
      type: 'commit',
      own: true,
      change: { joined: [{ deviceId: guest.deviceId }] },
    });

    const { welcome } = begun.pending.admissions[0]!;
    const joined = joinFromWelcome(env, { identity: guest.identity, link, keys, knock: prepared, welcome });
    guest.take(joined);
    expect(joined.inviter).toMatchObject({ deviceId: host.deviceId, role: 'owner', guest: false });
    expect(guest.view).toMatchObject({ streamId, title: 'Tea on Sunday', streamEpoch: 1, epoch: 1 });
    expect(guest.view.self).toMatchObject({ role: 'guest', guest: true });
    expect(guest.view.epochAuthenticator).toEqual(host.view.epochAuthenticator);

    const question = guest.say('Is there cake?');
    expect(host.open(question.entry)).toMatchObject({
      type: 'content',
      author: { deviceId: guest.deviceId, guest: true },
      content: { body: { type: 'text', text: 'Is there cake?' }, counter: 1 },
    });
    expect(guest.open(host.say('There is.').entry)).toMatchObject({
      content: { body: { text: 'There is.' } },
    });
  });

  it('sees the same safety words as the host, and others than someone who swapped the request', async () => {
    const env = testEnv();
    const { host } = startRoom(env);
    const { link } = linkInto(env, host);
    const stretch = pbkdf2By(globalThis.crypto.subtle);
    const atGuest = knock(env, StoryDevice.of(env, 'guest'), link).prepared.sealedRequest;
    const swapped = knock(env, StoryDevice.of(env, 'guest'), link).prepared.sealedRequest;
    const words = await safetyWords(env, link, atGuest, stretch);
    expect(await safetyWords(env, link, atGuest.slice(), stretch)).toEqual(words);
    expect(await safetyWords(env, link, swapped, stretch)).not.toEqual(words);
  });

  it('several at once by one link', () => {
    const env = testEnv();
    const { host } = startRoom(env);
    const { link, keys } = linkInto(env, host);
    const guests = [0, 1, 2].map(() => {
      const guest = StoryDevice.of(env, 'guest');
      const { prepared } = knock(env, guest, link);
      const { sealedRequest } = prepared;
      const request = openJoinRequest(env, { link, keys, sealedRequest, deviceId: guest.deviceId });
      return { guest, prepared, request };
    });
    const requests = guests.map(({ request }) => request);
    const begun = host.begin((e, room) => admit(e, room, { link, keys, requests }));
    push(commitEntry(begun), [host]);
    for (const { guest, prepared } of guests) {
      const { welcome } = begun.pending.admissions.find(({ deviceId }) => deviceId === guest.deviceId)!;
      guest.take(joinFromWelcome(env, { identity: guest.identity, link, keys, knock: prepared, welcome }));
      expect(guest.view.members).toHaveLength(4);
    }
    const [first, ...others] = guests.map(({ guest }) => guest);
    for (const outcome of push(first!.say('hello').entry, [host, ...others])) {
      expect(outcome).toMatchObject({ type: 'content', author: { deviceId: first!.deviceId } });
    }
  });

  it('threat 35: two guests by one link are two people', () => {
    const env = testEnv();
    const { host } = startRoom(env);
    const first = letIn(env, [host]);
    const second = letIn(env, [host, first]);
    const ids = second.view.members.map(({ accountId }) => accountId);
    expect(new Set(ids).size).toBe(3);
    expect(second.view.members.filter(({ guest }) => guest)).toHaveLength(2);
  });
});

describe('join requests', () => {
  const env = testEnv();
  const { host } = startRoom(env);
  const guest = StoryDevice.of(env, 'guest');
  const { link, keys } = linkInto(env, host, rightPassword);
  const opened = (sealedRequest: Uint8Array, changes: Partial<Parameters<typeof openJoinRequest>[1]> = {}) =>
    openJoinRequest(env, { link, keys, sealedRequest, deviceId: guest.deviceId, ...changes });

  it('threat 36: the wrong password is refused, and told apart only with the right one', () => {
    const right = knock(env, guest, link, 'Grace', rightPassword).prepared.sealedRequest;
    const wrong = knock(env, guest, link, 'Grace', wrongPassword).prepared.sealedRequest;
    expect(opened(right).name).toBe('Grace');
    expectCode(() => opened(wrong), 'WRONG_PASSWORD');
    expect(wrong).toHaveLength(right.length);
  });

  it('threat 1: the relay cannot name another device for a request', () => {
    const { sealedRequest } = knock(env, guest, link, 'Grace', rightPassword).prepared;
    const { deviceId } = StoryDevice.of(env, 'guest');
    expectCode(() => opened(sealedRequest, { deviceId }), 'BAD_KEY_PACKAGE');
  });

  it('threat 5: a request for one link is nothing to another', () => {
    const other = linkInto(env, host, rightPassword);
    const { sealedRequest } = knock(env, guest, link, 'Grace', rightPassword).prepared;
    expectCode(() => opened(sealedRequest, other), 'CANNOT_OPEN');
  });

  it('threat 11: any bit turned is refused', () => {
    const { sealedRequest } = knock(env, guest, link, 'Grace', rightPassword).prepared;
    for (let bit = 0; bit < sealedRequest.length * 8; bit += 397) {
      expectCode(() => opened(flipBit(sealedRequest, bit)), 'CANNOT_OPEN');
    }
  });

  it('threat 34: who comes by a link with an account nobody lists is not let in: the guest mark does not come off', () => {
    const pretender = StoryDevice.of(env, 'member');
    const { sealedRequest } = knock(env, pretender, link, 'Host', rightPassword).prepared;
    const request = opened(sealedRequest, { deviceId: pretender.deviceId });
    expectCode(() => admit(env, host.conversation, { link, keys, requests: [request] }), 'NOT_ALLOWED', {
      rule: 'guest-mark',
    });
  });

  it('threat 16: a key package of the past is refused', () => {
    const { sealedRequest } = knock(env, guest, link, 'Grace', rightPassword).prepared;
    const later = { ...env, nowMs: () => env.nowMs() + 32 * 24 * 3_600_000 };
    expectCode(
      () => openJoinRequest(later, { link, keys, sealedRequest, deviceId: guest.deviceId }),
      'BAD_KEY_PACKAGE',
    );
  });

  it('threat 27: names of every length make requests of one size', () => {
    const short = knock(env, guest, link, 'G', rightPassword).prepared.sealedRequest;
    const long = knock(env, guest, link, 'G'.repeat(128), rightPassword).prepared.sealedRequest;
    expect(long).toHaveLength(short.length);
  });
});

describe('threat 1: a Welcome that does not come from who made the link', () => {
  const env = testEnv();
  const { host, streamId } = startRoom(env);
  const guest = StoryDevice.of(env, 'guest');
  const { link, keys } = linkInto(env, host);
  const { prepared } = knock(env, guest, link);

  const join = (
    welcome: Uint8Array,
    changes: { link?: InviteLink; keys?: LinkKeys; knock?: PreparedKnock } = {},
  ) => joinFromWelcome(env, { identity: guest.identity, link, keys, knock: prepared, welcome, ...changes });

  /** The Welcome that a room of the attacker's making sends to the guest's key package. */
  function forgedWelcome(options: {
    readonly streamId: StreamId;
    readonly founderAccountKey?: Uint8Array;
    readonly psks?: readonly { readonly id: Uint8Array; readonly psk: Uint8Array }[];
  }): Uint8Array {
    const attacker = createIdentity(env, { kind: 'member' });
    const founderAccountKey = options.founderAccountKey ?? attacker.accountKey;
    const { group } = createGroup(mlsEnvOf(env), {
      suite: ROOM_SUITE,
      groupId: StreamId.toBytes(options.streamId),
      credentialIdentity: attacker.certificate,
      signaturePrivateKey: attacker.devicePrivateKey,
      groupExtensions: [policyExtension(groupPolicy(founderAccountKey))],
      requiredExtensions: [POLICY_EXTENSION],
      capabilitiesExtensions: [POLICY_EXTENSION],
    });
    const psks = options.psks ?? [{ id: keys.pskId, psk: keys.psk }];
    return commit(mlsEnvOf(env), group, { adds: [prepared.keyPackage], psks }).welcome!;
  }

  it('is refused when another account signed it, even one that knows the link', () => {
    expectCode(() => join(forgedWelcome({ streamId })), 'IMPOSTOR', { reason: 'fingerprint' });
  });

  it('is refused when the attacker names the real host as founder of its own room', () => {
    const founderAccountKey = host.identity.accountKey;
    expectCode(() => join(forgedWelcome({ streamId, founderAccountKey })), 'IMPOSTOR', {
      reason: 'fingerprint',
    });
  });

  it('is refused without the pre-shared key of the link', () => {
    expectCode(() => join(forgedWelcome({ streamId, psks: [] })), 'IMPOSTOR', { reason: 'no-psk' });
  });

  it('is refused with a pre-shared key of another link', () => {
    const other = linkInto(env, host).keys;
    const psks = [{ id: other.pskId, psk: other.psk }];
    expectCode(() => join(forgedWelcome({ streamId, psks })), 'IMPOSTOR', { reason: 'foreign-psk' });
  });

  it('is refused when the pre-shared key has the right name and another value', () => {
    const psks = [{ id: keys.pskId, psk: new Uint8Array(32) }];
    expectCode(() => join(forgedWelcome({ streamId, psks })), 'MALFORMED');
  });

  it('is refused from the right host for another room of theirs', () => {
    const otherRoom = StoryDevice.of(env, 'member');
    const elsewhere = new StoryDevice(env, host.identity);
    elsewhere.take(
      createConversation(env, { identity: host.identity, streamId: newStreamId(env), title: 'Tea' }),
    );
    expect(otherRoom.deviceId).not.toBe(elsewhere.deviceId);
    const request = openJoinRequest(env, {
      link,
      keys,
      sealedRequest: prepared.sealedRequest,
      deviceId: guest.deviceId,
    });
    const begun = elsewhere.begin((e, room) => admit(e, room, { link, keys, requests: [request] }));
    expectCode(() => join(begun.pending.admissions[0]!.welcome), 'IMPOSTOR', { reason: 'fingerprint' });
  });

  it('is refused from someone in the room who may not invite', () => {
    // The link commits to the inviter, who is a member only by the founder's policy.
    const admin = createIdentity(env, { kind: 'member' });
    const adminLink = createLink(env, { inviterAccountKey: admin.accountKey, streamId, password: false });
    const adminKeys = deriveLinkKeys(env, adminLink, undefined);
    const { group } = createGroup(mlsEnvOf(env), {
      suite: ROOM_SUITE,
      groupId: StreamId.toBytes(streamId),
      credentialIdentity: admin.certificate,
      signaturePrivateKey: admin.devicePrivateKey,
      groupExtensions: [policyExtension(groupPolicy(host.identity.accountKey))],
      requiredExtensions: [POLICY_EXTENSION],
      capabilitiesExtensions: [POLICY_EXTENSION],
    });
    const psks = [{ id: adminKeys.pskId, psk: adminKeys.psk }];
    const { welcome } = commit(mlsEnvOf(env), group, { adds: [prepared.keyPackage], psks });
    expectCode(() => join(welcome!, { link: adminLink, keys: adminKeys }), 'IMPOSTOR', {
      reason: 'may-not-invite',
    });
  });

  it('threat 3: is refused into a room with a ghost in it', () => {
    const attackersFriend = createIdentity(env, { kind: 'guest' });
    const blind = { ...mlsEnvOf(env), authenticate: () => true };
    const ghost = createKeyPackage(blind, {
      suite: ROOM_SUITE,
      // The certificate of one device, the key of another.
      credentialIdentity: attackersFriend.certificate,
      signaturePrivateKey: createIdentity(env, { kind: 'guest' }).devicePrivateKey,
      lifetimeSeconds: 3_600,
      capabilitiesExtensions: [POLICY_EXTENSION],
    });
    const psks = [{ id: keys.pskId, psk: keys.psk }];
    const { group } = stateOf(host.conversation);
    const { welcome } = commit(blind, group, { adds: [prepared.keyPackage, ghost.keyPackage], psks });
    expectCode(() => join(welcome!), 'IMPOSTOR', { reason: 'bad-member' });
  });

  it('is refused with the knock of another device', () => {
    const request = openJoinRequest(env, {
      link,
      keys,
      sealedRequest: prepared.sealedRequest,
      deviceId: guest.deviceId,
    });
    const { welcome } = admit(env, host.conversation, { link, keys, requests: [request] }).pending
      .admissions[0]!;
    const { identity } = StoryDevice.of(env, 'guest');
    expectCode(() => joinFromWelcome(env, { identity, link, keys, knock: prepared, welcome }), 'MALFORMED');
  });

  it('is refused when it is for another key package of the guest', () => {
    const request = openJoinRequest(env, {
      link,
      keys,
      sealedRequest: prepared.sealedRequest,
      deviceId: guest.deviceId,
    });
    const { pending } = admit(env, host.conversation, { link, keys, requests: [request] });
    const { welcome } = pending.admissions[0]!;
    const other = prepareKnock(env, { identity: guest.identity, link, keys, name: 'Grace' });
    expectCode(() => join(welcome, { knock: other }), 'MALFORMED');
    expect(join(welcome).inviter.deviceId).toBe(host.deviceId);
  });

  it('threat 11: is refused with any bit turned', () => {
    const request = openJoinRequest(env, {
      link,
      keys,
      sealedRequest: prepared.sealedRequest,
      deviceId: guest.deviceId,
    });
    const { welcome } = admit(env, host.conversation, { link, keys, requests: [request] }).pending
      .admissions[0]!;
    for (let bit = 0; bit < welcome.length * 8; bit += 1_009) {
      expect(() => join(flipBit(welcome, bit)), `bit ${bit}`).toThrow(
        expect.objectContaining({ name: 'CoreError' }),
      );
    }
  });
});

describe('threat 17: downgrades', () => {
  const env = testEnv();
  const identity = createIdentity(env, { kind: 'guest' });

  it('a key package of another suite is not made and not taken', () => {
    const request = {
      suite: 0x0001,
      credentialIdentity: identity.certificate,
      signaturePrivateKey: identity.devicePrivateKey,
      lifetimeSeconds: 3_600,
      capabilitiesExtensions: [POLICY_EXTENSION],
    };
    expect(() => createKeyPackage(mlsEnvOf(env), request)).toThrow(MlsError);
    const lax = { ...mlsEnvOf(env), suites: [0x0001, ROOM_SUITE] };
    const { keyPackage } = createKeyPackage(lax, request);
    const { host } = startRoom(env);
    const { link, keys } = linkInto(env, host);
    const requests = [
      {
        name: 'Grace',
        deviceId: identity.deviceId,
        accountId: identity.accountId,
        kind: 'guest' as const,
        sentAtMs: 0,
        keyPackage,
      },
    ];
    expect(() => admit(env, host.conversation, { link, keys, requests })).toThrow(
      expect.objectContaining({ name: 'CoreError', code: 'BAD_KEY_PACKAGE' }),
    );
  });

  it('a Welcome into a room of another suite is refused', () => {
    const lax = { ...mlsEnvOf(env), suites: [0x0001, ROOM_SUITE] };
    const { host, streamId } = startRoom(env);
    const { link, keys } = linkInto(env, host);
    const guest = new StoryDevice(env, identity);
    const knocked = knock(env, guest, link).prepared;
    const classical = createKeyPackage(lax, {
      suite: 0x0001,
      credentialIdentity: identity.certificate,
      signaturePrivateKey: identity.devicePrivateKey,
      lifetimeSeconds: 3_600,
      capabilitiesExtensions: [POLICY_EXTENSION],
    });
    const { group } = createGroup(lax, {
      suite: 0x0001,
      groupId: StreamId.toBytes(streamId),
      credentialIdentity: host.identity.certificate,
      signaturePrivateKey: host.identity.devicePrivateKey,
      groupExtensions: [policyExtension(groupPolicy(host.identity.accountKey))],
      requiredExtensions: [POLICY_EXTENSION],
      capabilitiesExtensions: [POLICY_EXTENSION],
    });
    const psks = [{ id: keys.pskId, psk: keys.psk }];
    const { welcome } = commit(lax, group, { adds: [classical.keyPackage], psks });
    const weak = {
      sealedRequest: knocked.sealedRequest,
      keyPackage: classical.keyPackage,
      keyPackagePrivateState: classical.privateState,
    };
    expectCode(
      () => joinFromWelcome(env, { identity, link, keys, knock: weak, welcome: welcome! }),
      'UNSUPPORTED',
    );
  });
});
