import { join, resolve } from 'node:path';
import { type ConnectOptions, connect, inspectFolder, type Sotto, SottoError } from '@sotto/client/node';
import { type Given, type Options, UsageError } from './commandLine.ts';
import { dataDirectory } from './dataDirectory.ts';
import { readKeptPorts } from './keptPorts.ts';
import { askLine, askSecret, canAsk, secretFromFile } from './terminal/secretPrompt.ts';

/** Options of every command that works with what this device keeps. */
export const DEVICE_OPTIONS = {
  home: {
    type: 'string',
    value: 'FOLDER',
    help: 'where this device keeps its chats (else SOTTO_HOME, else the system’s custom)',
  },
  relay: { type: 'string', value: 'URL', help: 'the server’s address, at the first use; remembered' },
  certificate: {
    type: 'string',
    value: 'FINGERPRINT',
    help: 'SHA-256 of the server’s certificate, where it is not trusted; remembered',
  },
  name: { type: 'string', value: 'NAME', help: 'what others call you; remembered' },
  'passphrase-file': {
    type: 'string',
    value: 'FILE',
    help: 'the passphrase that locks the folder, in the file’s first line',
  },
} as const satisfies Options;

/** The folder of everything: the relay's own things, and the device of this command line. */
export function homeOf(given: Given): string {
  const home = given.text('home');
  return home === undefined ? dataDirectory() : resolve(home);
}

/** Where in it the device is. */
export function deviceFolder(given: Given): string {
  return join(homeOf(given), 'device');
}

/** The relay that is started from this folder, if one is. */
export function ownRelay(given: Given): string | undefined {
  const ports = readKeptPorts(homeOf(given));
  return ports && `http://localhost:${ports.hostPort}`;
}

type LinkOptions = Pick<ConnectOptions, 'link' | 'linkPassword' | 'onWaiting' | 'timeoutMs'>;

/**
 * Opens the device of this command line; asks for its passphrase where it is locked, and where it is new whether it
 * should be. Throws `SottoError`, `UsageError`.
 */
export async function openDevice(given: Given, link: LinkOptions = {}): Promise<Sotto> {
  const folder = deviceFolder(given);
  const file = given.text('passphrase-file');
  const report = await inspectFolder(folder);
  const isNew = report.belonging === undefined && report.trouble === undefined;
  const relay = relayOf(given) ?? (isNew && link.link === undefined ? ownRelay(given) : undefined);
  if (isNew && relay === undefined && link.link === undefined)
    throw new SottoError('RELAY_NEEDED', 'no server is known');
  const options = {
    folder,
    relay,
    certificate: given.text('certificate'),
    name: given.text('name') ?? (isNew ? await askedName() : undefined),
    ...link,
  };
  if (file !== undefined) return connect({ ...options, passphrase: secretFromFile(file) });
  if (report.lock === 'locked' && canAsk())
    return connect({ ...options, passphrase: () => askSecret('Passphrase: ') });
  const first = isNew && canAsk() ? await askedFirstPassphrase() : '';
  return connect({ ...options, ...(first !== '' && { passphrase: first }) });
}

function relayOf(given: Given): string | undefined {
  const text = given.text('relay');
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search || url.hash)
    throw new UsageError(`--relay takes an address like https://chat.example.org, not "${text}".`);
  return url.origin;
}

async function askedName(): Promise<string | undefined> {
  if (!canAsk()) return undefined;
  const name = (await askLine('What should others call you? ')).trim();
  return name === '' ? undefined : name;
}

async function askedFirstPassphrase(): Promise<string> {
  const passphrase = await askSecret('A passphrase to lock what is kept here (Enter: none): ');
  if (passphrase === '') return '';
  if ((await askSecret('Once more: ')) !== passphrase) throw new UsageError('The two were not the same.');
  return passphrase;
}
