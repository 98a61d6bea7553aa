import type { RoomView } from '@sotto/client';
import { isolate } from '../text/isolate.ts';
import { common } from '../words.ts';

/** What stands at a person in the details of a conversation. */
export const member = {
  owner: 'owner',
  admin: 'admin',
  verify: 'Verify',
  verifyWho: (name: string) => `Verify ${isolate(name)}`,
  more: (name: string) => `More about ${isolate(name)}`,
  online: 'here now',
  blockedWords: 'By someone you blocked.',
  show: 'Show',
  devices: (count: number) => `${count} devices`,
};

/**
 * What stands at whoever owns the room, wherever they are named: among accounts there are owners, and whoever made a
 * chat by link hosts it. Nothing between two.
 */
export function ownerWord(room: Pick<RoomView, 'kind'>, hasAccount: boolean): string | undefined {
  if (room.kind === 'direct') return undefined;
  return hasAccount ? member.owner : common.host;
}
