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
  const audience = audienceOf(state, self.deviceId).filter(peer => peer.baseline < counter);
  const all = (mark: 'delivered' | 'read') =>
    audience.length > 0 && audience.every(peer => covers(peer[mark], self.deviceId, counter));
  if (counter <= record.readFloor || all('read')) return { state: 'read' };
  if (counter <= record.deliveredFloor || all('delivered')) return { state: 'delivered' };
  return { state: 'sent' };
}

/** How far one has come that is still in the outbox. */
export function sendStateOnItsWay(item: OutRecord): SendState {
  if (item.failed !== undefined) return { state: 'failed', reason: item.failed };
  return { state: item.appended === undefined ? 'sending' : 'sent' };
}

/** Up to where everyone has (has read) everything of ours, where that is further than before. */
export function raisedFloors(
  state: RoomState,
  self: Pick<DeviceIdentity, 'deviceId'>,
): { readonly deliveredFloor: number; readonly readFloor: number } {
  const { record } = state;
  const audience = audienceOf(state, self.deviceId);
  const floor = (mark: 'delivered' | 'read', before: number) =>
    audience.length === 0
      ? before
      : Math.max(
          before,
          Math.min(record.echoedCounter, ...audience.map(peer => reach(peer[mark], peer.baseline))),
        );
  return {
    deliveredFloor: floor('delivered', record.deliveredFloor),
    readFloor: floor('read', record.readFloor),
  };
}

function audienceOf(state: RoomState, self: DeviceId): readonly PeerRecord[] {
  const members = viewOf(state)?.members ?? [];
  const own = members.find(({ deviceId }) => deviceId === self)?.accountId;
  return members
    .filter(({ accountId }) => accountId !== own)
    .map(({ deviceId }) => state.peers.get(deviceId) ?? { deviceId, name: '', baseline: 0, gaps: [] });
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
