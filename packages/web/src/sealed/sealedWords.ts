import { peopleTrouble } from '../people/peopleWords.ts';
import { isolate } from '../text/isolate.ts';

export const sealedSettings = {
  title: 'Sealed messages',
  none: 'Let people without an account and programs write to you, encrypted to an RSA key of yours. Such messages have no forward secrecy: whoever gets your key can open all that were kept, and if you lose it, nobody can.',
  make: 'Make RSA keys',
  makeTitle: 'Make RSA keys',
  makeText:
    'Two pairs are made on this device, one to decrypt with and one to sign with. The private halves leave it only wrapped, for your own other devices. This can take some seconds.',
  bits: 'Length of the keys',
  bitsNames: { 3072: '3072 bits', 4096: '4096 bits' } as const,
  bitsHint: '3072 is enough by today’s knowledge. 4096 is slower everywhere, for policies that ask for it.',
  strangers: 'People without an account may leave messages',
  strangersHint: 'On the page behind your address. Programs with a token can write in any case.',
  address: 'Your address for sealed messages',
  copyAddress: 'Copy address',
  copySafer: 'Copy with fingerprint',
  saferHint: 'With the fingerprint in it, the page refuses keys that somebody else puts in between.',
  fingerprint: 'Fingerprint of your key',
  fingerprintHint: 'Give it on paper or on a site of yours, so that people can compare it before they write.',
  facts: (bits: number, made: string, old: number) =>
    `${bits} bits, made ${made}${old === 0 ? '' : ` · ${old} older ${old === 1 ? 'key' : 'keys'} kept for reading`}`,
  lacks: 'No forward secrecy. If you lose your keys, you lose what was sealed to them.',
  rotate: 'Make new keys',
  rotateText:
    'New keys take the place of these ones. The old one to read with is kept, so that what was sealed to it can still be opened. Your address, your fingerprint and all tokens stay as they are.',
  saveJwk: 'Save JWK',
  savePem: 'Save PEM',
};

export const alerts = {
  title: 'Alerts',
  lead: 'A program posts to your address with a token of its own, and encrypts before it posts. The server sees who posts and when, and not what.',
  make: 'New source',
  makeTitle: 'A source of alerts',
  name: 'What it is called',
  nameHint: 'Only your devices can read this.',
  nameMissing: 'Give it a name that you will know it by.',
  perHour: 'Messages an hour, at the most',
  action: 'Make token',
  unnamed: 'Unnamed source',
  limit: (perHour: number) => `${perHour} an hour`,
  since: (day: string) => `since ${day}`,
  muted: 'muted',
  mute: 'Mute',
  unmute: 'Unmute',
  muteWho: (name: string) => `Mute ${isolate(name)}`,
  unmuteWho: (name: string) => `Unmute ${isolate(name)}`,
  change: 'Change',
  changeWho: (name: string) => `Change ${isolate(name)}`,
  save: 'Save',
  revoke: 'Revoke',
  revokeWho: (name: string) => `Revoke ${isolate(name)}`,
  revokeTitle: (name: string) => `Revoke ${isolate(name)}?`,
  revokeText: 'Its token is worth nothing from now on. What it has sent stays.',
  renew: 'Make another token',
  renewHint: 'The token that it has now stops working at once.',
  tokenTitle: (name: string) => `The token of ${isolate(name)}`,
  token: 'Token',
  tokenOnce: 'It is shown now and never again. Whoever has it can post in the name of this source.',
  address: 'Posting address',
  accountKey: 'Account key',
  accountKeyHint: 'The program checks with it that the key it encrypts to is yours.',
  copyToken: 'Copy token',
  copyAddress: 'Copy posting address',
  copyKey: 'Copy account key',
  program: 'A program that posts',
  programs: { shell: 'Shell', python: 'Python', typescript: 'TypeScript' } as const,
  needs: {
    shell: 'Needs the packages jose, curl and openssl, as Debian has them.',
    python: 'Needs the package python3-jwcrypto, as Debian has it.',
    typescript: 'Needs Node 22.18 or newer, and “npm install jose”.',
  } as const,
  run: 'Run it like this, with the token in a file named “token”:',
  copyCommand: 'Copy command',
  saveProgram: (file: string) => `Save ${file}`,
  saveToken: 'Save token',
  certificate: 'Where browsers warn about the certificate, the program has to be told to trust it.',
  done: 'Done',
};

/** In the details of a room where sealed messages lie: by whom. */
export const writers = {
  title: 'Who writes here',
  anyone: 'Anyone who has your address, without an account. What they sign with proves nothing.',
  closed: 'Nobody at the moment: people without an account may leave no messages.',
  settings: 'Change that under “Sealed messages” in the settings.',
  program: 'A program that has its token. You can mute, change or revoke it under “Alerts” in the settings.',
  revoked: 'Nobody any more: the token of this source was revoked.',
  write: 'Write to them',
};

export const rsaChoice = {
  label: 'How it is encrypted',
  kinds: { mls: 'Forward secret', 'rsa-sealed': 'RSA sealed' } as const,
  hint: 'Only where a policy asks for RSA: no forward secrecy, and lost keys mean lost messages; no sign of who is online, and none if you are shown different conversations. Both of you need RSA keys.',
};

/** What could not be done about keys and sources. */
export function sealedTrouble(error: unknown): string {
  switch ((Object(error) as { readonly code?: string }).code) {
    case 'HAS_SEALED_KEYS':
      return 'Another of your devices has made keys already. They are fetched now.';
    case 'NO_SEALED_KEYS':
      return 'There are no RSA keys yet: you need them, and so does whoever you write to.';
    case 'UNKNOWN_SOURCE':
      return 'That source is already gone.';
    case 'TOO_MANY_SOURCES':
      return 'There are as many sources as there can be. Revoke one first.';
    case 'NOT_ALLOWED':
      return 'Between 1 and 3,600 messages an hour.';
    default:
      return peopleTrouble(error);
  }
}
