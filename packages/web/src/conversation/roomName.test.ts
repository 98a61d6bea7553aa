import type { Member, RoomView } from '@sotto/client';
import { describe, expect, it } from 'vitest';
import { roomAvatar, roomName, wasErased } from './roomName.ts';

function member(name: string, self = false): Member {
  return {
    accountId: `account ${name}` as never,
    deviceId: `device ${name}` as never,
    name,
    role: 'member',
    guest: false,
    trust: 'unverified',
    self,
  };
}
const roomId = 'room' as RoomView['roomId'];
const me = member('Me', true);

describe('roomName', () => {
  it('is the title, else the others, else that it is new', () => {
    expect(roomName({ title: 'Lake', members: [me, member('Mara')] })).toBe('Lake');
    expect(roomName({ title: ' ', members: [member('Mara'), me] })).toContain('Mara');
    expect(roomName({ title: '', members: [me] })).toBe('New chat');
  });
});

describe('roomAvatar', () => {
  it('is that of the person the room is called after', () => {
    expect(roomAvatar({ roomId, title: '', members: [me, member('Mara'), member('Noor')] })).toEqual({
      name: 'Mara',
      id: 'account Mara',
    });
    const guest = { ...member('Noor'), guest: true };
    expect(roomAvatar({ roomId, title: '', members: [me, guest] }).id).toBe('device Noor');
  });

  it('has the colour that the room has on all devices, however each calls it', () => {
    const streamId = 'stream' as RoomView['streamId'] & string;
    const ids = ['here', 'there'].map(
      local => roomAvatar({ roomId: local as RoomView['roomId'], streamId, title: 'Lake', members: [] }).id,
    );
    expect(ids).toEqual(['stream', 'stream']);
  });

  it('is the room’s own where it has a title, and has no initial where there is no name', () => {
    expect(roomAvatar({ roomId, title: 'Lake', members: [me, member('Mara')] })).toEqual({
      name: 'Lake',
      id: 'room',
    });
    expect(roomAvatar({ roomId, title: '', members: [me] })).toEqual({ name: '', id: 'room' });
  });
});

describe('wasErased', () => {
  it('is an ended room of which nobody and nothing is kept', () => {
    const erased = { condition: 'ended', membership: 'member', members: [] } as const;
    expect(wasErased(erased)).toBe(true);
    expect(wasErased({ ...erased, members: [me] })).toBe(false);
    expect(wasErased({ ...erased, condition: 'open' })).toBe(false);
    expect(wasErased({ ...erased, membership: 'joining' })).toBe(false);
  });
});
