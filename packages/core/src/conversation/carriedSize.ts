import { LIMITS } from '@sotto/protocol';
import { CoreError } from '../errors.ts';

/** For what stands around payloads in a frame and in a bundle. */
const ENVELOPE_BYTES = 4_096;

/**
 * Refuses before anything is sent what the relay would: a Commit too large for an entry, which only a room of more
 * members than are allowed can need, a Welcome too large for an inbox, or more Welcomes than a frame holds.
 */
export function assertCarried(messages: readonly Uint8Array[], welcomes: readonly Uint8Array[]): void {
  const commitBytes = messages.reduce((sum, { length }) => sum + length, 0) + ENVELOPE_BYTES;
  const largestBytes = Math.max(0, ...welcomes.map(({ length }) => length));
  if (commitBytes > LIMITS.commitBytes || largestBytes > LIMITS.payloadBytes) {
    throw new CoreError('ROOM_FULL', 'more devices than one commit can tell of', {
      limitBytes: commitBytes > LIMITS.commitBytes ? LIMITS.commitBytes : LIMITS.payloadBytes,
    });
  }
  const welcomeBytes = welcomes.reduce((sum, { length }) => sum + length + ENTRY_BYTES, 0);
  if (commitBytes + welcomeBytes > LIMITS.frameBytes) {
    throw new CoreError('TOO_LARGE', 'more at once than one frame holds: let them in one after the other', {
      limitBytes: LIMITS.frameBytes,
    });
  }
}

/** Device id, token and headers of an admission. */
const ENTRY_BYTES = 64;
