import { type Codec, opaque, type Struct, struct, uint64 } from '../codec/codec.ts';
import { malformed } from '../codec/reader.ts';
import { Writer } from '../codec/writer.ts';
import { capabilitiesCodec } from './capabilities.ts';
import { credentialCodec } from './credential.ts';
import { extensionsCodec } from './extension.ts';

const lifetimeFields = { notBefore: uint64, notAfter: uint64 };
/** Unix times in seconds between which a key package may be used (RFC 9420 §7.2). */
export type Lifetime = Struct<typeof lifetimeFields>;
const lifetimeCodec = struct(lifetimeFields);

/** How a leaf came into the tree. */
export type LeafNodeSource =
  | { readonly kind: 'key_package'; readonly lifetime: Lifetime }
  | { readonly kind: 'update' }
  | { readonly kind: 'commit'; readonly parentHash: Uint8Array };

const sourceCodec: Codec<LeafNodeSource> = {
  read: r => {
    switch (r.uint8()) {
      case 1:
        return { kind: 'key_package', lifetime: lifetimeCodec.read(r) };
      case 2:
        return { kind: 'update' };
      case 3:
        return { kind: 'commit', parentHash: r.opaque() };
      default:
        throw malformed('leaf node source is not known');
    }
  },
  write: (w, source) => {
    switch (source.kind) {
      case 'key_package':
        w.uint8(1);
        lifetimeCodec.write(w, source.lifetime);
        return;
      case 'update':
        w.uint8(2);
        return;
      case 'commit':
        w.uint8(3);
        w.opaque(source.parentHash);
    }
  },
};

const unsignedFields = {
  encryptionKey: opaque,
  signatureKey: opaque,
  credential: credentialCodec,
  capabilities: capabilitiesCodec,
  source: sourceCodec,
  extensions: extensionsCodec,
};
/** All of a leaf node but its signature. */
export type UnsignedLeafNode = Struct<typeof unsignedFields>;
const unsignedCodec: Codec<UnsignedLeafNode> = struct(unsignedFields);

const leafNodeFields = { ...unsignedFields, signature: opaque };
/** A member of a group as its ratchet tree shows it (RFC 9420 §7.2). */
export type LeafNode = Struct<typeof leafNodeFields>;
export const leafNodeCodec: Codec<LeafNode> = struct(leafNodeFields);

/** Where a leaf stands: signed along with it, except in a key package. */
export interface LeafPlace {
  readonly groupId: Uint8Array;
  readonly leafIndex: number;
}

/** LeafNodeTBS (RFC 9420 §7.2). */
export function leafNodeTbs(leaf: UnsignedLeafNode, place: LeafPlace | undefined): Uint8Array {
  const writer = new Writer();
  unsignedCodec.write(writer, leaf);
  if (leaf.source.kind !== 'key_package') {
    if (place === undefined) throw malformed('leaf node of a group has no place');
    writer.opaque(place.groupId);
    writer.uint32(place.leafIndex);
  }
  return writer.finish();
}
