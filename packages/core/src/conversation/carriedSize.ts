import { LIMITS } from '@sotto/protocol';
import { CoreError } from '../errors.ts';

/** For what stands around payloads in a frame and in a bundle. */
const ENVELOPE_BYTES = 4_096;

/**
 * Refuses before anything is sent what the relay would: a Welcome holds the whole tree, so it is the first to grow too
 * large (1.6 kB a member, up to 3 kB once all parents have keys), and everyone who is let in at once gets a copy in the same frame.
 */
export function assertCarried(
  messages: readonly Uint8Array[],
  welcome: Uint8Array | undefined,
  copies: number,
): void {
  const commitBytes = messages.reduce((sum, { length }) => sum + length, ENVELOPE_BYTES);
  const welcomeBytes = welcome?.length ?? 0;
  if (Math.max(commitBytes, welcomeBytes) > LIMITS.payloadBytes) {
    throw new CoreError('ROOM_FULL', 'the room has outgrown what the relay carries', {
      limitBytes: LIMITS.payloadBytes,
    });
  }
  if (commitBytes + copies * welcomeBytes + ENVELOPE_BYTES > LIMITS.frameBytes) {
    throw new CoreError('TOO_LARGE', 'too many at once: let them in one after the other', {
      limitBytes: LIMITS.frameBytes,
    });
  }
}
