import { type Command, operands } from '../commandLine.ts';
import { EXIT } from '../exitCodes.ts';
import { DEVICE_OPTIONS, openDevice } from '../openDevice.ts';
import { readLine } from '../terminal/readLine.ts';
import { askSecret, canAsk, secretFromFile } from '../terminal/secretPrompt.ts';
import { shownLine } from '../terminal/shown.ts';

export const join: Command = {
  name: 'join',
  operands: 'LINK',
  summary: 'Comes into a conversation by a link',
  help: `
Asks to come in, shows the four safety words that whoever opens sees too, and ends once you are inside. Put the link
in quotation marks: it has a # in it. With - it is read from standard input, so that no list of processes shows it.

  sotto join "https://192.168.1.20:8443/chat/…#1.…" --name Ada
  sotto join - --name Ada < link.txt

A server in somebody’s own network has a certificate that nobody has signed: its fingerprint is shown, and stands in
the invitation. When they are equal, give it with --certificate.`,
  options: {
    timeout: { type: 'string', value: 'SECONDS', help: 'how long to wait for the door (an hour)' },
    'password-file': { type: 'string', value: 'FILE', help: 'the link’s password, in the file’s first line' },
    ...DEVICE_OPTIONS,
  },
  async run(given) {
    const [operand = ''] = operands(given, ['LINK']);
    const link = operand === '-' ? await readLine(process.stdin) : operand;
    const timeoutMs = (given.number('timeout', { from: 1, to: 86_400 }) ?? 3_600) * 1_000;
    const linkPassword = await passwordFor(link, given.text('password-file'));
    const sotto = await openDevice(given, {
      link,
      timeoutMs,
      linkPassword,
      onWaiting: words =>
        console.error(
          `Waiting to be let in. Safety words: ${words.join(' ')}\nWhoever lets you in sees the same.`,
        ),
    });
    try {
      const [newest] = sotto.conversations;
      console.error(
        `You are in${newest === undefined ? '' : ` “${shownLine(newest.title)}”`}. Talk with: sotto chat`,
      );
      return EXIT.done;
    } finally {
      await sotto.close();
    }
  },
};

async function passwordFor(link: string, file: string | undefined): Promise<string | undefined> {
  if (file !== undefined) return secretFromFile(file);
  return link.trim().endsWith('.p') && canAsk() ? askSecret('The link’s password: ') : undefined;
}
