import { LIMITS, type SealedRequest, type ServerBody } from '@sotto/protocol';
import { Refusal } from '../refusal.ts';
import { verifySealedKeys } from '../sealed/verifySealedKeys.ts';
import { refuseUnlessListed } from './accountRequests.ts';
import type { RelayContext } from './context.ts';
import type { Handlers, Requester } from './handler.ts';

const DONE: ServerBody = { type: 'done' };

/** What a device asks about sealed messages. */
export const SEALED_HANDLERS: Handlers<SealedRequest> = {
  async putSealedKeys(context, requester, { signedSealedKeys, wrappedKeys }, afterAnswer) {
    await refuseUnlessListed(context, requester);
    const { accountId, accountKey } = requester;
    context.quotas.accountChange(accountId);
    const { counter } = verifySealedKeys(signedSealedKeys, accountKey);
    const keys = { counter, signed: signedSealedKeys, wrapped: wrappedKeys };
    const changed = await context.directory.putSealedKeys(accountId, keys);
    // What was wrapped before, and is kept no more, is to leave the files.
    context.deleted();
    if (changed) afterAnswer(await announcement(context, requester));
    return DONE;
  },

  async getSealedKeys(context, requester, { accountIds }) {
    context.quotas.accountLookUps(requester.deviceId, accountIds.length);
    const { directory } = context;
    const own = (await directory.standing(requester)) === 'listed' ? requester.accountId : undefined;
    const found = await Promise.all(
      [...new Set(accountIds)].map(async accountId => {
        const account = await directory.account(accountId);
        const keys = account && (await directory.sealedKeys(accountId));
        if (account === undefined || keys === undefined) return [];
        const wrappedKeys = accountId === own ? keys.wrapped : new Uint8Array(0);
        return [{ accountKey: account.accountKey, signedSealedKeys: keys.signed, wrappedKeys }];
      }),
    );
    return { type: 'sealedKeys', found: found.flat() };
  },

  async putSealedSource(context, requester, { sourceId, tokenHash, sealedAbout, perHour }, afterAnswer) {
    await refuseUnlessListed(context, requester);
    context.quotas.creation(requester.deviceId);
    if (perHour < 1 || perHour > LIMITS.sealedPerHour)
      throw new Refusal('MALFORMED', `a source posts 1 to ${LIMITS.sealedPerHour} messages an hour`);
    const source = { sourceId, tokenHash, sealedAbout, perHour };
    await context.directory.putSource(requester.accountId, source, context.nowMs());
    afterAnswer(await announcement(context, requester));
    return DONE;
  },

  async listSealedSources(context, requester) {
    await refuseUnlessListed(context, requester);
    const sources = await context.directory.sources(requester.accountId);
    return {
      type: 'sealedSources',
      sources: sources.map(({ sourceId, sealedAbout, perHour, createdAtMs }) => ({
        sourceId,
        sealedAbout,
        perHour,
        createdAtMs,
      })),
    };
  },

  async revokeSealedSource(context, requester, { sourceId }, afterAnswer) {
    await refuseUnlessListed(context, requester);
    await context.directory.revokeSource(requester.accountId, sourceId);
    context.deleted();
    afterAnswer(await announcement(context, requester));
    return DONE;
  },
};

/** Tells the account's other devices that there is something to look up. */
async function announcement(
  { directory, bus }: RelayContext,
  { accountId, deviceId }: Requester,
): Promise<() => void> {
  const listed = (await directory.account(accountId))?.deviceList.deviceIds ?? [];
  const deviceIds = listed.filter(other => other !== deviceId);
  return () => bus.publish({ type: 'sealedChanged', accountId, deviceIds });
}
