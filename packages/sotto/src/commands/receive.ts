import { type Message, SottoError } from '@sotto/client/node';
import { type Command, operands } from '../commandLine.ts';
import { conversationNamed } from '../conversationNamed.ts';
import { EXIT } from '../exitCodes.ts';
import { DEVICE_OPTIONS, openDevice } from '../openDevice.ts';
import { interrupted } from '../terminal/interrupted.ts';
import { jsonLine, shownLine, shownText } from '../terminal/shown.ts';

/** Says that a message was not written, and that nothing is wrong. */
const enoughWritten = Symbol('enough');

export const receive: Command = {
  name: 'receive',
  operands: '[CONVERSATION]',
  summary: 'Writes out what others say, as it comes',
  help: `
First what was not read yet, then what comes, until Ctrl-C (or --count, --timeout). With --json each message is one
line:

  {"id":"…","conversation":{"id":"…","title":"Kitchen"},"author":{"name":"Ada","deviceId":"…","accountId":"…",
   "guest":true},"text":"Hello","sentAt":"2026-01-05T09:00:00.000Z","replyTo":{"id":"…"}}

A message counts as read, for its author too, only after it was written out: where that fails, or the program dies,
it is written out again at the next start. Whoever reads the lines knows it by its id.

  sotto receive --json | while read -r line; do …; done`,
  options: {
    json: { type: 'boolean', help: 'one line of JSON for each message' },
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
          await writeOut(line(message));
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

function asJson(message: Message): string {
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
  });
}

function asText({ conversation, author, text }: Message): string {
  const name = `${shownLine(author.name)}${author.guest ? ' (guest)' : ''}`;
  return `${shownLine(conversation.title)} · ${name}: ${shownText(text)}`;
}
