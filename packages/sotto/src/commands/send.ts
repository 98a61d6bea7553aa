import { once } from 'node:events';
import { fileAt } from '@sotto/client/node';
import { type Command, type Given, operands, UsageError } from '../commandLine.ts';
import { conversationNamed } from '../conversationNamed.ts';
import { EXIT } from '../exitCodes.ts';
import { DEVICE_OPTIONS, openDevice } from '../openDevice.ts';
import { jsonLine } from '../terminal/shown.ts';

const MAX_TEXT_BYTES = 65_536;

export const send: Command = {
  name: 'send',
  operands: 'CONVERSATION [TEXT]',
  summary: 'Says something in a conversation',
  help: `
CONVERSATION is its title, the beginning of it, its id, or @handle for the one with a person.
Without TEXT the message is what comes by standard input:

  sotto send Kitchen "The soup is ready"
  uptime | sotto send Servers
  sotto send Kitchen --file menu.pdf "For tonight"

With --file TEXT is what is said with it, or nothing. Pictures (JPEG, PNG, WebP) go without where and when they were
taken; other files go as they are, and so do pictures with --as-is.

It ends once the server has the message (or, with --until, everybody has it or has read it). Where that does not
happen in time, it ends with 3: the message is kept here, and goes out as soon as any sotto command runs with a
connection.`,
  options: {
    file: { type: 'string', value: 'FILE', help: 'sends it; at most 32 MiB' },
    'as-is': { type: 'boolean', help: 'a picture goes with all that its camera wrote into it' },
    until: { type: 'string', choices: ['sent', 'delivered', 'read'], help: 'what is waited for (sent)' },
    timeout: { type: 'string', value: 'SECONDS', help: 'how long (30)' },
    json: { type: 'boolean', help: 'prints the message’s id and conversation as one line of JSON' },
    ...DEVICE_OPTIONS,
  },
  async run(given) {
    const [name = ''] = operands(given, ['CONVERSATION', 'TEXT'], 1);
    const timeoutMs = (given.number('timeout', { from: 1, to: 86_400 }) ?? 30) * 1_000;
    const until = (given.text('until') ?? 'sent') as 'sent' | 'delivered' | 'read';
    const path = given.text('file');
    const file = path === undefined ? undefined : await fileAt(path);
    const text = file === undefined ? await textOf(given) : (given.positionals[1] ?? '');
    const sotto = await openDevice(given);
    try {
      const conversation = await conversationNamed(sotto, name);
      const sent =
        file === undefined
          ? await conversation.send(text)
          : await conversation.sendFile(file, { text, keepMetadata: given.flag('as-is') });
      if (given.flag('json')) console.log(jsonLine({ id: sent.id, conversation: conversation.id }));
      await sent.reached(until, { timeoutMs });
      return EXIT.done;
    } finally {
      await sotto.close();
    }
  },
};

async function textOf(given: Given): Promise<string> {
  const [, text] = given.positionals;
  if (text !== undefined && text !== '-') return text;
  if (text === undefined && process.stdin.isTTY)
    throw new UsageError('TEXT is missing. Put it behind the conversation, or send it by standard input.');
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  process.stdin.on('data', (chunk: Buffer) => {
    sizeBytes += chunk.length;
    if (sizeBytes <= 2 * MAX_TEXT_BYTES) chunks.push(chunk);
  });
  await once(process.stdin, 'end');
  const read = Buffer.concat(chunks).toString('utf8').replace(/\n$/, '');
  if (read.trim() === '') throw new UsageError('There is nothing to send: standard input was empty.');
  return read;
}
