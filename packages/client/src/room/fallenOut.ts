import type { DeviceId } from '@sotto/protocol';
import type { RoomState } from './roomState.ts';
import type { RoomStep } from './roomStep.ts';

/** One that looks damaged may be just that; so many in a row, with nothing in between that opens, tell of a fork. */
const DAMAGED_IN_A_ROW = 3;

/** Something came that only those can read who saw what this device did not. */
export function noteFallenOut(step: RoomStep): void {
  step.warn({ kind: 'out-of-sync' });
  if (step.state.record.fallenOut === undefined) step.set({ fallenOut: { asked: false } });
}

/** An entry of this epoch that does not open, or one of an epoch that is over: its sender may be the one who is out. */
export function noteDamaged(step: RoomStep): void {
  const damagedInARow = (step.state.record.damagedInARow ?? 0) + 1;
  step.set({ damagedInARow });
  if (damagedInARow >= DAMAGED_IN_A_ROW) noteFallenOut(step);
}

/** Something opened that another device made: whatever was missed, this one can follow. */
export function noteFollowing(step: RoomStep): void {
  const { fallenOut, damagedInARow } = step.state.record;
  if (fallenOut !== undefined || damagedInARow !== undefined) step.clear('fallenOut', 'damagedInARow');
}

/** Another member's device is in again, or was never out. */
export function noteBackIn(step: RoomStep, deviceId: DeviceId): void {
  const peer = step.state.peers.get(deviceId);
  if (peer?.fellOut === undefined) return;
  const { fellOut: _fellOut, ...rest } = peer;
  step.putPeer(rest);
}

/** Whether this device is in a room that it cannot follow: it lost its state, or the state is not the others'. */
export function hasFallenOut({ record, conversation }: RoomState): boolean {
  if (record.membership !== 'member' || record.condition === 'ended' || record.closing !== undefined)
    return false;
  return (
    record.fallenOut !== undefined ||
    (conversation === undefined && record.importedFrom === undefined && record.sealed === undefined)
  );
}
