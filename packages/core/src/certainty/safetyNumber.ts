import { AccountId, base62Decode, base62Encode } from '@sotto/protocol';
import { concatBytes, equalBytes } from '../bytes.ts';
import type { VerifyingEnv } from '../env.ts';

/** One of the two whom a safety number is about. */
export interface SafetyParty {
  readonly accountId: AccountId;
  /** Ed25519, 32 bytes. */
  readonly accountKey: Uint8Array;
}

/** What the two people compare. */
export interface SafetyNumber {
  /** 60 digits, the same on both sides: twelve groups of five. */
  readonly groups: readonly string[];
  /** For a QR code, as this side shows it: `sotto-number:1.<43 digits>.<43 digits>`, one's own first. */
  readonly qr: string;
}

/** What scanning the other's code gave. Only `match` proves anything; all but `match` and `wrong-version` warn. */
export type ScanOutcome =
  | { readonly outcome: 'match' }
  /** The keys that the two of you have of each other differ. */
  | { readonly outcome: 'mismatch' }
  /** Another contact showed their number with you: `accountId` says who. */
  | { readonly outcome: 'other-person'; readonly accountId: AccountId }
  /** Made by another version: compare the digits. */
  | { readonly outcome: 'wrong-version' }
  /** No safety number at all. */
  | { readonly outcome: 'no-number' };

type Hashing = { readonly provider: Pick<VerifyingEnv['provider'], 'hash'> };

const FINGERPRINT_VERSION = Uint8Array.of(0, 0);
/** What someone pays for each key of their own that they try to make look like another's. */
const ITERATIONS = 5_200;
const DIGITS_PER_SIDE = 30;
const GROUP_DIGITS = 5;
const GROUP_BYTES = 5;
/** Of a fingerprint, in a QR code. */
const SCANNED_BYTES = 32;
const QR = /^sotto-number:(\d+)\.([0-9A-Za-z.]*)$/;
const QR_VERSION = '1';

/** The safety number of two accounts, by the numeric fingerprint of Signal: iterated SHA-512, the smaller half first. */
export function safetyNumber(env: Hashing, own: SafetyParty, other: SafetyParty): SafetyNumber {
  const [mine, theirs] = [fingerprintOf(env, own), fingerprintOf(env, other)];
  const digits = [digitsOf(mine), digitsOf(theirs)].sort().join('');
  const halves = [mine, theirs].map(fingerprint => base62Encode(fingerprint.slice(0, SCANNED_BYTES)));
  return {
    groups: digits.match(/\d{5}/g)!,
    qr: `sotto-number:${QR_VERSION}.${halves.join('.')}`,
  };
}

/** One account's half of every safety number, to compare with what its owner gave elsewhere: six groups of five digits. */
export function accountFingerprint(env: Hashing, party: SafetyParty): readonly string[] {
  return digitsOf(fingerprintOf(env, party)).match(/\d{5}/g)!;
}

/** Compares what the other's device shows with what this one knows. `contacts` help to say whose code it was. */
export function compareQr(
  env: Hashing,
  scanned: string,
  known: {
    readonly own: SafetyParty;
    readonly other: SafetyParty;
    readonly contacts: readonly SafetyParty[];
  },
): ScanOutcome {
  const [, version, rest = ''] = QR.exec(scanned.trim()) ?? [];
  if (version === undefined) return { outcome: 'no-number' };
  if (version !== QR_VERSION) return { outcome: 'wrong-version' };
  const halves = rest.split('.').map(half => base62Decode(half, SCANNED_BYTES));
  const [theirs, mine] = halves;
  if (theirs === undefined || mine === undefined || halves.length !== 2) return { outcome: 'no-number' };
  const isOf = (half: Uint8Array, party: SafetyParty) =>
    equalBytes(half, fingerprintOf(env, party).slice(0, SCANNED_BYTES));
  const meant = isOf(mine, known.own);
  if (meant && isOf(theirs, known.other)) return { outcome: 'match' };
  const shown = meant ? known.contacts.find(contact => isOf(theirs, contact)) : undefined;
  return shown === undefined
    ? { outcome: 'mismatch' }
    : { outcome: 'other-person', accountId: shown.accountId };
}

/** 64 bytes: SHA-512 over version, key and id, then 5,200 times over what came out and the key. */
export function numericFingerprint(env: Hashing, publicKey: Uint8Array, id: Uint8Array): Uint8Array {
  let hash = concatBytes(FINGERPRINT_VERSION, publicKey, id);
  for (let i = 0; i < ITERATIONS; i++) hash = env.provider.hash('SHA-512', concatBytes(hash, publicKey));
  return hash;
}

/** 30 digits: six times 40 bits, each modulo 100,000. */
export function digitsOf(fingerprint: Uint8Array): string {
  const view = new DataView(fingerprint.buffer, fingerprint.byteOffset);
  return Array.from({ length: DIGITS_PER_SIDE / GROUP_DIGITS }, (_, group) => {
    const at = group * GROUP_BYTES;
    const value = view.getUint8(at) * 2 ** 32 + view.getUint32(at + 1);
    return String(value % 10 ** GROUP_DIGITS).padStart(GROUP_DIGITS, '0');
  }).join('');
}

function fingerprintOf(env: Hashing, { accountId, accountKey }: SafetyParty): Uint8Array {
  return numericFingerprint(env, accountKey, AccountId.toBytes(accountId));
}
