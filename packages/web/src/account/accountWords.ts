/**
 * What is read about accounts and devices; beside the code that is loaded for it, so that guests do not wait for it.
 */
import type { HistoryTransfer } from '@sotto/client';
import type { ScanTrouble } from '../people/readQr.ts';
import { isolate } from '../text/isolate.ts';
import { trouble } from '../words.ts';

const plural = new Intl.PluralRules('en');
const figures = new Intl.NumberFormat('en');
const counted = (count: number, one: string, other: string): string =>
  `${figures.format(count)} ${plural.select(count) === 'one' ? one : other}`;

export const account = {
  title: 'Account',
  create: 'Create account',
  signIn: 'Sign in',
  createTitle: 'Create an account',
  createLead: 'People find you by your handle, and you can use several devices. No e-mail, no phone number.',
  inviteOnly: 'This server takes new accounts by invitation.',
  handle: 'Handle',
  handleHint:
    '3 to 32 letters from a to z, digits, and single . _ or - between them. It begins with a letter.',
  handleIs: (handle: string) => `People find you as @${handle}.`,
  handleMissing: 'Choose a handle first.',
  handleShort: 'A handle has 3 characters at least.',
  handleLong: 'A handle has 32 characters at most.',
  handleFirst: 'A handle begins with a letter.',
  handleMark: 'The marks . _ and - stand one at a time, between letters or digits.',
  handleLetter: (letter: string) =>
    `“${isolate(letter)}” cannot be in it: only a to z, so that no letter of another script can pose as one of them.`,
  handleReserved: 'That would pose as Sotto, or as the people who run this server. Choose another one.',
  handleTaken: 'Somebody has this handle, or one that looks like it. Choose another one.',
  handleInvalid: 'That is not a handle: letters from a to z, digits, and single . _ or - between them.',
  name: 'Your name',
  nameHint: 'What people read. You can change it whenever you like.',
  nameMissing: 'Write a name first.',
  password: 'Password',
  passwordMissing: 'Write the password first.',
  showPassword: 'Show password',
  invitation: 'Invitation code',
  invitationHint: 'From whoever runs this server.',
  invitationWrong: 'That invitation code is not good here, or was used before.',
  noReset:
    'Nobody can reset the password: not whoever runs the server, not the people who make Sotto. If you lose it and the recovery code that comes next, your account and all that was said are lost.',
  creating:
    'Making your account. The password is stretched so that nobody can guess it; this takes a few seconds.',
  codeTitle: 'Your recovery code',
  codeText:
    'These twelve words open your account when the password is lost. They are shown this once and kept nowhere.',
  codeLost: 'Whoever has them has your account. Without them and the password, nobody can bring it back.',
  codeMaking: 'Making the code…',
  codeCopy: 'Copy code',
  codePrint: 'Print',
  codeCopyFailed: 'The browser did not allow copying. Write it down instead.',
  codeKept: 'I have kept it',
  codeDone: 'Done',
  created: (handle: string) => `You are @${handle}`,
  has: (handle: string) => `You are @${handle} on this server.`,
  none: 'With an account, people find you by a handle, you use several devices, and what you keep is yours on all of them.',
  noneClosed: 'New accounts are not given out here. If you have one, sign in.',
  or: 'or',

  signInTitle: 'Sign in',
  signInLead: 'This device becomes one of your account’s.',
  signInFailed: 'That handle and password do not belong together.',
  signingIn: 'Signing in. This takes a few seconds.',
  useCode: 'Use a recovery code',
  usePassword: 'Use the password',
  useDevice: 'Use a device that is signed in',
  recoverTitle: 'Sign in with the recovery code',
  recoverLead: 'The twelve words that you kept. A new password takes the place of the one that was lost.',
  code: 'Recovery code',
  codeHint: 'Twelve words, in their order. The first four letters of each are enough.',
  codeMissing: 'Write the recovery code first.',
  codeCount: (count: number) => `${counted(count, 'word is', 'words are')} there; the code has 12.`,
  codeMistyped: 'There is a slip in the code: a word that is in none, or words in another order.',
  recoverFailed: 'That handle and recovery code do not belong together.',
  newPassword: 'New password',
  signedIn: (handle: string | undefined) => (handle === undefined ? 'Signed in' : `Signed in as @${handle}`),

  changePassword: 'Change password',
  changeText: 'The devices that are signed in stay so. The recovery code stays as it is.',
  current: 'Current password',
  currentWrong: 'That is not the current password.',
  changed: 'The password is changed.',
  changing: 'Changing the password. This takes a few seconds.',
  removePasskeys: 'Remove all sign-in passkeys too',
  removePasskeysHint: 'If you changed it because somebody else may get in. Otherwise they stay as they are.',
  newCode: 'New recovery code',
  newCodeTitle: 'Make a new recovery code?',
  newCodeText: 'The code that you have now stops working at once.',
  newCodeAction: 'Make a new code',
  signOut: 'Sign out',
  signOutTitle: 'Sign out on this device?',
  signOutText:
    'Everything that Sotto keeps in this browser is erased, and the device leaves all your conversations. To come back you need the password, a sign-in passkey, the recovery code, or another device of yours.',
  signOutLast:
    'This is your only device. Nothing of your conversations will be left anywhere: what was said does not come back when you sign in again.',
  signingOut: 'Signing out…',
  delete: 'Delete account',
  deleteTitle: 'Delete your account?',
  deleteText:
    'Nobody finds you by your handle any more. For 30 days nobody can take it, not even you; after that anyone can. Your other devices are signed out. The conversations on this device stay, without an account. This cannot be undone.',
  deleteAction: 'Delete for good',
  deleted: 'The account is deleted.',
};

export const passkeys = {
  title: 'Sign in with a passkey',
  lead: 'On a new device you sign in with a fingerprint, your face or a PIN, without handle and password. These passkeys do not unlock what a browser keeps.',
  signIn: 'Sign in with a passkey',
  waiting: 'Waiting for the passkey…',
  signInFailed:
    'This server knows no account by that passkey. It may have been removed, or be one that only unlocks a browser.',
  signInRefused:
    'No passkey was given. You may have none for this address, or the browser does not trust its certificate.',
  signInUnsupported:
    'The browser, the passkey or this address cannot do that: it takes the WebAuthn extension PRF, and an address with a name instead of a number. Sign in another way.',
  add: 'Add a sign-in passkey',
  addTitle: 'Add a sign-in passkey',
  addText:
    'Your device, your password manager or a security key keeps it. Whoever can use it there can sign in to your account.',
  addAction: 'Add passkey',
  name: 'Name of the passkey',
  nameHint: 'To tell it from others. Only your own devices can read it.',
  nameMissing: 'Write a name first.',
  added: 'The passkey signs you in from now on.',
  addRefused:
    'No passkey was made. It was declined, there is one already, or the browser does not trust this address’s certificate.',
  addUnsupported:
    'This browser, or what would keep the passkey, makes no keys from passkeys (the WebAuthn extension PRF). Nothing was added.',
  notHere:
    'Passkeys do not work here: they need a current browser, and an address with a name instead of a number.',
  full: 'Ten passkeys are the most. Remove one to add another.',
  unseen: 'They are shown when the server can be reached.',
  unnamed: 'Unnamed passkey',
  since: (when: string) => `added ${when}`,
  remove: 'Remove',
  removeWhat: (name: string) => `Remove ${isolate(name)}`,
  removeTitle: (name: string) => `Remove the passkey ${isolate(name)}?`,
  removeText:
    'Nobody can sign in with it any more. A device that signed in with it stays signed in until you revoke it.',
  removeAction: 'Remove passkey',
};

export const devices = {
  title: 'Devices',
  lead: (count: number) =>
    count === 1
      ? 'Only this device can read your conversations.'
      : `${count} devices can read your conversations.`,
  self: 'this device',
  revoked: 'revoked',
  unnamed: 'Unnamed device',
  since: (when: string) => `added ${when}`,
  used: (when: string) => `last used ${when}`,
  inUse: 'in use',
  rename: 'Rename',
  renameWho: (name: string) => `Rename ${isolate(name)}`,
  renameTitle: 'Rename this device',
  name: 'Name of the device',
  nameHint: 'Only your own devices can read it.',
  save: 'Save',
  renamed: 'Renamed',
  revoke: 'Revoke',
  revokeWho: (name: string) => `Revoke ${isolate(name)}`,
  revokeTitle: (name: string) => `Revoke ${isolate(name)}?`,
  revokeText: [
    'It is signed out and leaves every conversation. The keys change, so it can read nothing that is said from now on.',
    'What it has received already stays on it: revoking cannot reach into a device that is lost.',
  ],
  revokeStranger:
    'You do not know this device? Change your password as well, and remove the sign-in passkeys.',
  revokeAction: 'Revoke device',
  revokedNow: (name: string) => `${isolate(name)} is revoked`,
  add: 'Add a device',
  addTitle: 'Add a device',
  addLead:
    'On the new device, open the address of this server and choose “Sign in”, then “Use a device that is signed in”. It shows a code.',
  addCode: 'Code of the new device',
  addCodeHint: 'Scan it, or type the four groups that stand beside it.',
  addCodeMissing: 'Scan or type the code first.',
  wantsIn: (name: string) => `${isolate(name)} wants to become a device of your account.`,
  readCode: 'Go on',
  reading: 'Asking for the new device…',
  compare: 'Do both devices show these words?',
  compareText:
    'If they do, nobody stands between them. If they do not, or you did not start this yourself, stop: someone is trying to get into your account.',
  words: 'Words on both devices',
  fromNowOn:
    'It will read what is said from now on. What was said before stays on the devices that have it, until you send it.',
  newName: 'Name for the new device',
  approve: 'They are the same, add it',
  differ: 'They are not the same',
  differSaid: 'Nothing was added. Begin anew on a network that you trust.',
  approved: 'The device is added. Finish on it.',
  linkTitle: 'Use a device that is signed in',
  linkLead: 'On that device, open Settings, “Add a device”, and scan this code.',
  linkQr: 'Code of this device',
  linkTyped: 'Or type there:',
  linkCopy: 'Copy code',
  linkWords: 'The other device shows the same words. If it does not, stop there.',
  linkEnds: (when: string) => `The code is good until ${when}.`,
  linkMaking: 'Making the code…',
  confirmTitle: (handle: string) => `Become a device of @${handle}?`,
  confirmText: 'This device gets that account with all its keys. Go on only if the account is yours.',
  confirm: 'Yes, it is mine',
  linkFailed: {
    expired: 'The code ran out before it was used.',
    refused: 'On the other device, it was said that this one is not to be added.',
    lost: 'The server no longer has this code: it was started again meanwhile. Show a new one.',
    'wrong-answer':
      'What came back does not fit this code, and was refused. Someone may stand between the two devices.',
  },
  linkAgain: 'Show a new code',
};

export const history = {
  send: 'Send history',
  sendWho: (name: string) => `Send history to ${isolate(name)}`,
  title: (name: string) => `Send history to ${isolate(name)}?`,
  measuring: 'Counting what there is…',
  size: (messages: number, conversations: number, sizeBytes: number) =>
    `${counted(messages, 'message', 'messages')} of ${counted(conversations, 'conversation', 'conversations')}, ${megabytes(sizeBytes)}.`,
  nothing: 'There is nothing here that this device could send.',
  text: [
    'That device can then read what was said before it came. Send it only to a device that you have with you.',
    'It goes through the server, encrypted for your own devices. Messages that disappear go with the time they have left; what was deleted, and conversations that are over, are not sent.',
  ],
  action: 'Send',
  begun: 'Sending. It goes on while both devices are open.',
  stop: 'Stop',
  stopWho: (name: string) => `Stop the history of ${isolate(name)}`,
  putAway: 'OK',
  putAwayWho: (name: string) => `OK: the history of ${isolate(name)}`,
  line: (transfer: HistoryTransfer): string => {
    const { way, done, total, refused, state, trouble } = transfer;
    const parts = `${done} of ${total}`;
    if (trouble === 'relay-full') return 'History: the server takes no more for now. It goes on by itself.';
    if (trouble === 'no-space')
      return `History: ${parts}. No room is left on this device; it goes on by itself when there is.`;
    if (state === 'done' && refused > 0)
      return `History: ${refused} of ${total} parts were damaged or did not fit, and were left out. Send it again to fill them in.`;
    if (state === 'done')
      return way === 'to' ? 'The history is sent.' : 'The history of that device is here.';
    if (total === 0) return 'History: getting ready…';
    const said = way === 'to' ? `Sending history: ${parts}` : `History from it: ${parts}`;
    return state === 'waiting' ? `${said}. It goes on while that device is open.` : said;
  },
};

const MEGABYTE = 1_000_000;

function megabytes(sizeBytes: number): string {
  return sizeBytes < MEGABYTE ? 'less than 1 MB' : `about ${Math.round(sizeBytes / MEGABYTE)} MB`;
}

export const privacy = {
  title: 'Privacy',
  readReceipts: 'Read receipts',
  readReceiptsHint: 'Others see when you have read. Off, you do not see it of them either.',
  typing: 'Typing',
  typingHint: 'Others see that you are writing while you do.',
  presence: 'Online and last seen',
  presenceHint: 'People you have accepted see when you are here. The server cannot read it.',
  strict: 'Write to verified people only',
  strictHint: 'Strict: nothing goes to anyone whose safety number you have not compared.',
};

const MINUTE_MS = 60_000;

/** `a minute`, `12 minutes`, `2 hours`: rounded up, so that it is not too early then. */
function waiting(ms: number): string {
  const minutes = Math.ceil(ms / MINUTE_MS);
  if (minutes <= 1) return 'a minute';
  return minutes < 90 ? `${minutes} minutes` : `${Math.ceil(minutes / 60)} hours`;
}

interface Facts {
  readonly code?: string;
  readonly facts?: { readonly retryAfterMs?: number };
}

/** What could not be done about an account, and what would help. */
export function accountTrouble(error: unknown): string {
  const { code, facts } = Object(error) as Facts;
  switch (code) {
    case 'HANDLE_INVALID':
      return account.handleInvalid;
    case 'HANDLE_RESERVED':
      return account.handleReserved;
    case 'HANDLE_TAKEN':
      return account.handleTaken;
    case 'WEAK_PASSWORD':
      return 'The password is too short.';
    case 'SIGN_IN_FAILED':
      return account.signInFailed;
    case 'RATE_LIMITED':
      return `Too many tries. Try again in ${waiting(facts?.retryAfterMs ?? MINUTE_MS)}.`;
    case 'REGISTRATION_CLOSED':
      return 'This server gives out no new accounts.';
    case 'INVITATION_NEEDED':
      return account.invitationWrong;
    case 'HAS_ACCOUNT':
      return 'This device has an account already.';
    case 'NO_ACCOUNT':
      return 'This device has no account. Create one or sign in first.';
    case 'DEVICE_IN_USE':
      return 'There are conversations on this device that belong to no account. Create an account to keep them, or erase the device first.';
    case 'TOO_MANY_DEVICES':
      return 'The account has as many devices as it can have. Revoke one first.';
    case 'TOO_MANY_PASSKEYS':
      return passkeys.full;
    case 'UNKNOWN_PASSKEY':
      return 'That passkey is no longer there.';
    case 'UNKNOWN_DEVICE':
      return 'That device is no longer there.';
    case 'MISTYPED_CODE':
      return account.codeMistyped;
    case 'BAD_CODE':
      return 'That is not the code of a new device, or there is a slip in it.';
    case 'LINK_EXPIRED':
      return 'No new device waits under that code. It may have run out or been used: show a new one on the new device.';
    case 'LINK_TAMPERED':
      return 'What the server passed on is not what the new device showed, and was refused. Someone may stand between the two devices. Nothing was added.';
    default:
      return trouble(code as Parameters<typeof trouble>[0]);
  }
}

export const scanning = {
  scan: 'Scan with the camera',
  stop: 'Stop the camera',
  view: 'Camera picture',
  looking: 'Hold the code in front of the camera.',
  picture: 'Choose a picture of it',
  trouble: {
    'no-camera': 'There is no camera that this page can use. Choose a picture of the code, or paste it.',
    refused: 'The browser did not allow the camera. Choose a picture of the code, or paste it.',
    'no-code': 'No code was found in that picture.',
    'no-picture': 'That file is not a picture that this browser can read.',
  } satisfies Record<ScanTrouble, string>,
};
