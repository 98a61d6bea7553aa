import { type Account, type AccountRequest, deleteAccountInput, type ServerBody } from '@sotto/protocol';
import { announceClaims, announceDeletion, announceSupply } from '../accounts/announce.ts';
import type { AccountRecord } from '../directory.ts';
import { signedBy } from '../ed25519.ts';
import { Refusal } from '../refusal.ts';
import type { RelayContext } from './context.ts';
import type { Handlers, Requester } from './handler.ts';

const DONE: ServerBody = { type: 'done' };

/** What a device asks about accounts. */
export const ACCOUNT_HANDLERS: Handlers<AccountRequest> = {
  async lookUpHandle(context, requester, { handle }) {
    context.quotas.handleLookUp(requester.accountId);
    await refuseOutsiders(context, requester);
    const account = await context.directory.accountByHandle(handle);
    if (account === undefined) throw new Refusal('ACCOUNT_UNKNOWN', 'nobody has this handle');
    return { type: 'accounts', accounts: [shown(account)] };
  },

  async lookUpAccounts(context, requester, { accountIds }) {
    context.quotas.accountLookUps(requester.deviceId, accountIds.length);
    const found = await Promise.all(accountIds.map(accountId => context.directory.account(accountId)));
    return { type: 'accounts', accounts: found.flatMap(account => (account ? [shown(account)] : [])) };
  },

  async putDeviceList(context, requester, { signedDeviceList }, afterAnswer) {
    await refuseUnlessListed(context, requester);
    // A device may take itself off: it hears that it was done before its session ends.
    const announce = await context.accounts.putDeviceList(requester.accountId, signedDeviceList);
    afterAnswer(announce);
    return DONE;
  },

  async publishKeyPackages(context, requester, publish) {
    context.quotas.creation(requester.deviceId);
    const { directory } = context;
    const before = await directory.keyPackageSupply(requester);
    const supply = await directory.publishKeyPackages(requester, publish, context.nowMs());
    if (before.count === 0 && !before.lastResort) await announceSupply(context, requester.accountId);
    return { type: 'keyPackageCount', ...supply };
  },

  async countKeyPackages({ directory }, requester) {
    return { type: 'keyPackageCount', ...(await directory.keyPackageSupply(requester)) };
  },

  async claimKeyPackages(context, requester, { accountId }) {
    await refuseOutsiders(context, requester);
    context.quotas.claim(requester.deviceId, accountId);
    const claims = await context.directory.claimKeyPackages(accountId);
    announceClaims(context, accountId, claims);
    const keyPackages = claims.map(({ deviceId, keyPackage, lastResort }) => ({
      deviceId,
      keyPackage,
      lastResort,
    }));
    return { type: 'claimedKeyPackages', keyPackages };
  },

  async startPasswordChange(context, requester, { registrationRequest }) {
    await refuseUnlessListed(context, requester);
    const response = await context.accounts.startPasswordChange(requester.accountId, registrationRequest);
    return { type: 'passwordChangeStarted', registrationResponse: response };
  },

  async finishPasswordChange(context, requester, { registrationRecord, sealedBundle, removePasskeys }) {
    await refuseUnlessListed(context, requester);
    const change = { registrationRecord, sealedBundle, removePasskeys };
    await context.accounts.finishPasswordChange(requester.accountId, change);
    context.deleted();
    return DONE;
  },

  async replaceRecovery(context, requester, { sealedBundle, recoveryProofHash }) {
    await refuseUnlessListed(context, requester);
    const recovery = { sealedBundle, proofHash: recoveryProofHash };
    await context.accounts.replaceRecovery(requester.accountId, recovery);
    context.deleted();
    return DONE;
  },

  async addPasskey(context, requester, { passkey, accountSignature, keySignature }) {
    await refuseUnlessListed(context, requester);
    await context.accounts.passkeys.add(requester, { passkey, accountSignature, keySignature });
    return DONE;
  },

  async listPasskeys(context, requester) {
    await refuseUnlessListed(context, requester);
    const passkeys = await context.directory.passkeys(requester.accountId);
    const listed = passkeys.map(({ signInKey, sealedAbout }) => ({ signInKey, sealedAbout }));
    return { type: 'passkeys', passkeys: listed };
  },

  async removePasskey(context, requester, { signInKey, signature }) {
    await refuseUnlessListed(context, requester);
    await context.accounts.passkeys.remove(requester, signInKey, signature);
    context.deleted();
    return DONE;
  },

  async deleteAccount(context, requester, { signature }, afterAnswer) {
    await refuseUnlessListed(context, requester);
    const { accountId, accountKey, origin, nonce } = requester;
    if (!signedBy(accountKey, deleteAccountInput(origin, nonce), signature)) {
      throw new Refusal('FORBIDDEN', 'not signed by the account');
    }
    const deviceIds = await context.directory.deleteAccount(accountId, context.nowMs());
    afterAnswer(() => announceDeletion(context, accountId, deviceIds));
    await context.store.erase();
    return DONE;
  },

  async createInvitation(context, requester) {
    if (!requester.onOwnComputer) throw new Refusal('FORBIDDEN', 'on the host’s own computer only');
    context.quotas.creation(requester.deviceId);
    return { type: 'invitationCreated', code: await context.accounts.createInvitation() };
  },
};

function shown({ accountKey, handle, deviceList }: AccountRecord): Account {
  return { accountKey, handle, signedDeviceList: deviceList.signed };
}

/** Throws `FORBIDDEN`. */
export async function refuseUnlessListed(
  { directory }: Pick<RelayContext, 'directory'>,
  requester: Requester,
): Promise<void> {
  if ((await directory.standing(requester)) === 'listed') return;
  throw new Refusal('FORBIDDEN', 'for devices on the list of an account');
}

/** The directory is for people with an account here, and for the host: nobody lists it who came by a link only. */
async function refuseOutsiders(context: RelayContext, requester: Requester): Promise<void> {
  if (!requester.onOwnComputer) await refuseUnlessListed(context, requester);
}
