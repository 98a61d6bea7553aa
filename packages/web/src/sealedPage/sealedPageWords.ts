import type { SealedDoorCode } from '@sotto/client/sealed-door';
import { clockTime } from '../when.ts';

const count = new Intl.NumberFormat('en');

/** Every sentence of the page on which somebody leaves a sealed message. A handle has no letters that turn a line around. */
export const sealedPage = {
  titleUnknown: 'A sealed message',
  title: (handle: string) => `A sealed message for @${handle}`,
  looking: 'Fetching their keys and checking who signed them…',
  lead: 'Only their devices can open it. It has no forward secrecy: what that means stands below.',
  text: 'Your message',
  from: 'Your name (optional)',
  fromHint: 'Nobody checks it, and nobody can answer here. If you want an answer, write how to reach you.',
  fromTooLong: 'That name is too long. Choose a shorter one.',
  empty: 'Write something, or attach a file.',
  fewBytesLeft: (bytes: number) => `Room for ${count.format(bytes)} more characters`,
  tooLong: (bytes: number) =>
    `Too long by about ${count.format(bytes)} characters. Shorten it, or leave it in parts.`,
  attach: 'Attach files',
  attachHint: 'Up to 10 files, 8.3 MB together. Photos go without place, time and camera, all else as it is.',
  drop: 'Drop to attach',
  filesNotLoaded: 'Files cannot be attached now: the server cannot be reached. Try again.',
  fileNotRead:
    'A file could not be read. It may have been moved or changed: take it out, and choose it again.',
  progress: 'Sent so far',
  send: 'Seal and send',
  sending: 'Sealing and sending…',
  again: 'Try again',
  fingerprint: 'Fingerprint of their key',
  compare: (handle: string) =>
    `Compare it with what @${handle} gave you elsewhere: on paper, on a card, on a site of theirs. If the digits differ, do not write here.`,
  matches: 'The address that you opened carries the same digits.',
  copyFingerprint: 'Copy digits',
  facts: {
    sealed: 'Your words and files are encrypted in this browser, before they leave it, with their RSA key.',
    servedBy: (host: string) =>
      `This page came from ${host}. Whoever runs it could send you a page that reads along: write what must not be read at any price by a program that you trust.`,
    secrecy:
      'No forward secrecy: whoever gets hold of their key, even years from now, can open what was kept until then.',
  },
  know: 'Before you write',
  knowPoints: [
    'The server sees that something was left, for whom, when, how long it is, and the network address it came from. It sees neither your words nor your files nor the name that you give.',
    'If they lose their key, your message cannot be opened by anybody.',
    'No answer can come to this page, and nothing tells you when they have read it.',
    'A document may say who wrote it, and when: only photos are made anew here. A screenshot of it says less.',
    'What you write stays in this page until it is sent. It is not kept on this device, and a reload loses it.',
  ],
  sentTitle: 'Sealed and sent',
  sentLead: (handle: string) => `It lies on the server for @${handle}. Only their devices can open it.`,
  sentFacts: {
    when: 'Sent',
    to: 'For',
    length: 'You wrote',
    characters: (characters: number) =>
      `${count.format(characters)} ${characters === 1 ? 'character' : 'characters'}`,
    files: 'Files',
    sealed: 'The server has',
    bytes: (bytes: number) => `${count.format(bytes)} sealed bytes`,
    id: 'Reference',
    fingerprint: 'Key',
  },
  gone: 'What you wrote is gone from this page, which kept it nowhere else. What stands here now is all that is left of it.',
  whatTheServerGot: 'What the server got',
  more: (characters: number) => `… and ${count.format(characters)} more characters like these`,
  another: 'Write another',
};

/** Why nothing can be written here, or why it was not sent, and what to do. */
export type Refusal = SealedDoorCode | 'NO_CRYPTO';

interface RefusalWords {
  readonly title: string;
  readonly text: string;
  /** Whether trying again may help. */
  readonly again: boolean;
}

/** Where there is nothing to write on. */
export function refusedAtDoor(code: Refusal, retryAtMs: number): RefusalWords {
  switch (code) {
    case 'NOT_HERE':
      return {
        title: 'Nothing can be left here',
        text: 'Nobody at this address takes sealed messages. Check how the name is written, or ask the person for their address.',
        again: false,
      };
    case 'NOT_GENUINE':
      return {
        title: 'These keys are not genuine',
        text: 'The server gave keys that their owner did not sign. Whoever put them there could read what you write, so this page lets you write nothing. Tell the person by another way.',
        again: true,
      };
    case 'OTHER_ACCOUNT':
      return {
        title: 'These are the keys of somebody else',
        text: 'The fingerprint of the keys is not the one that your address carries. Somebody may have put theirs in between, or the address is an old one. Ask the person for it again, by another way.',
        again: true,
      };
    case 'RATE_LIMITED':
      return {
        title: 'Too many tries',
        text: `The server asks for a pause. ${afterPause(retryAtMs)}`,
        again: true,
      };
    case 'NO_NETWORK':
      return {
        title: 'The server cannot be reached',
        text: 'Either your connection is down, or the server is off. This page tries again by itself once you are online.',
        again: true,
      };
    case 'NO_CRYPTO':
      return {
        title: 'This browser cannot seal messages',
        text: 'A message can be encrypted only in a current browser, and at an address that begins with https.',
        again: false,
      };
    default:
      return {
        title: 'The server did not answer properly',
        text: 'Something went wrong there. Wait a moment, then try again.',
        again: true,
      };
  }
}

/** Where it was written, and not sent: the text still stands there. */
export function notSent(code: Refusal, retryAtMs: number): string {
  switch (code) {
    case 'NOT_HERE':
      return 'Not sent: sealed messages are taken here no more.';
    case 'TOO_LONG':
      return 'Not sent: it is too long. Shorten it, or leave it in parts.';
    case 'RATE_LIMITED':
      return `Not sent yet: there have been many messages. ${afterPause(retryAtMs)} It stays here meanwhile.`;
    case 'NO_NETWORK':
      return 'Not confirmed: the server cannot be reached. This page tries again once you are online; the same message never arrives twice.';
    case 'OTHER_ACCOUNT':
    case 'NOT_GENUINE':
      return 'Not sent: the keys were changed while you wrote. Reload this page and compare the fingerprint.';
    default:
      return 'Not sent: something went wrong at the server. Try again; the same message never arrives twice.';
  }
}

function afterPause(retryAtMs: number): string {
  return `Try again at ${clockTime(retryAtMs)}.`;
}
