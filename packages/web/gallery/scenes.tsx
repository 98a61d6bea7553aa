import type { EngineState, RoomId, TimelineItem } from '@sotto/client';
import type { ComponentChildren } from 'preact';
import { DoorApp } from '../src/door/DoorApp.tsx';
import { type DoorCard, DoorError, type InviteAnswer } from '../src/door/invitation.ts';
import { Refused } from '../src/door/Refused.tsx';
import type { DoorServices } from '../src/door/services.ts';
import { EngineView } from '../src/engineView.ts';
import { CannotOpen, HostApp, Splash } from '../src/host/HostApp.tsx';
import type { HostInfo } from '../src/host/hostAddresses.ts';
import { KeptApp } from '../src/kept/KeptApp.tsx';
import type { DoorFailure } from '../src/words.ts';
import { type FakeBehaviour, type FakeEngine, portOf } from './fakeEngine.ts';
import { FakePeople } from './fakePeople.ts';
import { FakeSealed } from './fakeSealed.ts';
import { fileScenes } from './fileScenes.tsx';
import * as f from './fixtures.ts';
import { peopleScenes } from './peopleScenes.tsx';
import { sealedScenes } from './sealedScenes.tsx';

/** One screen in one state. */
export type Scene = () => ComponentChildren;

/** The fake behind the scene that is shown, for checks that make something happen. */
export const shown: { engine?: FakeEngine } = {};

function hosted(
  state: EngineState,
  timelines: readonly (readonly [RoomId, readonly TimelineItem[]])[] = [],
  behaviour: FakeBehaviour = {},
  info: HostInfo = f.hostInfo,
): ComponentChildren {
  const engine = new FakeSealed(state, new Map(timelines), behaviour);
  shown.engine = engine;
  const fetchInfo = () => Promise.resolve(info);
  return <HostApp view={new EngineView(portOf(engine))} fetchInfo={fetchInfo} />;
}

/** A host's window with one room open. */
function talk(
  room: Parameters<typeof f.stateOf>[0][number],
  items: readonly TimelineItem[],
  more: Partial<EngineState> = {},
  behaviour: FakeBehaviour = {},
) {
  return hosted(f.stateOf([room, ...f.otherRooms], more), [[room.roomId, items]], behaviour);
}

/** Several rooms with something in them to be found. */
function searchTalk(behaviour: FakeBehaviour = {}): ComponentChildren {
  const layla = f.member(arabicName, { trust: 'verified' });
  const [elif, kitchen] = f.otherRooms;
  return hosted(
    f.stateOf([f.saturdayRoom, ...f.otherRooms]),
    [
      [f.saturdayRoom.roomId, [...f.longLog(80), ...f.saturday()]],
      [
        elif!.roomId,
        [
          f.message(f.member('Elif'), f.at(13, 2), 'The train at eight then, and not a minute later'),
          f.message(layla, f.at(12, 0), 'هل نذهب بالقطار (train) يوم السبت؟ الساعة 8:12 مناسبة لي.'),
          f.message(f.member('小林'), f.at(11, 0), '我们明天坐 train 去湖边,八点见面'),
        ],
      ],
      [kitchen!.roomId, [f.message(f.member('Ade'), f.at(11, 40, 3), 'training starts on Monday')]],
    ],
    behaviour,
  );
}

function hostTalk(): ComponentChildren {
  return talk(
    {
      ...f.saturdayRoom,
      myRole: 'owner',
      members: [{ ...f.jonas, role: 'owner' }, f.noor, f.member('Elif')],
      invites: f.waitingRoom().invites,
    },
    f.saturday(),
  );
}

/** A room with a timer: messages at every stage of it, between one that stays and what was said of it. */
function vanishingTalk(): ComponentChildren {
  const inS = (seconds: number) => ({ disappearAfterS: 300, goneAtMs: Date.now() + seconds * 1_000 });
  return talk({ ...f.saturdayRoom, timerS: 300, typing: ['Noor'] }, [
    f.message(f.mara, f.at(14, 20), 'This was written before, and stays.'),
    f.event(f.at(14, 21), { type: 'timer', byName: 'Mara', seconds: 604_800, self: false }),
    f.message(f.mara, f.at(14, 22), 'The door code is 4711.', {
      disappearAfterS: 604_800,
      goneAtMs: Date.now() + 561_600_000,
    }),
    f.event(f.at(14, 30), { type: 'timer', byName: 'Jonas', seconds: 300, self: true }),
    f.message(f.noor, f.at(14, 31), 'And the key is under the third pot on the left. '.repeat(5), inS(170)),
    f.message(f.noor, f.at(14, 32), 'Not read yet.', { disappearAfterS: 300 }),
    f.message(f.jonas, f.at(14, 33), 'Found it. '.repeat(30), inS(201)),
    f.message(f.jonas, f.at(14, 34), 'Thank you!', { ...inS(240), state: { state: 'delivered' } }),
    f.message(f.jonas, f.at(14, 35), 'On my way', { disappearAfterS: 300, state: { state: 'sending' } }),
  ]);
}

const FRAGMENT = '#1.5kQzW8nTfE2hYc7RbVxA3p.9LmKdUqJ4sG6wZtN1oHvXe';

interface DoorOptions {
  readonly card?: Partial<DoorCard>;
  readonly answer?: Partial<InviteAnswer>;
  readonly fails?: DoorFailure;
  readonly never?: boolean;
  readonly behaviour?: FakeBehaviour;
  readonly kept?: number;
}

function doorServices({ card, answer, fails, never, behaviour, kept = 0 }: DoorOptions): DoorServices {
  return {
    readLink: () => ({
      token: 'q7Hc2mVt9RkZ4xWb8NfYp3Ls' as never,
      fingerprint: new Uint8Array(16),
      secret: new Uint8Array(16),
      passwordNeeded: card?.password === true,
    }),
    async fetchInvite() {
      if (never) await new Promise(() => undefined);
      if (fails !== undefined) throw new DoorError(fails);
      const tomorrow = f.at(18, 0, -1);
      return {
        status: 'open',
        sealedCard: new Uint8Array(),
        expiresAtMs: tomorrow,
        hostOnline: true,
        ...answer,
      };
    },
    openCard: async () => ({
      title: 'Saturday plans',
      inviterName: 'Mara',
      approval: true,
      password: false,
      ...card,
    }),
    loadChat: () => import('../src/door/GuestChat.tsx'),
    warmUp: async () => undefined,
    countKept: async () => kept,
    forgetGuest: async () => undefined,
    async openEngine() {
      const lock = { ...f.NOT_LOCKED, keeps: 'tab' as const };
      const engine = new FakePeople(f.stateOf([], { mayHost: false, lock }), new Map(), behaviour);
      shown.engine = engine;
      return portOf(engine);
    },
  };
}

/** A host's device with locks on it. */
function locked(
  kinds: Parameters<typeof f.lockedBy>[0],
  more: Partial<EngineState['lock']> = {},
): ComponentChildren {
  return hosted(f.stateOf([], { lock: f.lockedBy(kinds, more) }), [], { passphrase: 'correct horse' });
}

function door(
  options: DoorOptions = {},
  fragment: string | undefined = FRAGMENT,
  visited = false,
): ComponentChildren {
  return (
    <DoorApp
      visit={{
        token: 'q7Hc2mVt9RkZ4xWb8NfYp3Ls',
        fragment: fragment === '' ? undefined : fragment,
        roomId: undefined,
        host: undefined,
      }}
      visited={visited}
      path="/chat/q7Hc2mVt9RkZ4xWb8NfYp3Ls"
      services={doorServices(options)}
      host="192.168.1.20:8443"
      origin="https://192.168.1.20:8443"
    />
  );
}

/** What a guest sees once inside. */
function letIn(engine: FakeEngine, roomId: RoomId): void {
  const self = f.member('Jonas', { self: true, guest: true, role: 'guest' });
  const mara = f.member('Mara', { role: 'owner', trust: 'verified-by-link' });
  engine.setRoom(roomId, { membership: 'member', members: [mara, self, f.noor], myRole: 'guest' });
  engine.put(
    roomId,
    f.event(f.at(14, 20), { type: 'joined', name: 'Jonas', guest: true, self: true }),
    ...f.saturday(),
  );
}

const refused =
  (reason: DoorFailure): Scene =>
  () => <Refused reason={reason} name="Mara" onAgain={() => undefined} />;

const arabicName = 'ليلى العامري';
const longName =
  'Maximiliane-Alexandra von und zu Hohenlohe-Schillingsfürst-Langenburg the Third of That Name';

export const scenes: Readonly<Record<string, Scene>> = {
  splash: () => <Splash />,
  'cannot-open': () => <CannotOpen />,
  start: () => hosted(f.stateOf([])),
  'start-may-not-host': () => hosted(f.stateOf([], { mayHost: false })),
  'start-stopped': () => hosted(f.stateOf([], { connection: { state: 'stopped', reason: 'taken-over' } })),
  invite: () => hosted(f.stateOf([f.waitingRoom()])),
  'invite-everywhere': () => hosted(f.stateOf([f.waitingRoom()]), [], {}, f.hostInfoEverywhere),
  'invite-no-address': () =>
    hosted(f.stateOf([f.waitingRoom()]), [], {}, { addresses: [], certificateFingerprint: undefined }),
  'invite-revoked': () =>
    hosted(
      f.stateOf([
        f.waitingRoom({
          invites: f.waitingRoom().invites.map(invite => ({ ...invite, status: 'revoked' as const })),
        }),
      ]),
    ),
  'invite-knock': () => hosted(f.stateOf([f.waitingRoom({ knocks: [f.knockOfJonas] })])),
  'knocks-in-conversation': () =>
    talk(
      {
        ...f.saturdayRoom,
        myRole: 'owner',
        members: [f.host, f.noor],
        invites: f.waitingRoom().invites,
        knocks: [
          f.knockOfJonas,
          {
            ...f.knockOfJonas,
            knockId: 'k2',
            deviceId: f.member(longName).deviceId,
            name: longName,
            declinedBefore: true,
          },
          {
            ...f.knockOfJonas,
            knockId: 'k3',
            deviceId: f.member('Ade').deviceId,
            name: 'Ade',
            state: 'admitting',
          },
        ],
      },
      f.saturday(),
    ),
  conversation: () => talk(f.saturdayRoom, f.saturday()),
  'conversation-host': () =>
    talk(
      {
        ...f.saturdayRoom,
        myRole: 'owner',
        members: [{ ...f.jonas, role: 'owner' }, f.noor, f.member('Elif')],
        invites: f.waitingRoom().invites,
      },
      f.saturday(),
    ),
  'conversation-empty': () => talk(f.room('Empty', { members: [f.jonas, f.member('Elif')] }), []),
  'conversation-states': () =>
    talk({ ...f.saturdayRoom, typing: ['Mara', 'Noor'] }, [
      f.event(f.at(9, 0, 1), { type: 'created' }),
      f.event(f.at(9, 2, 1), { type: 'joined', name: 'Noor', guest: true, self: false }),
      f.message(f.mara, f.at(9, 5, 1), 'Yesterday, all was well.'),
      f.gap(f.at(9, 6, 1), 'undecryptable', 1),
      f.gap(f.at(9, 7, 1), 'expired-at-relay', 12),
      f.event(f.at(9, 8, 1), { type: 'removed', name: 'Tomas', byName: 'Mara', self: false }),
      f.message(f.jonas, f.at(14, 20), 'Read by everyone.', { state: { state: 'read' } }),
      f.message(f.mara, f.at(14, 21), 'Taken back', { deleted: true }),
      f.message(f.mara, f.at(14, 22), 'Corrected afterwards', {
        edited: true,
        reactions: [
          { emoji: '👍', count: 2, own: false },
          { emoji: '🎉', count: 1, own: false },
        ],
      }),
      f.message(f.jonas, f.at(14, 30), 'On its way to the relay.', { state: { state: 'sending' } }),
      f.message(f.jonas, f.at(14, 40), 'This one was not taken.', {
        state: { state: 'failed', reason: 'refused' },
      }),
      f.message(f.jonas, f.at(14, 50), 'On a device.', { state: { state: 'delivered' } }),
    ]),
  'conversation-gaps': () =>
    talk(f.saturdayRoom, [
      f.message(f.mara, f.at(14, 0), 'Train or car on Saturday?'),
      f.gap(f.at(14, 1), 'undecryptable', 1),
      f.gap(f.at(14, 2), 'missing', 2),
      f.gap(f.at(14, 3), 'expired-at-relay', 12),
      f.gap(f.at(14, 4), 'unsupported', 1),
      f.message(f.jonas, f.at(14, 5), 'Something is missing above.', {
        state: { state: 'failed', reason: 'too-large' },
      }),
    ]),
  'conversation-rich': () =>
    talk(f.saturdayRoom, [
      f.message(
        f.mara,
        f.at(14, 0),
        'Some **bold**, some *slanted*, `code` and a link: https://example.com/timetable?from=Basel#saturday.',
      ),
      f.message(
        f.mara,
        f.at(14, 1),
        'Beware of https://аpple.com/login and javascript:alert(1) <img src=x onerror=alert(1)>',
      ),
      f.message(
        f.jonas,
        f.at(14, 2),
        '```\nfor (const stop of stops) {\n  if (stop.name === "Horw" && stop.minutesLate > 5) console.log("a long line that does not fit on a narrow screen at all", stop);\n}\n```\nThat is all it takes.',
      ),
      f.message(f.noor, f.at(14, 4), '☕🥐'),
      f.message(
        f.noor,
        f.at(14, 4),
        'Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichenverordnungsentwurf'.repeat(2),
      ),
      f.message(
        f.jonas,
        f.at(14, 12),
        'First line.\n\nAnd after an empty one, a second with rather more words in it, so that it wraps at the width of a comfortable line and shows how long paragraphs stand in a bubble.',
      ),
    ]),
  'conversation-rtl': () => {
    const layla = f.member(arabicName, { trust: 'verified' });
    const dov = f.member('דב', { role: 'guest', guest: true });
    return talk(
      f.room('Rtl', { title: 'رحلة السبت', members: [layla, f.jonas, dov], typing: [arabicName] }),
      [
        f.message(layla, f.at(14, 0), 'هل نذهب بالقطار يوم السبت؟ الساعة 8:12 مناسبة لي.'),
        f.message(layla, f.at(14, 1), 'Mixed: القطار 8:12 is fine for me, أراك هناك!'),
        f.message(f.jonas, f.at(14, 2), 'Yes, القطار it is.', {
          replyTo: { messageId: 'x' as never, name: arabicName, text: 'هل نذهب بالقطار يوم السبت؟' },
        }),
        f.message(dov, f.at(14, 5), 'שבת שלום, אני מביא קפה (ו־2 כוסות).'),
        f.message(
          f.member('Eve\u202ereven', { guest: true, role: 'guest' }),
          f.at(14, 9),
          'a\u202egnp.exe is not a picture\nnext line stands straight',
        ),
      ],
    );
  },
  'conversation-long-names': () =>
    talk(
      f.room('Long', {
        title: `${longName} and everyone who was ever invited to the lake`,
        members: [
          f.jonas,
          f.member(longName, { role: 'guest', guest: true }),
          f.member('Noor', { guest: true }),
          f.member('N\u043eor', { guest: true, deviceId: 'dev_otherA7x2' as never }),
        ],
        typing: [longName],
      }),
      [
        f.message(f.member(longName, { role: 'guest', guest: true }), f.at(14, 0), 'Hello'),
        f.message(f.member('Noor', { guest: true }), f.at(14, 1), 'I am Noor.'),
        f.message(
          f.member('N\u043eor', { guest: true, deviceId: 'dev_otherA7x2' as never }),
          f.at(14, 2),
          'And I am not, though I look it.',
        ),
      ],
    ),
  'details-long-names': () =>
    talk(
      f.room('Details', {
        myRole: 'owner',
        members: [
          { ...f.jonas, role: 'owner' },
          f.member(longName, { role: 'guest', guest: true }),
          f.member(`${arabicName} ${arabicName} ${arabicName}`, { role: 'guest', guest: true }),
          f.member('Donaudampfschifffahrtsgesellschaftskapitän', { trust: 'verified' }),
        ],
        invites: f.waitingRoom().invites,
      }),
      f.saturday(),
    ),
  'conversation-unread': () =>
    talk({ ...f.saturdayRoom, unread: 2 }, [
      ...f.longLog(60),
      f.message(f.noor, f.at(14, 34), '8:12 works. I’ll bring the thermos ☕'),
      f.message(f.mara, f.at(14, 40), 'Then it is settled.'),
    ]),
  'conversation-offline': () =>
    talk(f.saturdayRoom, f.saturday(), { connection: { state: 'offline', retryAtMs: Date.now() + 9_000 } }),
  'conversation-stopped': () =>
    talk(f.saturdayRoom, f.saturday(), { connection: { state: 'stopped', reason: 'rolled-back' } }),
  'conversation-paused': () =>
    talk(
      { ...f.saturdayRoom, myRole: 'owner', members: [f.host, f.noor], condition: 'paused' },
      f.saturday(),
    ),
  'conversation-ended': () => talk({ ...f.saturdayRoom, condition: 'ended' }, f.saturday()),
  'conversation-removed': () => talk({ ...f.saturdayRoom, membership: 'removed' }, f.saturday()),
  'conversation-warnings': () =>
    talk(
      {
        ...f.saturdayRoom,
        members: [f.jonas, { ...f.mara, trust: 'changed' }],
        warnings: [{ kind: 'fork', withName: 'Mara' }, { kind: 'out-of-sync' }],
      },
      f.saturday(),
    ),
  'conversation-100k': () => talk(f.saturdayRoom, f.longLog(100_000)),
  'conversation-older': () => {
    const all = f.longLog(1_000);
    return talk(f.saturdayRoom, all.slice(-100), {}, { older: all.slice(0, -100) });
  },
  'about-protects': () => hosted(f.stateOf([])),
  'about-limits': () => hosted(f.stateOf([])),
  settings: () => hosted(f.stateOf([])),
  unlock: () => locked(['passphrase']),
  'unlock-wrong': () => locked(['passphrase', 'recovery-code']),
  'unlock-passkey': () => locked(['passphrase', 'passkey', 'recovery-code']),
  'unlock-passkey-only': () => locked(['passkey']),
  'unlock-code': () => locked(['passphrase', 'recovery-code']),
  'unlock-forgotten': () => locked(['passphrase']),
  'unlock-erase': () => locked(['passphrase'], { overwritesInPlace: false }),
  'security-locked': () =>
    locked(['passphrase', 'passkey', 'recovery-code'], { state: 'unlocked', lockAfterMs: 900_000 }),
  'security-one-way': () => locked(['passphrase'], { state: 'unlocked' }),
  'security-passphrase': () => hosted(f.stateOf([])),
  'security-change': () => locked(['passphrase'], { state: 'unlocked' }),
  'security-code': () => locked(['passphrase'], { state: 'unlocked' }),
  'security-erase': () => locked(['passphrase'], { state: 'unlocked' }),
  'rooms-locked': () =>
    talk(
      f.saturdayRoom,
      f.saturday(),
      { lock: f.lockedBy(['passphrase'], { state: 'unlocked' }) },
      { passphrase: 'correct horse' },
    ),
  'guest-keep': () =>
    door({ behaviour: { onJoin: (engine, roomId) => setTimeout(() => letIn(engine, roomId), 50) } }),
  'guest-keep-account': () =>
    door({
      behaviour: {
        registration: 'open',
        onJoin: (engine, roomId) => setTimeout(() => letIn(engine, roomId), 50),
      },
    }),
  'guest-kept': () =>
    door({ behaviour: { onJoin: (engine, roomId) => setTimeout(() => letIn(engine, roomId), 50) } }),
  'guest-kept-details': () =>
    door({ behaviour: { onJoin: (engine, roomId) => setTimeout(() => letIn(engine, roomId), 50) } }),
  'door-kept': () => door({ kept: 1 }),
  'kept-without-link': () => door({ kept: 1 }, ''),
  'tab-gone': () => door({}, '', true),
  'tab-gone-kept': () => door({ kept: 1 }, '', true),
  'kept-several': () => (
    <KeptApp
      services={{
        kept: [
          { storeName: 'sotto-guest-a', keptAtMs: f.at(14, 35) },
          { storeName: 'sotto-guest-b', keptAtMs: f.at(9, 5, 40) },
        ],
        openEngine: () => new Promise(() => undefined),
        forgetGuest: async () => undefined,
      }}
    />
  ),
  'invite-more': () => hosted(f.stateOf([f.waitingRoom()])),
  'invite-tell': () => hosted(f.stateOf([f.waitingRoom()])),
  'invite-name': () => hosted(f.stateOf([f.waitingRoom()])),
  'conversation-switcher': () => talk(f.saturdayRoom, f.saturday()),
  'conversation-search': () => searchTalk(),
  'conversation-search-none': () => searchTalk(),
  'conversation-imported': () =>
    talk(
      { ...f.saturdayRoom, imported: true, membership: 'left', condition: 'ended', members: [] },
      f.saturday(),
    ),
  'conversation-delete-whole': () => talk({ ...f.saturdayRoom, condition: 'ended' }, f.saturday()),
  'history-settings': () => searchTalk(),
  'history-export': () => searchTalk(),
  'history-export-clear': () => searchTalk(),
  'history-export-running': () => searchTalk({ taskStays: true }),
  'history-export-done': () => searchTalk(),
  'history-import': () => searchTalk(),
  'history-import-damaged': () => searchTalk(),
  'conversation-delete': () => hostTalk(),
  'conversation-deleted': () => hostTalk(),
  'rail-search': () => searchTalk(),
  'rail-search-none': () => searchTalk(),
  'rail-search-filters': () => searchTalk(),
  'guest-search': () =>
    door({ behaviour: { onJoin: (engine, roomId) => setTimeout(() => letIn(engine, roomId), 50) } }),
  'conversation-vanishing': vanishingTalk,
  'conversation-vanishing-focus': vanishingTalk,
  'conversation-vanishing-choice': vanishingTalk,
  'guest-vanishing': () =>
    door({
      behaviour: {
        onJoin: (engine, roomId) =>
          setTimeout(() => {
            letIn(engine, roomId);
            engine.setRoom(roomId, { timerS: 28_800 });
          }, 50),
      },
    }),
  'conversation-reply': () => talk(f.saturdayRoom, f.saturday()),
  'conversation-jump': () => talk(f.saturdayRoom, f.longLog(300)),
  'conversation-invite': () => hostTalk(),
  'conversation-end': () => hostTalk(),
  'conversation-remove': () => hostTalk(),
  'rooms-many': () =>
    hosted(
      f.stateOf([
        f.saturdayRoom,
        ...f.otherRooms,
        f.room('Ended', { title: 'Old chat', condition: 'ended', members: [f.jonas, f.member('Ade')] }),
        f.waitingRoom({ knocks: [f.knockOfJonas] }),
      ]),
    ),
  door: () => door(),
  'door-opening': () => door({ never: true }),
  'door-password': () => door({ card: { password: true } }),
  'door-away': () => door({ answer: { hostOnline: false } }),
  'door-untitled': () => door({ card: { title: '', inviterName: 'Your host' } }),
  'door-long': () => door({ card: { title: longName, inviterName: longName } }),
  'door-rtl': () => door({ card: { title: 'رحلة السبت', inviterName: arabicName } }),
  'door-expired': () => door({ answer: { status: 'expired' } }),
  'door-no-network': () => door({ fails: 'no-network' }),
  'door-unknown': () => door({ fails: 'unknown-link' }),
  /** Type a name and join: these go on by themselves. */
  'guest-waiting': () => door(),
  'guest-waiting-away': () =>
    door({
      behaviour: {
        onJoin: (engine, roomId) =>
          engine.setRoom(roomId, {
            join: {
              step: 'waiting',
              safetyWords: ['copper', 'lantern', 'orchid', 'seven'],
              hostOnline: false,
              delivered: true,
            },
          }),
      },
    }),
  'guest-wrong-password': () =>
    door({
      card: { password: true },
      behaviour: {
        onJoin: (engine, roomId) =>
          setTimeout(
            () =>
              engine.setRoom(roomId, { join: { step: 'refused', reason: 'wrong-password', triesLeft: 2 } }),
            50,
          ),
      },
    }),
  'guest-declined': () =>
    door({
      behaviour: {
        onJoin: (engine, roomId) =>
          setTimeout(() => engine.setRoom(roomId, { join: { step: 'refused', reason: 'declined' } }), 50),
      },
    }),
  ...fileScenes(talk, () => shown.engine),
  'guest-chat': () =>
    door({ behaviour: { onJoin: (engine, roomId) => setTimeout(() => letIn(engine, roomId), 50) } }),
  'guest-details': () =>
    door({ behaviour: { onJoin: (engine, roomId) => setTimeout(() => letIn(engine, roomId), 50) } }),
  'guest-ended': () =>
    door({
      behaviour: {
        onJoin: (engine, roomId) =>
          setTimeout(() => {
            letIn(engine, roomId);
            engine.setRoom(roomId, { condition: 'ended' });
          }, 50),
      },
    }),
  ...Object.fromEntries(
    (
      [
        'used-up',
        'full',
        'revoked',
        'ended',
        'malformed',
        'missing',
        'newer-link',
        'server-trouble',
        'blocked',
        'impostor',
        'rate-limited',
        'cannot-read',
        'no-crypto',
        'storage',
        'stopped',
        'left',
        'erased',
      ] as const
    ).map(reason => [`refused-${reason}`, refused(reason)]),
  ),
  ...peopleScenes(hosted),
  ...sealedScenes(hosted),
};
