import type { EntryOutcome } from '@sotto/core';
import type { DeviceId } from '@sotto/protocol';
import type { Vault } from '@sotto/vault';
import type { RoomId } from '../projection.ts';
import { KEYS } from '../records/keys.ts';
import { decodeRecord } from '../records/recordCodec.ts';
import type { RosterRecord } from '../records/roomRecords.ts';
import { viewOf } from './roomState.ts';
import type { RoomStep } from './roomStep.ts';

/** Who was in a room in each of its epochs, for "What the server saw". */

/** So many epochs at most lie between two rosters that are written in full: the others say what changed. */
const EPOCHS_PER_FULL_ROSTER = 32;

type Change = Extract<EntryOutcome, { type: 'commit' }>['change'];

/** In full: this device is new in the room, or made it. */
export function writeRoster(step: RoomStep): void {
  const view = viewOf(step.state);
  if (view === undefined) return;
  const deviceIds = view.members.map(({ deviceId }) => deviceId);
  write(step, view.epoch, { deviceIds });
}

/** After a commit. Most change nobody, and nobody's names are written a thousand times. */
export function writeRosterChange(step: RoomStep, { joined, removed }: Change): void {
  const epoch = viewOf(step.state)?.epoch;
  if (epoch === undefined) return;
  if (epoch % EPOCHS_PER_FULL_ROSTER === 0) writeRoster(step);
  else
    write(step, epoch, {
      after: epoch - 1,
      joined: joined.map(({ deviceId }) => deviceId),
      left: removed.map(({ member }) => member.deviceId),
    });
}

/** The devices that were in the room in an epoch; `undefined` where that is not known. */
export async function readRoster(
  vault: Vault,
  roomId: RoomId,
  epoch: number,
): Promise<readonly DeviceId[] | undefined> {
  const changes: Extract<RosterRecord, { after: number }>[] = [];
  for (let at = epoch; changes.length <= EPOCHS_PER_FULL_ROSTER; ) {
    const bytes = await vault.read(KEYS.roster(roomId, at));
    const record = bytes && decodeRecord<RosterRecord>(bytes);
    if (record === undefined) return undefined;
    if ('deviceIds' in record) return changes.reduceRight(changed, record.deviceIds);
    changes.push(record);
    at = record.after;
  }
  return undefined;
}

function changed(
  before: readonly DeviceId[],
  { joined, left }: Extract<RosterRecord, { after: number }>,
): readonly DeviceId[] {
  return [...before.filter(deviceId => !left.includes(deviceId)), ...joined];
}

function write(step: RoomStep, epoch: number, record: RosterRecord): void {
  step.write(KEYS.roster(step.state.record.roomId, epoch), record);
}
