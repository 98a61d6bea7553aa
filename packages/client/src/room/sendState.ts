import { coveredBy, type DeviceIdentity } from '@sotto/core';
import type { DeviceId, ReceiptMark } from '@sotto/protocol';
import type { SendState } from '../projection.ts';
import type { OutRecord, PeerRecord } from '../records/roomRecords.ts';
import { type RoomState, viewOf } from './roomState.ts';

/**
 * How far an own message that is in the log has come. As in other messengers, a message counts as delivered (read)
 * when every device of the others that was in the room when it was sent has it (has read it), of those still there.
 * What was shown once is not taken back: the floors remember it.
 */
export function sendStateInLog(
  state: RoomState,
  self: Pick<DeviceIdentity, 'deviceId'>,
  counter: number,
): SendState {
  const { record } = state;
  if (counter <= record.readFloor || allHave(state, self, 'read', counter)) return { state: 'read' };
  if (counter <= record.deliveredFloor || allHave(state, self, 'delivered', counter))
    return { state: 'delivered' };
  return { state: 'sent' };
}

/** How far one has come that is still in the outbox. */
export function sendStateOnItsWay(item: OutRecord): SendState {
  if (item.failed !== undefined) return { state: 'failed', reason: item.failed };
  return { state: item.appended === undefined ? 'sending' : 'sent' };
}

/** Up to where everyone has (has read) everything of ours, where that is further than before. */
export function raisedFloors(state: RoomState): {
  readonly deliveredFloor: number;
  readonly readFloor: number;
} {
  const { deliveredFloor, readFloor } = state.record;
  return {
    deliveredFloor: raisedFloor(state, 'delivered', deliveredFloor),
    readFloor: raisedFloor(state, 'read', readFloor),
  };
}

type MarkName = 'delivered' | 'read';

/** Looks no further than to the first who has not: in a large room somebody always has not. */
function allHave(
  state: RoomState,
  self: Pick<DeviceIdentity, 'deviceId'>,
  mark: MarkName,
  counter: number,
): boolean {
  let some = false;
  for (const peer of audienceOf(state)) {
    if (peer.baseline >= counter) continue;
    if (!covers(peer[mark], self.deviceId, counter)) return false;
    some = true;
  }
  return some;
}

function raisedFloor(state: RoomState, mark: MarkName, before: number): number {
  let floor: number | undefined;
  for (const peer of audienceOf(state)) {
    floor = Math.min(floor ?? state.record.echoedCounter, reach(peer[mark], peer.baseline));
    if (floor <= before) return before;
  }
  return floor ?? before;
}

function* audienceOf(state: RoomState): Generator<PeerRecord> {
  const view = viewOf(state);
  for (const { accountId, deviceId } of view?.members ?? []) {
    if (accountId === view!.self.accountId) continue;
    yield state.peers.get(deviceId) ?? { deviceId, name: '', baseline: 0, gaps: [] };
  }
}

function covers(mark: ReceiptMark | undefined, self: DeviceId, counter: number): boolean {
  return mark !== undefined && coveredBy([mark], self, counter);
}

/** Up to where a mark has no hole. */
function reach(mark: ReceiptMark | undefined, baseline: number): number {
  if (mark === undefined) return baseline;
  const firstHole = Math.min(mark.counter + 1, ...mark.missing);
  return Math.max(baseline, firstHole - 1);
}
