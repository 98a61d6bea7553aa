import { decodeRoomCard, encodeRoomCard, type RoomCard } from '@sotto/protocol';
import { utf8 } from '../bytes.ts';
import { decoded } from '../decoded.ts';
import type { CoreEnv } from '../env.ts';
import { LABELS } from '../labels.ts';
import { cleanName, cleanTitle } from '../names.ts';
import { openSealed, seal } from '../sealed.ts';
import type { InviteLink } from './inviteLink.ts';
import type { LinkKeys } from './linkKeys.ts';

/** Every card fits into one: its size tells no title. */
const CARD_BUCKET_BYTES = 512;

/** Seals the card for the relay to hold, 540 bytes. Throws `BAD_NAME`. */
export function sealRoomCard(
  env: CoreEnv,
  link: InviteLink,
  keys: Pick<LinkKeys, 'cardKey'>,
  card: RoomCard,
): Uint8Array {
  const shown = { ...card, title: cleanTitle(card.title), inviterName: cleanName(card.inviterName) };
  return seal(env, { ...purposeOf(link, keys), bucketBytes: CARD_BUCKET_BYTES }, encodeRoomCard(shown));
}

/**
 * Opens it where the engine runs; the page before the engine uses `openDoorCard` of `@sotto/core/door`.
 * Throws `CANNOT_OPEN`, `MALFORMED`, `UNSUPPORTED`.
 */
export function openRoomCard(
  env: Pick<CoreEnv, 'provider'>,
  link: InviteLink,
  keys: Pick<LinkKeys, 'cardKey'>,
  sealedCard: Uint8Array,
): RoomCard {
  const card = openSealed(env, purposeOf(link, keys), sealedCard);
  return decoded(() => decodeRoomCard(card));
}

function purposeOf(link: InviteLink, keys: Pick<LinkKeys, 'cardKey'>) {
  return { key: keys.cardKey, label: LABELS.linkCard, context: utf8(link.token) };
}
