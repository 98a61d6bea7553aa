import { CoreError, type InviteLink, openDoorCard, parseLink } from '@sotto/client/door';
import type { DoorFailure } from '../words.ts';
import { type DoorCard, DoorError } from './invitation.ts';

/** Reads a link. Throws `DoorError`: missing, malformed, newer-link, unknown-link. */
export function readLink(link: string): InviteLink {
  try {
    return parseLink(link);
  } catch (error) {
    throw new DoorError(failureOf(error));
  }
}

function failureOf(error: unknown): DoorFailure {
  const reason = error instanceof CoreError && error.code === 'BAD_LINK' ? error.facts.reason : undefined;
  if (reason === 'no-secret') return 'missing';
  if (reason === 'unsupported-version') return 'newer-link';
  return reason === 'bad-token' ? 'unknown-link' : 'malformed';
}

/** Opens the room card. Throws `DoorError`: malformed when the link's secret does not fit it, cannot-read. */
export async function openCard(link: InviteLink, sealedCard: Uint8Array): Promise<DoorCard> {
  try {
    return await openDoorCard(crypto.subtle, link, sealedCard);
  } catch (error) {
    const damaged = error instanceof CoreError && error.code === 'CANNOT_OPEN';
    throw new DoorError(damaged ? 'malformed' : 'cannot-read');
  }
}
