interface CommandHelp {
  /** What stands behind the word. */
  readonly takes?: string;
  readonly help: string;
}

/** What can be done with a word after a slash, by what it is about. */
const GROUPS = {
  Reading: {
    list: { help: 'your conversations, with what is new' },
    open: { takes: 'CONVERSATION', help: 'goes there: its number (also /1, /2), its title, or @handle' },
    next: { help: 'goes to the next one with something unread' },
    older: { help: 'shows what was said before; again and again' },
    messages: {
      takes: '[COUNT]',
      help: 'the newest ones with a #number each, for the commands that take one',
    },
    save: { takes: '[#NUMBER] [FOLDER]', help: 'saves the file of that message, or the newest one' },
    search: { takes: 'WORDS', help: 'looks through everything that is kept here' },
    show: { takes: '#NUMBER', help: 'shows what /search found, with what was said before it' },
  },
  Writing: {
    reply: {
      takes: '[#NUMBER] TEXT',
      help: 'answers that message, or the newest of somebody else, quoting it',
    },
    file: { takes: 'PATH', help: 'sends a file; pictures go without place and time, others as they are' },
    delete: { takes: '#NUMBER [everyone]', help: 'takes a message off this device; an own one for everyone' },
    timer: { takes: '[30s, 5m, 8h, 1d, 4w or off]', help: 'how long messages stay once they are read' },
    retry: { help: 'sends again what failed' },
  },
  People: {
    who: { help: 'who is here, and how sure you are of them' },
    verify: { takes: 'PERSON [yes]', help: 'your safety number with them; "yes" marks it as compared' },
    keys: {
      takes: 'PERSON accept|leave',
      help: 'whose keys have changed: takes the new ones, or leaves it so',
    },
    block: { takes: 'PERSON', help: 'nothing of theirs comes any more, nothing goes to them' },
    unblock: { takes: 'PERSON', help: 'they can write to you again' },
    report: { takes: '#NUMBER …', help: 'sends your copy of messages to those who run the group' },
    accept: { help: 'takes a stranger’s request: only from then on anything goes back to them' },
    decline: { takes: '[block]', help: 'declines it; or does not let in who asks at the door' },
  },
  'This conversation': {
    invite: { takes: '[open]', help: 'a link into it; "open": without asking you about each' },
    admit: { help: 'lets in who asks to come in' },
    add: { takes: '@HANDLE …', help: 'adds people of this server' },
    remove: { takes: 'PERSON', help: 'takes somebody out, with all their devices' },
    title: { takes: 'TITLE', help: 'calls it so' },
    mute: { help: 'no notices of it; once more: notices again' },
    leave: { help: 'leaves it and erases it here' },
    end: { takes: '[erase]', help: 'ends it for everyone; "erase": asks everyone’s devices to delete it' },
  },
  You: {
    new: { takes: 'TITLE', help: 'starts a conversation on your own server, and gives a link into it' },
    name: { takes: 'NAME', help: 'what others call you' },
    privacy: { takes: '[receipts|typing|presence|strict on|off]', help: 'what others see of you' },
    lock: { help: 'sets a passphrase for what is kept here, or another one' },
    clear: { help: 'wipes what this terminal shows, and its scrollback where it can' },
    status: { help: 'the server, the connection, who you are' },
    help: { takes: '[COMMAND]', help: 'this list' },
    quit: { help: 'ends (also: Ctrl-D)' },
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, CommandHelp>>>>;

const ALL: readonly (readonly [string, CommandHelp])[] = Object.values(GROUPS).flatMap(group =>
  Object.entries<CommandHelp>(group),
);

/** The words themselves, with their slash. */
export const COMMAND_WORDS: readonly string[] = ALL.map(([word]) => `/${word}`);

/** All of it, or what one does. */
export function helpLines(about = ''): readonly string[] {
  const one = ALL.find(([word]) => word === about.replace(/^\//, ''));
  if (one !== undefined) return [lineOf(one)];
  return [
    ...Object.entries(GROUPS).flatMap(([title, group]) => [
      title,
      ...Object.entries<CommandHelp>(group).map(entry => `  ${lineOf(entry)}`),
    ]),
    'Everything else is said. A message that begins with / is typed with two: //',
  ];
}

/** For a word that is none: what it may have been. */
export function unknownCommand(word: string): string {
  const near = COMMAND_WORDS.filter(each => each.startsWith(`/${word}`) || `/${word}`.startsWith(each));
  const hint = near.length === 0 ? '/help lists what there is.' : `Did you mean ${near.join(' or ')}?`;
  return `There is no /${word}. ${hint}`;
}

function lineOf([word, { takes, help }]: readonly [string, CommandHelp]): string {
  return `/${word}${takes === undefined ? '' : ` ${takes}`}  ${help}`;
}
