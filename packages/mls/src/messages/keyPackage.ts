import { type Codec, encode, opaque, type Struct, struct, uint16 } from '../codec/codec.ts';
import { extensionsCodec } from '../tree/extension.ts';
import { leafNodeCodec } from '../tree/leafNode.ts';

/** The protocol version MLS 1.0. */
export const MLS10 = 1;

const unsignedFields = {
  version: uint16,
  cipherSuite: uint16,
  initKey: opaque,
  leafNode: leafNodeCodec,
  extensions: extensionsCodec,
};
export type UnsignedKeyPackage = Struct<typeof unsignedFields>;
const unsignedCodec: Codec<UnsignedKeyPackage> = struct(unsignedFields);

const keyPackageFields = { ...unsignedFields, signature: opaque };
/** What a client publishes so that others can add it to a group (RFC 9420 §10). */
export type KeyPackage = Struct<typeof keyPackageFields>;
export const keyPackageCodec: Codec<KeyPackage> = struct(keyPackageFields);

/** KeyPackageTBS (RFC 9420 §10). */
export function keyPackageTbs(keyPackage: UnsignedKeyPackage): Uint8Array {
  return encode(unsignedCodec, keyPackage);
}
