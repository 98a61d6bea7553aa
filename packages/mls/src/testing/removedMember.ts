import { decode, encode } from '../codec/codec.ts';
import { type AuthenticatedContent, authenticatedContentCodec } from '../framing/framedContent.ts';
import { mlsMessageCodec } from '../framing/mlsMessage.ts';
import { openStatement, senderOf } from '../framing/privateMessage.ts';
import { applyProposals } from '../group/appliedProposals.ts';
import { resolveProposals } from '../group/commitProposals.ts';
import { nextContext, startEpoch } from '../group/epochStart.ts';
import type { Group } from '../group/group.ts';
import { findPsks, type PskLookup } from '../group/preSharedKeys.ts';
import { groupContextCodec } from '../keySchedule/groupContext.ts';
import { takeKeyOf } from '../keySchedule/secretTree.ts';
import { bytesEqual } from '../labelled/bytesEqual.ts';
import { zeroSecret } from '../labelled/kdf.ts';
import { decryptWithLabel } from '../labelled/publicKeyEncryption.ts';
import type { SuiteCrypto } from '../labelled/suiteCrypto.ts';
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
  if (content.type !== 'commit' || sender.kind !== 'member') throw new Error('no commit of a member');
  const { epoch } = group;
  const list = resolveProposals(group, content.commit.proposals, sender.leafIndex);
  const applied = applyProposals(epoch.tree, epoch.context.extensions, list);
  const { path } = content.commit;
  const merged = path && mergeUpdatePath(crypto, applied.tree, sender.leafIndex, path);
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
  return commitSecrets.filter(commitSecret => {
    const { signature, confirmationTag } = commitMessage.auth;
    const start = startEpoch(crypto, epoch, provisional, commitMessage, signature, commitSecret, psks);
    return bytesEqual(start.confirmationTag, confirmationTag as Uint8Array);
  }).length;
}
