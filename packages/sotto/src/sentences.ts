import type { JoinFailure, SottoError } from '@sotto/client/node';

const DOOR: Record<JoinFailure, string> = {
  declined: 'They did not let you in.',
  blocked: 'They do not let you in by this link any more.',
  'wrong-password': 'The password is wrong.',
  expired: 'The link has expired. Ask for a new one.',
  full: 'The link has been used as often as it may be. Ask for a new one.',
  revoked: 'The link was taken back. Ask for a new one.',
  ended: 'The chat has ended.',
  'unknown-link': 'The server does not know this link (any more).',
  'cannot-read': 'What came back cannot be read by this version.',
  impostor: 'Whoever answered is not who made the link. Nothing was told to them.',
  'rate-limited': 'Too many tries. Wait a few minutes.',
};

/** What happened, and what would help, for a person at a terminal. */
export function sentenceOf({ code, message, facts }: SottoError): string {
  switch (code) {
    case 'STORAGE_IN_USE':
      return 'Another sotto uses this folder right now. Close it, or use another folder with --home.';
    case 'PASSPHRASE_NEEDED':
      return 'What is kept here is locked. Run it in a terminal to type the passphrase, or use --passphrase-file FILE.';
    case 'WRONG_SECRET':
      return 'The passphrase is wrong.';
    case 'WEAK_PASSPHRASE':
      return 'A passphrase has eight characters or more.';
    case 'WEAK_PASSWORD':
      return 'A password has ten characters or more.';
    case 'RELAY_NEEDED':
      return 'Which server? Come in by "sotto join LINK", or name one with --relay URL (your own: http://localhost:8080).';
    case 'OTHER_RELAY':
      return `${sentence(message)}. For another server use another folder with --home.`;
    case 'CERTIFICATE_UNTRUSTED':
      return `This computer does not trust the server’s certificate. Compare its SHA-256 fingerprint with the one that you were told:\n${facts.fingerprint}\nIf they are equal: --certificate FINGERPRINT (it is remembered).`;
    case 'CERTIFICATE_CHANGED':
      return `The server shows a certificate with another key than before. Ask whoever runs it whether that is so; its fingerprint is now\n${facts.fingerprint}\nIf that is right: --certificate FINGERPRINT.`;
    case 'BAD_LINK':
      return 'That is no invite link: it looks like https://…/chat/…#1.… and is needed whole.';
    case 'BAD_PASSWORD':
      return 'This link needs a password: use --password-file FILE, or run it in a terminal.';
    case 'BAD_NAME':
      return 'What others should call you is missing or cannot be used: --name NAME.';
    case 'NOT_LET_IN':
      return facts.reason === undefined ? `${sentence(message)}.` : DOOR[facts.reason];
    case 'OFFLINE':
      return 'The server cannot be reached. "sotto doctor" says more.';
    case 'TIMED_OUT':
      return 'It did not happen in time.';
    case 'SIGN_IN_FAILED':
      return 'Handle or password is wrong.';
    case 'RATE_LIMITED':
      return 'Too many tries. Wait a few minutes.';
    case 'PERSON_UNKNOWN':
      return `There is nobody to find by that: ${message}.`;
    case 'NOT_ALLOWED':
      return `That is not yours to do: ${message}.`;
    case 'KEYS_CHANGED':
      return 'The keys of somebody in there have changed. Verify them first: "sotto verify PERSON".';
    case 'NOT_VERIFIED':
      return 'You write to verified people only, and somebody in there is not: "sotto verify PERSON".';
    case 'FILE_EMPTY':
      return 'The file is empty.';
    case 'FILE_TOO_LARGE':
      return `A file has ${Math.floor((facts.limitBytes ?? 0) / 1_048_576)} MiB at most.`;
    case 'FILE_GONE':
      return 'The server does not have the file any more.';
    case 'FILE_DAMAGED':
      return 'What the server gave is not the file that was sent. Nothing of it was saved.';
    case 'ARCHIVE_WRONG_PASSPHRASE':
      return 'The passphrase does not open this archive.';
    case 'KEYS_LOST':
      return 'The keys to what was kept here are gone: it cannot be read any more.';
    default:
      return `${sentence(message)} (${code}).`;
  }
}

function sentence(message: string): string {
  return message.charAt(0).toUpperCase() + message.slice(1);
}
