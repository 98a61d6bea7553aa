import { entropyToMnemonic, mnemonicToEntropy } from '@scure/bip39';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import { utf8 } from '../bytes.ts';
import type { CoreEnv } from '../env.ts';
import { CoreError } from '../errors.ts';
import { LABELS, type Label } from '../labels.ts';
import type { BundleKey } from './accountBundle.ts';

/** Why a code that was typed is none. */
export type BadCodeReason =
  /** Not as many words as a code has. */
  | 'word-count'
  /** No word of the list; `place` says which. */
  | 'unknown-word'
  /** Words of the list, and not a code: one is another's, or two are swapped. */
  | 'checksum'
  /** Text that is no code of this kind. */
  | 'no-code';

declare const recoveryCodeBrand: unique symbol;
/** Twelve words that lead back to the account: 128 bits, and 4 that check them (BIP39, English). Secret; shown once. */
export type RecoveryCode = readonly string[] & { readonly [recoveryCodeBrand]: true };

/** What comes of a recovery code. */
export interface RecoveryKeys {
  /** Seals the account's keys; never leaves the device. */
  readonly bundleKey: BundleKey;
  /** 32 bytes for the relay to see when somebody recovers: it stores only their hash until then. */
  readonly proof: Uint8Array;
  /** SHA-256 of `proof`, 32 bytes. */
  readonly proofHash: Uint8Array;
}

export const RECOVERY_WORDS = 12;
const ENTROPY_BYTES = 16;
/** The first four letters of a word tell it from all others of the list. */
const TELLING_LETTERS = 4;

/** A fresh code. */
export function makeRecoveryCode(env: Pick<CoreEnv, 'random'>): RecoveryCode {
  return codeOf(env.random(ENTROPY_BYTES));
}

/**
 * Reads what a person typed: any case and blanks, whole words or their first four letters.
 * Throws `BAD_CODE` with `reason`, and with `place` for a word that is in no code; one wrong word of the list passes
 * in one case of 16, and then opens nothing.
 */
export function readRecoveryCode(text: string): RecoveryCode {
  const typed = text
    .normalize('NFKD')
    .toLowerCase()
    .split(/[^a-z]+/);
  const given = typed.filter(word => word !== '');
  if (given.length !== RECOVERY_WORDS) throw refuse('word-count');
  const words = given.map((word, at) => listed(word) ?? unknown(at + 1));
  try {
    return codeOf(mnemonicToEntropy(words.join(' '), wordlist));
  } catch {
    throw refuse('checksum');
  }
}

/** The keys of a code. 128 bits need no stretching. */
export function recoveryKeysOf(env: Pick<CoreEnv, 'provider'>, code: RecoveryCode): RecoveryKeys {
  const entropy = mnemonicToEntropy(code.join(' '), wordlist);
  const root = env.provider.hkdfExtract('SHA-256', utf8(LABELS.recovery), entropy);
  const expand = (label: Label) => env.provider.hkdfExpand('SHA-256', root, utf8(label), 32);
  const proof = expand(LABELS.recoveryProof);
  return {
    bundleKey: { kind: 'recovery', secret: expand(LABELS.recoveryKey) },
    proof,
    proofHash: env.provider.hash('SHA-256', proof),
  };
}

function codeOf(entropy: Uint8Array): RecoveryCode {
  return entropyToMnemonic(entropy, wordlist).split(' ') as unknown as RecoveryCode;
}

function listed(typed: string): string | undefined {
  if (wordlist.includes(typed)) return typed;
  return typed.length === TELLING_LETTERS ? wordlist.find(word => word.startsWith(typed)) : undefined;
}

function unknown(place: number): never {
  throw new CoreError('BAD_CODE', `word ${place} is in no code`, { reason: 'unknown-word', place });
}

function refuse(reason: BadCodeReason): CoreError {
  return new CoreError('BAD_CODE', `recovery code: ${reason}`, { reason });
}
