import type { RoomCard } from '@sotto/protocol';
import type { CoreEnv } from '../env.ts';
import type { InviteLink } from './inviteLink.ts';
import type { LinkKeys } from './linkKeys.ts';

/** Seals the card under the link's card key: at most 4096 bytes, padded so that its size tells no title. */
export function sealRoomCard(
  _env: CoreEnv,
  _link: InviteLink,
  _keys: Pick<LinkKeys, 'cardKey'>,
  _card: RoomCard,
): Uint8Array {
  throw new Error('not built yet');
}

/** Opens it; the page before the engine uses `openDoorCard` of `@sotto/core/door`. Throws `CANNOT_OPEN`, `MALFORMED`, `UNSUPPORTED`. */
export function openRoomCard(
  _env: CoreEnv,
  _link: InviteLink,
  _keys: Pick<LinkKeys, 'cardKey'>,
  _sealedCard: Uint8Array,
): RoomCard {
  throw new Error('not built yet');
}
