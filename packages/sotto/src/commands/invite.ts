import type { Conversation, InvitationOptions, Sotto } from '@sotto/client/node';
import { type Command, type Given, operands, UsageError } from '../commandLine.ts';
import { conversationNamed } from '../conversationNamed.ts';
import { EXIT } from '../exitCodes.ts';
import { DEVICE_OPTIONS, openDevice } from '../openDevice.ts';
import { askSecret, canAsk, secretFromFile } from '../terminal/secretPrompt.ts';

const HOUR_MS = 3_600_000;

export const invite: Command = {
  name: 'invite',
  operands: '[CONVERSATION]',
  summary: 'Makes a link into a conversation',
  help: `
Prints the link and nothing else. Whoever has it can ask to come in (or comes in, with --no-approval): send it by a
way that only they read.

  sotto invite Kitchen                  another link into a conversation that there is
  sotto invite --new Kitchen            a new conversation, on your own server
  sotto invite Kitchen --no-approval --uses 1

Whoever asks to come in waits until somebody opens: "sotto chat" does.`,
  options: {
    new: { type: 'string', value: 'TITLE', help: 'starts a conversation of that title' },
    'no-approval': { type: 'boolean', help: 'whoever has the link comes in' },
    uses: { type: 'string', value: 'N', help: 'how many can come in by it (no limit)' },
    hours: { type: 'string', value: 'N', help: 'how long it is good for (24; at most 720)' },
    'ask-password': { type: 'boolean', help: 'asks for a password that goes with the link' },
    'password-file': {
      type: 'string',
      value: 'FILE',
      help: 'takes that password from the file’s first line',
    },
    ...DEVICE_OPTIONS,
  },
  async run(given) {
    const [name] = operands(given, ['CONVERSATION'], 0);
    const title = given.text('new');
    if ((name === undefined) === (title === undefined))
      throw new UsageError('Name a conversation that there is, or start one with --new TITLE.');
    const options = await invitationOf(given);
    const sotto = await openDevice(given);
    try {
      await sotto.online({ timeoutMs: 20_000 });
      console.log(await linkInto(sotto, { name, title }, options));
      return EXIT.done;
    } finally {
      await sotto.close();
    }
  },
};

async function linkInto(
  sotto: Sotto,
  { name, title }: { readonly name: string | undefined; readonly title: string | undefined },
  options: InvitationOptions,
): Promise<string> {
  if (title === undefined) {
    const conversation: Conversation = await conversationNamed(sotto, name ?? '');
    return (await conversation.invite(options)).link;
  }
  return (await (await sotto.host({ ...options, title })).invitation()).link;
}

async function invitationOf(given: Given): Promise<InvitationOptions> {
  const maxUses = given.number('uses', { from: 1, to: 1_000 });
  const hours = given.number('hours', { from: 1, to: 720 });
  const file = given.text('password-file');
  if (given.flag('ask-password') && !canAsk())
    throw new UsageError('Nobody is here to be asked: use --password-file FILE.');
  const password =
    file === undefined
      ? given.flag('ask-password')
        ? await askSecret('Password that goes with the link: ')
        : undefined
      : secretFromFile(file);
  return {
    approval: !given.flag('no-approval'),
    ...(maxUses !== undefined && { maxUses }),
    ...(hours !== undefined && { lifetimeMs: hours * HOUR_MS }),
    ...(password !== undefined && { password }),
  };
}
