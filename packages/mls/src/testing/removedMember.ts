import { decode, encode } from '../codec/codec.ts';
import {
  type AuthenticatedContent,
  authenticatedContentCodec,
  type Sender,
} from '../framing/framedContent.ts';
import { mlsMessageCodec } from '../framing/mlsMessage.ts';
import { openStatement, senderOf } from '../framing/privateMessage.ts';
import { applyProposals } from '../group/appliedProposals.ts';
import { resolveProposals } from '../group/commitProposals.ts';
import { nextContext, startEpoch } from '../group/epochStart.ts';
import { applyExternalProposals } from '../group/externalCommit.ts';
import type { Group } from '../group/group.ts';
import { findPsks, type PskLookup } from '../group/preSharedKeys.ts';
import { externalInitSecret } from '../keySchedule/externalInit.ts';
import { groupContextCodec } from '../keySchedule/groupContext.ts';
import { takeKeyOf } from '../keySchedule/secretTree.ts';
import { bytesEqual } from '../labelled/bytesEqual.ts';
import { zeroSecret } from '../labelled/kdf.ts';
import { decryptWithLabel } from '../labelled/publicKeyEncryption.ts';
import type { SuiteCrypto } from '../labelled/suiteCrypto.ts';
import type { Commit } from '../messages/commit.ts';
import { derivePathKeys } from '../tree/pathSecrets.ts';
import { leafAt } from '../tree/ratchetTree.ts';
import { mergeUpdatePath } from '../tree/updatePathProcessing.ts';

/** A Commit as a member reads it, without carrying it out. */
function readCommit(crypto: SuiteCrypto, group: Group, message: Uint8Array): AuthenticatedContent {
  const decoded = decode(mlsMessageCodec, message);
  if (decoded.format === 'public_message') {
    return { format: 'public_message', framed: decoded.message.framed, auth: decoded.message.auth };
  }
  if (decoded.format !== 'private_message') throw new Error('no message of a group');
  const { frame, secrets, tree } = group.epoch;
  const senderData = senderOf(crypto, frame, secrets.senderDataSecret, decoded.message);
  const taken = takeKeyOf(crypto, group.secretTree, 'handshake', senderData.leafIndex, senderData.generation);
  const signatureKey = leafAt(tree, senderData.leafIndex)?.signatureKey as Uint8Array;
  const { content, auth } = openStatement(crypto, frame, taken, senderData, decoded.message, signatureKey);
  const { authenticatedData } = decoded.message;
  const framed = {
    groupId: frame.groupId,
    epoch: frame.epoch,
    sender: { kind: 'member', leafIndex: senderData.leafIndex } as const,
    authenticatedData,
    content,
  };
  // Through the codec once, so that nothing hangs on the message's own bytes.
  return decode(
    authenticatedContentCodec,
    encode(authenticatedContentCodec, { format: 'private_message', framed, auth }),
  );
}

/** What the proposals make of the group, and the init secrets that the next epoch may begin with. */
function whatIsKnown(crypto: SuiteCrypto, group: Group, { proposals }: Commit, sender: Sender) {
  const { tree, context, secrets } = group.epoch;
  const initSecrets = [secrets.initSecret];
  if (sender.kind === 'member') {
    const list = resolveProposals(group, proposals, sender.leafIndex);
    const applied = applyProposals(tree, context.extensions, list);
    return { applied, committer: sender.leafIndex, initSecrets };
  }
  const list = proposals.flatMap(item => (item.kind === 'proposal' ? [item.proposal] : []));
  const applied = applyExternalProposals(tree, context.extensions, list);
  for (const proposal of list) {
    if (proposal.kind !== 'external_init') continue;
    initSecrets.push(externalInitSecret(crypto, secrets, proposal.kemOutput));
  }
  return { applied, committer: applied.joinerLeaf, initSecrets };
}

/**
 * What a removed member finds when it tries all it holds on the Commit that removed it: every private key on every
 * ciphertext of the path, and the commit secret of a Commit without a path, with all pre-shared keys at hand. An epoch
 * counts as found where the confirmation tag fits.
 */
export function epochsFoundByRemoved(
  crypto: SuiteCrypto,
  group: Group,
  message: Uint8Array,
  psk: PskLookup,
): number {
  const commitMessage = readCommit(crypto, group, message);
  const { content, sender } = commitMessage.framed;
  if (content.type !== 'commit') throw new Error('no commit');
  const { epoch } = group;
  const { applied, committer, initSecrets } = whatIsKnown(crypto, group, content.commit, sender);
  const { path } = content.commit;
  const merged = path && mergeUpdatePath(crypto, applied.tree, committer, path);
  const provisional = nextContext(crypto, epoch.context, merged?.tree ?? applied.tree, applied.extensions);
  const contextBytes = encode(groupContextCodec, provisional);
  const psks = findPsks(applied.psks, epoch, psk);
  const commitSecrets = [zeroSecret(crypto)];
  for (const [index, node] of (path?.nodes ?? []).entries()) {
    for (const sealed of node.encryptedPathSecrets) {
      for (const privateKey of epoch.own.privateKeys.values()) {
        const secret = decryptWithLabel(crypto, privateKey, 'UpdatePathNode', contextBytes, sealed);
        if (secret === undefined || merged === undefined) continue;
        const above = merged.steps.slice(index).map(step => step.node);
        commitSecrets.push(derivePathKeys(crypto, above, secret).commitSecret);
      }
    }
  }
  const { signature, confirmationTag } = commitMessage.auth;
  const tries = initSecrets.flatMap(initSecret =>
    commitSecrets.map(commitSecret => ({ initSecret, commitSecret })),
  );
  return tries.filter(({ initSecret, commitSecret }) => {
    const before = { ...epoch, secrets: { initSecret } };
    const start = startEpoch(crypto, before, provisional, commitMessage, signature, commitSecret, psks);
    return bytesEqual(start.confirmationTag, confirmationTag as Uint8Array);
  }).length;
}
