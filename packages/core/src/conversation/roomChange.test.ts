import { describe, expect, it } from 'vitest';
import { createIdentity } from '../identity/identity.ts';
import { testEnv } from '../testEnv.fixture.ts';
import type { RoomMember } from './member.ts';
import { changesIdentity } from './roomChange.ts';

const env = testEnv();

function memberAt(leafIndex: number): RoomMember {
  const { deviceId, accountId, accountKey } = createIdentity(env, { kind: 'guest' });
  return { deviceId, accountId, accountKey, role: 'guest', guest: true, leafIndex };
}

const [first, second, newcomer] = [memberAt(0), memberAt(1), memberAt(1)];
const changes = (
  after: readonly RoomMember[],
  removed: readonly number[] = [],
  { committerLeafIndex = 0, members = [first, second] } = {},
) =>
  changesIdentity(
    { members },
    { byLeaf: new Map(after.map(member => [member.leafIndex, member])) },
    { removed: removed.map(leafIndex => ({ leafIndex })), committerLeafIndex },
  );

describe('threat 3: a leaf that becomes somebody else’s', () => {
  it('is seen when another device, account or kind takes it', () => {
    expect(changes([first, second])).toBe(false);
    expect(changes([first, newcomer])).toBe(true);
    expect(changes([first, { ...second, accountId: newcomer.accountId }])).toBe(true);
    expect(changes([first, { ...second, guest: false }])).toBe(true);
    expect(changes([first])).toBe(true);
  });

  it('is right where a guest’s own commit takes the guest mark off, and nothing else with it', () => {
    const member = { ...second, guest: false };
    expect(changes([first, member], [], { committerLeafIndex: 1 })).toBe(false);
    expect(changes([first, { ...newcomer, guest: false }], [], { committerLeafIndex: 1 })).toBe(true);
    expect(changes([first, second], [], { committerLeafIndex: 1, members: [first, member] })).toBe(true);
  });

  it('is right where the one before was removed in the same commit', () => {
    expect(changes([first, newcomer], [1])).toBe(false);
    expect(changes([first], [1])).toBe(false);
  });
});
