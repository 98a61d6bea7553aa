import { describe, expect, it } from 'vitest';
import { testEnv } from '../testEnv.fixture.ts';
import { updateKeys } from './beginCommit.ts';
import { coveredBy, openedMarks, receiptBody } from './receipts.ts';
import { commitEntry, letIn, push, type StoryDevice, startRoom } from './story.fixture.ts';

const env = testEnv();

function twoInARoom() {
  const { host } = startRoom(env);
  return { host, guest: letIn(env, [host]) };
}

function receiptOf(device: StoryDevice) {
  return device.say(
    receiptBody(device.conversation, { delivered: openedMarks(device.conversation), read: [] }),
  );
}

describe('receipts', () => {
  it('say what arrived, and not what did not', () => {
    const { host, guest } = twoInARoom();
    const drafts = ['one', 'lost', 'three'].map(text => host.say(text));
    guest.open(drafts[0]!.entry);
    guest.open(drafts[2]!.entry);
    const outcome = host.open(receiptOf(guest).entry);
    expect(outcome).toMatchObject({ type: 'content', author: { deviceId: guest.deviceId }, fork: false });
    if (outcome.type !== 'content' || outcome.content.body.type !== 'receipt')
      throw new Error('not a receipt');
    const { delivered } = outcome.content.body;
    const covered = drafts.map(({ draft }) => coveredBy(delivered, host.deviceId, draft.counter));
    expect(covered).toEqual([true, false, true]);
    expect(coveredBy(delivered, guest.deviceId, 1)).toBe(false);
    expect(coveredBy(delivered, host.deviceId, 4)).toBe(false);
  });

  it('say nothing of an entry that could not be read', () => {
    const { host, guest } = twoInARoom();
    const { entry } = host.say('damaged');
    guest.open({ ...entry, payload: entry.payload.slice(0, -1) });
    expect(openedMarks(guest.conversation)).toEqual([]);
  });

  it('are still compared when they were overtaken by a commit', () => {
    const { host, guest } = twoInARoom();
    const { draft } = receiptOf(guest);
    push(commitEntry(host.begin(updateKeys)), [host, guest]);
    expect(host.open(guest.seal(draft))).toMatchObject({ type: 'content', fork: false });
  });

  it('threat 13: another authenticator for an epoch one was in tells of a fork', () => {
    const { host, guest } = twoInARoom();
    const honest = receiptBody(guest.conversation, { delivered: [], read: [] });
    const epochAuthenticator = honest.epochAuthenticator.map(byte => byte ^ 1);
    expect(host.open(guest.say({ ...honest, epochAuthenticator }).entry)).toMatchObject({ fork: true });
    expect(host.open(guest.say({ ...honest, epoch: 77, epochAuthenticator }).entry)).toMatchObject({
      fork: false,
    });
  });

  it('threat 18: are of who signed them', () => {
    const { host, guest } = twoInARoom();
    const other = letIn(env, [host, guest], host);
    const outcome = host.open(receiptOf(other).entry);
    expect(outcome).toMatchObject({ author: { deviceId: other.deviceId } });
  });
});
