import type { Vault } from '@sotto/vault';
import type { RoomId } from '../projection.ts';
import { KEYS } from '../records/keys.ts';

const PAGE = 200;
/** Chunks of files are large. */
const FILE_PAGE = 16;

/**
 * Takes the records of a room away, the largest part first and the room's own record last, so that what a crash
 * leaves can be taken away at the next start; then destroys the keys that they were under. `history` keeps the
 * room's own record.
 */
export async function eraseRoom(vault: Vault, roomId: RoomId, what: 'history' | 'room'): Promise<void> {
  const prefixes = [
    KEYS.timeline(roomId),
    KEYS.segments(roomId),
    KEYS.places(roomId),
    KEYS.quotes(roomId),
    KEYS.disappearing(roomId),
    KEYS.ownEntries(roomId),
    KEYS.outbox(roomId),
    KEYS.rosters(roomId),
    KEYS.peers(roomId),
    KEYS.conversation(roomId),
    KEYS.sealedRoom(roomId),
    KEYS.knocks(roomId),
    KEYS.visitors(roomId),
    ...(what === 'room' ? [KEYS.invites(roomId)] : []),
  ];
  await takeAway(vault, KEYS.files(roomId), FILE_PAGE);
  for (const prefix of prefixes) await takeAway(vault, prefix);
  const rest = what === 'room' ? [KEYS.join(roomId), KEYS.room(roomId)] : [KEYS.join(roomId)];
  await vault.erase(
    await vault.shelvesOf(roomId),
    rest.map(key => ({ key, value: null })),
  );
}

async function takeAway(vault: Vault, prefix: string, limit = PAGE): Promise<void> {
  for (;;) {
    const page = await vault.scan({ prefix, limit });
    if (page.length > 0) await vault.commit(page.map(({ key }) => ({ key, value: null })));
    if (page.length < limit) return;
  }
}
