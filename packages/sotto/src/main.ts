import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { RegistrationMode } from '@sotto/relay';
import { startCommand } from './startCommand.ts';

const HELP = `Sotto: private chat that you host yourself.

Usage: sotto start [options]

  start                 run the relay on this computer and open the chat window

Options:
  --port N              port of the window on this computer (kept between starts; first choice 8080)
  --guest-port N        HTTPS port for the people you invite (kept between starts; first choice 8443)
  --public-origin URL   the address under which the internet reaches the HTTPS port, for example
                        https://chat.example.org (a domain or a tunnel that you set up)
  --chat-limit MB       how much of one chat waits on this computer for those who have not read it (default 256);
                        beyond it the chat takes no new messages until they have
  --registration WHO    who may make an account here: open (default), invitation (with a code from you; the first
                        is shown at the start) or closed (also: SOTTO_REGISTRATION)
  --no-window           do not open a browser window (also: SOTTO_NO_WINDOW=1)
  -h, --help            this text
  -v, --version         the version

Environment:
  SOTTO_HOME            folder for the relay's database, certificate and settings

Exit codes: 0 stopped as asked, 1 could not start, 2 the call itself was wrong.
`;

const OPTIONS = {
  port: { type: 'string' },
  'guest-port': { type: 'string' },
  'public-origin': { type: 'string' },
  'chat-limit': { type: 'string' },
  registration: { type: 'string' },
  'no-window': { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
  version: { type: 'boolean', short: 'v', default: false },
} as const;

/** A call that cannot be carried out as it stands; the message says what to write instead. */
class UsageError extends Error {}

function port(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 65_535) {
    throw new UsageError(`--${name} takes a number from 1 to 65535, not "${text}".`);
  }
  return value;
}

function chatLimitBytes(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const megabytes = Number(text);
  if (!Number.isInteger(megabytes) || megabytes < 1 || megabytes > 1_000_000) {
    throw new UsageError(`--chat-limit takes a number of megabytes from 1 to 1000000, not "${text}".`);
  }
  return megabytes * 1_048_576;
}

function registration(option: string | undefined): RegistrationMode | undefined {
  const environment = process.env.SOTTO_REGISTRATION || undefined;
  const text = option ?? environment;
  if (text === undefined || text === 'open' || text === 'invitation' || text === 'closed') return text;
  const name = option === undefined ? 'SOTTO_REGISTRATION' : '--registration';
  throw new UsageError(`${name} takes open, invitation or closed, not "${text}".`);
}

function publicOrigin(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'https:' || url.pathname !== '/' || url.search || url.hash || url.username) {
    throw new UsageError(`--public-origin takes an address like https://chat.example.org, not "${text}".`);
  }
  return url.origin;
}

function version(): string {
  return JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version;
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new UsageError(`${(error as Error).message}.`);
  }
}

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args);
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  if (values.version) {
    console.log(version());
    return 0;
  }
  const [command = 'start', ...rest] = positionals;
  if (command !== 'start' || rest.length > 0)
    throw new UsageError(`There is no command "${positionals.join(' ')}".`);
  return startCommand({
    hostPort: port('port', values.port),
    guestPort: port('guest-port', values['guest-port']),
    chatLimitBytes: chatLimitBytes(values['chat-limit']),
    publicOrigin: publicOrigin(values['public-origin']),
    registration: registration(values.registration),
    window: !values['no-window'],
  });
}

/** Runs the command line `args` (without node and script) and gives the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  try {
    return await run(args);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`${error.message}\nTry "sotto --help".`);
    return 2;
  }
}
