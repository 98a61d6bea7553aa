import { type Codec, opaque, type Struct, struct, vector } from '../codec/codec.ts';
import { leafNodeCodec } from '../tree/leafNode.ts';

const ciphertextFields = { kemOutput: opaque, ciphertext: opaque };
/** HPKECiphertext (RFC 9420 §7.6). */
export type HpkeCiphertext = Struct<typeof ciphertextFields>;
export const hpkeCiphertextCodec: Codec<HpkeCiphertext> = struct(ciphertextFields);

const pathNodeFields = { encryptionKey: opaque, encryptedPathSecrets: vector(hpkeCiphertextCodec) };
export type UpdatePathNode = Struct<typeof pathNodeFields>;

const updatePathFields = { leafNode: leafNodeCodec, nodes: vector(struct(pathNodeFields)) };
/** New keys for the committer's leaf and its filtered direct path (RFC 9420 §7.6). */
export type UpdatePath = Struct<typeof updatePathFields>;
export const updatePathCodec: Codec<UpdatePath> = struct(updatePathFields);
