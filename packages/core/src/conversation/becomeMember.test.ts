import { describe, expect, it } from 'vitest';
import { asMember } from '../identity/accountProofs.ts';
import { createIdentity } from '../identity/identity.ts';
import { expectCode, testEnv } from '../testEnv.fixture.ts';
import { becomeMember } from './beginCommit.ts';
import { commitEntry, lawless, letIn, push, refusals, startRoom } from './story.fixture.ts';

function twoGuests() {
  const env = testEnv('become member');
  const { host } = startRoom(env);
  const guest = letIn(env, [host]);
  const other = letIn(env, [host, guest], host);
  return { env, host, guest, other, inside: [host, guest, other] };
}

describe('a guest that has an account now', () => {
  it('takes the guest mark off by its own commit; account, device and everything said stay', () => {
    const { env, host, guest, other, inside } = twoGuests();
    const identity = asMember(env, guest.identity);
    const begun = guest.begin((e, room) => becomeMember(e, room, identity));
    for (const outcome of push(commitEntry(begun), inside)) {
      if (outcome.type !== 'commit') throw new Error(`it became ${outcome.type}`);
      expect(outcome.change.accountsMade.map(({ deviceId }) => deviceId)).toEqual([guest.deviceId]);
      expect([outcome.change.joined, outcome.change.removed, outcome.change.roles]).toEqual([[], [], []]);
    }
    for (const { view } of inside) {
      const seen = view.members.find(({ deviceId }) => deviceId === guest.deviceId);
      expect(seen).toMatchObject({ guest: false, role: 'member', accountId: guest.identity.accountId });
    }
    guest.crash();
    for (const listener of [host, other])
      expect(listener.open(guest.say('still here').entry).type).toBe('content');
  });

  it('does so only as itself, and once', () => {
    const { env, host, guest } = twoGuests();
    const strange = createIdentity(env, { kind: 'member' });
    expectCode(() => becomeMember(env, guest.conversation, strange), 'NOT_ALLOWED');
    expectCode(() => becomeMember(env, guest.conversation, guest.identity), 'NOT_ALLOWED');
    expectCode(() => becomeMember(env, host.conversation, host.identity), 'NOT_ALLOWED');
  });

  it('threat 3: nobody applies a commit that puts another account on a leaf', () => {
    const { env, host, guest, other } = twoGuests();
    const strange = createIdentity(env, { kind: 'member' });
    const swapped = lawless(env, guest, { credentialIdentity: strange.certificate });
    expect(refusals(swapped, [host, other])).not.toContain('commit');
  });
});
