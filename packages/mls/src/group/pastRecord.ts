import { constant, decode, encode, opaque, struct, uint8, uint32, uint64, vector } from '../codec/codec.ts';
import { epochFrame } from '../framing/privateMessage.ts';
import { emptySecretTree } from '../keySchedule/secretTree.ts';
import type { PastEpoch } from './group.ts';

/** Of every record that says its version. */
export const RECORD_VERSION = 1;

const pastCodec = struct({
  version: constant(uint8, RECORD_VERSION, 'record version'),
  groupId: opaque,
  epoch: uint64,
  groupContext: opaque,
  senderDataSecret: opaque,
  ownLeafIndex: uint32,
  leafCount: uint32,
  signatureKeys: vector(struct({ leafIndex: uint32, key: opaque })),
});

/** The record of a past epoch; its secret tree has records of its own. */
export function encodePast(past: PastEpoch): Uint8Array {
  return encode(pastCodec, {
    version: RECORD_VERSION,
    groupId: past.frame.groupId,
    epoch: past.frame.epoch,
    groupContext: past.frame.groupContext,
    senderDataSecret: past.senderDataSecret,
    ownLeafIndex: past.ownLeafIndex,
    leafCount: past.secretTree.leafCount,
    signatureKeys: [...past.signatureKeys].map(([leafIndex, key]) => ({ leafIndex, key })),
  });
}

/** @throws {MlsError} `MALFORMED` */
export function decodePast(bytes: Uint8Array): PastEpoch {
  const record = decode(pastCodec, bytes);
  return {
    frame: epochFrame(record, record.groupContext),
    senderDataSecret: record.senderDataSecret,
    ownLeafIndex: record.ownLeafIndex,
    signatureKeys: new Map(record.signatureKeys.map(({ leafIndex, key }) => [leafIndex, key])),
    secretTree: emptySecretTree(record.leafCount),
  };
}
