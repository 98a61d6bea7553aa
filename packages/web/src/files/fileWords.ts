import type { FileTrouble, FileView } from '@sotto/client';
import { ATTACHMENT_BYTES } from '../limits.ts';
import { isolate } from '../text/isolate.ts';
import { fileSize } from './fileHeard.ts';
import { shortName } from './fileName.ts';
import type { NotRemade } from './remakePicture.ts';

/** Names inside sentences. */
const NAME_CHARS = 40;

function named(name: string): string {
  return isolate(shortName(name, NAME_CHARS));
}

/** Never above what really goes. */
const LIMIT = fileSize(Math.floor(ATTACHMENT_BYTES / 100_000) * 100_000);
export const MOST_AT_ONCE = 20;

/** What is read where files are; beside the code that is loaded for them, so that nobody else waits for it. */
export const files = {
  tray: 'Files to send',
  count: (count: number) =>
    count === 1 ? `1 file. Up to ${LIMIT}.` : `${count} files, one message each. Up to ${LIMIT} each.`,
  dropHere: 'Drop to attach',
  dropLimit: `Up to ${LIMIT} each`,
  remove: (name: string) => `Remove ${named(name)}`,
  removed: (name: string) => `${named(name)} removed`,
  asFile: 'Send as file',
  asFileHint: 'Unchanged, with what the camera wrote into it: perhaps where and when it was taken.',
  remadeHint: 'Place, time and camera are taken out.',
  looking: 'Taking out place, time and camera…',
  notRemade: {
    moving: 'It moves, so it goes as a file, unchanged, with whatever is written into it.',
    'too-many-pixels':
      'It is too large to be made anew. It goes as a file, with whatever the camera wrote into it.',
    unreadable:
      'This browser cannot make it anew. It goes as a file, with whatever is written into it, perhaps where it was taken.',
  } satisfies Record<NotRemade, string>,
  tooLarge: (name: string, sizeBytes: number) =>
    `${named(name)} is too large: it has ${fileSize(sizeBytes)}, and at most ${LIMIT} can be sent.`,
  empty: (name: string) => `${named(name)} is empty: there is nothing to send.`,
  folders: 'Folders cannot be sent. Choose the files that are in it.',
  tooMany: `At most ${MOST_AT_ONCE} files go at once. The others were left out.`,
  cannotRead: (name: string) => `${named(name)} could not be read. It may have been moved or changed.`,
  dismiss: 'Dismiss',

  picture: (name: string, sizeBytes: number) => `Picture ${named(name)}, ${fileSize(sizeBytes)}`,
  file: (name: string, sizeBytes: number) => `File ${named(name)}, ${fileSize(sizeBytes)}`,
  kind: (extension: string) => (extension === '' ? 'File' : extension.slice(1).toUpperCase()),
  download: 'Download',
  save: 'Save',
  view: 'View',
  cancel: 'Cancel',
  sending: (name: string) => `Sending ${named(name)}`,
  fetching: (name: string) => `Downloading ${named(name)}`,
  doneOf: (done: number, total: number) => `${fileSize(done)} of ${fileSize(total)}`,
  isHere: (name: string) => `${named(name)} is here`,
  gone: 'Neither this device nor the server has this file. Ask for it to be sent again.',
  troubles: {
    'wrong-bytes': 'What the server gave is not what was sent. Try again, or ask for it to be sent again.',
    'storage-full': 'There is no room left in this browser’s storage. Make room on the disk, then try again.',
  } satisfies Record<FileTrouble, string>,
  program: 'This kind of file can do anything once it is opened. Open it only if you expected it.',
  notHere: 'This file is not on this device any more.',
  notAPicture: 'This is not the picture that it says it is. It can be saved, not shown.',
  tooLargeToShow: 'This picture is too large to be shown safely. It can be saved.',
  opening: 'Opening…',
  previous: 'Previous picture',
  next: 'Next picture',
  place: (index: number, count: number) => `${index + 1} of ${count}`,
};

/** The words for a picture where it cannot be seen: what was said with it, or its name. */
export function pictureWords(file: FileView, caption: string): string {
  return caption === '' ? shortName(file.name, NAME_CHARS) : caption;
}
