import { decodeRoomCard, type RoomCard } from '@sotto/protocol';
import { concatBytes, utf8 } from '../bytes.ts';
import { decoded } from '../decoded.ts';
import { CoreError } from '../errors.ts';
import { LABELS, labelled } from '../labels.ts';
import { unpad } from '../padding.ts';
import { NONCE_BYTES } from '../sealed.ts';
import type { InviteLink } from './inviteLink.ts';

export type { RoomCard } from '@sotto/protocol';
export { CoreError, type CoreErrorCode } from '../errors.ts';
export { type BadLinkReason, type InviteLink, parseLink } from './inviteLink.ts';

/**
 * Opens a room card with WebCrypto, before any other code of the engine is loaded.
 * Throws `CANNOT_OPEN`, `MALFORMED`, `UNSUPPORTED`.
 */
export async function openDoorCard(
  subtle: SubtleCrypto,
  link: InviteLink,
  sealedCard: Uint8Array,
): Promise<RoomCard> {
  const padded = await subtle
    .decrypt(
      {
        name: 'AES-GCM',
        iv: sealedCard.slice(0, NONCE_BYTES),
        additionalData: labelled(LABELS.linkCard, utf8(link.token)).slice(),
      },
      await cardKeyOf(subtle, link),
      sealedCard.slice(NONCE_BYTES),
    )
    .catch(() => {
      throw new CoreError('CANNOT_OPEN', 'not sealed for this');
    });
  const card = unpad(new Uint8Array(padded));
  return decoded(() => decodeRoomCard(card));
}

/** `deriveCardKey` by WebCrypto: one HKDF with the link's root as its extract step. */
async function cardKeyOf(subtle: SubtleCrypto, link: InviteLink): Promise<CryptoKey> {
  const secret = concatBytes(link.secret, utf8(link.token)).slice();
  const root = await subtle.importKey('raw', secret, 'HKDF', false, ['deriveKey']);
  return subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt: utf8(LABELS.link).slice(), info: utf8(LABELS.linkCard).slice() },
    root,
    { name: 'AES-GCM', length: 256 },
    false,
    ['decrypt'],
  );
}
