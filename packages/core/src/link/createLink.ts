import type { StreamId } from '@sotto/protocol';
import type { CoreEnv } from '../env.ts';
import type { InviteLink } from './inviteLink.ts';

/** A fresh link into a room, made by the device that will answer its join requests. */
export function createLink(
  _env: CoreEnv,
  _options: {
    readonly inviterAccountKey: Uint8Array;
    readonly streamId: StreamId;
    readonly password: boolean;
  },
): InviteLink {
  throw new Error('not built yet');
}

/** First 16 bytes of the hash over inviter and room that stands in the link. */
export function linkFingerprint(
  _env: Pick<CoreEnv, 'provider'>,
  _inviterAccountKey: Uint8Array,
  _groupId: Uint8Array,
): Uint8Array {
  throw new Error('not built yet');
}
