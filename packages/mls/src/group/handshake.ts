import { Writer } from '../codec/writer.ts';
import type { MlsEnv, StateWrite } from '../env.ts';
import {
  type Content,
  type ContentAuth,
  type FramedContent,
  type MessageFormat,
  writeContent,
} from '../framing/framedContent.ts';
import { ratchetTypeOf, type Statement, sealStatement, signStatement } from '../framing/privateMessage.ts';
import { sealPublic, signPublic } from '../framing/publicMessage.ts';
import { takeNextKey } from '../keySchedule/secretTree.ts';
import type { SuiteCrypto } from '../labelled/suiteCrypto.ts';
import type { Group } from './group.ts';
import { secretTreeWrite } from './records.ts';

/** A message of this member, signed but not yet protected. */
export interface SignedContent {
  readonly format: MessageFormat;
  readonly framed: FramedContent;
  readonly signature: Uint8Array;
}

/** A protected message, and what sending it did to the ratchets. */
export interface SealedMessage {
  readonly group: Group;
  readonly message: Uint8Array;
  readonly writes: StateWrite[];
  readonly wipe: Uint8Array[];
}

function encodeContent(content: Content): Uint8Array {
  const writer = new Writer(512);
  writeContent(writer, content);
  return writer.finish();
}

function statementOf(framed: FramedContent, leafIndex: number): Statement {
  return {
    leafIndex,
    authenticatedData: framed.authenticatedData,
    contentType: framed.content.type,
    content: encodeContent(framed.content),
  };
}

/** Signs content as this member, for the epoch the group is in (RFC 9420 §6.1). */
export function signContent(
  crypto: SuiteCrypto,
  group: Group,
  format: MessageFormat,
  content: Content,
  authenticatedData: Uint8Array,
): SignedContent {
  const { frame, own } = group.epoch;
  const framed: FramedContent = {
    groupId: frame.groupId,
    epoch: frame.epoch,
    sender: { kind: 'member', leafIndex: own.leafIndex },
    authenticatedData,
    content,
  };
  const signature =
    format === 'private_message'
      ? signStatement(crypto, frame, statementOf(framed, own.leafIndex), own.signaturePrivateKey)
      : signPublic(crypto, framed, frame.groupContext, own.signaturePrivateKey);
  return { format, framed, signature };
}

/** Protects signed content: encrypts it with the next key of its ratchet, or adds the membership tag. */
export function sealContent(
  env: MlsEnv,
  crypto: SuiteCrypto,
  group: Group,
  signed: SignedContent,
  confirmationTag: Uint8Array | undefined,
  paddingToBytes: number,
): SealedMessage {
  const { frame, own, secrets } = group.epoch;
  const auth: ContentAuth = { signature: signed.signature, confirmationTag };
  if (signed.format === 'public_message') {
    const message = sealPublic(crypto, signed.framed, auth, frame.groupContext, secrets.membershipKey);
    return { group, message, writes: [], wipe: [] };
  }
  const statement = statementOf(signed.framed, own.leafIndex);
  const taken = takeNextKey(crypto, group.secretTree, ratchetTypeOf(statement.contentType), own.leafIndex);
  const message = sealStatement(
    crypto,
    env.random,
    frame,
    secrets.senderDataSecret,
    taken,
    statement,
    auth,
    paddingToBytes,
  );
  return {
    group: { ...group, secretTree: taken.tree },
    message,
    writes: taken.changes.map(change => secretTreeWrite(frame.epoch, change)),
    wipe: [...taken.consumed, taken.key, taken.nonce],
  };
}
