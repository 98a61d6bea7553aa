import { type Codec, decode } from '../codec/codec.ts';
import { malformed } from '../codec/reader.ts';
import { MlsError } from '../errors.ts';
import { type KeyPackage, keyPackageCodec, MLS10 } from '../messages/keyPackage.ts';
import { type GroupInfo, groupInfoCodec, type Welcome, welcomeCodec } from '../messages/welcome.ts';
import {
  CONTENT_TYPE,
  type ContentAuth,
  type ContentType,
  contentTypeCodec,
  type FramedContent,
  framedContentCodec,
  readContentAuth,
  WIRE_FORMAT,
  writeContentAuth,
} from './framedContent.ts';

/** A message that is signed, not encrypted (RFC 9420 §6.2). */
export interface PublicMessage {
  readonly framed: FramedContent;
  readonly auth: ContentAuth;
  /** Present where the sender is a member. */
  readonly membershipTag: Uint8Array | undefined;
}

const publicMessageCodec: Codec<PublicMessage> = {
  read: r => {
    const framed = framedContentCodec.read(r);
    const auth = readContentAuth(r, framed.content.type);
    return { framed, auth, membershipTag: framed.sender.kind === 'member' ? r.opaque() : undefined };
  },
  write: (w, message) => {
    framedContentCodec.write(w, message.framed);
    writeContentAuth(w, message.auth);
    if (message.membershipTag !== undefined) w.opaque(message.membershipTag);
  },
};

/** A message that is signed and encrypted (RFC 9420 §6.3). Decoded fields are windows onto the message. */
export interface PrivateMessage {
  readonly groupId: Uint8Array;
  readonly epoch: bigint;
  readonly contentType: ContentType;
  readonly authenticatedData: Uint8Array;
  readonly encryptedSenderData: Uint8Array;
  readonly ciphertext: Uint8Array;
}

const privateMessageCodec: Codec<PrivateMessage> = {
  read: r => ({
    groupId: r.opaqueView(),
    epoch: r.uint64(),
    contentType: contentTypeCodec.read(r),
    authenticatedData: r.opaqueView(),
    encryptedSenderData: r.opaqueView(),
    ciphertext: r.opaqueView(),
  }),
  write: (w, message) => {
    w.opaque(message.groupId);
    w.uint64(message.epoch);
    w.uint8(CONTENT_TYPE[message.contentType]);
    w.opaque(message.authenticatedData);
    w.opaque(message.encryptedSenderData);
    w.opaque(message.ciphertext);
  },
};

/** Everything that goes over the wire (RFC 9420 §6). */
export type MlsMessage =
  | { readonly format: 'public_message'; readonly message: PublicMessage }
  | { readonly format: 'private_message'; readonly message: PrivateMessage }
  | { readonly format: 'welcome'; readonly message: Welcome }
  | { readonly format: 'group_info'; readonly message: GroupInfo }
  | { readonly format: 'key_package'; readonly message: KeyPackage };

export const mlsMessageCodec: Codec<MlsMessage> = {
  read: r => {
    const version = r.uint16();
    if (version !== MLS10) {
      throw new MlsError('UNSUPPORTED_VERSION', 'protocol version is not MLS 1.0', { version });
    }
    switch (r.uint16()) {
      case WIRE_FORMAT.public_message:
        return { format: 'public_message', message: publicMessageCodec.read(r) };
      case WIRE_FORMAT.private_message:
        return { format: 'private_message', message: privateMessageCodec.read(r) };
      case WIRE_FORMAT.welcome:
        return { format: 'welcome', message: welcomeCodec.read(r) };
      case WIRE_FORMAT.group_info:
        return { format: 'group_info', message: groupInfoCodec.read(r) };
      case WIRE_FORMAT.key_package:
        return { format: 'key_package', message: keyPackageCodec.read(r) };
      default:
        throw malformed('wire format is not known');
    }
  },
  write: (w, item) => {
    w.uint16(MLS10);
    w.uint16(WIRE_FORMAT[item.format]);
    switch (item.format) {
      case 'public_message':
        return publicMessageCodec.write(w, item.message);
      case 'private_message':
        return privateMessageCodec.write(w, item.message);
      case 'welcome':
        return welcomeCodec.write(w, item.message);
      case 'group_info':
        return groupInfoCodec.write(w, item.message);
      case 'key_package':
        return keyPackageCodec.write(w, item.message);
    }
  },
};

/** The Welcome in an MLSMessage. @throws {MlsError} `MALFORMED`, `UNSUPPORTED_VERSION` */
export function decodeWelcome(message: Uint8Array): Welcome {
  const decoded = decode(mlsMessageCodec, message);
  if (decoded.format !== 'welcome') throw new MlsError('MALFORMED', 'message is no welcome');
  return decoded.message;
}
