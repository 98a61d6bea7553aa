import type { ExtensionView } from '@sotto/mls';
import { decodeRoomPolicy, encodeRoomPolicy, type RoomPolicy } from '@sotto/protocol';
import { decoded } from '../decoded.ts';
import { CoreError } from '../errors.ts';

/** The group-context extension that holds the `RoomPolicy` (private use range, RFC 9420 §17.3); required of all members. */
export const POLICY_EXTENSION = 0xf0a1;

/** Throws `MALFORMED` for what no policy may hold. */
export function policyExtension(policy: RoomPolicy): ExtensionView {
  return { type: POLICY_EXTENSION, data: decoded(() => encodeRoomPolicy(policy)) };
}

/** The policy of a group. Throws `MALFORMED` when there is none, `UNSUPPORTED` for a later version. */
export function policyOf(extensions: readonly ExtensionView[]): RoomPolicy {
  const found = extensions.find(({ type }) => type === POLICY_EXTENSION);
  if (found === undefined) throw new CoreError('MALFORMED', 'the group has no room policy');
  return decoded(() => decodeRoomPolicy(found.data));
}
