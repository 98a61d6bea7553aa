import type { RoomMember } from '@sotto/core';
import type { RoomContext } from './roomContext.ts';
import { type RoomState, viewOf } from './roomState.ts';

/**
 * What a room is to be called once those are gone by whom it is called now: its title, and a conversation of two after
 * the other one. `leaving`: who goes out of it, where that is known.
 */
export function keptTitle(
  { identity, people }: Pick<RoomContext, 'identity' | 'people'>,
  state: RoomState,
  leaving: readonly RoomMember[] = [],
): string {
  const view = viewOf(state);
  const before = state.record.title ?? '';
  if (view?.kind !== 'direct') return view?.title ?? before;
  const devices = [...view.members, ...leaving].filter(({ accountId }) => accountId !== identity.accountId);
  const [first] = devices;
  if (first === undefined) return before;
  const names = devices.map(({ deviceId }) => state.peers.get(deviceId)?.name ?? '');
  return names.find(name => name !== '') ?? people.handle(first.accountId) ?? before;
}

/** What it is called now. A conversation of two has no title of its own while both are in it. */
export function titleNow({ identity }: Pick<RoomContext, 'identity'>, state: RoomState): string {
  const view = viewOf(state);
  const alone =
    view?.kind === 'direct' && view.members.every(({ accountId }) => accountId === identity.accountId);
  return alone || view === undefined ? (state.record.title ?? '') : view.title;
}
