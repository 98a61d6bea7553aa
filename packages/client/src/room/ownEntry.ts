import { base62Encode } from '@sotto/protocol';
import type { RoomId } from '../projection.ts';
import { KEYS } from '../records/keys.ts';
import type { RoomContext } from './roomContext.ts';

/** Where it is noted that an own entry is in the log: own messages cannot be opened, so their bytes must do. */
export function ownEntryKey(context: Pick<RoomContext, 'env'>, roomId: RoomId, payload: Uint8Array): string {
  const hash = context.env.provider.hash('SHA-256', payload);
  return KEYS.ownEntry(roomId, base62Encode(hash.subarray(0, 16)));
}
