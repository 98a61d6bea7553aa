import type { BlobReference } from '@sotto/protocol';
import { describe, expect, it } from 'vitest';
import { openJoinRequest } from '../link/joinRequest.ts';
import { expectCode, testEnv } from '../testEnv.fixture.ts';
import { admit, updateKeys } from './beginCommit.ts';
import { joinFromWelcome } from './joinFromWelcome.ts';
import { commitEntry, knock, linkInto, push, StoryDevice, startRoom } from './story.fixture.ts';
import { openTree, pendingTree, treeOfWelcome } from './treeBlob.ts';

const env = testEnv();

/** A room whose tree is too large for a Welcome, and its 40 guests as they are let in. */
function crowd() {
  const { host } = startRoom(env);
  const { link, keys } = linkInto(env, host);
  const guests = Array.from({ length: 40 }, () => {
    const guest = StoryDevice.of(env, 'guest');
    const { prepared } = knock(env, guest, link);
    const { sealedRequest } = prepared;
    const request = openJoinRequest(env, { link, keys, sealedRequest, deviceId: guest.deviceId });
    return { guest, prepared, request };
  });
  const requests = guests.map(({ request }) => request);
  const begun = host.begin((e, conversation) => admit(e, conversation, { link, keys, requests }));
  return { host, link, keys, guests, begun };
}

const chunksOf = (device: StoryDevice): readonly Uint8Array[] => {
  const blob = pendingTree(env, device.conversation)!;
  return Array.from({ length: blob.reference.chunkCount }, (_, index) => blob.chunk(index));
};

describe('a tree too large for a Welcome', () => {
  const { host, link, keys, guests, begun } = crowd();
  const chunks = chunksOf(host);
  const [first, second] = guests.map(({ guest, prepared }, index) => ({
    guest,
    identity: guest.identity,
    link,
    keys,
    knock: prepared,
    welcome: begun.pending.admissions[index]!.welcome,
  })) as unknown as [Joiner, Joiner];
  type Joiner = Parameters<typeof joinFromWelcome>[1] & { guest: StoryDevice };
  const reference = treeOfWelcome(env, first) as BlobReference;

  it('is the same blob after a crash, until its commit is in the log', () => {
    host.crash();
    expect(chunksOf(host)).toEqual(chunks);
    expect(host.view.pending?.tree).toEqual(reference);
    push(commitEntry(begun), [host]);
    expect(pendingTree(env, host.conversation)).toBeUndefined();
  });

  it('lets its newcomers in, who then talk', () => {
    expect(treeOfWelcome(env, second)).toEqual(reference);
    const tree = openTree(env, reference, chunks);
    for (const joiner of [first, second]) joiner.guest.take(joinFromWelcome(env, { ...joiner, tree }));
    const inside = [host, first.guest, second.guest];
    expect(inside.map(({ view }) => view.members.length)).toEqual([41, 41, 41]);
    push(commitEntry(second.guest.begin(updateKeys)), inside);
    expect(host.open(first.guest.say('hello').entry).type).toBe('content');
    expect(first.guest.view.epochAuthenticator).toEqual(host.view.epochAuthenticator);
  });

  it('is needed, and only the group’s own will do', () => {
    const other = crowd();
    const foreign = openTree(env, other.begun.pending.tree!, chunksOf(other.host));
    expectCode(() => joinFromWelcome(env, first), 'MALFORMED');
    expectCode(() => joinFromWelcome(env, { ...first, tree: foreign }), 'MALFORMED');
    expectCode(() => openTree(env, reference, chunks.toReversed()), 'CANNOT_OPEN');
  });

  it('is found by whom the Welcome is for, with the link’s secret, and by nobody else', () => {
    expectCode(() => treeOfWelcome(env, { ...first, knock: second.knock }), 'MALFORMED');
    const keysOfOther = { ...keys, psk: env.random(32) };
    expectCode(() => treeOfWelcome(env, { ...first, keys: keysOfOther }), 'MALFORMED');
  });
});
