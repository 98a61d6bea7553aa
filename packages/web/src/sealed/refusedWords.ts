import type { SealedRefusal } from '@sotto/client';

/** Why a sealed message is shown as a gap. */
export function refusedSealed(reason: SealedRefusal, count: number): { title: string; text: string } {
  const title = count === 1 ? 'A sealed message was refused' : `${count} sealed messages were refused`;
  return { title, text: `${REASONS[reason]} Nothing of it was taken over.` };
}

const REASONS: Readonly<Record<SealedRefusal, string>> = {
  malformed: 'It is no sealed message, or a part of it is missing.',
  'too-large': 'It is larger than a sealed message may be.',
  attachment: 'A file that came with it has a name, a type or contents that are not taken here.',
  gone: 'It was too large to lie among the others, and the relay does not have it any more.',
  algorithm:
    'It was not encrypted the one way that is taken here: RSA-OAEP-256 with A256GCM, signed with PS256.',
  header: 'It says something of how it was made that is not known here.',
  'unknown-key': 'It was encrypted to a key that this account does not have, or has no more.',
  'cannot-open': 'It does not open: it was changed, cut short, or encrypted for somebody else.',
  unsigned: 'It does not prove who wrote it.',
  'unknown-sender': 'It is signed with a key that its sender has not published.',
  'bad-signature': 'The signature is not by the one whom it names as its sender.',
  'wrong-recipient': 'It was written to somebody else, and passed on as if it were for you.',
  'wrong-room': 'It was written for another conversation.',
  replayed: 'The same message came before.',
  unsupported: 'It says something that this version does not know.',
};
