import { type Message, SottoError } from '@sotto/client/node';
import { type Command, operands } from '../commandLine.ts';
import { conversationNamed } from '../conversationNamed.ts';
import { EXIT } from '../exitCodes.ts';
import { DEVICE_OPTIONS, openDevice } from '../openDevice.ts';
import { fileWords } from '../terminal/fileWords.ts';
import { interrupted } from '../terminal/interrupted.ts';
import { jsonLine, shownLine, shownText } from '../terminal/shown.ts';

/** Says that a message was not written, and that nothing is wrong. */
const enoughWritten = Symbol('enough');
/** What no later start would mend. */
const LOST: ReadonlySet<string> = new Set(['FILE_GONE', 'FILE_DAMAGED', 'UNKNOWN_MESSAGE']);

export const receive: Command = {
  name: 'receive',
  operands: '[CONVERSATION]',
  summary: 'Writes out what others say, as it comes',
  help: `
First what was not read yet, then what comes, until Ctrl-C (or --count, --timeout). With --json each message is one
line:

  {"id":"…","conversation":{"id":"…","title":"Kitchen"},"author":{"name":"Ada","deviceId":"…","accountId":"…",
   "guest":true},"text":"Hello","sentAt":"2026-01-05T09:00:00.000Z","replyTo":{"id":"…"},
   "file":{"name":"menu.pdf","mediaType":"application/pdf","sizeBytes":48120,"savedAs":"in/menu.pdf"}}

With --save-files the files that come are saved in that folder before the message is written out: under their own
names where those can do no harm, otherwise under generated ones, and over nothing that is there. What the server does
not have any more, or gave wrongly, has "error" in the place of "savedAs". Nothing says what is in a file: look at it as
at any file of a stranger.

A message counts as read, for its author too, only after it was written out: where that fails, or the program dies,
it is written out again at the next start. Whoever reads the lines knows it by its id.

  sotto receive --json | while read -r line; do …; done`,
  options: {
    json: { type: 'boolean', help: 'one line of JSON for each message' },
    'save-files': { type: 'string', value: 'FOLDER', help: 'saves the files that come' },
    count: { type: 'string', value: 'N', help: 'ends after so many' },
    timeout: {
      type: 'string',
      value: 'SECONDS',
      help: 'ends after so long; with 3 where --count was not reached',
    },
    ...DEVICE_OPTIONS,
  },
  async run(given) {
    const [name] = operands(given, ['CONVERSATION'], 0);
    const count = given.number('count', { from: 1, to: 1_000_000 });
    const seconds = given.number('timeout', { from: 1, to: 86_400 });
    const line = given.flag('json') ? asJson : asText;
    const folder = given.text('save-files');
    const stop = interrupted();
    const sotto = await openDevice(given);
    let timer: ReturnType<typeof setTimeout> | undefined;
    try {
      const only = name === undefined ? undefined : await conversationNamed(sotto, name);
      let written = 0;
      const enough = new Promise<number>((resolve, reject) => {
        if (seconds !== undefined)
          timer = setTimeout(
            () => resolve(count === undefined ? EXIT.done : EXIT.unreachable),
            seconds * 1_000,
          );
        let last: Promise<unknown> = Promise.resolve();
        const write = async (message: Message) => {
          // What is handed over beyond the count is left for the next start.
          if (written === count) throw enoughWritten;
          await writeOut(line(message, await receivedFile(message, folder)));
          written += 1;
          if (written === count) resolve(EXIT.done);
        };
        sotto.onMessage(
          message => {
            const writing = last.then(() => write(message));
            last = writing.catch(() => undefined);
            return writing;
          },
          {
            onError: error => error !== enoughWritten && reject(error),
            ...(only && { conversation: only }),
          },
        );
      });
      return await Promise.race([enough, stop.promise.then(() => EXIT.interrupted)]);
    } finally {
      clearTimeout(timer);
      stop.end();
      await sotto.close();
    }
  },
};

/** Resolves once it was taken by whoever reads. Throws where nobody does any more. */
function writeOut(line: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = () =>
      reject(new SottoError('MESSAGE_FAILED', 'nobody reads what is written out any more'));
    process.stdout.once('error', failed);
    process.stdout.write(`${line}\n`, error => {
      if (error) return failed();
      process.stdout.removeListener('error', failed);
      resolve();
    });
  });
}

/** What is said of a message's file. */
interface Received {
  readonly name: string;
  readonly mediaType: string;
  readonly sizeBytes: number;
  readonly savedAs?: string;
  /** Why it will never be saved. */
  readonly error?: string;
}

/** Saves it where that is asked for. Throws what may go well another time. */
async function receivedFile({ file }: Message, folder: string | undefined): Promise<Received | undefined> {
  if (file === undefined) return undefined;
  const { name, mediaType, sizeBytes } = file;
  const received = { name, mediaType, sizeBytes };
  if (folder === undefined) return received;
  try {
    return { ...received, savedAs: await file.save(folder) };
  } catch (error) {
    if (error instanceof SottoError && LOST.has(error.code)) return { ...received, error: error.code };
    throw error;
  }
}

function asJson(message: Message, file: Received | undefined): string {
  const { id, conversation, author, text, sentAt, replyTo } = message;
  const member = conversation.members.find(({ deviceId }) => deviceId === author.deviceId);
  return jsonLine({
    id,
    conversation: { id: conversation.id, title: conversation.title },
    author: {
      name: author.name,
      deviceId: author.deviceId,
      ...(member && { accountId: member.accountId, trust: member.trust }),
      guest: author.guest,
    },
    text,
    sentAt: sentAt.toISOString(),
    ...(replyTo && { replyTo: { id: replyTo.messageId } }),
    ...(file && { file }),
  });
}

function asText({ conversation, author, text }: Message, file: Received | undefined): string {
  const name = `${shownLine(author.name)}${author.guest ? ' (guest)' : ''}`;
  const where = file?.savedAs === undefined ? (file?.error ?? '') : `saved as ${shownLine(file.savedAs)}`;
  const brought = file === undefined ? '' : `${fileWords(file, where)} `;
  return `${shownLine(conversation.title)} · ${name}: ${brought}${shownText(text)}`.trimEnd();
}
