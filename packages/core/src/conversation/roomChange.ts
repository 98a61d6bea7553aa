import type { LeafView } from '@sotto/mls';
import type { DeviceId } from '@sotto/protocol';
import type { RoomChange } from './entryOutcome.ts';
import { samePicture } from './policyRules.ts';
import type { GroupReading } from './state.ts';

/** What became of the room from one epoch to the next. */
export function changeBetween(
  before: GroupReading,
  after: GroupReading,
  leaving: readonly DeviceId[],
  /** Leaves of the epoch before that the commit takes out. */
  removedLeaves: ReadonlySet<number>,
): RoomChange {
  const were = new Map(before.members.map(member => [member.deviceId, member]));
  const are = new Set(after.members.map(({ deviceId }) => deviceId));
  const { title: from } = before.policy;
  const { title: to } = after.policy;
  return {
    joined: after.members.filter(({ deviceId }) => !were.has(deviceId)),
    removed: before.members
      .filter(({ deviceId }) => !are.has(deviceId))
      .map(member => ({ member, leaving: leaving.includes(member.deviceId) })),
    addedAgain: after.members.filter(({ deviceId }) => {
      const was = were.get(deviceId);
      return was !== undefined && removedLeaves.has(was.leafIndex);
    }),
    title: from === to ? undefined : { from, to },
    picture: samePicture(before.policy, after.policy) ? undefined : after.policy.picture !== undefined,
    announcements:
      before.policy.announcements === after.policy.announcements ? undefined : after.policy.announcements,
    roles: after.members.flatMap(member => {
      const was = were.get(member.deviceId);
      // That a guest has an account now is told by itself.
      if (was === undefined || was.role === member.role || was.guest) return [];
      return [{ member, from: was.role }];
    }),
    accountsMade: after.members.filter(({ deviceId, guest }) => !guest && were.get(deviceId)?.guest === true),
  };
}

/**
 * Whether a leaf that stayed is now somebody else's: the engine lets a path carry a new credential, a room does not.
 * But a guest may take its mark off by its own commit, when it has made an account of its account; never back.
 */
export function changesIdentity(
  before: Pick<GroupReading, 'members'>,
  after: Pick<GroupReading, 'byLeaf'>,
  commit: {
    readonly removed: readonly Pick<LeafView, 'leafIndex'>[];
    readonly committerLeafIndex: number;
  },
): boolean {
  const { removed, committerLeafIndex } = commit;
  const gone = new Set(removed.map(({ leafIndex }) => leafIndex));
  return before.members.some(was => {
    if (gone.has(was.leafIndex)) return false;
    const is = after.byLeaf.get(was.leafIndex);
    if (is?.deviceId !== was.deviceId || is.accountId !== was.accountId) return true;
    const takesMarkOff = was.guest && !is.guest && was.leafIndex === committerLeafIndex;
    return is.guest !== was.guest && !takesMarkOff;
  });
}
