import { CoreError } from '../errors.ts';

/** Why a sealed message is not taken. Nothing has changed when one is thrown. */
export type BadSealedReason =
  | 'malformed'
  | 'too-large'
  | 'attachment'
  | 'gone'
  | 'algorithm'
  | 'header'
  | 'unknown-key'
  | 'cannot-open'
  | 'unsigned'
  | 'unknown-sender'
  | 'bad-signature'
  | 'wrong-recipient'
  | 'wrong-room'
  | 'replayed'
  | 'unsupported';

/** What each means, for people. */
const SENTENCES: Readonly<Record<BadSealedReason, string>> = {
  malformed: 'This is not a sealed message, or a part of it is missing.',
  'too-large': 'The message is larger than a sealed message may be.',
  attachment: 'A file of the message has a name, a type or contents that are not taken here.',
  gone: 'The relay does not have the message any more.',
  algorithm:
    'The message was not encrypted the one way that is taken here: RSA-OAEP-256 with A256GCM, signed with PS256.',
  header: 'The message says something of how it was made that is not known here.',
  'unknown-key': 'The message was encrypted to a key that this account does not have.',
  'cannot-open': 'The message does not open: it was changed, cut short, or encrypted to somebody else.',
  unsigned: 'The message does not prove who wrote it.',
  'unknown-sender': 'The message is signed with a key that its sender has not published.',
  'bad-signature': 'The signature is not by the one whom the message names as its sender.',
  'wrong-recipient': 'The message was written to somebody else, and passed on as if it were for you.',
  'wrong-room': 'The message was written for another conversation.',
  replayed: 'The same message came before.',
  unsupported: 'The message says something that this version does not know.',
};

/** `BAD_SEALED_MESSAGE` with the reason and its sentence. */
export function refuseSealed(reason: BadSealedReason): CoreError {
  return new CoreError('BAD_SEALED_MESSAGE', SENTENCES[reason], { reason });
}

/** The reason of a refusal; `undefined` for any other error. */
export function sealedReasonOf(error: unknown): BadSealedReason | undefined {
  if (!(error instanceof CoreError) || error.code !== 'BAD_SEALED_MESSAGE') return undefined;
  return error.facts.reason as BadSealedReason;
}
