import { readFileSync } from 'node:fs';
import { SottoError } from '@sotto/client/node';
import { type Command, helpOf, readArguments, UsageError } from './commandLine.ts';
import { register, signIn } from './commands/account.ts';
import { chat } from './commands/chat.ts';
import { completionCommand } from './commands/completion.ts';
import { doctor } from './commands/doctor.ts';
import { exportHistory } from './commands/exportHistory.ts';
import { importHistory } from './commands/importHistory.ts';
import { invite } from './commands/invite.ts';
import { join } from './commands/join.ts';
import { receive } from './commands/receive.ts';
import { send } from './commands/send.ts';
import { start } from './commands/start.ts';
import { verify } from './commands/verify.ts';
import { EXIT, exitCodeOf } from './exitCodes.ts';
import { sentenceOf } from './sentences.ts';

const COMMANDS: readonly Command[] = [
  start,
  chat,
  join,
  invite,
  send,
  receive,
  verify,
  signIn,
  register,
  exportHistory,
  importHistory,
  doctor,
  completionCommand(() => COMMANDS),
];

const HELP = `Sotto: private chat that you host yourself.

Usage: sotto COMMAND [options]       (without a command: start)

${COMMANDS.map(({ name, summary }) => `  ${name.padEnd(12)}${summary}`).join('\n')}

"sotto COMMAND --help" says what it does, with examples and all options.

Secrets (passphrases, passwords, codes) are typed when asked, or read from files; they are never arguments.
SOTTO_HOME, or --home, is the folder for everything that is kept.

Exit codes: 0 done, 1 could not be done, 2 the call itself was wrong, 3 the server cannot be reached or it did not
happen in time, 4 locked or a wrong secret, 5 another sotto uses the folder, 6 refused (not let in, not allowed,
nobody of that name), 7 the server’s certificate is not trusted, 130 stopped by Ctrl-C.
`;

function version(): string {
  return JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version;
}

async function run(args: readonly string[]): Promise<number> {
  const [first, ...rest] = args;
  if (first === '--version' || first === '-v') {
    console.log(version());
    return EXIT.done;
  }
  if (first === '--help' || first === '-h' || first === 'help') {
    const asked = COMMANDS.find(({ name }) => name === rest[0]);
    console.log(asked === undefined ? HELP : helpOf(asked));
    return EXIT.done;
  }
  // Without a word the server starts, as ever; its options may stand alone.
  const isStart = first === undefined || first.startsWith('-');
  const command = isStart ? start : COMMANDS.find(({ name }) => name === first);
  if (command === undefined) throw new UsageError(`There is no command "${first}".`);
  const own = isStart ? args : rest;
  const beforeOperands = own.includes('--') ? own.slice(0, own.indexOf('--')) : own;
  if (beforeOperands.includes('--help') || beforeOperands.includes('-h')) {
    console.log(helpOf(command));
    return EXIT.done;
  }
  return command.run(readArguments(own, command.options));
}

/** Runs the command line `args` (without node and script) and gives the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  try {
    return await run(args);
  } catch (error) {
    if (error instanceof SottoError) {
      console.error(sentenceOf(error));
      return exitCodeOf(error.code);
    }
    if (!(error instanceof UsageError)) throw error;
    console.error(`${error.message}\nTry "sotto --help".`);
    return EXIT.usage;
  }
}
