import { hostname } from 'node:os';
import { type Command, type Given, operands, UsageError } from '../commandLine.ts';
import { EXIT } from '../exitCodes.ts';
import { DEVICE_OPTIONS, openDevice } from '../openDevice.ts';
import { askSecret, canAsk, secretFromFile } from '../terminal/secretPrompt.ts';

const ACCOUNT_OPTIONS = {
  device: { type: 'string', value: 'NAME', help: 'what your devices call this one (the computer’s name)' },
  'password-file': {
    type: 'string',
    value: 'FILE',
    help: 'the account’s password, in the file’s first line',
  },
  ...DEVICE_OPTIONS,
} as const;

export const signIn: Command = {
  name: 'sign-in',
  operands: 'HANDLE',
  summary: 'Makes this device one of an account’s',
  help: `
The password never leaves this computer: the server is shown a proof of it. The device then comes into all chats of
the account by itself. Only a folder without chats and without an account can sign in.

  sotto sign-in ada --relay https://chat.example.org`,
  options: ACCOUNT_OPTIONS,
  async run(given) {
    const [handle = ''] = operands(given, ['HANDLE']);
    const password = await passwordOf(given, 'Password: ');
    const sotto = await openDevice(given);
    try {
      await sotto.signIn({ handle, password, deviceName: deviceName(given) });
      console.error(`Signed in as @${sotto.state.account?.handle ?? handle}.`);
      return EXIT.done;
    } finally {
      await sotto.close();
    }
  },
};

export const register: Command = {
  name: 'register',
  operands: 'HANDLE',
  summary: 'Creates an account with a handle and a password',
  help: `
Prints the twelve recovery words, once: they are kept nowhere, and open the account when the password is forgotten.

  sotto register ada --name "Ada L." > words.txt`,
  options: {
    'invitation-file': { type: 'string', value: 'FILE', help: 'the operator’s code, where one is needed' },
    ...ACCOUNT_OPTIONS,
  },
  async run(given) {
    const [handle = ''] = operands(given, ['HANDLE']);
    const file = given.text('invitation-file');
    const password = await passwordOf(given, 'A password of ten characters or more: ');
    const sotto = await openDevice(given);
    try {
      await sotto.online({ timeoutMs: 20_000 });
      const { recoveryCode } = await sotto.createAccount({
        handle,
        password,
        name: given.text('name') ?? sotto.state.self?.name ?? handle,
        deviceName: deviceName(given),
        ...(file !== undefined && { invitation: secretFromFile(file) }),
      });
      console.error(
        `You are @${sotto.state.account?.handle ?? handle}. The recovery words, shown this once:`,
      );
      console.log(recoveryCode);
      return EXIT.done;
    } finally {
      await sotto.close();
    }
  },
};

function deviceName(given: Given): string {
  return given.text('device') ?? `Terminal on ${hostname()}`.slice(0, 60);
}

async function passwordOf(given: Given, question: string): Promise<string> {
  const file = given.text('password-file');
  if (file !== undefined) return secretFromFile(file);
  if (!canAsk())
    throw new UsageError('The password is needed: --password-file FILE, or run it in a terminal.');
  return askSecret(question);
}
