import { describe, expect, test } from 'vitest';
import { ProtocolError } from './errors.ts';
import { AccountId } from './ids.ts';
import { decodeRoomPolicy, encodeRoomPolicy, type RoomPolicy } from './room.ts';

const founderAccountKey = new Uint8Array(32).fill(7);
const peerAccountId = AccountId.fromBytes(new Uint8Array(32).fill(9));
const group: RoomPolicy = { title: 'Tea', roles: [], founderAccountKey, kind: 'group', announcements: false };
/** As the first version wrote it: version, title, founder. */
const OLD = Uint8Array.of(0x08, 1, 0x12, 3, 0x54, 0x65, 0x61, 0x22, 32, ...founderAccountKey);

describe('a room policy', () => {
  test('of the first version is a group in which everyone writes, and is written as it was', () => {
    expect(decodeRoomPolicy(OLD)).toEqual({ ...group, peerAccountId: undefined });
    expect(encodeRoomPolicy(group)).toEqual(OLD);
  });

  test('of a kind that is not known is UNSUPPORTED, never a group', () => {
    const code = (() => {
      try {
        return decodeRoomPolicy(Uint8Array.of(...OLD, 0x28, 9)).kind;
      } catch (error) {
        return error instanceof ProtocolError ? error.code : error;
      }
    })();
    expect(code).toBe('UNSUPPORTED');
  });

  test('names a peer in a direct room and in no other', () => {
    const direct = { ...group, kind: 'direct', peerAccountId } as const;
    expect(decodeRoomPolicy(encodeRoomPolicy(direct))).toEqual(direct);
    for (const wrong of [
      { ...group, kind: 'direct' },
      { ...group, peerAccountId },
      { ...group, kind: 'self', peerAccountId },
    ] as const) {
      expect(() => encodeRoomPolicy(wrong)).toThrow(ProtocolError);
    }
  });
});
