import { type Codec, enumeration, uint8 } from '../codec/codec.ts';
import { malformed, type Reader } from '../codec/reader.ts';
import { Writer } from '../codec/writer.ts';
import { type Commit, commitCodec } from '../messages/commit.ts';
import { type Proposal, proposalCodec } from '../messages/proposal.ts';

/** Wire formats (RFC 9420 §17.2). */
export const WIRE_FORMAT = {
  public_message: 1,
  private_message: 2,
  welcome: 3,
  group_info: 4,
  key_package: 5,
} as const;
export type MessageFormat = 'public_message' | 'private_message';

/** Content types (RFC 9420 §6). */
export const CONTENT_TYPE = { application: 1, proposal: 2, commit: 3 } as const;
export type ContentType = keyof typeof CONTENT_TYPE;
export const contentTypeCodec: Codec<ContentType> = enumeration(uint8, CONTENT_TYPE, 'content type');

/** Who sent a message (RFC 9420 §6). */
export type Sender =
  | { readonly kind: 'member'; readonly leafIndex: number }
  | { readonly kind: 'external'; readonly senderIndex: number }
  | { readonly kind: 'new_member_proposal' }
  | { readonly kind: 'new_member_commit' };

const senderCodec: Codec<Sender> = {
  read: r => {
    switch (r.uint8()) {
      case 1:
        return { kind: 'member', leafIndex: r.uint32() };
      case 2:
        return { kind: 'external', senderIndex: r.uint32() };
      case 3:
        return { kind: 'new_member_proposal' };
      case 4:
        return { kind: 'new_member_commit' };
      default:
        throw malformed('sender type is not known');
    }
  },
  write: (w, sender) => {
    switch (sender.kind) {
      case 'member':
        w.uint8(1);
        w.uint32(sender.leafIndex);
        return;
      case 'external':
        w.uint8(2);
        w.uint32(sender.senderIndex);
        return;
      case 'new_member_proposal':
        w.uint8(3);
        return;
      case 'new_member_commit':
        w.uint8(4);
    }
  },
};

/** What a message says. */
export type Content =
  | { readonly type: 'application'; readonly data: Uint8Array }
  | { readonly type: 'proposal'; readonly proposal: Proposal }
  | { readonly type: 'commit'; readonly commit: Commit };

export function readContent(reader: Reader, type: ContentType): Content {
  switch (type) {
    case 'application':
      return { type, data: reader.opaque() };
    case 'proposal':
      return { type, proposal: proposalCodec.read(reader) };
    case 'commit':
      return { type, commit: commitCodec.read(reader) };
  }
}

export function writeContent(writer: Writer, content: Content): void {
  switch (content.type) {
    case 'application':
      writer.opaque(content.data);
      return;
    case 'proposal':
      proposalCodec.write(writer, content.proposal);
      return;
    case 'commit':
      commitCodec.write(writer, content.commit);
  }
}

/** A message without its protection (RFC 9420 §6). */
export interface FramedContent {
  readonly groupId: Uint8Array;
  readonly epoch: bigint;
  readonly sender: Sender;
  readonly authenticatedData: Uint8Array;
  readonly content: Content;
}

export const framedContentCodec: Codec<FramedContent> = {
  read: r => {
    const groupId = r.opaque();
    const epoch = r.uint64();
    const sender = senderCodec.read(r);
    const authenticatedData = r.opaque();
    const content = readContent(r, contentTypeCodec.read(r));
    return { groupId, epoch, sender, authenticatedData, content };
  },
  write: (w, framed) => {
    w.opaque(framed.groupId);
    w.uint64(framed.epoch);
    senderCodec.write(w, framed.sender);
    w.opaque(framed.authenticatedData);
    contentTypeCodec.write(w, framed.content.type);
    writeContent(w, framed.content);
  },
};

/** Proves where a message comes from; Commits have a confirmation tag too (RFC 9420 §6.1). */
export interface ContentAuth {
  readonly signature: Uint8Array;
  readonly confirmationTag: Uint8Array | undefined;
}

export function readContentAuth(reader: Reader, type: ContentType): ContentAuth {
  return { signature: reader.opaque(), confirmationTag: type === 'commit' ? reader.opaque() : undefined };
}

export function writeContentAuth(writer: Writer, auth: ContentAuth): void {
  writer.opaque(auth.signature);
  if (auth.confirmationTag !== undefined) writer.opaque(auth.confirmationTag);
}

/** A message with its signature, as transcripts and proposal references hash it (RFC 9420 §6). */
export interface AuthenticatedContent {
  readonly format: MessageFormat;
  readonly framed: FramedContent;
  readonly auth: ContentAuth;
}

const formatCodec: Codec<MessageFormat> = {
  read: r => {
    switch (r.uint16()) {
      case WIRE_FORMAT.public_message:
        return 'public_message';
      case WIRE_FORMAT.private_message:
        return 'private_message';
      default:
        throw malformed('wire format of a message is not known');
    }
  },
  write: (w, format) => w.uint16(WIRE_FORMAT[format]),
};

export const authenticatedContentCodec: Codec<AuthenticatedContent> = {
  read: r => {
    const format = formatCodec.read(r);
    const framed = framedContentCodec.read(r);
    return { format, framed, auth: readContentAuth(r, framed.content.type) };
  },
  write: (w, message) => {
    formatCodec.write(w, message.format);
    framedContentCodec.write(w, message.framed);
    writeContentAuth(w, message.auth);
  },
};

/** FramedContentTBS (RFC 9420 §6.1); `groupContext` is the encoded context, for members and external joiners. */
export function framedContentTbs(
  format: MessageFormat,
  framed: FramedContent,
  groupContext: Uint8Array | undefined,
): Uint8Array {
  const writer = new Writer(512);
  writer.uint16(1);
  formatCodec.write(writer, format);
  framedContentCodec.write(writer, framed);
  if (groupContext !== undefined) writer.bytes(groupContext);
  return writer.finish();
}
