import { base64urlEncode, isFileName, LIMITS, shownMediaType } from '@sotto/protocol';
import { assertMembers, partBytes, plainObject, textOf } from './jsonParts.ts';
import { refuseSealed } from './sealedRefusal.ts';

/** A file that goes with a sealed message. */
export interface NoteAttachment {
  /** Such as `isFileName` takes: 1 to 255 bytes of UTF-8, no path, nothing that deceives. */
  readonly name: string;
  /** In lower case and without parameters: `image/png`. The sender's word. */
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

const MEMBERS = ['name', 'type', 'data'];
/** What stands in a message for its attachments, as any library of JOSE can write it. Throws `BAD_SEALED_MESSAGE`. */
export function attachmentClaims(attachments: readonly NoteAttachment[]): {
  readonly attachments?: readonly object[];
} {
  if (attachments.length === 0) return {};
  assertWithinLimits(attachments);
  for (const attachment of attachments) assertForm(attachment);
  return {
    attachments: attachments.map(({ name, mediaType, bytes }) => ({
      name,
      type: mediaType,
      data: base64urlEncode(bytes),
    })),
  };
}

/** The attachments that a message claims: absent, or 1 to 10 of exactly this form. Throws `BAD_SEALED_MESSAGE`. */
export function attachmentsIn(claim: unknown): readonly NoteAttachment[] {
  if (claim === undefined) return [];
  if (!Array.isArray(claim)) throw refuseSealed('malformed');
  if (claim.length === 0) throw refuseSealed('attachment');
  if (claim.length > LIMITS.sealedAttachments) throw refuseSealed('too-large');
  const attachments = claim.map(attachmentIn);
  assertWithinLimits(attachments);
  return attachments;
}

function attachmentIn(value: unknown): NoteAttachment {
  const claimed = plainObject(value);
  assertMembers(claimed, MEMBERS, [], 'unsupported');
  const attachment = {
    name: textOf(claimed.name, LIMITS.fileNameBytes),
    mediaType: textOf(claimed.type, LIMITS.mediaTypeBytes),
    bytes: partBytes(claimed.data),
  };
  assertForm(attachment);
  return attachment;
}

function assertForm({ name, mediaType, bytes }: NoteAttachment): void {
  const isWellFormed = isFileName(name) && shownMediaType(mediaType) === mediaType && bytes.length > 0;
  if (!isWellFormed) throw refuseSealed('attachment');
}

function assertWithinLimits(attachments: readonly NoteAttachment[]): void {
  const sizeBytes = attachments.reduce((total, { bytes }) => total + bytes.length, 0);
  if (attachments.length > LIMITS.sealedAttachments || sizeBytes > LIMITS.sealedAttachmentsBytes)
    throw refuseSealed('too-large');
}
