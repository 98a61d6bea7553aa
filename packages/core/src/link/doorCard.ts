import type { RoomCard } from '@sotto/protocol';
import type { InviteLink } from './inviteLink.ts';

export type { RoomCard } from '@sotto/protocol';
export { type BadLinkReason, type InviteLink, parseLink } from './inviteLink.ts';

/**
 * Opens a room card with WebCrypto, before any other code of the engine is loaded.
 * Throws `CANNOT_OPEN`, `MALFORMED`, `UNSUPPORTED`.
 */
export function openDoorCard(
  _subtle: SubtleCrypto,
  _link: InviteLink,
  _sealedCard: Uint8Array,
): Promise<RoomCard> {
  return Promise.reject(new Error('not built yet'));
}
