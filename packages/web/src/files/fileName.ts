import { sizeBytes as bytesOf } from '../limits.ts';
import type { PictureType } from '../pictures/pictureHeader.ts';

/** What turns a name around or hides in it. */
const DECEIVING = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\u115f\u1160\u3164\uffa0]/gu;
const NOT_IN_PATHS = /[\\/:*?"<>|]/;
/** Names that Windows keeps for devices, with any extension. */
const DEVICE_NAME = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;
const MOST_SAVED_BYTES = 200;
const MOST_SENT_BYTES = 255;
const MOST_EXTENSION_CHARS = 12;

const EXTENSIONS: Readonly<Record<PictureType, readonly string[]>> = {
  'image/jpeg': ['jpg', 'jpeg', 'jpe', 'jfif'],
  'image/png': ['png', 'apng'],
  'image/webp': ['webp'],
  'image/gif': ['gif'],
  'image/avif': ['avif'],
};

/** The part behind the last dot, with it; '' where there is none, or none that a person would take for one. */
export function extensionOf(name: string): string {
  const dot = name.lastIndexOf('.');
  if (dot <= 0) return '';
  const extension = name.slice(dot);
  return /^\.[\p{L}\p{N}]+$/u.test(extension) && extension.length <= MOST_EXTENSION_CHARS ? extension : '';
}

/** A name without what could turn it around or hide in it. */
export function plainName(name: string): string {
  return name.replace(DECEIVING, '');
}

/**
 * A name to show where there is room for so many characters: cut in its middle, so that what kind of file it is stays
 * to be seen. Never cuts through what is one character to a person.
 */
export function shortName(name: string, most: number): string {
  const plain = plainName(name);
  const chars = [...new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(plain)].map(
    ({ segment }) => segment,
  );
  if (chars.length <= most) return plain;
  const extension = [...extensionOf(plain)].length;
  const end = Math.min(most - 2, extension + 4);
  return `${chars.slice(0, most - 1 - end).join('')}…${chars.slice(-end).join('')}`;
}

/** A name as it goes out with a file: nothing of a path, nothing that turns it around, up to 255 bytes. */
export function sentName(name: string): string {
  const plain = plainName(name).replace(/[\\/]/g, '_').trim();
  const extension = extensionOf(plain);
  let stem = [...plain.slice(0, plain.length - extension.length)];
  const room = MOST_SENT_BYTES - bytesOf(extension);
  while (bytesOf(stem.join('')) > room) stem = stem.slice(0, -1);
  const sent = `${stem.join('')}${extension}`;
  return /^\.*$/.test(sent) ? 'file' : sent;
}

/**
 * The name under which a file is saved: its own where that can do no harm anywhere, otherwise a generated one. A
 * picture has an extension of its kind, whatever its sender called it.
 */
export function savedName(name: string, pictureType?: PictureType): string {
  const own = isHarmless(name)
    ? name
    : `sotto-file${isHarmless(`x${extensionOf(name)}`) ? extensionOf(name) : ''}`;
  return pictureType === undefined || fits(own, pictureType) ? own : `${own}.${EXTENSIONS[pictureType][0]}`;
}

/** The name of a picture that was made into another kind of picture. */
export function renamed(name: string, type: PictureType): string {
  if (fits(name, type)) return name;
  return `${name.slice(0, name.length - extensionOf(name).length)}.${EXTENSIONS[type][0]}`;
}

function fits(name: string, type: PictureType): boolean {
  return EXTENSIONS[type].includes(extensionOf(name).slice(1).toLowerCase());
}

function isHarmless(name: string): boolean {
  if (name === '' || name !== plainName(name) || NOT_IN_PATHS.test(name) || DEVICE_NAME.test(name))
    return false;
  if (/^[.\s~-]/.test(name) || /[.\s]$/.test(name)) return false;
  return bytesOf(name) <= MOST_SAVED_BYTES;
}

const KINDS: readonly (readonly [kind: FileKind, extensions: string])[] = [
  ['picture', 'jpg jpeg jpe jfif png apng webp gif avif heic heif svg bmp tif tiff ico psd raw dng cr2 nef'],
  ['film', 'mp4 m4v mov mkv webm avi mpg mpeg 3gp'],
  ['sound', 'mp3 m4a ogg oga opus wav flac aac mid'],
  ['archive', 'zip gz tar tgz xz bz2 7z rar zst iso dmg'],
  ['text', 'pdf txt md doc docx odt rtf epub pages tex log'],
  ['table', 'xls xlsx ods csv tsv numbers'],
  ['program', 'exe msi bat cmd com scr ps1 vbs js jar app deb rpm apk sh html htm xhtml lnk'],
];
export type FileKind = 'picture' | 'film' | 'sound' | 'archive' | 'text' | 'table' | 'program' | 'file';

/** What a file is by the end of its name: what a person's computer goes by, too. */
export function fileKind(name: string): FileKind {
  const extension = extensionOf(plainName(name)).slice(1).toLowerCase();
  if (extension === '') return 'file';
  return KINDS.find(([, list]) => ` ${list} `.includes(` ${extension} `))?.[0] ?? 'file';
}
