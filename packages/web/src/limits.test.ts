import { LIMITS, ROOM_PICTURE_PIXELS } from '@sotto/protocol';
import { expect, it } from 'vitest';
import {
  ATTACHMENT_BYTES,
  NAME_BYTES,
  PICTURE_BYTES,
  PICTURE_PIXELS,
  SEALED_FILES,
  SEALED_FILES_BYTES,
  TEXT_BYTES,
  TITLE_BYTES,
} from './limits.ts';

it('says the limits that the protocol has', () => {
  expect({ ATTACHMENT_BYTES, TEXT_BYTES, NAME_BYTES, TITLE_BYTES, PICTURE_BYTES, PICTURE_PIXELS }).toEqual({
    ATTACHMENT_BYTES: LIMITS.attachmentBytes,
    TEXT_BYTES: LIMITS.textBytes,
    NAME_BYTES: LIMITS.nameBytes,
    TITLE_BYTES: LIMITS.titleBytes,
    PICTURE_BYTES: LIMITS.pictureBytes,
    PICTURE_PIXELS: ROOM_PICTURE_PIXELS,
  });
  expect([SEALED_FILES, SEALED_FILES_BYTES]).toEqual([
    LIMITS.sealedAttachments,
    LIMITS.sealedAttachmentsBytes,
  ]);
});
