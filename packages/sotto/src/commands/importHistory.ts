import { readFileSync } from 'node:fs';
import { type Command, operands, UsageError } from '../commandLine.ts';
import { EXIT } from '../exitCodes.ts';
import { DEVICE_OPTIONS, openDevice } from '../openDevice.ts';
import { askSecret, canAsk, secretFromFile } from '../terminal/secretPrompt.ts';

export const importHistory: Command = {
  name: 'import',
  operands: 'FILE',
  summary: 'Takes in the conversations of an archive, to be read',
  help: `
All of the archive or nothing: a file that is damaged, or a wrong passphrase, changes nothing here. Conversations that
are here already stay as they are.

  sotto import chats.age`,
  options: {
    'archive-passphrase-file': {
      type: 'string',
      value: 'FILE',
      help: 'its passphrase, in the file’s first line',
    },
    ...DEVICE_OPTIONS,
  },
  async run(given) {
    const [path = ''] = operands(given, ['FILE']);
    const file = fileAt(path);
    const passphraseFile = given.text('archive-passphrase-file');
    if (passphraseFile === undefined && !canAsk())
      throw new UsageError('The archive’s passphrase is needed: --archive-passphrase-file FILE.');
    const passphrase =
      passphraseFile === undefined
        ? await askSecret('The archive’s passphrase: ')
        : secretFromFile(passphraseFile);
    const sotto = await openDevice(given);
    try {
      const { conversations, messages, skipped } = await sotto.importHistory(file, passphrase);
      const beside = skipped === 0 ? '' : `; ${skipped} were here already`;
      console.log(`${conversations} conversations with ${messages} messages came in${beside}.`);
      return EXIT.done;
    } finally {
      await sotto.close();
    }
  },
};

function fileAt(path: string): Blob {
  try {
    return new Blob([readFileSync(path)]);
  } catch {
    throw new UsageError(`${path} cannot be read.`);
  }
}
