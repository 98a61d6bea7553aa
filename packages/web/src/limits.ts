/**
 * What a person may write, in bytes of UTF-8: the caps of the protocol, which this package does not
 * import (limits.test.ts holds them equal). The engine enforces them; here they are said beforehand.
 */
export const TEXT_BYTES = 65_536;
export const NAME_BYTES = 128;
export const TITLE_BYTES = 256;
export const PICTURE_BYTES = 10_240;
export const PICTURE_PIXELS = 192;
/** One file in a message. */
export const ATTACHMENT_BYTES = 33_554_432;
/** Of the files that go with a sealed message. */
export const SEALED_FILES = 10;
export const SEALED_FILES_BYTES = 8_388_608;

const encoder = new TextEncoder();

export function sizeBytes(text: string): number {
  return encoder.encode(text).length;
}
