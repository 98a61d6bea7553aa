import { type Codec, opaque, type Struct, struct, uint32, vector } from '../codec/codec.ts';

const parentNodeFields = {
  encryptionKey: opaque,
  parentHash: opaque,
  /** Leaf indexes, in increasing order. */
  unmergedLeaves: vector(uint32),
};
/** An intermediate node of the ratchet tree (RFC 9420 §7.1). */
export type ParentNode = Struct<typeof parentNodeFields>;
export const parentNodeCodec: Codec<ParentNode> = struct(parentNodeFields);
