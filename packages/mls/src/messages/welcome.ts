import {
  type Codec,
  encode,
  opaque,
  optional,
  type Struct,
  struct,
  uint16,
  uint32,
  vector,
} from '../codec/codec.ts';
import { groupContextCodec } from '../keySchedule/groupContext.ts';
import { preSharedKeyIdCodec } from '../keySchedule/preSharedKeyId.ts';
import { extensionsCodec } from '../tree/extension.ts';
import { hpkeCiphertextCodec } from './updatePath.ts';

const unsignedFields = {
  groupContext: groupContextCodec,
  extensions: extensionsCodec,
  confirmationTag: opaque,
  /** Leaf index of the member that signed. */
  signer: uint32,
};
export type UnsignedGroupInfo = Struct<typeof unsignedFields>;
const unsignedCodec: Codec<UnsignedGroupInfo> = struct(unsignedFields);

const groupInfoFields = { ...unsignedFields, signature: opaque };
/** The state of a group for somebody who joins it (RFC 9420 §12.4.3). */
export type GroupInfo = Struct<typeof groupInfoFields>;
export const groupInfoCodec: Codec<GroupInfo> = struct(groupInfoFields);

/** GroupInfoTBS (RFC 9420 §12.4.3). */
export function groupInfoTbs(groupInfo: UnsignedGroupInfo): Uint8Array {
  return encode(unsignedCodec, groupInfo);
}

const groupSecretsFields = {
  joinerSecret: opaque,
  pathSecret: optional(opaque),
  psks: vector(preSharedKeyIdCodec),
};
/** What a Welcome tells one new member in secret (RFC 9420 §12.4.3.1). */
export type GroupSecrets = Struct<typeof groupSecretsFields>;
export const groupSecretsCodec: Codec<GroupSecrets> = struct(groupSecretsFields);

const encryptedGroupSecretsFields = { newMember: opaque, encryptedGroupSecrets: hpkeCiphertextCodec };
export type EncryptedGroupSecrets = Struct<typeof encryptedGroupSecretsFields>;

const welcomeFields = {
  cipherSuite: uint16,
  secrets: vector(struct(encryptedGroupSecretsFields)),
  encryptedGroupInfo: opaque,
};
/** Lets new members into an epoch (RFC 9420 §12.4.3.1). */
export type Welcome = Struct<typeof welcomeFields>;
export const welcomeCodec: Codec<Welcome> = struct(welcomeFields);
