import { malformed, Reader } from '../codec/reader.ts';
import { opaqueBytes, Writer } from '../codec/writer.ts';
import type { Random } from '../env.ts';
import { MlsError } from '../errors.ts';
import type { GroupContext } from '../keySchedule/groupContext.ts';
import type { MessageKey, RatchetType } from '../keySchedule/secretTree.ts';
import { signWithLabel, verifyWithLabel } from '../labelled/signing.ts';
import type { SuiteCrypto } from '../labelled/suiteCrypto.ts';
import {
  CONTENT_TYPE,
  type Content,
  type ContentAuth,
  type ContentType,
  readContent,
  readContentAuth,
  WIRE_FORMAT,
  writeContentAuth,
} from './framedContent.ts';
import type { PrivateMessage } from './mlsMessage.ts';
import { guardedNonce, openSenderData, type SenderData, sealSenderData } from './senderData.ts';

/** The bytes of an epoch that go into each of its messages, encoded once. */
export interface EpochFrame {
  readonly groupId: Uint8Array;
  readonly epoch: bigint;
  /** `group_id<V>` and `epoch`, as messages, their signatures and their associated data begin. */
  readonly header: Uint8Array;
  /** The encoded GroupContext. */
  readonly groupContext: Uint8Array;
}

export function epochFrame(
  context: Pick<GroupContext, 'groupId' | 'epoch'>,
  groupContext: Uint8Array,
): EpochFrame {
  const writer = new Writer(64);
  writer.opaque(context.groupId);
  writer.uint64(context.epoch);
  return { groupId: context.groupId, epoch: context.epoch, header: writer.finish(), groupContext };
}

/** Who says what: everything that the signature of a PrivateMessage covers, beside the epoch. */
export interface Statement {
  readonly leafIndex: number;
  readonly authenticatedData: Uint8Array;
  readonly contentType: ContentType;
  /** The encoded content. */
  readonly content: Uint8Array;
}

export function ratchetTypeOf(contentType: ContentType): RatchetType {
  return contentType === 'application' ? 'application' : 'handshake';
}

/** FramedContentTBS of a PrivateMessage (RFC 9420 §6.1). */
function statementTbs(frame: EpochFrame, statement: Statement): Uint8Array {
  const { authenticatedData, content } = statement;
  const writer = new Writer(
    4 +
      frame.header.length +
      5 +
      opaqueBytes(authenticatedData.length) +
      1 +
      content.length +
      frame.groupContext.length,
  );
  writer.uint16(1);
  writer.uint16(WIRE_FORMAT.private_message);
  writer.bytes(frame.header);
  writer.uint8(1);
  writer.uint32(statement.leafIndex);
  writer.opaque(authenticatedData);
  writer.uint8(CONTENT_TYPE[statement.contentType]);
  writer.bytes(content);
  writer.bytes(frame.groupContext);
  return writer.finish();
}

export function signStatement(
  crypto: SuiteCrypto,
  frame: EpochFrame,
  statement: Statement,
  signaturePrivateKey: Uint8Array,
): Uint8Array {
  return signWithLabel(crypto, signaturePrivateKey, 'FramedContentTBS', statementTbs(frame, statement));
}

/** SenderDataAAD, and with `authenticatedData` PrivateContentAAD (RFC 9420 §6.3). */
function associatedData(
  frame: EpochFrame,
  contentType: ContentType,
  authenticatedData?: Uint8Array,
): Uint8Array {
  const dataBytes = authenticatedData === undefined ? 0 : opaqueBytes(authenticatedData.length);
  const writer = new Writer(frame.header.length + 1 + dataBytes);
  writer.bytes(frame.header);
  writer.uint8(CONTENT_TYPE[contentType]);
  if (authenticatedData !== undefined) writer.opaque(authenticatedData);
  return writer.finish();
}

/**
 * Encrypts a signed statement into an MLSMessage (RFC 9420 §6.3).
 * @param paddingToBytes pads content, signature and padding together to at least so many bytes
 */
export function sealStatement(
  crypto: SuiteCrypto,
  random: Random,
  frame: EpochFrame,
  senderDataSecret: Uint8Array,
  messageKey: MessageKey & { readonly generation: number },
  statement: Statement,
  auth: ContentAuth,
  paddingToBytes: number,
): Uint8Array {
  const { leafIndex, authenticatedData, contentType, content } = statement;
  const authBytes =
    opaqueBytes(auth.signature.length) +
    (auth.confirmationTag === undefined ? 0 : opaqueBytes(auth.confirmationTag.length));
  const plain = new Writer(Math.max(paddingToBytes, content.length + authBytes));
  plain.bytes(content);
  writeContentAuth(plain, auth);
  plain.zeros(Math.max(0, paddingToBytes - plain.length));
  const reuseGuard = random(4);
  const ciphertext = crypto.provider.aeadSeal(
    crypto.suite.aead,
    messageKey.key,
    guardedNonce(messageKey.nonce, reuseGuard),
    associatedData(frame, contentType, authenticatedData),
    plain.finish(),
  );
  const encryptedSenderData = sealSenderData(
    crypto,
    senderDataSecret,
    ciphertext,
    associatedData(frame, contentType),
    { leafIndex, generation: messageKey.generation, reuseGuard },
  );
  const message = new Writer(
    4 +
      frame.header.length +
      1 +
      opaqueBytes(authenticatedData.length) +
      opaqueBytes(encryptedSenderData.length) +
      opaqueBytes(ciphertext.length),
  );
  message.uint16(1);
  message.uint16(WIRE_FORMAT.private_message);
  message.bytes(frame.header);
  message.uint8(CONTENT_TYPE[contentType]);
  message.opaque(authenticatedData);
  message.opaque(encryptedSenderData);
  message.opaque(ciphertext);
  return message.finish();
}

/** Who sent a PrivateMessage, by its encrypted sender data. */
export function senderOf(
  crypto: SuiteCrypto,
  frame: EpochFrame,
  senderDataSecret: Uint8Array,
  message: PrivateMessage,
): SenderData {
  return openSenderData(
    crypto,
    senderDataSecret,
    message.ciphertext,
    associatedData(frame, message.contentType),
    message.encryptedSenderData,
  );
}

/** A PrivateMessage decrypted and verified. */
export interface OpenedStatement {
  readonly content: Content;
  readonly auth: ContentAuth;
}

/**
 * Decrypts a PrivateMessage and verifies its signature (RFC 9420 §6.3.1).
 * @throws {MlsError} `DECRYPT_FAILED`, `MALFORMED` (also for padding that is not zero), `BAD_SIGNATURE`
 */
export function openStatement(
  crypto: SuiteCrypto,
  frame: EpochFrame,
  messageKey: MessageKey,
  senderData: SenderData,
  message: PrivateMessage,
  signatureKey: Uint8Array,
): OpenedStatement {
  const { contentType } = message;
  const plain = crypto.provider.aeadOpen(
    crypto.suite.aead,
    messageKey.key,
    guardedNonce(messageKey.nonce, senderData.reuseGuard),
    associatedData(frame, contentType, message.authenticatedData),
    message.ciphertext,
  );
  if (plain === undefined) throw new MlsError('DECRYPT_FAILED', 'message cannot be decrypted');
  const reader = new Reader(plain);
  const content = readContent(reader, contentType);
  const contentBytes = plain.subarray(0, reader.position);
  const auth = readContentAuth(reader, contentType);
  while (reader.remainingBytes > 0) {
    if (reader.uint8() !== 0) throw malformed('padding is not zero');
  }
  const statement: Statement = {
    leafIndex: senderData.leafIndex,
    authenticatedData: message.authenticatedData,
    contentType,
    content: contentBytes,
  };
  if (
    !verifyWithLabel(crypto, signatureKey, 'FramedContentTBS', statementTbs(frame, statement), auth.signature)
  ) {
    throw new MlsError('BAD_SIGNATURE', 'signature of the message does not verify');
  }
  return { content, auth };
}
