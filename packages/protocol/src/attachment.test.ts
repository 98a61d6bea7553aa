import { describe, expect, test } from 'vitest';
import { BLOB_CHUNK_PLAIN_BYTES, type BlobReference } from './blobReference.ts';
import { type Attachment, decodeContent, encodeContent } from './content.ts';
import { ProtocolError } from './errors.ts';
import { isFileName, shownFileName, shownMediaType } from './fileName.ts';
import { BlobId, MessageId } from './ids.ts';
import { LIMITS } from './limits.ts';
import { frame, pictureOf, segment } from './roomPicture.fixture.ts';
import { isThumbnail, THUMBNAIL_PIXELS, thumbnailOf } from './thumbnail.ts';

function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof ProtocolError) return error.code;
    throw error;
  }
  return 'accepted';
}

const reference = (sizeBytes: number): BlobReference => ({
  blobId: BlobId.fromBytes(new Uint8Array(16).fill(1)),
  key: new Uint8Array(32).fill(2),
  hash: new Uint8Array(32).fill(3),
  sizeBytes,
  chunkCount: Math.ceil(sizeBytes / BLOB_CHUNK_PLAIN_BYTES),
});

const file: Attachment = {
  blob: reference(100_000),
  name: 'Holiday.jpg',
  mediaType: 'image/jpeg',
  width: 4000,
  height: 3000,
  thumbnail: pictureOf([1, 2, 3], { head: frame(320, 240) }),
  text: '',
};

const messageId = MessageId.fromBytes(new Uint8Array(16).fill(7));
const written = (attachment: Attachment) =>
  encodeContent({ messageId, counter: 1, sentAtMs: 1, body: { type: 'attachment', ...attachment } });

/** A valid message whose bytes are other than an encoder of ours would write. */
function changed(bytes: Uint8Array, from: readonly number[], to: readonly number[]): Uint8Array {
  const at = bytes.findIndex((_, i) => from.every((byte, j) => bytes[i + j] === byte));
  expect(at).toBeGreaterThan(0);
  const out = bytes.slice();
  out.set(to, at);
  return out;
}

describe('a file in a message', () => {
  test('is read as it was written', () => {
    expect(decodeContent(written(file)).body).toMatchObject({ type: 'attachment', ...file });
  });

  test('has at most 32 MiB, and at least a byte, for writer and reader', () => {
    expect(codeOf(() => written({ ...file, blob: reference(LIMITS.attachmentBytes) }))).toBe('accepted');
    expect(codeOf(() => written({ ...file, blob: reference(LIMITS.attachmentBytes + 1) }))).toBe('TOO_LARGE');
    expect(codeOf(() => written({ ...file, blob: reference(0) }))).toBe('MALFORMED');
    // 32 MiB as a varint, and one byte more, with the same number of chunks.
    const largest = written({ ...file, blob: reference(LIMITS.attachmentBytes) });
    const larger = changed(largest, [0x80, 0x80, 0x80, 0x10], [0x81, 0x80, 0x80, 0x10]);
    expect(codeOf(() => decodeContent(larger))).toBe('TOO_LARGE');
  });

  test('points to a blob, of a possible size', () => {
    const { blob: _, ...without } = file;
    expect(codeOf(() => written({ ...without, blob: { ...file.blob, chunkCount: 1 } }))).toBe('MALFORMED');
    const [tag, sizeBytes] = [0x28, [0xa0, 0x8d, 0x06]];
    const impossible = changed(written(file), [tag, ...sizeBytes], [tag, 0xff, 0xff, 0x7f]);
    expect(codeOf(() => decodeContent(impossible))).toBe('MALFORMED');
  });

  test('brings a thumbnail of the one form, or none', () => {
    expect(codeOf(() => written({ ...file, thumbnail: undefined }))).toBe('accepted');
    const huge = pictureOf([1], { head: frame(8000, 8000) });
    expect(codeOf(() => written({ ...file, thumbnail: huge }))).toBe('MALFORMED');
    const small = written(file);
    const size = [8, 0, 240, 1, 64, 3];
    expect(codeOf(() => decodeContent(changed(small, size, [8, 31, 64, 31, 64, 3])))).toBe('MALFORMED');
  });
});

describe('a thumbnail', () => {
  test('has at most 320 pixels a side and 12 kB', () => {
    const of = (width: number, height: number) => isThumbnail(pictureOf([], { head: frame(width, height) }));
    expect(of(THUMBNAIL_PIXELS, 1)).toBe(true);
    expect(of(THUMBNAIL_PIXELS + 1, 1)).toBe(false);
    expect(of(1, THUMBNAIL_PIXELS + 1)).toBe(false);
    expect(of(0, 1)).toBe(false);
    const room = LIMITS.thumbnailBytes - pictureOf([]).length;
    expect(isThumbnail(pictureOf(new Uint8Array(room)))).toBe(true);
    expect(isThumbnail(pictureOf(new Uint8Array(room + 1)))).toBe(false);
  });

  test('loses what a camera writes beside it', () => {
    const exif = segment(0xe1, ...new TextEncoder().encode('Exif 47.3769N 8.5417E'));
    const told = pictureOf([1], { head: frame(32, 24), more: exif });
    expect(isThumbnail(told)).toBe(false);
    expect(thumbnailOf(told)).toEqual(pictureOf([1], { head: frame(32, 24) }));
    expect(codeOf(() => thumbnailOf(new TextEncoder().encode('<svg/>')))).toBe('MALFORMED');
  });
});

describe('the name of a file', () => {
  test.each(['Report.pdf', 'Übersicht 2026.xlsx', '写真.jpg', '.profile', 'a', '😀.png', 'א.txt'])(
    'may be %j',
    name => {
      expect(isFileName(name)).toBe(true);
      expect(shownFileName(name, 'text/plain')).toBe(name);
    },
  );

  test.each([
    '',
    ' ',
    '.',
    '..',
    '../../etc/passwd',
    'C:\\autoexec.bat',
    'photo\u202Egpj.exe',
    'a\u200Bb',
    'a\u0000b',
    'two\nlines',
    'a\u2028b',
    ' padded',
    'padded ',
    '\u3164',
    '\ud800',
    'é'.repeat(128),
  ])('cannot be %j: what is shown is made for its type', name => {
    expect(isFileName(name)).toBe(false);
    expect(shownFileName(name, 'image/png')).toBe('file.png');
    expect(shownFileName(name, 'application/x-msdownload')).toBe('file');
  });

  test('may have 255 bytes', () => {
    expect(isFileName('n'.repeat(255))).toBe(true);
    expect(isFileName('n'.repeat(256))).toBe(false);
  });
});

test('a type of media is what its grammar takes, else that of any bytes', () => {
  for (const said of ['image/png', 'application/vnd.api+json', 'text/plain'])
    expect(shownMediaType(said)).toBe(said);
  for (const said of [
    '',
    'image',
    'text/html; charset=utf-8',
    'TEXT/HTML',
    'a/b/c',
    'image/ png',
    '/x',
    'x/',
  ])
    expect(shownMediaType(said)).toBe('application/octet-stream');
});
