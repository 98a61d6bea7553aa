import type { EntryOutcome, RoomMember } from '@sotto/core';
import type { AccountId, DeviceId, Entry } from '@sotto/protocol';
import { failOutbox } from './concludeRoom.ts';
import { noteBackIn } from './fallenOut.ts';
import { keptTitle } from './keptTitle.ts';
import type { RoomContext } from './roomContext.ts';
import { viewOf } from './roomState.ts';
import type { RoomStep } from './roomStep.ts';
import { writeRosterChange } from './rosters.ts';
import { raisedFloors } from './sendState.ts';

/** A new epoch: who came, who went, and what that means for what is on its way. */
export function receiveCommit(
  context: RoomContext,
  step: RoomStep,
  entry: Entry,
  commit: Extract<EntryOutcome, { type: 'commit' }>,
): void {
  const atMs = context.clock.nowMs();
  const { change } = commit;
  const gone = change.removed.map(({ member }) => member);
  const title = keptTitle(context, step.state, gone);
  if (viewOf(step.state)?.kind === 'direct' && gone.length > 0) step.set({ title });
  for (const member of change.joined) {
    const known = step.state.peers.get(member.deviceId);
    step.putPeer({
      ...step.peer(member.deviceId),
      name: known?.name ?? '',
      baseline: step.state.record.echoedCounter,
    });
  }
  // Whoever comes with all their devices comes once.
  const came = new Set(change.joined.map(({ deviceId }) => deviceId));
  const toldOf = new Set<string>();
  for (const { accountId, deviceId, guest } of change.joined) {
    const wasHere = hasDevice(step, accountId, other => !came.has(other));
    if (!wasHere && toldOf.has(accountId)) continue;
    toldOf.add(accountId);
    const event = wasHere
      ? ({ type: 'device-added', deviceId, self: accountId === context.identity.accountId } as const)
      : ({ type: 'joined', deviceId, guest, self: false } as const);
    step.putItem(entry.seq, { kind: 'event', atMs, event });
  }
  const toldGone = new Set<string>();
  for (const { member, leaving } of change.removed) {
    const self = commit.selfRemoved && member.accountId === context.identity.accountId;
    if (!commit.selfRemoved && hasOtherDevice(step, member)) {
      const own = member.accountId === context.identity.accountId;
      const event = { type: 'device-removed', deviceId: member.deviceId, self: own } as const;
      step.putItem(entry.seq, { kind: 'event', atMs, event });
      continue;
    }
    if (toldGone.has(member.accountId)) continue;
    toldGone.add(member.accountId);
    const event = leaving
      ? ({ type: 'left', deviceId: member.deviceId, self } as const)
      : ({ type: 'removed', deviceId: member.deviceId, by: commit.by.deviceId, self } as const);
    step.putItem(entry.seq, { kind: 'event', atMs, event });
  }
  for (const { deviceId, accountId } of change.addedAgain) {
    noteBackIn(step, deviceId);
    const self = accountId === context.identity.accountId;
    step.putItem(entry.seq, { kind: 'event', atMs, event: { type: 'added-again', deviceId, self } });
  }
  for (const { deviceId } of change.accountsMade) {
    const self = deviceId === context.identity.deviceId;
    step.putItem(entry.seq, { kind: 'event', atMs, event: { type: 'account-made', deviceId, self } });
  }
  // Once for each account: its devices have one role.
  const told = new Set<string>();
  for (const { member } of change.roles) {
    if (told.has(member.accountId)) continue;
    told.add(member.accountId);
    const { deviceId, role, accountId } = member;
    const self = accountId === context.identity.accountId;
    const event = { type: 'role-changed', deviceId, role, by: commit.by.deviceId, self } as const;
    step.putItem(entry.seq, { kind: 'event', atMs, event });
  }
  const by = { by: commit.by.deviceId, self: commit.by.accountId === context.identity.accountId };
  if (change.title !== undefined) {
    const event = { type: 'title', title: change.title.to, ...by } as const;
    step.putItem(entry.seq, { kind: 'event', atMs, event });
  }
  if (change.picture !== undefined) {
    step.putItem(entry.seq, { kind: 'event', atMs, event: { type: 'picture', on: change.picture, ...by } });
  }
  if (change.announcements !== undefined) {
    const event = { type: 'announcements', on: change.announcements, by: commit.by.deviceId } as const;
    step.putItem(entry.seq, { kind: 'event', atMs, event });
  }
  if (change.joined.length + change.removed.length > 0) step.set({ lastActivityMs: atMs });
  if (commit.selfRemoved) {
    const left = change.removed.some(({ member, leaving }) => leaving && isOwn(context, member));
    step.set({ membership: left ? 'left' : 'removed', title });
    step.dropConversation();
    failOutbox(step, 'not-a-member');
    return;
  }
  writeRosterChange(step, change);
  step.set(raisedFloors(step.state));
}

function isOwn({ identity }: RoomContext, { accountId }: RoomMember): boolean {
  return accountId === identity.accountId;
}

/** Whether its person is in the room with another device. */
function hasOtherDevice(step: RoomStep, { accountId, deviceId }: RoomMember): boolean {
  return hasDevice(step, accountId, other => other !== deviceId);
}

function hasDevice({ state }: RoomStep, accountId: AccountId, which: (other: DeviceId) => boolean): boolean {
  const members = viewOf(state)?.members ?? [];
  return members.some(member => member.accountId === accountId && which(member.deviceId));
}
