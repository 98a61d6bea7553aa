import type { Trust, Verification } from '@sotto/client/node';
import { type Command, operands, UsageError } from '../commandLine.ts';
import { EXIT } from '../exitCodes.ts';
import { DEVICE_OPTIONS, openDevice } from '../openDevice.ts';
import { askLine, canAsk } from '../terminal/secretPrompt.ts';
import { shownLine } from '../terminal/shown.ts';

export const TRUST_WORDS: Record<Trust, string> = {
  unverified: 'not verified',
  verified: 'verified',
  'verified-by-link': 'verified by the link that you came by',
  changed: 'THE KEYS HAVE CHANGED since they were verified',
};

export const verify: Command = {
  name: 'verify',
  operands: 'PERSON',
  summary: 'Compares safety numbers with somebody',
  help: `
PERSON is a @handle, or the name that somebody has in a conversation of yours. Shows sixty digits; theirs shows the
same. Compare them by a way on which you know each other: face to face, or by voice. In a terminal it then asks;
scripts give what the other side read out:

  sotto verify @ada
  sotto verify Ada --digits "12345 67890 …"        ends with 6 where they differ, and changes nothing`,
  options: {
    digits: {
      type: 'string',
      value: 'DIGITS',
      help: 'what the other side shows: marks as verified where it is the same',
    },
    forget: { type: 'boolean', help: 'they are not to be relied on any more' },
    ...DEVICE_OPTIONS,
  },
  async run(given) {
    const [person = ''] = operands(given, ['PERSON']);
    const digits = given.text('digits')?.replace(/\D/g, '');
    if (digits !== undefined && digits.length !== 60) throw new UsageError('--digits takes sixty digits.');
    const sotto = await openDevice(given);
    try {
      const verification = await sotto.verify(person);
      if (given.flag('forget')) {
        await verification.forget();
        return EXIT.done;
      }
      for (const line of safetyLines(verification)) console.log(line);
      return await compare(verification, digits);
    } finally {
      await sotto.close();
    }
  },
};

/** The number of a person and how sure one is of them, in lines that fit every terminal and are read out well. */
export function safetyLines({ name, digits, trust }: Verification): readonly string[] {
  const rows = [0, 4, 8].map(at => `  ${digits.slice(at, at + 4).join(' ')}`);
  return [`${shownLine(name)}: ${TRUST_WORDS[trust]}`, ...rows];
}

async function compare(verification: Verification, digits: string | undefined): Promise<number> {
  if (digits !== undefined) {
    if (digits !== verification.digits.join('')) {
      console.error(
        'The digits differ. Somebody may stand between you: do not write what others must not read.',
      );
      return EXIT.refused;
    }
    await verification.confirm();
    console.error('Verified.');
    return EXIT.done;
  }
  if (!canAsk() || verification.trust === 'verified') return EXIT.done;
  const answer = await askLine('Does the other side show the same digits? (yes/no) ');
  if (!/^y(es)?$/i.test(answer.trim())) {
    console.error('Nothing was changed.');
    return EXIT.refused;
  }
  await verification.confirm();
  console.error('Verified.');
  return EXIT.done;
}
