import { commit, createKeyPackage, encrypt } from '@sotto/mls';
import {
  decodeSignedDeviceCertificate,
  encodeBundle,
  encodeContent,
  encodeSignedDeviceCertificate,
  MessageId,
} from '@sotto/protocol';
import { describe, expect, it } from 'vitest';
import { type CoreEnv, ROOM_SUITE } from '../env.ts';
import { issueCertificate } from '../identity/certificate.ts';
import { createIdentity } from '../identity/identity.ts';
import { LABELS, signLabelled } from '../labels.ts';
import { openJoinRequest, prepareKnock } from '../link/joinRequest.ts';
import { mlsEnvOf } from '../mlsEnv.ts';
import { expectCode, flipBit, testEnv } from '../testEnv.fixture.ts';
import { abandonPending } from './abandonPending.ts';
import { admit, changePolicy, removeMembers, updateKeys } from './beginCommit.ts';
import { stateOf } from './conversation.ts';
import { joinFromWelcome } from './joinFromWelcome.ts';
import { openEntry } from './openEntry.ts';
import { POLICY_EXTENSION, policyExtension } from './policy.ts';
import { recordingProvider, repeated } from './recordingProvider.fixture.ts';
import { sealDraft } from './sealContent.ts';
import {
  commitEntry,
  groupOf,
  knock,
  lawless,
  letIn,
  linkInto,
  push,
  refusals,
  StoryDevice,
  startRoom,
} from './story.fixture.ts';

function roomOf(guests: number, seed = 'commits', env: CoreEnv = testEnv(seed)) {
  const { host } = startRoom(env);
  const inside = [host];
  while (inside.length <= guests) inside.push(letIn(env, inside, host));
  return { env, host, guests: inside.slice(1), inside };
}

describe('the way of a commit', () => {
  it('is in force, for its author too, when it comes back from the log', () => {
    const { host, guests } = roomOf(2);
    const begun = host.begin(updateKeys);
    expect(host.view).toMatchObject({ epoch: 2, pending: { kind: 'update', expectEpoch: 2 } });
    for (const outcome of push(commitEntry(begun), [host, ...guests])) expect(outcome.type).toBe('commit');
    const authenticators = [host, ...guests].map(({ view }) => view.epochAuthenticator.join());
    expect(new Set(authenticators).size).toBe(1);
    expect(host.view).toMatchObject({ epoch: 3, streamEpoch: 3, pending: undefined });
  });

  it('is taken up again after a crash before, or between, sending and the log', () => {
    const { host, guests } = roomOf(1);
    const begun = host.begin(updateKeys);
    host.crash();
    expect(host.view.pending).toEqual(begun.pending);
    push(commitEntry(begun), [host, ...guests]);
    host.crash();
    expect(host.view.epochAuthenticator).toEqual(guests[0]!.view.epochAuthenticator);
    expect(guests[0]!.open(host.say('still here').entry).type).toBe('content');
  });

  it('goes one at a time', () => {
    const { env, host } = roomOf(1);
    host.begin(updateKeys);
    expectCode(() => updateKeys(env, host.conversation), 'COMMIT_PENDING');
  });

  it('threat 12: loses the race, is dropped, and is made again in the new epoch', () => {
    const { host, guests, inside } = roomOf(2);
    const [winner] = guests;
    const first = winner!.begin(updateKeys);
    const second = host.begin((e, room) => changePolicy(e, room, { title: 'Supper' }));
    // The relay takes the winner's; the host reads it before its own.
    const outcomes = push(commitEntry(first), inside);
    expect(outcomes[0]).toMatchObject({ type: 'commit', own: false, dropped: { kind: 'policy' } });
    expect(host.view.pending).toBeUndefined();
    const again = host.begin((e, room) => changePolicy(e, room, { title: 'Supper' }));
    expect(again.pending.payload).not.toEqual(second.pending.payload);
    for (const outcome of push(commitEntry(again), inside)) {
      expect(outcome).toMatchObject({ type: 'commit', change: { title: { from: 'Tea', to: 'Supper' } } });
    }
    expect(guests.map(({ view }) => view.title)).toEqual(['Supper', 'Supper']);
  });

  it('threat 12: replayed or held back, it is not applied a second time or out of place', () => {
    const { host, guests, inside } = roomOf(2);
    const first = commitEntry(host.begin(updateKeys));
    push(first, inside);
    expect(guests[0]!.open(first)).toMatchObject({ type: 'rejected-commit', detail: 'past-epoch' });
    expect(host.open(first)).toMatchObject({ type: 'rejected-commit' });

    const held = commitEntry(host.begin(updateKeys));
    host.open(held);
    const early = commitEntry(host.begin(updateKeys));
    const before = guests[1]!.view;
    expect(guests[1]!.open(early)).toMatchObject({ type: 'rejected-commit', detail: 'wrong-epoch' });
    expect(guests[1]!.view).toMatchObject({
      epoch: before.epoch,
      epochAuthenticator: before.epochAuthenticator,
    });
  });

  it('counts the stream’s epochs apart from the group’s', () => {
    const { host, guests, inside } = roomOf(1);
    push({ kind: 'commit', payload: Uint8Array.of(1, 2, 3) }, inside);
    expect(host.view).toMatchObject({ epoch: 1, streamEpoch: 2 });
    const pending = host.begin(updateKeys).pending;
    push({ kind: 'commit', payload: Uint8Array.of(4) }, inside);
    expect(host.view.pending).toMatchObject({ dedupeId: pending.dedupeId, expectEpoch: 3 });
    push({ kind: 'commit', payload: pending.payload }, inside);
    expect(guests[0]!.view).toMatchObject({ epoch: 2, streamEpoch: 4 });
    expect(host.view).toMatchObject({ epoch: 2, streamEpoch: 4 });
  });
});

describe('who can read what', () => {
  it('a third who joins cannot read what was before', () => {
    const { env, host, inside } = roomOf(1);
    const earlier = host.say('before you came').entry;
    inside[1]!.open(earlier);
    const third = letIn(env, inside, host);
    expect(third.open(earlier)).toEqual({ type: 'undecryptable', cause: 'past-epoch' });
    expect(third.open(host.say('after').entry)).toMatchObject({ type: 'content' });
  });

  it('threat 41: one who was removed derives nothing of what comes after', () => {
    const { env, host, guests, inside } = roomOf(2);
    const [removed, stays] = guests;
    const frozen = removed!.conversation;
    const begun = host.begin((e, room) => removeMembers(e, room, [removed!.deviceId]));
    expect(begun.pending.removedDeviceIds).toEqual([removed!.deviceId]);
    const outcomes = push(commitEntry(begun), inside);
    expect(outcomes[1]).toMatchObject({ type: 'commit', selfRemoved: true });
    expect(outcomes[2]).toMatchObject({ change: { removed: [{ member: { deviceId: removed!.deviceId } }] } });

    expect(removed!.records.size).toBe(0);
    expect(removed!.view.membership).toBe('removed');
    expectCode(() => removed!.say('let me in'), 'REMOVED');

    const later = host.say('without them').entry;
    expect(stays!.open(later).type).toBe('content');
    // Nor with everything it had before it learned of it.
    expect(openEntry(env, frozen, later).outcome).toEqual({ type: 'undecryptable', cause: 'wrong-epoch' });
    expectCode(() => removed!.open(later), 'REMOVED');
  });

  it('one who leaves says so; then an owner removes its device', () => {
    const { host, guests, inside } = roomOf(2);
    const [leaves, stays] = guests;
    const { entry } = leaves!.say({ type: 'leave' });
    push(entry, [host, stays!]);
    host.crash();
    expect(host.view.leaving).toEqual([leaves!.deviceId]);
    const begun = host.begin((e, room) => removeMembers(e, room, [leaves!.deviceId]));
    const outcome = push(commitEntry(begun), inside).at(-1);
    expect(outcome).toMatchObject({ change: { removed: [{ leaving: true }] } });
    expect(host.view.leaving).toEqual([]);
  });

  it('a device that is let in again begins its order again', () => {
    const { env, host, guests } = roomOf(2);
    const [comesBack, stays] = guests;
    for (const text of ['one', 'two']) push(comesBack!.say(text).entry, [host, stays!]);
    push(commitEntry(host.begin((e, room) => removeMembers(e, room, [comesBack!.deviceId]))), [host, stays!]);
    const { link, keys } = linkInto(env, host);
    const prepared = prepareKnock(env, { identity: comesBack!.identity, link, keys, name: 'Grace' });
    const { sealedRequest } = prepared;
    const request = openJoinRequest(env, { link, keys, sealedRequest, deviceId: comesBack!.deviceId });
    const begun = host.begin((e, room) => admit(e, room, { link, keys, requests: [request] }));
    const outcomes = push(commitEntry(begun), [host, stays!]);
    expect(outcomes[1]).toMatchObject({ change: { joined: [{ deviceId: comesBack!.deviceId }] } });
    const { welcome } = begun.pending.admissions[0]!;
    const again = new StoryDevice(env, comesBack!.identity);
    again.take(joinFromWelcome(env, { identity: again.identity, link, keys, knock: prepared, welcome }));
    expect(stays!.open(again.say('back').entry)).toMatchObject({
      content: { counter: 1 },
      order: { place: 'next' },
    });
    again.say('dropped');
    expect(stays!.open(again.say('third').entry)).toMatchObject({
      order: { place: 'after-gap', missing: 1 },
    });
  });
});

describe('encrypt once (I2): no key seals twice', () => {
  it('through lost races, given-up commits, crashes and retries', () => {
    const base = testEnv('nonces');
    const { provider, sealedWith } = recordingProvider(base.provider);
    const { env, host, guests, inside } = roomOf(2, 'nonces', { ...base, provider });
    sealedWith.length = 0;
    for (let round = 0; round < 3; round++) {
      // Two commits that the relay refuses for good, one of them after a crash.
      for (const crash of [false, true]) {
        const guest = StoryDevice.of(env, 'guest');
        const { link, keys } = linkInto(env, host);
        const knocked = knock(base, guest, link).prepared;
        const { sealedRequest } = knocked;
        const request = openJoinRequest(env, { link, keys, sealedRequest, deviceId: guest.deviceId });
        host.begin((e, room) => admit(e, room, { link, keys, requests: [request] }));
        if (crash) host.crash();
        host.take(abandonPending(host.conversation));
      }
      // One that loses its race, with messages sealed again on both sides of it.
      host.begin(updateKeys);
      const { draft } = host.say(`early ${round}`);
      const winner = commitEntry(guests[round % 2]!.begin(updateKeys));
      push(winner, inside);
      host.crash();
      push(host.seal(draft), guests);
    }
    expect(sealedWith.length).toBeGreaterThan(40);
    expect(repeated(sealedWith)).toEqual([]);
  });

  it('the check itself sees a key used twice', () => {
    const base = testEnv('planted');
    const { provider, sealedWith } = recordingProvider(base.provider);
    const { env, host } = roomOf(1, 'planted', { ...base, provider });
    sealedWith.length = 0;
    // Going on from the state before a commit was begun, instead of from the one it gives.
    updateKeys(env, host.conversation);
    updateKeys(env, host.conversation);
    expect(repeated(sealedWith).length).toBeGreaterThan(0);
  });

  it('what must be on disk before a commit leaves is written before', () => {
    const { env, host } = roomOf(1);
    const begun = updateKeys(env, host.conversation);
    const keys = begun.writesBeforeSending.map(({ key }) => key);
    expect(keys).toContain('pending');
    expect(keys.some(key => key.startsWith('mls/'))).toBe(true);
  });
});

describe('threat 40: commits without the right, refused by every client', () => {
  it('a guest adds someone', () => {
    const { env, host, guests } = roomOf(3);
    const [lawbreaker, ...others] = guests;
    const friend = StoryDevice.of(env, 'guest');
    const { link, keys } = linkInto(env, lawbreaker!);
    const { keyPackage } = knock(env, friend, link).prepared;
    const announced = secretsOf(env, lawbreaker!, keys);
    const entry = lawless(
      env,
      announced.group,
      { adds: [keyPackage], psks: [{ id: keys.pskId, psk: keys.psk }] },
      [announced.message],
    );
    const before = host.view;
    expect(refusals(entry, [host, ...others])).toEqual(Array(3).fill('not-allowed: add'));
    expect(host.view).toEqual({ ...before, streamEpoch: before.streamEpoch + 1 });
    for (const device of others) expect(device.open(host.say('we go on').entry).type).toBe('content');
  });

  it('a guest removes another, or the host', () => {
    const { env, host, guests } = roomOf(2);
    const [lawbreaker, other] = guests;
    for (const target of [other!, host]) {
      const entry = lawless(env, lawbreaker!, { removes: [target.view.self.leafIndex] });
      expect(refusals(entry, [host, other!])).toEqual(Array(2).fill('not-allowed: remove'));
      expect(target.view.membership).toBe('member');
    }
  });

  it('a guest renames the room, crowns itself, or founds it anew', () => {
    const { env, host, guests } = roomOf(2);
    const [lawbreaker, other] = guests;
    const { policy, info, self } = stateOf(lawbreaker!.conversation).seen;
    const changes = [
      [{ title: 'Mine' }, 'title'],
      [{ roles: [{ accountId: self.accountId, role: 'owner' as const }] }, 'roles'],
      [{ founderAccountKey: lawbreaker!.identity.accountKey }, 'founder'],
    ] as const;
    for (const [change, rule] of changes) {
      const groupExtensions = info.extensions.map(extension =>
        extension.type === POLICY_EXTENSION ? policyExtension({ ...policy, ...change }) : extension,
      );
      const entry = lawless(env, lawbreaker!, { groupExtensions });
      expect(refusals(entry, [host, other!])).toEqual(Array(2).fill(`not-allowed: ${rule}`));
    }
    expect(host.view.title).toBe('Tea');
  });

  it('anyone drops the policy', () => {
    const { env, host, guests } = roomOf(1);
    const { info } = stateOf(host.conversation).seen;
    const groupExtensions = info.extensions.filter(({ type }) => type !== POLICY_EXTENSION);
    const entry = lawless(env, host, { groupExtensions });
    expect(refusals(entry, guests)).toEqual(['not-allowed: extensions']);
  });

  it('the host adds a guest without the secret of a link, or without telling it to the others', () => {
    const { env, host, guests } = roomOf(1);
    const { link, keys } = linkInto(env, host);
    const psks = [{ id: keys.pskId, psk: keys.psk }];
    const marked = knock(env, StoryDevice.of(env, 'guest'), link).prepared;
    expect(refusals(lawless(env, host, { adds: [marked.keyPackage] }), guests)).toEqual(['not-allowed: psk']);
    const [outcome] = push(lawless(env, host, { adds: [marked.keyPackage], psks }), guests);
    expect(outcome).toMatchObject({ type: 'rejected-commit', reason: 'invalid' });
  });

  it('threat 3: the host’s client adds a ghost, with a certificate that is not of its key or not of its account', () => {
    const { env, host, guests } = roomOf(1);
    const { link, keys } = linkInto(env, host);
    const [victim, ghost] = [createIdentity(env, { kind: 'guest' }), createIdentity(env, { kind: 'guest' })];
    const { certificate } = decodeSignedDeviceCertificate(ghost.certificate);
    const selfSigned = encodeSignedDeviceCertificate({
      certificate,
      signature: signLabelled(env.provider, ghost.devicePrivateKey, LABELS.deviceCertificate, certificate),
    });
    for (const stolen of [victim.certificate, selfSigned]) {
      const blind = { ...mlsEnvOf(env), authenticate: () => true };
      const { keyPackage } = createKeyPackage(blind, {
        suite: ROOM_SUITE,
        credentialIdentity: stolen,
        signaturePrivateKey: ghost.devicePrivateKey,
        lifetimeSeconds: 3_600,
        capabilitiesExtensions: [POLICY_EXTENSION],
      });
      const { group, message } = secretsOf(env, host, keys);
      const psks = [{ id: keys.pskId, psk: keys.psk }];
      const made = commit(blind, group, { adds: [keyPackage], psks });
      const payload = encodeBundle({ mlsMessages: [message, made.commit] });
      const [outcome] = push({ kind: 'commit', payload }, guests);
      expect(outcome).toMatchObject({ type: 'rejected-commit', reason: 'bad-certificate' });
      const requests = [{ ...victim, name: 'Ghost', sentAtMs: 0, keyPackage }];
      expectCode(() => admit(env, host.conversation, { link, keys, requests }), 'BAD_KEY_PACKAGE');
    }
  });

  it('threat 34: a guest takes off the guest mark with a certificate of its own making', () => {
    const { env, host, guests } = roomOf(2);
    const [lawbreaker, other] = guests;
    const { epoch, ...rest } = groupOf(lawbreaker!);
    const accountKey = env.random(32);
    const account = {
      privateKey: accountKey,
      publicKey: env.provider.ed25519PublicKey(accountKey),
      kind: 'member' as const,
    };
    const identity = issueCertificate(env, account, lawbreaker!.identity.deviceKey);
    // Leaves stand at even places.
    const place = lawbreaker!.view.self.leafIndex * 2;
    const leaf = { ...epoch.tree.nodes[place]!, credential: { type: 1, identity } };
    const tree = { ...epoch.tree, nodes: epoch.tree.nodes.with(place, leaf as never) };
    const entry = lawless(env, { ...rest, epoch: { ...epoch, tree } }, {});
    expect(refusals(entry, [host, other!])).toEqual(Array(2).fill('not-allowed: identity'));
    expect(host.view.members.filter(({ guest }) => guest)).toHaveLength(2);
  });

  it('a secret announced by another than the committer', () => {
    const { env, host, guests } = roomOf(2);
    const [helper, reader] = guests;
    const { link, keys } = linkInto(env, host);
    const { keyPackage } = knock(env, StoryDevice.of(env, 'guest'), link).prepared;
    const { message } = secretsOf(env, helper!, keys);
    const request = { adds: [keyPackage], psks: [{ id: keys.pskId, psk: keys.psk }] };
    expect(refusals(lawless(env, host, request, [message]), [reader!])).toEqual(['not-allowed: psk']);
  });

  it('a commit or proposal that is not encrypted', () => {
    const { env, host, guests } = roomOf(1);
    const entry = lawless(env, guests[0]!, { wireFormat: 'public' });
    expect(host.open(entry)).toMatchObject({ type: 'rejected-commit', reason: 'undecryptable' });
    expect(host.view.epoch).toBe(1);
  });

  it('a text in the entry of a commit', () => {
    const { env, host, guests } = roomOf(1);
    const plaintext = encodeContent({
      messageId: MessageId.fromBytes(env.random(16)),
      counter: 5,
      sentAtMs: 0,
      body: { type: 'text', text: 'hidden' },
    });
    const { group, message } = encrypt(mlsEnvOf(env), groupOf(host), { plaintext });
    const made = commit(mlsEnvOf(env), group, {});
    const payload = encodeBundle({ mlsMessages: [message, made.commit] });
    expect(refusals({ kind: 'commit', payload }, guests)).toEqual(['not-allowed: content-kind']);
  });

  it('the API refuses the same before anything is sent', () => {
    const { env, host, guests } = roomOf(1);
    const [guest] = guests;
    const room = guest!.conversation;
    const { link, keys } = linkInto(env, guest!);
    expectCode(() => admit(env, room, { link, keys, requests: [] }), 'NOT_ALLOWED', { rule: 'add' });
    expectCode(() => removeMembers(env, room, [host.deviceId]), 'NOT_ALLOWED', { rule: 'remove' });
    expectCode(() => changePolicy(env, room, { title: 'Mine' }), 'NOT_ALLOWED', { rule: 'title' });
    expectCode(() => removeMembers(env, host.conversation, [host.deviceId]), 'NOT_ALLOWED', {
      rule: 'remove',
    });
    const { deviceId } = createIdentity(env, { kind: 'guest' });
    expectCode(() => removeMembers(env, host.conversation, [deviceId]), 'UNKNOWN_MEMBER', { deviceId });
  });

  it('someone who is inside is not let in twice', () => {
    const { env, host, guests } = roomOf(1);
    const { link, keys } = linkInto(env, host);
    const { sealedRequest } = prepareKnock(env, { identity: guests[0]!.identity, link, keys, name: 'Again' });
    const request = openJoinRequest(env, { link, keys, sealedRequest, deviceId: guests[0]!.deviceId });
    expectCode(() => admit(env, host.conversation, { link, keys, requests: [request] }), 'ALREADY_MEMBER');
  });
});

describe('damage and forks', () => {
  it('threat 11: any bit turned in a commit, and only the count of the stream moves', () => {
    const { host, guests } = roomOf(1);
    const [guest] = guests;
    const entry = commitEntry(host.begin(updateKeys));
    const without = (snapshot: ReadonlyMap<string, string>) =>
      [...snapshot].filter(([key]) => key !== 'room');
    const before = without(guest!.snapshot());
    const { streamEpoch } = guest!.view;
    let count = 0;
    for (let bit = 0; bit < entry.payload.length * 8; bit += 311) {
      const outcome = guest!.open({ ...entry, payload: flipBit(entry.payload, bit) });
      expect(outcome.type, `bit ${bit}`).toBe('rejected-commit');
      count++;
    }
    expect(without(guest!.snapshot())).toEqual(before);
    expect(guest!.view.streamEpoch).toBe(streamEpoch + count);
    expect(guest!.open(entry).type).toBe('commit');
  });

  it('threat 39: an update path that opens for some only is refused by the others, who know whose it is', () => {
    const { env, host, guests } = roomOf(3);
    const [left, ...rest] = guests;
    const without = (snapshot: ReadonlyMap<string, string>) =>
      [...snapshot].filter(([key]) => key !== 'room');
    const before = without(left!.snapshot());
    const split = lawless(damagingFirstSeal(env), host, {});
    expect(left!.open(split)).toMatchObject({
      type: 'rejected-commit',
      reason: 'invalid',
      by: { deviceId: host.deviceId },
    });
    expect(without(left!.snapshot())).toEqual(before);
    for (const outcome of push(split, rest)) expect(outcome.type).toBe('commit');
    // Neither side reads the other from here on, and both see that there is something they cannot read.
    const heard = rest[0]!.open(left!.say('do you hear me?').entry);
    expect(heard).toEqual({ type: 'undecryptable', cause: 'past-epoch' });
    const answered = left!.open(rest[0]!.say('no').entry);
    expect(answered).toEqual({ type: 'undecryptable', cause: 'wrong-epoch' });
  });

  it('threat 13: two commits win one epoch, and those apart cannot read each other, which shows', () => {
    const { host, guests } = roomOf(2);
    const [left, right] = guests;
    const one = commitEntry(left!.begin(updateKeys));
    const two = commitEntry(right!.begin(updateKeys));
    push(one, [host, left!]);
    right!.open(two);
    expect(host.view.epoch).toBe(right!.view.epoch);
    expect(host.view.epochAuthenticator).not.toEqual(right!.view.epochAuthenticator);
    expect(right!.open(host.say('on this side').entry)).toEqual({ type: 'undecryptable', cause: 'damaged' });
    expect(right!.open(one)).toMatchObject({ type: 'rejected-commit' });
  });

  it('threat 15: nothing here lets anyone back in by itself', () => {
    const { host, guests } = roomOf(2);
    const [out] = guests;
    push(commitEntry(host.begin(updateKeys)), [host, guests[1]!]);
    // It missed a commit: every later entry is an honest failure, and its state never moves.
    const before = out!.snapshot();
    for (const text of ['a', 'b']) {
      expect(out!.open(host.say(text).entry)).toEqual({ type: 'undecryptable', cause: 'wrong-epoch' });
    }
    expect(out!.snapshot()).toEqual(before);
  });

  it('threat 14: the age of one’s own keys is known, and moves with one’s own commits only', () => {
    const env = testEnv('age');
    const { host, guests, inside } = { ...roomOf(1, 'age', env) };
    const joinedAtMs = guests[0]!.view.keysUpdatedAtMs;
    env.advanceMs(8 * 24 * 3_600_000);
    push(commitEntry(host.begin(updateKeys)), inside);
    expect(guests[0]!.view.keysUpdatedAtMs).toBe(joinedAtMs);
    push(commitEntry(guests[0]!.begin(updateKeys)), inside);
    expect(guests[0]!.view.keysUpdatedAtMs).toBe(env.nowMs());
  });

  it('messages sealed beside a pending commit can be read until it is in force', () => {
    const { env, host, guests, inside } = roomOf(1);
    const begun = host.begin(updateKeys);
    const { draft, entry } = host.say('still the old epoch');
    expect(guests[0]!.open(entry).type).toBe('content');
    push(commitEntry(begun), inside);
    expect(sealDraft(env, host.conversation, draft)).toMatchObject({ epoch: 2, expectEpoch: 2 });
  });
});

/** As a device that damages what it encrypts first: of a commit, the path secret for its neighbour in the tree. */
function damagingFirstSeal(env: CoreEnv): CoreEnv {
  let sealed = 0;
  const aeadSeal: CoreEnv['provider']['aeadSeal'] = (...args) => {
    const ciphertext = env.provider.aeadSeal(...args);
    return sealed++ === 0 ? flipBit(ciphertext, 0) : ciphertext;
  };
  return { ...env, provider: { ...env.provider, aeadSeal } };
}

/** The announcement of a link's secret by a device, and its group after it. */
function secretsOf(
  env: CoreEnv,
  device: StoryDevice,
  { psk, pskId }: { readonly psk: Uint8Array; readonly pskId: Uint8Array },
) {
  const plaintext = encodeContent({
    messageId: MessageId.fromBytes(env.random(16)),
    counter: 0,
    sentAtMs: 0,
    body: { type: 'inviteSecrets', psk, pskId },
  });
  return encrypt(mlsEnvOf(env), groupOf(device), { plaintext });
}
