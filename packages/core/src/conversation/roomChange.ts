import type { LeafView } from '@sotto/mls';
import type { DeviceId } from '@sotto/protocol';
import type { RoomChange } from './entryOutcome.ts';
import type { GroupReading } from './state.ts';

/** What became of the room from one epoch to the next. */
export function changeBetween(
  before: GroupReading,
  after: GroupReading,
  leaving: readonly DeviceId[],
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
    title: from === to ? undefined : { from, to },
    roles: after.members.flatMap(member => {
      const was = were.get(member.deviceId)?.role;
      return was === undefined || was === member.role ? [] : [{ member, from: was }];
    }),
  };
}

/** Whether a leaf that stayed is now somebody else's: the engine lets a path carry a new credential, a room does not. */
export function changesIdentity(
  before: Pick<GroupReading, 'members'>,
  after: Pick<GroupReading, 'byLeaf'>,
  removed: readonly Pick<LeafView, 'leafIndex'>[],
): boolean {
  const gone = new Set(removed.map(({ leafIndex }) => leafIndex));
  return before.members.some(was => {
    if (gone.has(was.leafIndex)) return false;
    const is = after.byLeaf.get(was.leafIndex);
    return is?.deviceId !== was.deviceId || is.accountId !== was.accountId || is.guest !== was.guest;
  });
}
