/** What is read about other people; beside the code that is loaded for it, so that guests do not wait for it. */
import { accountTrouble } from '../account/accountWords.ts';
import { isolate } from '../text/isolate.ts';

const plural = new Intl.PluralRules('en');
const counted = (count: number, one: string, other: string): string =>
  `${count} ${plural.select(count) === 'one' ? one : other}`;

export const newConversation = {
  title: 'New conversation',
  kinds: { person: 'One person', group: 'Group', link: 'By link' },
  kind: 'What kind of conversation',
  handle: 'Handle',
  handleHint: 'As they told it to you, for example @mara. They get your first message as a request.',
  find: 'Find',
  finding: 'Looking…',
  handleMissing: 'Write a handle first.',
  self: 'That is you.',
  known: 'People you know',
  noneKnown: 'Nobody yet. Find someone by their handle above.',
  write: 'Write to them',
  writeTo: (name: string) => `Write to ${isolate(name)}`,
  verifyFirst: 'Verify first',
  groupTitle: 'Name of the group',
  groupTitleMissing: 'Give the group a name first.',
  groupPeople: 'Who is in it',
  groupNobody: 'Choose at least one person.',
  addByHandle: 'Add by handle',
  chosen: (count: number) => `${counted(count, 'person', 'people')} chosen`,
  createGroup: 'Create group',
  making: 'Making it…',
  linkText:
    'For people without an account: you send a link, they ask to join in their browser, you let them in.',
  linkAction: 'Start chat by link',
  linkNot: 'Chats by link are started on the computer that runs Sotto.',
  addTitle: 'Add people',
  addAction: 'Add',
  addText: 'They read what is written from now on, nothing from before.',
  added: (count: number) => `${counted(count, 'person', 'people')} added`,
  allIn: 'Everyone you know is in already.',
};

export const request = {
  title: (name: string, handle: string | undefined) =>
    `${isolate(name)}${handle === undefined ? '' : ` (@${handle})`} wants to write to you`,
  text: 'Nothing goes back before you accept: they do not learn that you have seen this, or that you are here.',
  stranger: 'You have not verified them: anyone can choose any name.',
  accept: 'Accept',
  decline: 'Decline',
  block: 'Decline and block',
  declined: 'Declined. It is gone from this device.',
  blocked: 'Declined and blocked.',
};

export const stopped = {
  changedTitle: (names: string) => `${names}: keys changed`,
  changedText:
    'This happens when they reinstall, or when someone is pretending to be them. Nothing is sent until you decide.',
  again: 'Verify again',
  anyway: 'Continue anyway',
  leave: 'Leave it',
  left: 'Nothing is sent: their keys changed.',
  decide: 'Decide',
  accepted: (name: string) => `You continue with ${isolate(name)}, not verified.`,
  notVerified: (names: string) =>
    `You write to verified people only, and ${names} ${names.includes(' and ') ? 'are' : 'is'} not verified yet.`,
  settings: 'You can switch that off in the settings.',
  replaced: (name: string) =>
    `${isolate(name)} has other keys now. Write to them in a new conversation; this one stays to be read.`,
  elsewhere:
    'You both began a conversation at the same time. It goes on in the other one; this one stays to be read.',
  go: 'Go to the conversation',
  writeAnew: (name: string) => `Write to ${isolate(name)}`,
  verify: 'Verify',
  verifyWho: (name: string) => `Verify ${isolate(name)}`,
  blocked: (name: string) =>
    `You blocked ${isolate(name)}. Nothing goes to them, and nothing comes from them.`,
  unblock: 'Unblock',
  announcements: 'Only the owner and the admins write here.',
  request: 'Your first message is a request. You can write on once it is accepted.',
};

export const person = {
  more: (name: string) => `More about ${isolate(name)}`,
  online: 'here now',
  lastSeen: (when: string) => `last here ${when}`,
  devices: (count: number) => counted(count, 'device', 'devices'),
  posesAs: (name: string) => `This name looks like that of ${isolate(name)}, who is somebody else.`,
  trust: {
    verified: 'Verified: you compared the safety number.',
    'verified-by-link': 'Verified by link: they hold the secret of a link that came from a verified person.',
    unverified: 'Not verified yet: compare the safety number to be sure who this is.',
    changed:
      'Their keys changed. This happens when they reinstall, or when someone is pretending to be them.',
  },
  guest: 'A guest, here by a link. There is no account to find them by.',
  verify: 'Verify',
  verifyWho: (name: string) => `Verify ${isolate(name)}`,
  verifyAgain: 'Verify again',
  forget: 'Take verification back',
  forgotten: (name: string) => `${isolate(name)} is no longer verified`,
  write: (name: string) => `Write to ${isolate(name)}`,
  role: 'Role in this conversation',
  roles: { owner: 'owner', admin: 'admin', member: 'member', guest: 'guest' },
  roleHints: {
    owner: 'Decides everything, also who else does.',
    admin: 'Lets people in and takes them out.',
    member: 'Reads and writes.',
    guest: 'Reads and writes until they leave.',
  },
  roleSet: (name: string, role: string) => `${isolate(name)} is ${role} now`,
  handOver: 'Hand over',
  handOverTitle: (name: string) => `Hand over to ${isolate(name)}?`,
  handOverText: 'They become owner and you become a member. Only they can give it back.',
  handedOver: (name: string) => `${isolate(name)} owns this conversation now`,
  remove: 'Remove',
  removeWho: (name: string) => `Remove ${isolate(name)}`,
  block: 'Block',
  blockTitle: (name: string) => `Block ${isolate(name)}?`,
  blockText:
    'They cannot write to you, and learn neither that you are here nor that you have read anything. They are not told.',
  blockGroups: 'In groups that you share, their words are folded away.',
  blocked: (name: string) => `${isolate(name)} is blocked`,
  unblock: 'Unblock',
  unblocked: (name: string) => `${isolate(name)} is no longer blocked`,
  blockedMark: 'blocked',
  report: 'Report',
  reportTitle: (name: string) => `Report ${isolate(name)}?`,
  reportText:
    'The owner and the admins get the messages that you choose, as this device received them, and see that it was you.',
  reportNone: 'There is no message of theirs on this device that could be shown as evidence.',
  reportWhich: 'Messages to show them',
  reportMissing: 'Choose at least one message.',
  reported: 'Reported to the owner and the admins.',
};

export const fallenOut = {
  noticed:
    'This device fell out of step with the others here: it cannot read what they write now, nor they what you write. Ask to be added again; what you have stays.',
  ask: 'Ask to be added again',
  asked: 'You asked to be added again. What you write waits here until one of the others has done it.',
  other: (name: string) =>
    `The device of ${isolate(name)} fell out of step and asks to be added again. If you doubt that it is theirs, ask them by another way first.`,
  add: 'Add again',
};

export const contacts = {
  title: 'Verified and blocked people',
  forget: 'Take back',
  forgetWho: (name: string) => `Take back the verification of ${isolate(name)}`,
  unblockWho: (name: string) => `Unblock ${isolate(name)}`,
  shared: 'Your own devices learn of it from each other, signed.',
};

export const group = {
  title: 'Conversation',
  mute: 'Mute',
  mutes: { off: 'off', '8h': 'for 8 hours', '7d': 'for a week', on: 'until I unmute' },
  muteHint: 'No sound and no notification. Messages still arrive.',
  add: 'Add people',
  announcements: 'Announcements only',
  announcementsHint: 'Only the owner and the admins write; everyone reads.',
  leave: 'Leave conversation',
  leaveTitle: 'Leave this conversation?',
  leaveText:
    'You can still read what was said so far, and nothing after. To come back, someone inside has to add you.',
  leaveDirectText:
    'You can still read what was said so far, and delete it then. To write to each other again, one of you begins anew.',
  leaveAction: 'Leave',
  stay: 'Stay',
  owned: 'You are its only owner. Hand over first: open a person above, then “Hand over”.',
};

export const verifying = {
  title: (name: string) => `Verify ${isolate(name)}`,
  lead: (name: string) =>
    `Compare these numbers with those on ${isolate(name)}’s screen: side by side, or on a call where you know the voice. The same numbers mean that nobody stands between you.`,
  number: 'Safety number',
  working: 'Working out the number…',
  qr: 'Safety number as QR code',
  mark: 'Mark as verified',
  marked: (name: string) => `${isolate(name)} is verified`,
  copy: 'Copy numbers',
  copyHint: 'Send them by another way than Sotto, if you compare from afar.',
  scanTitle: 'Or let the camera compare',
  scanned: 'Code on their screen',
  paste: 'Or paste what you got',
  compare: 'Compare',
  outcomes: {
    match: (name: string) => `They match. ${isolate(name)} is verified.`,
    mismatch: (name: string) =>
      `They do not match. Do not go on: someone may stand between you and ${isolate(name)}. Meet, or call each other, before you write anything that matters.`,
    'wrong-version': () =>
      'The code comes from another version of Sotto. Update both, or compare the numbers by eye.',
    'other-person': (name: string) => `That is the code of somebody else than ${isolate(name)}.`,
  },
  done: 'Done',
  cannot: 'The number cannot be worked out for this person.',
};

/** What could not be done about people, and what would help. */
export function peopleTrouble(error: unknown): string {
  switch ((Object(error) as { readonly code?: string }).code) {
    case 'PERSON_UNKNOWN':
      return 'Nobody here has that handle. Look at each letter once more.';
    case 'NOT_VERIFIED':
      return 'You write to verified people only. Verify them first, or switch that off in the settings.';
    case 'KEYS_CHANGED':
      return 'Their keys changed. Verify them again first.';
    case 'BLOCKED':
      return 'You blocked this person. Unblock them first.';
    case 'LAST_OWNER':
      return group.owned;
    case 'ROOM_FULL':
      return 'The conversation is full.';
    case 'NOT_ALLOWED':
      return 'Your role in this conversation does not allow that.';
    case 'RELAY_REFUSED':
      return 'The server did not take it. Try again.';
    default:
      return accountTrouble(error);
  }
}
