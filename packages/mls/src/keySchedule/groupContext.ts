import { type Codec, constant, opaque, type Struct, struct, uint16, uint64 } from '../codec/codec.ts';
import { extensionsCodec } from '../tree/extension.ts';

const groupContextFields = {
  version: constant(uint16, 1, 'protocol version'),
  cipherSuite: uint16,
  groupId: opaque,
  epoch: uint64,
  treeHash: opaque,
  confirmedTranscriptHash: opaque,
  extensions: extensionsCodec,
};
/** What all members agree on in an epoch (RFC 9420 §8.1). */
export type GroupContext = Struct<typeof groupContextFields>;
export const groupContextCodec: Codec<GroupContext> = struct(groupContextFields);
