/**
 * Every sentence a person reads, in one place, by screen. Names that come from other people stand in
 * them isolated (text/isolate.ts), so that no name can turn the sentence around.
 * The accessible names of docs and tests are here too: changing one changes a contract.
 */
import type { ClientErrorCode, JoinFailure, StopReason, TimelineItem } from '@sotto/client';
import { isolate } from './text/isolate.ts';

const plural = new Intl.PluralRules('en');

/** `count` with the form of the noun that goes with it. */
export function counted(count: number, one: string, other: string): string {
  return `${count} ${plural.select(count) === 'one' ? one : other}`;
}

const UNITS = [
  [604_800, 'week', 'weeks'],
  [86_400, 'day', 'days'],
  [3_600, 'hour', 'hours'],
  [60, 'minute', 'minutes'],
  [1, 'second', 'seconds'],
] as const;

/** `1 day`, `90 minutes`, `4 weeks`: whole, in the largest unit that divides it. */
function lasting(seconds: number): string {
  const [unitS, one, other] = UNITS.find(([unit]) => seconds % unit === 0) ?? UNITS[4];
  return counted(seconds / unitS, one, other);
}

/** A name inside a sentence; the one that stands for no name is no proper noun. */
function inside(name: string): string {
  return name === common.yourHost ? common.yourHost.toLowerCase() : isolate(name);
}

/** `Mara`, `Mara and Noor`, `Mara, Noor and 3 others`. */
export function listNames(names: readonly string[]): string {
  const shown = names.slice(0, 2).map(isolate);
  if (names.length <= 2) return shown.join(' and ');
  return `${shown.join(', ')} and ${counted(names.length - 2, 'other', 'others')}`;
}

export const common = {
  sotto: 'sotto',
  close: 'Close',
  cancel: 'Cancel',
  back: 'Back',
  you: 'you',
  guest: 'guest',
  host: 'host',
  tryAgain: 'Try again',
  someone: 'Someone',
  yourHost: 'Your host',
  loading: 'Opening…',
  copyLink: 'Copy link',
  copied: 'Copied',
  copyFailed: 'The browser did not allow copying. The link is selected: press Ctrl+C.',
};

export const rooms = {
  list: 'Conversations',
  fresh: 'New chat',
  waiting: 'Waiting for someone to join',
  now: 'now',
  own: (text: string) => `You: ${text}`,
  asks: (name: string) => `${isolate(name)} asks to join`,
  ended: 'Ended',
  left: 'You left',
  removed: 'You were removed',
  paused: 'Paused',
  typing: 'typing…',
  quiet: 'Nothing written yet',
  keysChanged: 'Keys changed. Check before you write.',
  start: 'New conversation',
  unread: (count: number) => counted(count, 'unread message', 'unread messages'),
  switchTo: 'Go to conversation',
  noMatch: 'No conversation with that name.',
  none: 'Choose a conversation on the left.',
};

export const settings = {
  title: 'Settings',
  theme: 'Theme',
  themes: { system: 'as the system', light: 'light', dark: 'dark' },
  sounds: 'Sounds',
  soundsHint: 'A short tone when someone knocks or writes while you look elsewhere.',
  notifications: 'Notifications',
  notificationsHint: 'They show who, never what was written.',
  notificationsDenied: 'Blocked in the browser’s settings for this address.',
};

export const unlock = {
  title: 'Sotto is locked',
  lead: 'What is kept in this browser is encrypted. Unlock it to go on.',
  passphrase: 'Passphrase',
  show: 'Show passphrase',
  action: 'Unlock',
  busy: 'Unlocking…',
  missing: 'Write the passphrase first.',
  wrong: 'That is not the passphrase.',
  passkey: 'Unlock with passkey',
  passkeyBusy: 'Waiting for the passkey…',
  passkeyRefused: 'The passkey was not given. Nothing has changed; try again, or unlock another way.',
  passkeyUnsupported: 'This browser cannot use the passkey at this address. Unlock another way.',
  passkeyWrong: 'This passkey does not open it.',
  useCode: 'Use the recovery code',
  usePassphrase: 'Use the passphrase',
  code: 'Recovery code',
  codeHint: 'Eight groups of five. Capitals and hyphens do not matter.',
  codeMissing: 'Write the recovery code first.',
  codeShort: (groups: number) => `${groups} of 8 groups are there.`,
  codeStranger: 'There is a character in it that is in no recovery code.',
  codeMistyped: (groups: readonly number[]) =>
    `There is a slip in ${groups.length === 1 ? 'group' : 'groups'} ${groups.map(group => group + 1).join(', ')}.`,
  codeWrong: 'That is not the recovery code of this browser. A newer one may have taken its place.',
  noMemory: 'This browser has no memory left for it. Close other tabs and try again.',
  forgotten: 'Forgotten?',
  forgottenTitle: 'If nothing opens it any more',
  forgottenText: [
    'Nobody can reset it: not the host, not the server, not the people who make Sotto. That is what keeps others out.',
    'Without the passphrase, a passkey or the recovery code, the history in this browser is gone. The people you talked with keep theirs.',
    'You can erase what is here and start afresh.',
  ],
};

export const security = {
  title: 'Security',
  notLocked: 'Not locked: anyone with this computer’s files can read your chats.',
  withTab: 'Not kept: this chat goes when you close the tab.',
  lockedBy: (ways: readonly string[]) => `Locked by ${ways.join(', ')}.`,
  ways: { passphrase: 'passphrase', passkey: 'passkey', 'recovery-code': 'recovery code' },
  names: { passphrase: 'Passphrase', passkey: 'Passkey', 'recovery-code': 'Recovery code' },
  since: (when: string) => `since ${when}`,
  titleGuest: 'On this device',
  noReset: 'Forgotten means gone: nobody can reset it.',
  oneWay: 'Forgotten means gone: nobody can reset it. A second way to unlock is worth having.',
  set: 'Set a passphrase',
  setText:
    'It locks everything that is kept in this browser. Nobody can reset it, so choose one that you will still know next year.',
  change: 'Change',
  changeWhat: 'Change passphrase',
  changeText: 'The new one takes its place at once. Passkeys and the recovery code stay as they are.',
  current: 'Current passphrase',
  fresh: 'New passphrase',
  again: 'Once more',
  save: 'Set passphrase',
  saveChange: 'Change passphrase',
  saving: 'Locking… this takes a moment.',
  done: 'Locked by your passphrase from now on.',
  doneChange: 'The passphrase is changed.',
  tooShort: (least: number) => `At least ${least} characters.`,
  notSame: 'The two are not the same.',
  strength: {
    short: (left: number) => `${counted(left, 'more character', 'more characters')} needed`,
    weak: 'Weak: a computer guesses it quickly. Four or five words that do not belong together are better.',
    fair: 'Fair: it holds against most. One more word makes it strong.',
    strong: 'Strong',
  },
  addPasskey: 'Add a passkey',
  passkeyBusy: 'Waiting for the passkey…',
  passkeyAdded: 'The passkey unlocks from now on.',
  passkeyRefused: 'No passkey was made. Nothing has changed.',
  passkeyUnsupported: 'This device or browser makes no passkeys that can unlock. Nothing has changed.',
  passkeyNotHere:
    'Passkeys do not work here: they need a current browser, and an address with a name instead of a number.',
  makeCode: 'Make a recovery code',
  newCode: 'New code',
  newCodeWhat: 'New code for recovery',
  newCodeTitle: 'Make a new recovery code?',
  newCodeText: 'The code that you have now stops working at once.',
  makeNewCode: 'Make a new code',
  codeTitle: 'Your recovery code',
  codeText:
    'It unlocks this browser when all else is lost. It is shown this once and kept nowhere: write it down.',
  codeMaking: 'Making the code…',
  copyCode: 'Copy code',
  printCode: 'Print',
  codeKept: 'I have written it down',
  codeDone: 'Done',
  codeDiscard: 'Do without it',
  codeDiscarded: 'The code was taken back. It opens nothing.',
  copyFailed: 'The browser did not allow copying. Write it down instead.',
  remove: 'Remove',
  removeWhat: (name: string) => `Remove ${name.toLowerCase()}`,
  removeTitle: (name: string) => `Remove the ${name.toLowerCase()}?`,
  removeText: 'It no longer unlocks this browser. What else unlocks it stays.',
  removeLast: 'The only way to unlock cannot be removed. Add another one first.',
  after: 'Lock by itself',
  afterTimes: {
    300000: 'after 5 minutes',
    900000: 'after 15 minutes',
    3600000: 'after 1 hour',
    0: 'never',
  } as Readonly<Record<number, string>>,
  afterOther: (minutes: number) => `after ${counted(minutes, 'minute', 'minutes')}`,
  afterHint: 'Counted from when you last did something here. It always locks when the last window is closed.',
  lockNow: 'Lock now',
  lockKeys: 'Ctrl+Shift+L',
  lockKeysMac: '⌘⇧L',
  noLock: 'No lock is set: whoever can read this browser’s files can read these chats.',
  noLockSet: 'Set a lock',
  noLockAway: 'Do not show this again',
  nothingToLock: 'There is no lock yet. Set a passphrase first.',
};

export const erasing = {
  action: 'Erase everything on this device',
  title: 'Erase everything on this device?',
  text: 'All chats, names and keys that Sotto keeps in this browser. The keys are overwritten first, so that what is left of the rest cannot be read. This cannot be undone.',
  textGuest:
    'This chat with all its messages, names and keys, from this browser. The keys are overwritten first, so that what is left of the rest cannot be read. This cannot be undone.',
  limitsTitle: 'What it cannot erase',
  limits: [
    'What other people’s devices have.',
    'Backups and snapshots of this computer.',
    'What the drive keeps by itself: flash memory may hold old copies for a while.',
  ],
  notInPlace:
    'This browser writes new keys beside the old ones instead of over them: until it tidies up by itself, someone with the disk may find what was erased.',
  type: 'Type “erase” to go on',
  word: 'erase',
  confirm: 'Erase for good',
  busy: 'Erasing…',
};

export const keeping = {
  accountInTab: 'Your account is in this tab only, and goes with it.',
  keepAccount: 'Set a passphrase',
  action: 'Keep this chat',
  title: 'Keep this chat?',
  text: 'A guest’s chat goes when the tab is closed or shows another site. With a passphrase it stays in this browser, locked, and goes on receiving when you come back.',
  shared: 'Not on a computer that others use.',
  kept: 'This chat is kept',
  how: [
    'Open this address in this browser:',
    'Choose “Open the chat kept in this browser” and unlock it with your passphrase.',
  ],
  copy: 'Copy address',
  evict: 'This browser gives no promise: when its disk is full, it may delete the chat.',
  done: 'Done',
  welcome: 'Welcome back',
  one: 'A chat is kept in this browser, locked by its passphrase.',
  several: (count: number) => `${count} chats are kept in this browser, each locked by its own passphrase.`,
  open: 'Open the chat kept in this browser',
  openOf: (when: string) => `Open the chat kept ${when}`,
  choose: 'Which chat?',
};

export const door = {
  opening: 'Opening the invitation…',
  title: (name: string) => `${isolate(name)} invites you to a private chat`,
  titleUnknown: 'You are invited to a private chat',
  chat: (title: string) => `“${isolate(title)}”`,
  until: (when: string) => `open until ${when}`,
  name: 'Your name',
  nameMissing: 'Write a name first. It can be any name; it is shown to the people inside.',
  nameTooLong: 'This name is too long.',
  password: 'Chat password',
  passwordHint: (name: string) => `Not part of the link. ${isolate(name)} tells it to you another way.`,
  passwordMissing: 'This chat needs its password.',
  passwordWrong: 'That password does not fit.',
  triesLeft: (count: number) => `${counted(count, 'try', 'tries')} left.`,
  join: 'Join chat',
  joining: 'Joining…',
  encrypted: 'End-to-end encrypted, also against quantum computers to come',
  served: (host: string) => `Served by ${host}. It passes messages on and cannot read them.`,
  asGuest: 'You come in as a guest. Nothing is installed, and nothing stays when you leave.',
  know: 'What to know before you join',
  knowPoints: [
    'The people inside see your name, and can keep what you write.',
    'The computer that serves this page sees your network address, and when you write, never what.',
    'Whoever runs that computer could serve a changed page. If that worries you, do not use a browser page for it.',
  ],
  away: (name: string) =>
    `${isolate(name)} is away right now. You can ask to join; the answer comes when they are back.`,
  linkHidden: 'The link is no longer in the address bar, so that it does not end up in your history.',
};

export const waiting = {
  told: (name: string) => `${isolate(name)} has been told`,
  asking: 'Your request is on its way',
  away: (name: string) => `${isolate(name)} is away`,
  lead: (name: string) =>
    `${isolate(name)} sees your name and these words. If you are on the phone together, read them out: the same words on both screens mean nobody stands between you.`,
  awayLead:
    'Your request waits for them. Leave this page open and come back to it later. These words will be on both screens: the same words mean nobody stands between you.',
  askingLead: 'It is kept here and goes out as soon as the connection is there.',
  entering: 'You have been let in',
  enteringLead: 'This is a large chat: what is needed to go in is on its way.',
  enteringFailed:
    'What is needed to go in has not come from the server. It is asked for again: leave this page open.',
  enteringLine: 'Going in',
  words: 'Safety words',
  line: (name: string) => `Waiting for ${inside(name)} to let you in`,
  leave: 'Leave',
};

/** What a refusal says, and the one thing to do next. `again` shows a button that goes back to the door. */
export interface Refusal {
  readonly title: string;
  readonly text: string;
  readonly again?: string;
}

/** A link or a chat that cannot be opened, each with its own sentence and next step. */
export type DoorFailure =
  | Exclude<JoinFailure, 'wrong-password'>
  | 'used-up'
  | 'malformed'
  | 'missing'
  | 'tab-gone'
  | 'newer-link'
  | 'no-network'
  | 'server-trouble'
  | 'no-crypto'
  | 'storage'
  | 'stopped'
  | 'left'
  | 'erased';

export function refusal(reason: DoorFailure, name: string): Refusal {
  const who = isolate(name);
  const host = inside(name);
  switch (reason) {
    case 'expired':
      return {
        title: 'This link has expired',
        text: `Links end after a set time. Ask ${host} for a new one.`,
      };
    case 'used-up':
      return {
        title: 'This link has been used up',
        text: `It was made for a set number of people, and they are in. Ask ${host} for a new one.`,
      };
    case 'full':
      return {
        title: 'The chat is full',
        text: `Every place was taken before you were let in. Ask ${host} for a new link.`,
      };
    case 'revoked':
      return {
        title: 'This link was stopped',
        text: `${who} closed it, so nobody new can join by it. If you were meant to come, ask for a new one.`,
      };
    case 'ended':
      return {
        title: 'This chat has ended',
        text: 'There is nothing to open any more. To talk again, ask for a link to a new chat.',
      };
    case 'unknown-link':
      return {
        title: 'There is no chat behind this link',
        text: 'It may be mistyped, or long gone. Ask for the link again and open it in one piece.',
      };
    case 'malformed':
      return {
        title: 'Part of the link is damaged',
        text: 'A letter is missing or was changed on the way. Ask for the link again, or scan the code instead of typing.',
      };
    case 'missing':
      return {
        title: 'Part of the link is missing',
        text: 'The part after # holds the key and did not arrive. Open the whole link again, exactly as it was sent to you.',
      };
    case 'tab-gone':
      return {
        title: 'This tab no longer has the chat',
        text: `A guest’s chat is in the memory of its tab only. It goes when the tab is closed or restored, or has been at another site. If the chat is still open in another tab, go on there. Otherwise open the link again, or ask ${host} for a new one: you come in anew, without what was said before.`,
      };
    case 'newer-link':
      return {
        title: 'This link needs a newer page',
        text: 'It was made by a newer version of Sotto than the one that served this page. Reload, and if that does not help, tell whoever sent it.',
        again: 'Reload',
      };
    case 'no-network':
      return {
        title: 'The chat cannot be reached',
        text: 'Either your connection is down, or the computer that hosts the chat is off. Check that you are on the right network. This page tries again by itself.',
        again: common.tryAgain,
      };
    case 'server-trouble':
      return {
        title: 'The chat did not answer properly',
        text: 'Something went wrong on the computer that hosts it. Wait a moment, then try again.',
        again: common.tryAgain,
      };
    case 'declined':
      return {
        title: `${who} did not let you in`,
        text: 'If it was a mistake, tell them that it is you, then ask once more.',
        again: 'Ask again',
      };
    case 'blocked':
      return {
        title: 'You cannot join by this link',
        text: `${who} has declined twice, which closes it for this browser. If that was a mistake, ask for a new link.`,
      };
    case 'impostor':
      return {
        title: 'You were stopped at the door',
        text: `Someone answered who cannot prove to be the maker of this link, so this page did not go in. Nothing you write has been sent. Tell ${host} by another way, and do not use this link again.`,
      };
    case 'rate-limited':
      return {
        title: 'Too many tries',
        text: 'The chat asks for a pause. Wait a minute, then try again.',
        again: common.tryAgain,
      };
    case 'cannot-read':
      return {
        title: 'These two versions do not understand each other',
        text: `This page and ${host}’s window come from different versions of Sotto. Reload this page, and ask them to reload theirs.`,
        again: 'Reload',
      };
    case 'no-crypto':
      return {
        title: 'This browser cannot encrypt here',
        text: 'It is too old, or the address is not secure (https). Use a current Firefox, Chrome, Edge or Safari, and open the link as it was sent.',
      };
    case 'storage':
      return {
        title: 'This browser does not let the page keep anything',
        text: 'Sotto needs a little storage while the chat is open. Allow it for this address, or leave the strictest private mode, then reload.',
        again: 'Reload',
      };
    case 'stopped':
      return {
        title: 'The chat stopped in this tab',
        text: 'Reload to go on. Nothing that was sent is lost.',
        again: 'Reload',
      };
    case 'left':
      return {
        title: 'You have left',
        text: 'Everything of this chat is gone from this browser. What you wrote stays with the people who read it. You can close this tab.',
      };
    case 'erased':
      return {
        title: 'This chat has ended',
        text: `${who} ended it and had it erased here: its messages are gone from this browser. You can close this tab.`,
      };
  }
}

export const chat = {
  pictureOf: (name: string) => `Picture of ${isolate(name)}`,
  messages: 'Messages',
  message: 'Message',
  send: 'Send',
  attach: 'Attach file',
  attachUpTo: 'Attach file (up to 33.5 MB)',
  chosenFiles: 'Files',
  caption: 'Add a caption',
  details: 'Conversation details',
  invite: 'Invite',
  encrypted: 'End-to-end encrypted',
  encryptedShort: 'Encrypted',
  verified: (name: string) => `${isolate(name)} verified`,
  byLink: (name: string) => `${isolate(name)} verified by link`,
  isGuest: (name: string) => `${isolate(name)} is a guest`,
  notYet: (name: string) => `${isolate(name)} not verified yet`,
  changed: (name: string) => `${isolate(name)}’s keys changed. Check before you write.`,
  shortVerified: 'verified',
  shortByLink: 'verified by link',
  shortGuest: 'with a guest',
  shortNotYet: 'not verified yet',
  people: (count: number) => counted(count, 'person', 'people'),
  notYetCount: (count: number) => `${count} not verified yet`,
  youAreGuest: 'you are a guest',
  alone: 'nobody else is here',
  today: 'Today',
  yesterday: 'Yesterday',
  unreadDivider: 'New',
  edited: 'edited',
  deleted: 'This message was deleted',
  deletedByYou: 'You deleted this message',
  quoteDeleted: 'Deleted message',
  delete: 'Delete',
  sending: 'Sending',
  sent: 'Sent',
  delivered: 'Delivered',
  read: 'Read',
  failed: 'Failed',
  failures: {
    'too-large': 'It is too long to send.',
    refused: 'The server did not take it.',
    'room-ended': 'The chat ended before it was sent.',
    'not-a-member': 'You were no longer in the chat.',
  },
  retry: 'Try again',
  discard: 'Delete',
  reply: 'Reply',
  saw: 'What the server saw',
  replyingTo: (name: string) => `Reply to ${isolate(name)}`,
  replyingToSelf: 'Reply to yourself',
  cancelReply: 'Cancel reply',
  jumpToQuoted: (name: string) => `Go to the message of ${isolate(name)}`,
  search: 'Search in this conversation',
  foundGone: 'This message is no longer on this device.',
  quotedGone: 'The message it answers is not on this device.',
  jump: 'Jump to latest',
  jumpCount: (count: number) => counted(count, 'new message', 'new messages'),
  typing: (names: readonly string[]) =>
    names.length === 1 ? `${isolate(names[0] ?? '')} is typing…` : `${listNames(names)} are typing…`,
  heard: (name: string, text: string) => `${isolate(name)}: ${text}`,
  by: (name: string, time: string) => `${isolate(name)}, ${time}`,
  byYou: (time: string) => `You, ${time}`,
  fewBytesLeft: (bytes: number) => `Room for ${bytes} more characters`,
  tooLong: 'Too long for one message. Send it in parts.',
  empty: 'Nothing here yet. The first word is yours.',
  emptyReadOnly: 'Nothing was written here.',
  erased: 'This chat was ended and erased here.',
  older: 'Loading older messages…',
};

export const condition = {
  paused: (name: string) =>
    `${isolate(name)} paused this chat. What you write is encrypted now, kept here, and sent when it goes on.`,
  pausedUnknown: 'This chat is paused. What you write is encrypted now, kept here, and sent when it goes on.',
  pausedByYou: 'You paused this chat. What the others write waits on their devices.',
  resume: 'Resume',
  ended: (name: string) => `${isolate(name)} ended this chat.`,
  endedUnknown: 'This chat has ended.',
  endedByYou: 'You ended this chat. The history is kept in this browser until you delete it.',
  left: 'You left this chat.',
  removed: 'You were removed from this chat. You can read what came before, nothing after.',
  alone: 'Nobody else is here.',
  delete: 'Delete conversation',
};

export const events = {
  created: 'Chat started',
  joined: (name: string) => `${isolate(name)} joined`,
  joinedSelf: 'You joined',
  asGuest: 'as a guest',
  left: (name: string) => `${isolate(name)} left`,
  leftSelf: 'You left',
  removed: (name: string, by: string) => `${isolate(by)} removed ${isolate(name)}`,
  removedSelf: (by: string) => `${isolate(by)} removed you`,
  paused: (by: string) => `${isolate(by)} paused the chat`,
  resumed: (by: string) => `${isolate(by)} resumed the chat`,
  ended: (by: string) => `${isolate(by)} ended the chat`,
  roleChanged: (who: string | undefined, role: string) =>
    who === undefined ? `You are now ${role} here` : `${isolate(who)} is now ${role} here`,
  deviceAdded: (who: string | undefined) =>
    who === undefined ? 'You added a device' : `${isolate(who)} added a device`,
  deviceRemoved: (who: string | undefined) =>
    who === undefined ? 'A device of yours was removed' : `A device of ${isolate(who)} was removed`,
  accountMade: (who: string | undefined) =>
    who === undefined ? 'You have an account now' : `${isolate(who)} has an account now`,
  keysChanged: (who: string) => `The keys of ${isolate(who)} have changed`,
  announcements: (on: boolean) =>
    on ? 'Only the owner and admins can write from here on' : 'Everyone can write again',
  title: (by: string | undefined, title: string) => {
    const who = by === undefined ? 'You' : isolate(by);
    return title === '' ? `${who} took the title away` : `${who} changed the title to “${isolate(title)}”`;
  },
  picture: (by: string | undefined, on: boolean) =>
    `${by === undefined ? 'You' : isolate(by)} ${on ? 'changed the picture' : 'took the picture away'}`,
  timer: (by: string | undefined, seconds: number | undefined) => {
    const who = by === undefined ? 'You' : isolate(by);
    return seconds === undefined
      ? `${who} turned disappearing messages off`
      : `${who} set new messages to disappear ${lasting(seconds)} after they are read`;
  },
};

export const vanishing = {
  label: 'Disappearing messages',
  off: 'Off',
  lasting,
  hint: 'New messages go from every device this long after they are read there; your own, after they are sent. A changed app, a photo or a switched-off device keeps them longer.',
  sign: (seconds: number) => `New messages disappear ${lasting(seconds)} after they are read`,
  afterRead: (seconds: number) => `Disappears ${lasting(seconds)} after it is read`,
  afterSent: (seconds: number) => `Disappears ${lasting(seconds)} after it is sent`,
  left: (seconds: number) => `Disappears in ${lasting(seconds)}`,
  leftShort: (seconds: number) => `${lasting(seconds)} left`,
};

type GapCause = Extract<TimelineItem, { kind: 'gap' }>['cause'];

export function gap(cause: GapCause, count: number): { title: string; text: string } {
  const it = count === 1 ? 'it' : 'them';
  switch (cause) {
    case 'undecryptable':
      return {
        title: `${counted(count, 'message', 'messages')} could not be decrypted`,
        text: `This device had no key that fits. Ask for ${it} to be sent again.`,
      };
    case 'missing':
      return {
        title: `${counted(count, 'message', 'messages')} missing`,
        text: `The sender counted ${it}, but ${count === 1 ? 'it' : 'they'} never arrived. Ask for ${it} to be sent again.`,
      };
    case 'expired-at-relay':
      return {
        title: `${counted(count, 'entry', 'entries')} expired before this device came back`,
        text: 'The server keeps what is undelivered for a limited time only.',
      };
    case 'unsupported':
      return {
        title: `${counted(count, 'message', 'messages')} cannot be read by this version`,
        text: 'Reload the page to get a newer version of Sotto.',
      };
  }
}

export const warnings = {
  fork: (name: string) =>
    `You and ${isolate(name)} no longer see the same conversation. Someone may be showing you different things. Compare by another way before you go on.`,
  badCommit: (name: string) =>
    `${isolate(name)} sent a change that breaks the rules. It was refused and changed nothing here.`,
  outOfSync:
    'This device fell out of step with the others: something may be missing here. If nothing new comes, ask to be let in again by a new link.',
  relaySetBack:
    'The server was put back to an older state and does not have all that was said here. What is said from now on may not reach everyone: begin a new chat.',
};

export const connection = {
  label: 'Connection',
  online: 'Connected',
  connecting: 'Connecting…',
  offline: 'Offline. What you write is kept here and sent when the connection is back.',
  now: 'Try now',
  stopped: {
    'taken-over': 'Sotto is open in another window of this browser, and that one has taken over.',
    'rolled-back':
      'This browser’s storage was set back to an older state. To keep your keys safe, this chat cannot go on here.',
    'unsupported-relay': 'The server speaks another version of Sotto. Reload the page.',
    'storage-failed': 'This browser could not write to its storage. Make room on the disk, then reload.',
    refused: 'The server refused this device.',
    revoked: 'This device was signed out from another of your devices. What it has is still here to read.',
  } satisfies Record<StopReason, string>,
  useHere: 'Use it here',
  reload: 'Reload',
  startAnew: 'Start anew',
};

export const details = {
  title: 'Conversation details',
  people: 'Who is here',
  remove: 'Remove',
  removeWho: (name: string) => `Remove ${isolate(name)}`,
  removeTitle: (name: string) => `Remove ${isolate(name)}?`,
  removeText: 'They keep what they have read. The keys change at once, and they can read nothing after.',
  links: 'Links',
  noLinks: 'No open link. Nobody new can join.',
  stopNew: 'Stop new people',
  stopped: 'Nobody new can join. Who is inside stays.',
  newLink: 'New link',
  forOne: 'For one person',
  forMany: (max: number) => (max === 0 ? 'No limit' : `Up to ${max} people`),
  withPassword: 'with password',
  noAsk: 'comes straight in',
  copyThis: 'Copy',
  copyMadeAt: (time: string) => `Copy the link made at ${time}`,
  name: 'Name of the chat',
  save: 'Save',
  pause: 'Pause chat',
  pauseHint: 'Nobody can write to you until you resume. What they write waits on their devices.',
  resume: 'Resume chat',
  end: 'End chat',
  leave: 'Leave and delete from this browser',
  leaveShort: 'Leave',
  leaveTitle: 'Leave this chat?',
  leaveText:
    'Everything of it is deleted from this browser. The others keep what you wrote. To come back you need a new link.',
  leaveAction: 'Leave and delete',
  stay: 'Stay',
  deleteTitle: 'Delete this conversation?',
  deleteText:
    'All its messages, names and keys go from this device for good. Only copies outside of Sotto may still hold them: backups of this computer, or what its drive keeps for a while.',
  deleteOthers: 'The others keep what they have.',
  deleted: 'Conversation deleted',
  deleteAction: 'Delete for good',
  removeAction: 'Remove them',
  security: 'Security',
  suite: 'Cipher',
  epoch: 'Epoch',
  ownKeys: 'Your keys',
  keysRenewed: (day: string) => `renewed ${day}`,
  keysHeldBack:
    'This device renews its keys every week, and here that has not come through. If it was not switched off all that time, the server may be holding it back.',
  keysChanged: 'keys changed',
};

export const historyDoor = {
  title: 'History',
  export: 'Export',
  import: 'Import',
  hint: 'Export writes conversations into a file, to keep or to take along. Import reads such an archive.',
  hintRoom: 'Writes this conversation into a file, to keep or to take along.',
  imported: 'Imported',
  importedFoot: 'This conversation came out of an archive. It can be read, not continued.',
  untitled: 'Imported conversation',
};

export const end = {
  title: 'End this chat?',
  text: 'It ends for everyone, and every link to it stops. This cannot be undone.',
  keep: 'Keep the history',
  keepHint: 'You and the others can still read what was written.',
  erase: 'Erase it everywhere',
  eraseHint: 'Deleted here, and everyone’s browser is asked to delete it. Nobody can be forced to forget.',
  action: 'End chat',
};

/** What could not be done, and what would help. */
export function trouble(code: ClientErrorCode | 'PASSKEY_REFUSED' | undefined): string {
  switch (code) {
    case 'LOCKED':
      return 'Sotto is locked. Unlock it first.';
    case 'NO_SUCH_LOCK':
      return security.nothingToLock;
    case 'LAST_LOCK':
      return security.removeLast;
    case 'TOO_MANY_LOCKS':
      return 'There are as many ways to unlock as there can be. Remove one first.';
    case 'NO_MEMORY':
      return unlock.noMemory;
    case 'OFFLINE':
      return 'There is no connection. Try again when it is back.';
    case 'NOT_ALLOWED':
      return 'Only the host can do that.';
    case 'ROOM_ENDED':
      return 'This chat has ended.';
    case 'ROOM_PAUSED':
      return 'This chat is paused.';
    case 'ROOM_FULL':
      return 'The chat is full.';
    case 'NOT_A_MEMBER':
      return 'You are not in this chat.';
    case 'TEXT_TOO_LARGE':
      return chat.tooLong;
    case 'FILE_TOO_LARGE':
    case 'FILE_EMPTY':
    case 'BAD_FILE':
      return 'This file cannot be sent.';
    case 'BAD_NAME':
      return 'That name cannot be used. Choose a shorter one, in letters.';
    case 'BAD_PASSWORD':
      return 'That password cannot be used.';
    case 'STORAGE_FAILED':
      return 'This browser could not write to its storage.';
    case 'STORAGE_FULL':
      return 'There is no room left in this browser’s storage. Make room on the disk, then try again.';
    case 'STORAGE_UNAVAILABLE':
      return 'This browser keeps nothing for this page: a private window, or site data is blocked.';
    case 'STORAGE_IN_USE':
      return 'Another page still holds this browser’s storage. Close it, then try again.';
    case 'STORAGE_LOST':
      return 'What was kept here is gone: the browser or somebody cleared it. It does not come back.';
    case 'KEYS_LOST':
      return 'The keys to what was kept here are gone: the browser or somebody cleared them. It cannot be read any more.';
    case 'BAD_PICTURE':
      return 'This cannot be used as a picture. Try another one.';
    case 'BAD_TIMER':
      return 'Messages can disappear after 5 seconds at the least, and after a year at the most.';
    case 'RELAY_REFUSED':
      return 'The server did not take it. Try again.';
    case 'UNKNOWN_KNOCK':
      return 'They are no longer waiting.';
    case 'CLOSED':
      return 'Another window of Sotto was just closed and this one took over. See whether it was done, and try again if not.';
    case 'UNKNOWN_INVITE':
      return 'That link is already gone.';
    default:
      return 'That did not work. Nothing has changed.';
  }
}

export const notification = {
  knock: (name: string) => `${isolate(name)} asks to join`,
  message: (name: string) => `New message from ${isolate(name)}`,
};

/** The name of a cipher suite in words a person may look up; unknown ones stay as they are. */
export function suiteInWords(suite: string): string {
  if (suite.includes('MLKEM768X25519_AES256GCM')) return 'X25519 + ML-KEM-768, AES-256-GCM';
  return suite.replace(/^MLS_\d+_/, '').replaceAll('_', ' ');
}
