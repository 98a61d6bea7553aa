import type { AccountId, DeviceId } from '@sotto/protocol';
import { Refusal } from '../refusal.ts';
import type { RelayContext } from '../session/context.ts';
import { announceInvites } from '../session/requests.ts';

/**
 * Takes the revoked devices of an account out of the conversations that they were in: they are let in no more, and
 * nothing is to be kept for them. Only those that have shown that they are this account's: anybody can write another's
 * into their own list. Their leaves stay in the groups until somebody there takes them out.
 */
export async function endRevoked(
  context: Pick<RelayContext, 'directory' | 'store' | 'bus' | 'nowMs' | 'deleted'>,
  accountId: AccountId,
): Promise<void> {
  const revokedIds = (await context.directory.account(accountId))?.deviceList.revokedIds ?? [];
  for (const deviceId of await context.directory.proven(accountId, revokedIds))
    await leaveAll(context, deviceId);
}

async function leaveAll(
  { store, bus, nowMs, deleted }: Parameters<typeof endRevoked>[0],
  deviceId: DeviceId,
): Promise<void> {
  const streams = (await store.statuses(deviceId)).filter(({ kind }) => kind === 'conversation');
  for (const { streamId } of streams) {
    try {
      const changes = await store.leave({ deviceId, nowMs: nowMs() }, streamId);
      bus.publish({ type: 'subscriptionEnded', streamId, deviceId, endsAtSeq: 0 });
      announceInvites({ bus }, changes);
    } catch (error) {
      // Somebody has taken it out in the same moment.
      if (!(error instanceof Refusal && error.code === 'NOT_FOUND')) throw error;
    }
  }
  if (streams.length > 0) deleted();
}
