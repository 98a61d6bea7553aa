import type { RoleGrant, RoomPolicy } from '@sotto/protocol';
import { describe, expect, it } from 'vitest';
import { personWith } from '../identity/people.fixture.ts';
import { expectCode, testEnv } from '../testEnv.fixture.ts';
import { removeMembers } from './beginCommit.ts';
import { giveRoles } from './giveRoles.ts';
import {
  addIn,
  commitEntry,
  devicesOf,
  lawless,
  letIn,
  push,
  refusals,
  type StoryDevice,
  startRoomOf,
  supplyOf,
  withPolicyOf,
} from './story.fixture.ts';
import { streamAdmins } from './streamAdmins.ts';

function group(seed: string) {
  const env = testEnv(seed);
  const [ada, grace, mary] = [personWith(env), personWith(env), personWith(env)];
  const founder = startRoomOf(env, ada, { title: 'Tea' });
  const [second] = addIn(env, [founder], grace) as [StoryDevice];
  const [third] = addIn(env, [founder, second], mary) as [StoryDevice];
  const guest = letIn(env, [founder, second, third]);
  const inside = [founder, second, third, guest];
  const give = (by: StoryDevice, grants: readonly RoleGrant[]) => {
    for (const outcome of push(commitEntry(by.begin((e, room) => giveRoles(e, room, grants))), inside))
      expect(outcome.type).toBe('commit');
  };
  const rolesSeenBy = (device: StoryDevice) => device.view.members.map(({ role }) => role);
  return { env, founder, second, third, guest, inside, give, rolesSeenBy };
}

const accountOf = (device: StoryDevice) => device.identity.accountId;

describe('roles', () => {
  it('are given and taken by owners, and everyone sees the same', () => {
    const { founder, second, third, inside, give, rolesSeenBy } = group('given');
    give(founder, [{ accountId: accountOf(second), role: 'owner' }]);
    give(second, [{ accountId: accountOf(third), role: 'admin' }]);
    for (const device of inside) expect(rolesSeenBy(device)).toEqual(['owner', 'owner', 'admin', 'guest']);
    give(second, [{ accountId: accountOf(third), role: 'member' }]);
    give(founder, [{ accountId: accountOf(second), role: 'member' }]);
    for (const device of inside) expect(rolesSeenBy(device)).toEqual(['owner', 'member', 'member', 'guest']);
  });

  it('are handed over: the founder gives the room away, then goes like anyone', () => {
    const { env, founder, second, third, guest, give, rolesSeenBy } = group('handed over');
    give(founder, [
      { accountId: accountOf(second), role: 'owner' },
      { accountId: accountOf(founder), role: 'member' },
    ]);
    expect(rolesSeenBy(third)).toEqual(['member', 'owner', 'member', 'guest']);
    const begun = second.begin((e, room) => removeMembers(e, room, [founder.deviceId]));
    expect(refusals(commitEntry(begun), [second, third, guest, founder])).toEqual(Array(4).fill('commit'));
    expect(rolesSeenBy(third)).toEqual(['owner', 'member', 'guest']);
    expect(letIn(env, [second, third, guest]).view.members).toHaveLength(4);
  });

  it('are nothing that a guest can have', () => {
    const { env, founder, guest } = group('guest');
    const grants = [{ accountId: accountOf(guest), role: 'admin' as const }];
    expectCode(() => giveRoles(env, founder.conversation, grants), 'NOT_ALLOWED', { rule: 'roles' });
  });
});

describe('the admins that the relay is told of', () => {
  it('are the devices of owners and admins, as of the commit that is under way', () => {
    const { env, founder, second, give } = group('told');
    give(founder, [{ accountId: accountOf(second), role: 'admin' }]);
    expect(streamAdmins(env, founder.conversation)).toEqual([founder.deviceId, second.deviceId]);
    founder.begin((e, room) => giveRoles(e, room, [{ accountId: accountOf(second), role: 'member' }]));
    expect(streamAdmins(env, founder.conversation)).toEqual([founder.deviceId]);
    expect(streamAdmins(env, second.conversation)).toEqual([founder.deviceId, second.deviceId]);
  });

  it('are both sides of a direct room: either changes its devices', () => {
    const env = testEnv('two');
    const [ada, grace] = [personWith(env), personWith(env)];
    const peerAccountId = grace.list.accountId;
    const mine = startRoomOf(env, ada, { kind: 'direct', peerAccountId });
    const [theirs] = addIn(env, [mine], grace) as [StoryDevice];
    expect(streamAdmins(env, theirs.conversation)).toEqual([mine.deviceId, theirs.deviceId]);
  });
});

it('threat 40: a commit of an admin no more is refused by every client, whatever the relay lets through', () => {
  const { env, founder, second, third, guest, give } = group('demoted');
  give(founder, [{ accountId: accountOf(second), role: 'admin' }]);
  give(founder, [{ accountId: accountOf(second), role: 'member' }]);
  const mary = devicesOf(env, personWith(env))[0]!;
  const others = [founder, third, guest];
  const { keyPackage } = supplyOf(env, mary);
  expect(refusals(lawless(env, second, { adds: [keyPackage] }), others)).toEqual(
    Array(3).fill('not-allowed: add'),
  );
  const removes = [guest.view.self.leafIndex];
  expect(refusals(lawless(env, second, { removes }), others)).toEqual(Array(3).fill('not-allowed: remove'));
});

describe('threat 40: roles taken without the right, refused by every client', () => {
  const attempt = (by: StoryDevice, roles: RoomPolicy['roles'], env: Parameters<typeof lawless>[0]) =>
    lawless(env, by, { groupExtensions: withPolicyOf(by, { roles }) });

  it('an admin or a member makes itself an owner', () => {
    const { env, founder, second, third, guest, give } = group('crowned');
    give(founder, [{ accountId: accountOf(second), role: 'admin' }]);
    for (const [by, others] of [
      [second, [founder, third, guest]],
      [third, [founder, second, guest]],
    ] as const) {
      const roles = [{ accountId: accountOf(by), role: 'owner' as const }];
      expect(refusals(attempt(by, roles, env), others)).toEqual(Array(3).fill('not-allowed: roles'));
      expectCode(() => giveRoles(env, by.conversation, roles), 'NOT_ALLOWED', { rule: 'roles' });
    }
  });

  it('another owner demotes or removes the founder', () => {
    const { env, founder, second, third, guest, give } = group('founder');
    give(founder, [{ accountId: accountOf(second), role: 'owner' }]);
    const roles = [
      { accountId: accountOf(second), role: 'owner' as const },
      { accountId: accountOf(founder), role: 'member' as const },
    ];
    expect(refusals(attempt(second, roles, env), [founder, third, guest])).toEqual(
      Array(3).fill('not-allowed: roles'),
    );
    const removes = [founder.view.self.leafIndex];
    expect(refusals(lawless(env, second, { removes }), [founder, third])).toEqual(
      Array(2).fill('not-allowed: remove'),
    );
  });

  it('a founder that handed over, and even left, is not put back by dropping its grant', () => {
    const { env, founder, second, third, guest, give } = group('put back');
    give(founder, [
      { accountId: accountOf(second), role: 'owner' },
      { accountId: accountOf(founder), role: 'member' },
    ]);
    push(commitEntry(second.begin((e, room) => removeMembers(e, room, [founder.deviceId]))), [
      second,
      third,
      guest,
    ]);
    const roles = [{ accountId: accountOf(second), role: 'owner' as const }];
    expect(refusals(attempt(second, roles, env), [third, guest])).toEqual(
      Array(2).fill('not-allowed: roles'),
    );
  });

  it('the last owner gives the room to nobody', () => {
    const { env, founder, second, third } = group('nobody');
    const roles = [{ accountId: accountOf(founder), role: 'admin' as const }];
    expect(refusals(attempt(founder, roles, env), [second, third])).toEqual(
      Array(2).fill('not-allowed: roles'),
    );
    expectCode(() => giveRoles(env, founder.conversation, roles), 'NOT_ALLOWED', { rule: 'roles' });
  });
});
