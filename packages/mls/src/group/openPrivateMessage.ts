import { MlsError } from '../errors.ts';
import type { AuthenticatedContent, FramedContent } from '../framing/framedContent.ts';
import type { PrivateMessage } from '../framing/mlsMessage.ts';
import { type EpochFrame, openStatement, ratchetTypeOf, senderOf } from '../framing/privateMessage.ts';
import type { SenderData } from '../framing/senderData.ts';
import { type SecretTree, type TakenKey, takeKeyOf } from '../keySchedule/secretTree.ts';
import type { SuiteCrypto } from '../labelled/suiteCrypto.ts';
import { leafAt } from '../tree/ratchetTree.ts';
import type { Group, PastEpoch } from './group.ts';

/** A message that was verified, with what opening it took. */
export interface Verified {
  readonly message: AuthenticatedContent;
  readonly senderLeafIndex: number;
  readonly taken: TakenKey | undefined;
}

/** What is needed to open a PrivateMessage: of the epoch the group is in, or of one that is kept. */
export interface EpochKeys {
  readonly frame: EpochFrame;
  readonly senderDataSecret: Uint8Array;
  readonly ownLeafIndex: number;
  readonly secretTree: SecretTree;
  readonly signatureKeyOf: (leafIndex: number) => Uint8Array | undefined;
}

/** Of the epoch that the group is in. */
export function currentKeys(group: Group): EpochKeys {
  const { epoch, secretTree } = group;
  return {
    frame: epoch.frame,
    senderDataSecret: epoch.secrets.senderDataSecret,
    ownLeafIndex: epoch.own.leafIndex,
    secretTree,
    signatureKeyOf: leafIndex => leafAt(epoch.tree, leafIndex)?.signatureKey,
  };
}

/** Of an epoch that is over. */
export function pastKeys(past: PastEpoch): EpochKeys {
  return { ...past, signatureKeyOf: leafIndex => past.signatureKeys.get(leafIndex) };
}

/**
 * The signature key of another member.
 * @throws {MlsError} `OWN_MESSAGE`, `UNKNOWN_SENDER`
 */
export function signatureKeyOf(
  keys: Pick<EpochKeys, 'ownLeafIndex' | 'signatureKeyOf'>,
  leafIndex: number,
): Uint8Array {
  if (leafIndex === keys.ownLeafIndex)
    throw new MlsError('OWN_MESSAGE', 'message is one’s own', { leafIndex });
  const signatureKey = keys.signatureKeyOf(leafIndex);
  if (signatureKey === undefined) {
    throw new MlsError('UNKNOWN_SENDER', 'sender is no member of the group', { leafIndex });
  }
  return signatureKey;
}

/**
 * What a message with one's own name on it is refused with. Nobody opens their own, but a key that this state has not
 * used yet shows whether it is genuine: then a later copy of this state sent it, `unspent` is 1, and this copy must
 * not go on, or it would use that key again. A message of another member under that name is `DECRYPT_FAILED`.
 */
function ownMessage(
  crypto: SuiteCrypto,
  keys: EpochKeys,
  senderData: SenderData,
  message: PrivateMessage,
): MlsError {
  const { leafIndex, generation } = senderData;
  const signatureKey = keys.signatureKeyOf(leafIndex);
  try {
    const type = ratchetTypeOf(message.contentType);
    const taken = takeKeyOf(crypto, keys.secretTree, type, leafIndex, generation);
    if (signatureKey !== undefined)
      openStatement(crypto, keys.frame, taken, senderData, message, signatureKey);
  } catch (error) {
    if (!(error instanceof MlsError) || error.code !== 'REPLAYED') throw error;
    return new MlsError('OWN_MESSAGE', 'message is one’s own', { leafIndex });
  }
  return new MlsError('OWN_MESSAGE', 'message is of a later copy of oneself', { leafIndex, unspent: 1 });
}

/** Decrypts and verifies a PrivateMessage (RFC 9420 §6.3). */
export function openPrivate(
  crypto: SuiteCrypto,
  keys: EpochKeys,
  message: PrivateMessage,
): Verified & { taken: TakenKey } {
  const { frame } = keys;
  const senderData = senderOf(crypto, frame, keys.senderDataSecret, message);
  const { leafIndex, generation } = senderData;
  if (leafIndex === keys.ownLeafIndex) throw ownMessage(crypto, keys, senderData, message);
  const signatureKey = signatureKeyOf(keys, leafIndex);
  const type = ratchetTypeOf(message.contentType);
  const taken = takeKeyOf(crypto, keys.secretTree, type, leafIndex, generation);
  const { content, auth } = openStatement(crypto, frame, taken, senderData, message, signatureKey);
  const framed: FramedContent = {
    groupId: frame.groupId,
    epoch: frame.epoch,
    sender: { kind: 'member', leafIndex },
    authenticatedData: message.authenticatedData.slice(),
    content,
  };
  return { message: { format: 'private_message', framed, auth }, senderLeafIndex: leafIndex, taken };
}
