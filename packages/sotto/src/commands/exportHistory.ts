import { existsSync, writeFileSync } from 'node:fs';
import { type Command, operands, UsageError } from '../commandLine.ts';
import { conversationNamed } from '../conversationNamed.ts';
import { EXIT } from '../exitCodes.ts';
import { DEVICE_OPTIONS, openDevice } from '../openDevice.ts';
import { askSecret, canAsk, secretFromFile } from '../terminal/secretPrompt.ts';

const FORMATS = ['archive', 'html', 'json'] as const;

export const exportHistory: Command = {
  name: 'export',
  operands: '[CONVERSATION]',
  summary: 'Writes what was said into a file',
  help: `
All conversations, or one. An archive is encrypted with a passphrase of its own: "sotto import" and the age tool open
it. A page (html) and json can be read by whoever gets the file. Messages that disappear are in none of them. The
archive holds the files that are on this device; the other two say only what files there were.

  sotto export --output chats.age
  sotto export Kitchen --format html --output kitchen.html`,
  options: {
    output: { type: 'string', short: 'o', value: 'FILE', help: 'where to; - for standard output' },
    format: { type: 'string', choices: FORMATS, help: 'archive where it is left out' },
    force: { type: 'boolean', help: 'in place of a file that is there' },
    'archive-passphrase-file': {
      type: 'string',
      value: 'FILE',
      help: 'of an archive, in the file’s first line',
    },
    ...DEVICE_OPTIONS,
  },
  async run(given) {
    const [name] = operands(given, ['CONVERSATION'], 0);
    const output = given.text('output');
    if (output === undefined) throw new UsageError('Say where to: --output FILE.');
    if (output !== '-' && !given.flag('force') && existsSync(output)) throw isThere(output);
    const format = (given.text('format') ?? 'archive') as (typeof FORMATS)[number];
    const passphrase =
      format === 'archive' ? await newPassphrase(given.text('archive-passphrase-file')) : undefined;
    const sotto = await openDevice(given);
    try {
      const conversations = name === undefined ? undefined : [await conversationNamed(sotto, name)];
      const file = await sotto.exportHistory({
        format,
        ...(passphrase !== undefined && { passphrase }),
        ...(conversations && { conversations }),
      });
      const bytes = Buffer.from(await file.arrayBuffer());
      if (output === '-') process.stdout.write(bytes);
      else write(output, bytes, given.flag('force'));
      return EXIT.done;
    } finally {
      await sotto.close();
    }
  },
};

function write(path: string, bytes: Uint8Array, force: boolean): void {
  try {
    writeFileSync(path, bytes, { mode: 0o600, flag: force ? 'w' : 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw isThere(path);
    throw new UsageError(`${path} cannot be written.`);
  }
}

function isThere(path: string): UsageError {
  return new UsageError(`${path} is there already: --force writes over it.`);
}

async function newPassphrase(file: string | undefined): Promise<string> {
  if (file !== undefined) return secretFromFile(file);
  if (!canAsk()) throw new UsageError('An archive needs a passphrase: --archive-passphrase-file FILE.');
  const passphrase = await askSecret('A passphrase for the archive: ');
  if ((await askSecret('Once more: ')) !== passphrase) throw new UsageError('The two were not the same.');
  return passphrase;
}
