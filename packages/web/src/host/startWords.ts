/** What the start screen says of accounts. */
export const startAccount = {
  lead: 'To be found by a handle and to use several devices:',
  create: 'Create account',
  signIn: 'Sign in',
  withAccount: 'Write to people by their handle, alone or in a group. Nobody in between can read a word.',
  byLink: '“Start chat” makes a link, for someone without an account.',
  served: 'Served by',
  deleted: (handle: string) => `The account @${handle} was deleted.`,
};

export const start = {
  title: 'A quiet word, just between you.',
  lead: 'Start a chat on this computer and send someone the link. They open it in their browser. Nobody in between can read a word.',
  action: 'Start chat',
  starting: 'Starting…',
  promise: 'No account. Nothing to install for your friend. Ends when you say so.',
  running: 'Running on this computer',
  cannotHost: 'Chats are started in the window on the computer that runs Sotto. This address is for guests.',
};

/** The two pages behind the links of the start screen. Limits are said as plainly as strengths. */
export const about = {
  protects: {
    title: 'How it protects you',
    points: [
      [
        'Only your browsers can read',
        'Messages are encrypted before they leave a browser and decrypted only in the browsers of the people in the chat. The computer that passes them on stores bytes it cannot read.',
      ],
      [
        'Also against the computers to come',
        'Keys are agreed with X25519 and ML-KEM-768 together. Whoever records today’s traffic would have to break both.',
      ],
      [
        'The link is the key',
        'The part of the link after # never leaves the browsers. It opens the door once; what is written afterwards does not depend on it.',
      ],
      [
        'You see who comes in',
        'You admit each person, and four words on both screens show that nobody stands between you. Someone you remove cannot read what comes after.',
      ],
      [
        'Look for yourself',
        'Every message has “What the server saw”: the bytes, their size, the time. That is all there is.',
      ],
    ],
  },
  limits: {
    title: 'What it cannot do',
    points: [
      [
        'Whoever serves the page could change it',
        'The page comes from the computer that hosts the chat. If you do not trust whoever runs it, a browser page cannot protect you from them.',
      ],
      [
        'Times and sizes can be seen',
        'The host’s computer sees when messages pass, about how large they are, and from which network address.',
      ],
      [
        'People can tell',
        'Whoever is in the chat can copy, photograph or repeat what you wrote. Erasing asks their browser; it cannot ask their memory.',
      ],
      [
        'A device in the wrong hands',
        'Someone who controls your unlocked computer or browser reads what you read.',
      ],
      ['Nobody outside has audited it yet', 'Sotto is young. Do not stake your safety on it alone.'],
    ],
  },
} as const;
