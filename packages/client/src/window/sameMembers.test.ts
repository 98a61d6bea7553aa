import { AccountId, DeviceId, StreamId } from '@sotto/protocol';
import { expect, it } from 'vitest';
import type { EngineState, Member, RoomView } from '../projection.ts';
import { putBack, SameMembers } from './sameMembers.ts';

const bytes = (length: number, fill: number) => new Uint8Array(length).fill(fill);

const membersOf = (room: number, count: number): readonly Member[] =>
  Array.from({ length: count }, (_, n) => ({
    accountId: AccountId.fromBytes(bytes(AccountId.sizeBytes, room)),
    deviceId: DeviceId.fromBytes(bytes(DeviceId.sizeBytes, room)),
    name: `Member ${n} of ${room}`,
    role: 'member',
    guest: false,
    trust: 'unverified',
    self: false,
  }));

const roomOf = (room: number, members: readonly Member[], unread = 0): RoomView => ({
  roomId: StreamId.fromBytes(bytes(StreamId.sizeBytes, room)),
  title: `Room ${room}`,
  condition: 'open',
  membership: 'member',
  members,
  myRole: 'member',
  knocks: [],
  invites: [],
  epoch: 1,
  suite: '',
  unread,
  lastActivityMs: 0,
  typing: [],
  warnings: [],
});

const stateOf = (...rooms: readonly RoomView[]): EngineState => ({
  lock: { state: 'unlocked', keeps: 'device', locks: [], lockAfterMs: undefined, overwritesInPlace: true },
  connection: { state: 'online' },
  mayHost: true,
  self: undefined,
  rooms,
});

it('members cross once, until they are others, and the window has the whole state each time', () => {
  const [small, large, other] = [membersOf(1, 3), membersOf(2, 1_000), membersOf(2, 999)];
  const states = [
    stateOf(roomOf(1, small), roomOf(2, large)),
    stateOf(roomOf(1, small), roomOf(2, large, 1)),
    // The order of rooms is the list's, not the members'.
    stateOf(roomOf(2, other), roomOf(1, small, 1)),
    stateOf(roomOf(1, [])),
    stateOf(roomOf(1, small)),
  ];
  const engine = new SameMembers();
  let window = stateOf();
  const sizes = states.map(state => {
    const crossing = structuredClone(engine.leaveOut({ type: 'state', state }));
    const event = putBack(window, crossing);
    if (event.type !== 'state') throw new Error('a state is a state');
    expect(event.state).toEqual(state);
    window = event.state;
    return JSON.stringify(crossing).length;
  });
  expect(sizes[0]).toBeGreaterThan(100_000);
  expect(sizes[1]).toBeLessThan(1_500);
  expect(sizes[2]).toBeGreaterThan(100_000);
});

it('each window has its own beginning', () => {
  const state = stateOf(roomOf(1, membersOf(1, 3)));
  new SameMembers().leaveOut({ type: 'state', state });
  expect(new SameMembers().leaveOut({ type: 'state', state }).sameMembers).toBeUndefined();
});
