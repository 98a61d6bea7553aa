import { LIMITS } from './limits.ts';

/**
 * What a name must not have: control characters and line breaks, invisible and bidirectional ones (they make
 * `gpj.exe` read `exe.jpg`), separators of paths, and what is no text at all.
 */
const DECEIVING = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0/\\]/u;
/** type/subtype of RFC 6838, without parameters. */
const MEDIA_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,62}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,62}$/;
const UNKNOWN = 'application/octet-stream';

/** What a file of this type is called when its name cannot be shown. */
const EXTENSIONS: Readonly<Record<string, string>> = {
  'application/pdf': 'pdf',
  'application/zip': 'zip',
  'audio/mpeg': 'mp3',
  'audio/ogg': 'ogg',
  'image/gif': 'gif',
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'image/webp': 'webp',
  'text/plain': 'txt',
  'video/mp4': 'mp4',
  'video/webm': 'webm',
};

/** Whether a file may be called so: 1 to 255 bytes, no path, nothing that deceives, no dots or blanks alone. */
export function isFileName(name: string): boolean {
  if (DECEIVING.test(name) || name.trim() !== name || /^\.*$/.test(name)) return false;
  return new TextEncoder().encode(name).length <= LIMITS.fileNameBytes;
}

/** The name that is shown: as its sender says, or one made for its type where that could deceive. */
export function shownFileName(name: string, mediaType: string): string {
  if (isFileName(name)) return name;
  const extension = EXTENSIONS[shownMediaType(mediaType)];
  return extension === undefined ? 'file' : `file.${extension}`;
}

/** The type that counts: what its sender says where it is one, else that of any bytes. */
export function shownMediaType(mediaType: string): string {
  return MEDIA_TYPE.test(mediaType) ? mediaType : UNKNOWN;
}
