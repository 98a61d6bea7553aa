import type { EngineState, Member, RoomId, RoomView, TimelineItem } from '@sotto/client';
import type { ComponentChildren } from 'preact';
import { AccountOffer } from '../src/kept/AccountOffer.tsx';
import type { FakeBehaviour } from './fakeEngine.ts';
import * as f from './fixtures.ts';

type Hosted = (
  state: EngineState,
  timelines?: readonly (readonly [RoomId, readonly TimelineItem[]])[],
  behaviour?: FakeBehaviour,
) => ComponentChildren;

/** Accounts, devices, groups and certainty. What is opened on the way is in walks.mjs. */
export function peopleScenes(hosted: Hosted): Readonly<Record<string, () => ComponentChildren>> {
  const fresh = (
    registration: NonNullable<EngineState['registration']> = 'open',
    more: Partial<EngineState> = {},
  ) => hosted(f.stateOf([], more), [], { registration });
  const inside = (room: RoomView, more: Partial<EngineState> = {}, items = f.saturday()) =>
    hosted(f.withAccount([room, ...f.otherRooms], more), [[room.roomId, items]], { registration: 'open' });
  const elif: Member = f.member('Elif', { trust: 'verified', handle: 'elif', presence: { online: true } });
  const tomas: Member = f.member('Tomas', { trust: 'changed', handle: 'tomas' });
  const noor: Member = f.member('Noor', { handle: 'noor' });
  const says = (author: Member, text: string) => [f.message(author, f.at(14, 2), text)];
  const stopped = (other: Member, why: NonNullable<RoomView['sendingBlocked']>['why'], roomId?: RoomId) =>
    inside(
      f.direct(other, { sendingBlocked: { why, accountIds: [other.accountId], ...(roomId && { roomId }) } }),
      {},
      says(other, 'Are you coming on Saturday?'),
    );
  const request = f.direct(noor, {
    request: { fromName: 'Noor', handle: 'noor' },
    unread: 1,
    preview: {
      text: 'Hi, I am Noor from the boat club. May I ask you something?',
      own: false,
      atMs: f.at(14, 2),
    },
  });
  const requested = () =>
    hosted(
      f.withAccount([
        request,
        f.direct(f.member('ليلى العامري', { accountId: 'acc_layla' as never }), {
          request: { fromName: 'ليلى العامري', handle: 'layla' },
          unread: 1,
          preview: { text: 'السلام عليكم', own: false, atMs: f.at(13, 2) },
        }),
        { ...f.lake, muted: true },
        f.direct(elif, { preview: { text: 'See you at eight then', own: false, atMs: f.at(13, 2) } }),
        f.direct(tomas, { sendingBlocked: { why: 'keys-changed', accountIds: [tomas.accountId] } }),
      ]),
      [[request.roomId, says(noor, 'Hi, I am Noor from the boat club. May I ask you something?')]],
    );

  const garden = (change: Partial<RoomView>, ...others: readonly Member[]) =>
    inside({ ...f.lake, members: [...f.lake.members, ...others], ...change });

  return {
    'people-fallen-out': () => garden({ fallenOut: { asked: false } }),
    'people-fallen-out-asked': () => garden({ fallenOut: { asked: true } }),
    'people-fell-out': () => garden({ myRole: 'owner' }, { ...noor, fellOut: true }),
    'account-start': () => fresh(),
    'account-offer': () => (
      <main class="door">
        <h1 class="door-title">A chat needs its link</h1>
        <AccountOffer registration="open" />
      </main>
    ),
    'account-start-closed': () => fresh('closed'),
    'account-start-elsewhere': () => fresh('open', { mayHost: false }),
    'account-create': () => fresh(),
    'account-create-mistakes': () => fresh(),
    'account-create-taken': () => fresh(),
    'account-create-invitation': () => fresh('invitation'),
    'account-code': () => fresh(),
    'account-sign-in': () => fresh(),
    'account-sign-in-wrong': () => fresh(),
    'account-sign-in-limited': () => fresh(),
    'account-recover': () => fresh(),
    'account-link': () => fresh(),
    'account-link-confirm': () => fresh('open', { linking: { step: 'confirm', handle: 'jonas' } }),
    'account-link-failed': () => fresh('open', { linking: { step: 'failed', reason: 'wrong-answer' } }),
    'account-home': () => hosted(f.withAccount([]), [], { registration: 'open' }),
    'account-home-elsewhere': () =>
      hosted(f.withAccount([], { mayHost: false }), [], { registration: 'open' }),
    'settings-no-account': () => fresh(),
    'settings-account': () => inside(f.lake),
    'settings-passkeys': () => inside(f.lake),
    'settings-devices': () => inside(f.lake),
    'device-history': () =>
      inside(f.lake, {
        account: {
          accountId: f.jonas.accountId,
          handle: 'jonas',
          devices: f.devices,
          recoveryCodeMade: true,
          history: [
            {
              deviceId: f.devices[1]!.deviceId,
              way: 'from',
              done: 3,
              total: 12,
              refused: 0,
              state: 'waiting',
            },
            { deviceId: f.devices[2]!.deviceId, way: 'to', done: 12, total: 12, refused: 1, state: 'done' },
          ],
        },
      }),
    'device-send-history': () => inside(f.lake),
    'settings-privacy': () => inside(f.lake),
    'settings-contacts': () => inside(f.lake),
    'settings-change-password': () => inside(f.lake),
    'settings-sign-out': () => inside(f.lake),
    'settings-delete-account': () => inside(f.lake),
    'device-rename': () => inside(f.lake),
    'device-revoke': () => inside(f.lake),
    'device-add': () => inside(f.lake),
    'device-add-compare': () => inside(f.lake),
    'new-conversation': () => inside(f.lake),
    'new-conversation-found': () => inside(f.lake),
    'new-conversation-unknown': () => inside(f.lake),
    'new-conversation-poses': () => inside(f.lake),
    'new-group': () => inside(f.lake),
    'new-by-link': () => inside(f.lake),
    'people-rail': requested,
    'people-request': requested,
    'people-group': () => inside(f.lake),
    'people-group-details': () => inside(f.lake),
    'people-picture': () => inside({ ...f.lake, picture: 'lake' }),
    'people-picture-details': () => inside({ ...f.lake, picture: 'lake' }),
    'people-picture-member': () => inside({ ...f.lake, picture: 'lake', myRole: 'member' }),
    'people-direct-details': () => inside(f.direct(elif), {}, says(elif, 'See you at eight then')),
    'people-person': () => inside(f.lake),
    'people-person-long': () => inside(f.lake),
    'people-block': () => inside(f.lake),
    'people-hand-over': () => inside(f.lake),
    'people-add': () => inside(f.lake),
    'people-leave': () => inside(f.lake),
    'people-report': () =>
      inside({ ...f.lake, myRole: 'member' }, {}, [
        ...says(noor, 'Buy followers at a very good price, only today, only here'),
        ...f.saturday(),
      ]),
    'people-verify': () => inside(f.direct(noor), {}, says(noor, 'Are you coming on Saturday?')),
    'people-verify-match': () => inside(f.direct(noor), {}, says(noor, 'Are you coming on Saturday?')),
    'people-verify-mismatch': () => inside(f.direct(noor), {}, says(noor, 'Are you coming on Saturday?')),
    'people-keys-changed': () => stopped(tomas, 'keys-changed'),
    'people-keys-changed-left': () => stopped(tomas, 'keys-changed'),
    'people-keys-left': () =>
      inside(
        f.direct(tomas, {
          sendingBlocked: { why: 'keys-changed', accountIds: [tomas.accountId], left: true },
        }),
        {},
        [
          ...says(tomas, 'Are you coming on Saturday?'),
          f.event(f.at(14, 8), { type: 'keys-changed', name: 'Tomas' }),
        ],
      ),
    'people-keys-replaced': () => stopped(tomas, 'keys-replaced'),
    'people-goes-on-elsewhere': () => stopped(noor, 'goes-on-elsewhere', f.otherRooms[0]!.roomId),
    'people-not-verified': () => stopped(noor, 'not-verified'),
    'people-blocked': () => stopped(noor, 'blocked'),
    'people-announcements': () =>
      inside({
        ...f.lake,
        myRole: 'member',
        announcements: true,
        sendingBlocked: { why: 'announcements', accountIds: [] },
      }),
    'people-blocked-in-group': () =>
      inside({ ...f.lake, members: [...f.lake.members, f.member('Vex')] }, {}, [
        ...says(f.member('Vex'), 'You cannot see this unless you ask'),
        f.message(noor, f.at(14, 6), 'Did you read what Vex wrote?'),
      ]),
    'people-request-sent': () => stopped(noor, 'request'),
    'people-events': () =>
      inside(f.lake, {}, [
        f.event(f.at(9, 0), { type: 'created' }),
        f.event(f.at(9, 1), {
          type: 'role-changed',
          name: 'Mara',
          role: 'admin',
          byName: 'Jonas',
          self: false,
        }),
        f.event(f.at(9, 2), { type: 'device-added', name: 'Mara', self: false }),
        f.event(f.at(9, 3), { type: 'device-removed', name: 'Jonas', self: true }),
        f.event(f.at(9, 4), { type: 'account-made', name: 'Kim', self: false }),
        f.event(f.at(9, 5), { type: 'keys-changed', name: 'Tomas' }),
        f.event(f.at(9, 6), { type: 'announcements', on: true, byName: 'Mara' }),
        f.event(f.at(9, 7), { type: 'title', title: 'Lake weekend', byName: 'Mara', self: false }),
        f.event(f.at(9, 8), { type: 'picture', on: true, byName: 'Jonas', self: true }),
        ...f.saturday(),
      ]),
  };
}
