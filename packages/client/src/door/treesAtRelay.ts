import type { PendingCommit } from '@sotto/core';
import type { BlobId, DeviceId } from '@sotto/protocol';
import type { RoomContext } from '../room/roomContext.ts';
import type { RoomStep } from '../room/roomStep.ts';

/** Ratchet trees that this device put at the relay for those whom it let in: each goes when they all have it. */

/** A commit that lets people in is in force: they will fetch its tree. */
export function noteTree(step: RoomStep, { tree, admissions }: PendingCommit): void {
  if (tree === undefined) return;
  step.putTree({ blobId: tree.blobId, awaited: admissions.map(({ deviceId }) => deviceId) });
}

/** A commit will never be in force: nobody needs its tree. */
export function takeTreeBack(
  context: Pick<RoomContext, 'errands'>,
  step: RoomStep,
  { tree }: Pick<PendingCommit, 'tree'>,
): void {
  if (tree !== undefined) deleteBlob(context, step, tree.blobId);
}

/** Somebody has the tree, because they speak in the room, or needs it no more, because they are out of it. */
export function needsNoTree(
  context: Pick<RoomContext, 'errands'>,
  step: RoomStep,
  deviceIds: readonly DeviceId[],
): void {
  for (const tree of step.state.trees.values()) {
    const awaited = tree.awaited.filter(deviceId => !deviceIds.includes(deviceId));
    if (awaited.length === tree.awaited.length) continue;
    if (awaited.length > 0) step.putTree({ ...tree, awaited });
    else {
      step.dropTree(tree.blobId);
      deleteBlob(context, step, tree.blobId);
    }
  }
}

function deleteBlob(context: Pick<RoomContext, 'errands'>, step: RoomStep, blobId: BlobId): void {
  context.errands.add(step, { type: 'deleteBlob', blobId });
}
