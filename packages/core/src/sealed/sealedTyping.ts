import { LIMITS, MessageId } from '@sotto/protocol';
import { isPresenceNow } from '../conversation/ephemeral.ts';
import type { RoomMember } from '../conversation/member.ts';
import type { CoreEnv } from '../env.ts';
import { assertMembers } from './jsonParts.ts';
import { ENVELOPE, openClaims, type SealedTalker, sealClaims } from './sealedEntry.ts';
import { accountIdIn, timeIn } from './sealedMessage.ts';
import { refuseSealed, sealedReasonOf } from './sealedRefusal.ts';
import { type SealedRoom, sealedMember } from './sealedRoom.ts';

/** That somebody at the other end writes just now, or stopped. */
export interface SealedTyping {
  readonly author: RoomMember;
  readonly active: boolean;
  readonly sentAtMs: number;
}

/**
 * That this device's person writes, or stopped: to the other account's key only, signed as an entry is, and as long for
 * either. `undefined` where it is longer than a signal may be.
 */
export async function sealTyping(
  env: CoreEnv,
  room: SealedRoom,
  talker: SealedTalker,
  active: boolean,
): Promise<Uint8Array | undefined> {
  const jti = MessageId.fromBytes(env.random(MessageId.sizeBytes));
  const said = { jti, iat: env.nowMs() / 1_000, typing: active ? 1 : 0 };
  const payload = await sealClaims(room, talker, said, [talker.others.encryption]);
  return payload.length > LIMITS.ephemeralBytes ? undefined : payload;
}

/**
 * Who writes at the other end, or `undefined` for anything that does not open: signals are never waited for. The relay
 * can keep one: it counts for some minutes, and only if it is newer than the last one of its device.
 */
export async function openTyping(
  env: CoreEnv,
  room: SealedRoom,
  talker: SealedTalker,
  payload: Uint8Array,
  lastOf: (author: RoomMember) => number | undefined,
): Promise<SealedTyping | undefined> {
  if (payload.length > LIMITS.ephemeralBytes) return undefined;
  try {
    const claims = await openClaims(payload, talker, room);
    assertMembers(claims, [...ENVELOPE, 'typing'], [], 'unsupported');
    const accountId = accountIdIn(claims.iss);
    const device = room.devices.find(
      known => known.deviceId === claims.device && known.accountId === accountId,
    );
    if (device === undefined || accountId !== talker.others.accountId) throw refuseSealed('unknown-sender');
    if (claims.typing !== 0 && claims.typing !== 1) throw refuseSealed('malformed');
    const author = sealedMember(room, device);
    const sentAtMs = timeIn(claims.iat);
    if (!isPresenceNow(env, sentAtMs, lastOf(author))) return undefined;
    return { author, active: claims.typing === 1, sentAtMs };
  } catch (error) {
    if (sealedReasonOf(error) === undefined) throw error;
    return undefined;
  }
}
