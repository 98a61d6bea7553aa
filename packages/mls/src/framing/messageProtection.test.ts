import { expect, it } from 'vitest';
import { decode, encode } from '../codec/codec.ts';
import { Writer } from '../codec/writer.ts';
import { groupContextCodec } from '../keySchedule/groupContext.ts';
import { newSecretTree, takeKeyOf, takeNextKey } from '../keySchedule/secretTree.ts';
import type { SuiteCrypto } from '../labelled/suiteCrypto.ts';
import { commitCodec } from '../messages/commit.ts';
import { proposalCodec } from '../messages/proposal.ts';
import { fromHex, hex, seededRandom } from '../testing/scenario.ts';
import { runsOf } from '../testing/vectorCases.ts';
import { describeVectors } from '../testVectors.ts';
import { type Content, type ContentType, type FramedContent, writeContent } from './framedContent.ts';
import { mlsMessageCodec } from './mlsMessage.ts';
import {
  epochFrame,
  openStatement,
  ratchetTypeOf,
  sealStatement,
  senderOf,
  signStatement,
} from './privateMessage.ts';
import { sealPublic, signPublic, verifyPublic } from './publicMessage.ts';

type HexField =
  | 'group_id'
  | 'tree_hash'
  | 'confirmed_transcript_hash'
  | 'signature_priv'
  | 'signature_pub'
  | 'encryption_secret'
  | 'sender_data_secret'
  | 'membership_key'
  | 'proposal'
  | 'proposal_priv'
  | 'proposal_pub'
  | 'commit'
  | 'commit_priv'
  | 'commit_pub'
  | 'application'
  | 'application_priv';
type ProtectionCase = Readonly<Record<HexField, string>> & {
  readonly cipher_suite: number;
  readonly epoch: number;
};

const SENDER = 1;

function keysOf(expected: ProtectionCase) {
  const context = {
    version: 1 as const,
    cipherSuite: expected.cipher_suite,
    groupId: fromHex(expected.group_id),
    epoch: BigInt(expected.epoch),
    treeHash: fromHex(expected.tree_hash),
    confirmedTranscriptHash: fromHex(expected.confirmed_transcript_hash),
    extensions: [],
  };
  return {
    context,
    frame: epochFrame(context, encode(groupContextCodec, context)),
    secretTree: newSecretTree(2, fromHex(expected.encryption_secret)),
    senderDataSecret: fromHex(expected.sender_data_secret),
    membershipKey: fromHex(expected.membership_key),
    privateKey: fromHex(expected.signature_priv),
    publicKey: fromHex(expected.signature_pub),
  };
}
type Keys = ReturnType<typeof keysOf>;

function contentBytes(content: Content): Uint8Array {
  const writer = new Writer();
  writeContent(writer, content);
  return writer.finish();
}

function openPrivately(crypto: SuiteCrypto, keys: Keys, bytes: Uint8Array): Content {
  const decoded = decode(mlsMessageCodec, bytes);
  if (decoded.format !== 'private_message') throw new Error('not private');
  const { message } = decoded;
  const senderData = senderOf(crypto, keys.frame, keys.senderDataSecret, message);
  expect(senderData.leafIndex).toBe(SENDER);
  const type = ratchetTypeOf(message.contentType);
  const taken = takeKeyOf(crypto, keys.secretTree, type, SENDER, senderData.generation);
  return openStatement(crypto, keys.frame, taken, senderData, message, keys.publicKey).content;
}

function sealPrivately(
  crypto: SuiteCrypto,
  keys: Keys,
  content: Content,
  tag: Uint8Array | undefined,
): Uint8Array {
  const statement = {
    leafIndex: SENDER,
    authenticatedData: Uint8Array.of(1, 2, 3),
    contentType: content.type,
    content: contentBytes(content),
  };
  const taken = takeNextKey(crypto, keys.secretTree, ratchetTypeOf(content.type), SENDER);
  const auth = {
    signature: signStatement(crypto, keys.frame, statement, keys.privateKey),
    confirmationTag: tag,
  };
  return sealStatement(
    crypto,
    seededRandom(3),
    keys.frame,
    keys.senderDataSecret,
    taken,
    statement,
    auth,
    1000,
  );
}

function openPublicly(crypto: SuiteCrypto, keys: Keys, bytes: Uint8Array): Content {
  const decoded = decode(mlsMessageCodec, bytes);
  if (decoded.format !== 'public_message') throw new Error('not public');
  verifyPublic(crypto, decoded.message, keys.frame.groupContext, keys.membershipKey, keys.publicKey);
  return decoded.message.framed.content;
}

function sealPublicly(
  crypto: SuiteCrypto,
  keys: Keys,
  content: Content,
  tag: Uint8Array | undefined,
): Uint8Array {
  const framed: FramedContent = {
    groupId: keys.frame.groupId,
    epoch: keys.frame.epoch,
    sender: { kind: 'member', leafIndex: SENDER },
    authenticatedData: new Uint8Array(0),
    content,
  };
  const signature = signPublic(crypto, framed, keys.frame.groupContext, keys.privateKey);
  const auth = { signature, confirmationTag: tag };
  return sealPublic(crypto, framed, auth, keys.frame.groupContext, keys.membershipKey);
}

function contentOf(type: ContentType, bytes: Uint8Array): Content {
  if (type === 'proposal') return { type, proposal: decode(proposalCodec, bytes) };
  return type === 'commit' ? { type, commit: decode(commitCodec, bytes) } : { type, data: bytes };
}

describeVectors('mls/message-protection.json', 'mlswg/mls-implementations', data => {
  it.each(runsOf<ProtectionCase>(data))('$title', ({ crypto, expected }) => {
    const keys = keysOf(expected);
    const tag = new Uint8Array(crypto.suite.hashBytes).fill(9);
    for (const type of ['proposal', 'commit', 'application'] as const) {
      const content = contentOf(type, fromHex(expected[type]));
      const wanted = hex(contentBytes(content));
      const confirmationTag = type === 'commit' ? tag : undefined;
      expect(hex(contentBytes(openPrivately(crypto, keys, fromHex(expected[`${type}_priv`]))))).toBe(wanted);
      const sealed = sealPrivately(crypto, keys, content, confirmationTag);
      expect(hex(contentBytes(openPrivately(crypto, keys, sealed)))).toBe(wanted);
      if (type === 'application') {
        expect(() => sealPublicly(crypto, keys, content, undefined)).toThrowError(
          expect.objectContaining({ code: 'USAGE' }),
        );
        continue;
      }
      expect(hex(contentBytes(openPublicly(crypto, keys, fromHex(expected[`${type}_pub`]))))).toBe(wanted);
      const opened = openPublicly(crypto, keys, sealPublicly(crypto, keys, content, confirmationTag));
      expect(hex(contentBytes(opened))).toBe(wanted);
    }
  });
});
