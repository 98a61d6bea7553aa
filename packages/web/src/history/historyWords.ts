import type { ClientErrorCode } from '@sotto/client';
import { trouble } from '../words.ts';

const plural = new Intl.PluralRules('en');

function counted(count: number, one: string, other: string): string {
  return `${count} ${plural.select(count) === 'one' ? one : other}`;
}

/** What is read while one exports or imports; beside the code that is loaded for it. */
export const history = {
  exportTitle: 'Export conversations',
  which: 'Which conversations',
  all: 'All conversations',
  allOf: (count: number) => counted(count, 'conversation', 'conversations'),
  noneChosen: 'Choose at least one conversation.',
  format: 'What kind of file',
  formats: {
    archive: [
      'Encrypted archive',
      'Opens with a passphrase of yours. Sotto on another device can import it.',
    ],
    html: ['Web page', 'To read and print in any browser. Not encrypted.'],
    json: ['Data (JSON)', 'For other programs. Not encrypted.'],
  },
  files: {
    archive: 'Files that are on this device go along. Of the others, only the names do.',
    html: 'Files that came with messages do not go along: only their names do.',
    json: 'Files that came with messages do not go along: only name, type, size and hash do.',
  },
  clear: 'Anyone who gets this file can read it',
  clearHint: 'Also whoever finds it in the downloads folder, in a backup or in a cloud that copies it.',
  clearMissing: 'Say that you know it first.',
  passphrase: 'Passphrase of the archive',
  passphraseHint: 'Nobody can open the archive without it, and nobody can reset it.',
  action: 'Export',
  running: 'Writing the file…',
  progress: 'Progress',
  stop: 'Cancel',
  stopped: 'The export was cancelled. No file was made.',
  done: 'The file is ready',
  saved: (fileName: string) => `The browser saves it as ${fileName}, in its downloads folder.`,
  saveAgain: 'Save again',
  finish: 'Done',
  importTitle: 'Import an archive',
  importText:
    'Conversations out of an encrypted archive that Sotto made. They can be read and searched here, and not be written in.',
  file: 'Archive file',
  fileMissing: 'Choose the file first.',
  passphraseMissing: 'Write the passphrase first.',
  importPassphrase: 'Passphrase',
  importAction: 'Import',
  importing: 'Reading the archive…',
  importStopped: 'The import was cancelled. Nothing has changed.',
  imported: (conversations: number, messages: number) =>
    `${counted(conversations, 'conversation', 'conversations')} with ${counted(messages, 'message', 'messages')} imported.`,
  nothingImported: 'Nothing new was in it.',
  skipped: (count: number) =>
    `${counted(count, 'conversation', 'conversations')} of it ${count === 1 ? 'is' : 'are'} on this device already, and stayed as ${count === 1 ? 'it is' : 'they are'}.`,
};

/** Why an archive did not come in. Nothing has changed then, whatever the reason. */
export function importTrouble(code: ClientErrorCode | 'PASSKEY_REFUSED' | undefined): string {
  switch (code) {
    case 'ARCHIVE_FOREIGN':
      return 'This file is no archive that Sotto made. Nothing has changed.';
    case 'ARCHIVE_WRONG_PASSPHRASE':
      return 'That is not the passphrase of this archive.';
    case 'ARCHIVE_TOO_NEW':
      return 'A newer version of Sotto made this archive. Reload the page to get it, then try again.';
    case 'ARCHIVE_DAMAGED':
      return 'This archive is damaged: a part of it is missing or was changed. Nothing was taken from it.';
    case 'CANCELLED':
      return history.importStopped;
    default:
      return trouble(code);
  }
}
