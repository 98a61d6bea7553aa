import { base62Decode, base62Encode } from './base62.ts';
import { ProtocolError } from './errors.ts';

declare const brand: unique symbol;
type Id<Name extends string> = string & { readonly [brand]: Name };

/** Hash of the account's public key (32 bytes, core: accountIdOf): `acc_` and 43 base62 digits. */
export type AccountId = Id<'AccountId'>;
/** Hash of the device's public key (16 bytes, core: deviceIdOf): `dev_` and 22 base62 digits. */
export type DeviceId = Id<'DeviceId'>;
/** A conversation or an inbox at the relay (16 bytes): `str_` and 22 base62 digits. */
export type StreamId = Id<'StreamId'>;
/** A message, chosen by its sender at random (16 bytes): `msg_` and 22 base62 digits. */
export type MessageId = Id<'MessageId'>;
/** What makes an append idempotent (16 bytes): `dup_` and 22 base62 digits. */
export type DedupeId = Id<'DedupeId'>;
/** Lets one person register where the operator asks for it (16 bytes, secret): `inv_` and 22 base62 digits. */
export type InvitationCode = Id<'InvitationCode'>;
/** An encrypted file at the relay, chosen at random by who put it there (16 bytes): `blob_` and 22 base62 digits. */
export type BlobId = Id<'BlobId'>;
/** Who posts sealed messages with a token of its own, chosen at random (16 bytes): `src_` and 22 base62 digits. */
export type SourceId = Id<'SourceId'>;
/** The public part of an invite link: 24 alphanumerics, no prefix, because it stands in a path. */
export type InviteToken = Id<'InviteToken'>;

interface IdCodec<T extends string> {
  readonly sizeBytes: number;
  /** Text form of exactly `sizeBytes` bytes; throws `BAD_ID` otherwise. */
  fromBytes(bytes: Uint8Array): T;
  /** The bytes of an id. */
  toBytes(id: T): Uint8Array;
  /** Checks foreign text; throws `BAD_ID` for any other kind of id. */
  parse(text: string): T;
  is(text: string): text is T;
}

function idCodec<T extends string>(name: string, prefix: string, sizeBytes: number): IdCodec<T> {
  const decode = (text: string): Uint8Array => {
    const bytes = text.startsWith(prefix) ? base62Decode(text.slice(prefix.length), sizeBytes) : undefined;
    if (bytes === undefined) throw new ProtocolError('BAD_ID', `not a ${name}`);
    return bytes;
  };
  return {
    sizeBytes,
    fromBytes(bytes) {
      if (bytes.length !== sizeBytes) throw new ProtocolError('BAD_ID', `a ${name} has ${sizeBytes} bytes`);
      return (prefix + base62Encode(bytes)) as T;
    },
    toBytes: decode,
    parse(text) {
      decode(text);
      return text as T;
    },
    is(text): text is T {
      return text.startsWith(prefix) && base62Decode(text.slice(prefix.length), sizeBytes) !== undefined;
    },
  };
}

export const AccountId = idCodec<AccountId>('AccountId', 'acc_', 32);
export const DeviceId = idCodec<DeviceId>('DeviceId', 'dev_', 16);
export const StreamId = idCodec<StreamId>('StreamId', 'str_', 16);
export const MessageId = idCodec<MessageId>('MessageId', 'msg_', 16);
export const DedupeId = idCodec<DedupeId>('DedupeId', 'dup_', 16);
export const InvitationCode = idCodec<InvitationCode>('InvitationCode', 'inv_', 16);
export const BlobId = idCodec<BlobId>('BlobId', 'blob_', 16);
export const SourceId = idCodec<SourceId>('SourceId', 'src_', 16);

const TOKEN = /^[0-9A-Za-z]{24}$/;

export const InviteToken = {
  is: (text: string): text is InviteToken => TOKEN.test(text),
  /** Checks foreign text; throws `BAD_ID`. */
  parse(text: string): InviteToken {
    if (!TOKEN.test(text)) throw new ProtocolError('BAD_ID', 'not an InviteToken');
    return text as InviteToken;
  },
};
