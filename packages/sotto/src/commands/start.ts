import type { RegistrationMode } from '@sotto/relay';
import { type Command, operands, UsageError } from '../commandLine.ts';

export const start: Command = {
  name: 'start',
  operands: '',
  summary: 'Runs your server on this computer and opens the chat window',
  help: `
Runs until Ctrl-C. Environment: SOTTO_HOME, the folder for the server’s database, certificate and settings (and for
the device of the other commands); SOTTO_REGISTRATION; SOTTO_NO_WINDOW=1.`,
  options: {
    port: {
      type: 'string',
      value: 'N',
      help: 'of the window on this computer (kept between starts; first choice 8080)',
    },
    'guest-port': {
      type: 'string',
      value: 'N',
      help: 'HTTPS port for the people you invite (kept; first choice 8443)',
    },
    'public-origin': {
      type: 'string',
      value: 'URL',
      help: 'the address under which the internet reaches the HTTPS port, for example https://chat.example.org (a domain or a tunnel that you set up)',
    },
    'allow-origin': {
      type: 'string',
      value: 'URL,URL…',
      help: 'sites of others whose pages may use your server as guests do, for example https://app.example (default: none)',
    },
    'chat-limit': {
      type: 'string',
      value: 'MB',
      help: 'how much of one chat waits on this computer for those who have not read it (default 256)',
    },
    registration: {
      type: 'string',
      value: 'WHO',
      help: 'who may make an account here: open (default), invitation (with a code from you; the first is shown at the start) or closed (also: SOTTO_REGISTRATION)',
    },
    'no-window': { type: 'boolean', help: 'do not open a browser window (also: SOTTO_NO_WINDOW=1)' },
  },
  async run(given) {
    operands(given, []);
    // The relay and all it needs is loaded by those only who start one.
    const { startCommand } = await import('../startCommand.ts');
    return startCommand({
      hostPort: port('port', given.text('port')),
      guestPort: port('guest-port', given.text('guest-port')),
      chatLimitBytes: chatLimitBytes(given.text('chat-limit')),
      publicOrigin: publicOrigin(given.text('public-origin')),
      allowedOrigins: allowedOrigins(given.text('allow-origin')),
      registration: registration(given.text('registration')),
      window: !given.flag('no-window'),
    });
  },
};

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

/** Exact origins: no wildcard, and HTTPS but for pages of this computer. */
function allowedOrigins(text: string | undefined): readonly string[] {
  return (text?.split(',') ?? []).map(each => {
    const url = URL.canParse(each.trim()) ? new URL(each.trim()) : undefined;
    const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && url.hostname === 'localhost');
    const isOrigin = url !== undefined && url.href === `${url.origin}/` && !url.host.includes('*');
    if (!isSafe || !isOrigin) {
      throw new UsageError(`--allow-origin takes addresses like https://app.example, not "${each}".`);
    }
    return url.origin;
  });
}

function publicOrigin(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'https:' || url.pathname !== '/' || url.search || url.hash || url.username) {
    throw new UsageError(`--public-origin takes an address like https://chat.example.org, not "${text}".`);
  }
  return url.origin;
}
