import type {
  DeviceView,
  EngineState,
  LockItem,
  LockState,
  Member,
  PersonView,
  RoomEvent,
  RoomId,
  RoomView,
  SendState,
  TimelineItem,
} from '@sotto/client';
import type { HostInfo } from '../src/host/hostAddresses.ts';

const today = new Date();
/** Today (or so many days ago) at a time of day. */
export function at(hour: number, minute: number, daysAgo = 0): number {
  return new Date(
    today.getFullYear(),
    today.getMonth(),
    today.getDate() - daysAgo,
    hour,
    minute,
    8,
  ).getTime();
}

export const SUITE = 'MLS_128_MLKEM768X25519_AES256GCM_SHA384_Ed25519';

export function member(name: string, more: Partial<Member> = {}): Member {
  const id = name.replace(/\W/g, '') || 'x';
  return {
    accountId: `acc_${id}` as never,
    deviceId: `dev_${id}K3f9` as never,
    name,
    role: 'member',
    guest: false,
    trust: 'unverified',
    self: false,
    ...more,
  };
}

export const mara = member('Mara', { role: 'owner', trust: 'verified' });
export const noor = member('Noor', { role: 'guest', guest: true });
export const jonas = member('Jonas', { self: true });

export function room(id: string, more: Partial<RoomView> = {}): RoomView {
  return {
    roomId: `str_${id}` as RoomId,
    title: '',
    condition: 'open',
    membership: 'member',
    members: [jonas],
    myRole: 'member',
    knocks: [],
    invites: [],
    epoch: 6,
    suite: SUITE,
    unread: 0,
    lastActivityMs: at(14, 35),
    typing: [],
    warnings: [],
    ...more,
  };
}

let orders = 0;
type Message = Extract<TimelineItem, { kind: 'message' }>;

export function message(
  author: Member,
  atMs: number,
  text: string,
  more: Partial<Message> & { state?: SendState } = {},
): Message {
  const { state, ...rest } = more;
  const order = ++orders;
  return {
    kind: 'message',
    key: `m${order}`,
    order,
    messageId: `msg_${order}` as never,
    text,
    sentAtMs: atMs,
    author: {
      deviceId: author.deviceId,
      name: author.name,
      guest: author.guest,
      role: author.role,
      self: author.self,
    },
    ...(state ? { send: state } : author.self ? { send: { state: 'read' } as const } : {}),
    ...rest,
  };
}

export function event(atMs: number, fact: RoomEvent): TimelineItem {
  const order = ++orders;
  return { kind: 'event', key: `e${order}`, order, atMs, event: fact };
}

export function gap(
  atMs: number,
  cause: Extract<TimelineItem, { kind: 'gap' }>['cause'],
  count: number,
): TimelineItem {
  const order = ++orders;
  return { kind: 'gap', key: `g${order}`, order, atMs, cause, count };
}

/** The conversation of the reference pictures. */
export function saturday(): readonly TimelineItem[] {
  const ask = message(mara, at(14, 28), 'Train or car on Saturday?');
  const drive = message(mara, at(14, 29), 'I can drive, but the lake road is closed until noon.');
  return [
    ask,
    drive,
    message(jonas, at(14, 31), 'Train. I want to read on the way back.'),
    message(jonas, at(14, 32), 'Then let’s take the 8:12 and walk the last bit.', {
      replyTo: { messageId: drive.messageId, name: 'Mara', text: 'the lake road is closed until noon' },
    }),
    message(noor, at(14, 34), '8:12 works. I’ll bring the thermos ☕'),
    message(jonas, at(14, 35), 'Perfect. Don’t tell Elif, it’s her surprise.', { state: { state: 'sent' } }),
  ];
}

export const saturdayRoom = room('Saturday', {
  title: 'Saturday plans',
  members: [mara, jonas, noor],
  preview: { text: 'Perfect. Don’t tell Elif, it’s her surprise.', own: true, atMs: at(14, 35) },
});

export const otherRooms: readonly RoomView[] = [
  room('Elif', {
    members: [jonas, member('Elif')],
    unread: 2,
    preview: { text: 'See you at eight then', own: false, atMs: at(13, 2) },
  }),
  room('Kitchen', {
    title: 'Kitchen crew',
    members: [jonas, member('Ade'), member('Lou'), member('Sam')],
    preview: { text: 'the oven is back!', own: false, atMs: at(11, 40) },
  }),
  room('Tomas', {
    members: [jonas, member('Tomas', { trust: 'changed' })],
    preview: { text: 'ok', own: true, atMs: at(9, 0, 2) },
  }),
  room('Alerts', {
    title: 'Alerts · backup server',
    members: [jonas, member('Backup')],
    preview: { text: 'Nightly backup finished', own: false, atMs: at(4, 0, 3) },
  }),
];

export const NOT_LOCKED: LockState = {
  state: 'unlocked',
  keeps: 'device',
  locks: [],
  lockAfterMs: undefined,
  overwritesInPlace: true,
};

export function lockItem(kind: LockItem['kind']): LockItem {
  const passkey = { credentialId: new Uint8Array(16), prfSalt: new Uint8Array(32) };
  return { id: `lock_${kind}`, kind, createdAtMs: at(9, 12, 3), ...(kind === 'passkey' && { passkey }) };
}

export function lockedBy(kinds: readonly LockItem['kind'][], more: Partial<LockState> = {}): LockState {
  return { ...NOT_LOCKED, state: 'locked', locks: kinds.map(lockItem), ...more };
}

export function stateOf(rooms: readonly RoomView[], more: Partial<EngineState> = {}): EngineState {
  return {
    lock: NOT_LOCKED,
    connection: { state: 'online' },
    mayHost: true,
    self: { accountId: jonas.accountId, deviceId: jonas.deviceId, name: 'Jonas' },
    rooms,
    ...more,
  };
}

export const hostInfo: HostInfo = {
  addresses: [
    { kind: 'this-computer', origin: 'http://localhost:8080', reachable: true },
    { kind: 'this-network', origin: 'https://192.168.1.20:8443', reachable: true },
  ],
  certificateFingerprint:
    '8F:1D:C2:07:9A:44:E0:B1:3C:77:5E:90:12:AF:6B:D8:E9:05:B4:21:7C:38:FA:4D:60:D3:19:8E:A7:52:0B:CF',
};

export const hostInfoEverywhere: HostInfo = {
  ...hostInfo,
  addresses: [
    ...hostInfo.addresses,
    { kind: 'internet', origin: 'https://chat.mara.example', reachable: true },
  ],
};

export const host = member('Mara', { role: 'owner', self: true, trust: 'verified' });

/** A room where the host still waits for the first guest. */
export function waitingRoom(more: Partial<RoomView> = {}): RoomView {
  return room('Fresh', {
    members: [host],
    myRole: 'owner',
    epoch: 0,
    lastActivityMs: Date.now(),
    invites: [
      {
        token: 'q7Hc2mVt9RkZ4xWb8NfYp3Ls' as never,
        pathAndFragment: '/chat/q7Hc2mVt9RkZ4xWb8NfYp3Ls#1.5kQzW8nTfE2hYc7RbVxA3p.9LmKdUqJ4sG6wZtN1oHvXe',
        createdAtMs: Date.now(),
        expiresAtMs: Date.now() + 86_400_000,
        maxUses: 10,
        uses: 0,
        approval: true,
        password: false,
        status: 'open',
      },
    ],
    ...more,
  });
}

export const knockOfJonas = {
  knockId: 'k1',
  deviceId: jonas.deviceId,
  name: 'Jonas',
  safetyWords: ['copper', 'lantern', 'orchid', 'seven'],
  receivedAtMs: Date.now(),
  declinedBefore: false,
  inviteToken: 'q7Hc2mVt9RkZ4xWb8NfYp3Ls' as never,
  state: 'waiting',
} as const;

/** Many messages of several people, made by a rule. */
export function longLog(count: number): readonly TimelineItem[] {
  const people = [mara, jonas, noor];
  const words =
    'the lake train is late and we walk along the shore until the café opens its doors again'.split(' ');
  return Array.from({ length: count }, (_, i) => {
    const author = people[Math.floor(i / 3) % 3]!;
    const length = 2 + ((i * 7919) % 23);
    const text = Array.from({ length }, (_, word) => words[(i + word * 5) % words.length]).join(' ');
    return message(author, at(8, 0) - (count - i) * 97_000, `${i + 1}. ${text}`);
  });
}

export const RECOVERY_WORDS =
  'copper lantern orchid seven gravity ladder velvet tunnel apple mushroom winter ocean';
export const LINK_CODE = 'sotto-device.1.7K3F9QXM2B4TWZ8H.9LmKdUqJ4sG6wZtN1oHvXe';
export const LINK_TYPED = '7K3F-9QXM-2B4T-WZ8H';
export const LINK_WORDS = ['copper', 'lantern', 'orchid', 'seven'];
export const SAFETY_DIGITS = '052716384910275561839402718265530914776203945188273640550127';

export const devices: readonly DeviceView[] = [
  {
    deviceId: jonas.deviceId,
    name: 'Chrome on Linux',
    createdAtMs: at(9, 0, 40),
    self: true,
    state: 'active',
  },
  {
    deviceId: 'dev_phone' as never,
    name: 'Safari on iPhone',
    createdAtMs: at(9, 0, 32),
    lastUsedMs: at(8, 12),
    self: false,
    state: 'active',
  },
  {
    deviceId: 'dev_long' as never,
    name: 'The old laptop in the kitchen that everybody in the family uses for recipes',
    createdAtMs: at(9, 0, 400),
    lastUsedMs: at(9, 0, 12),
    self: false,
    state: 'active',
  },
  {
    deviceId: 'dev_lost' as never,
    name: 'Lost phone',
    createdAtMs: at(9, 0, 500),
    self: false,
    state: 'revoked',
  },
];

export function person(name: string, more: Partial<PersonView> = {}): PersonView {
  const id = name.replace(/\W/g, '') || 'x';
  return {
    accountId: `acc_${id}` as never,
    name,
    handle: id.toLowerCase(),
    trust: 'unverified',
    blocked: false,
    ...more,
  };
}

export const people: readonly PersonView[] = [
  person('Elif', { trust: 'verified', presence: { online: true } }),
  person('Mara', { trust: 'verified', presence: { online: false, lastSeenMs: at(13, 10) } }),
  person('Noor'),
  person('Tomas', { trust: 'changed' }),
  person('Vex', { blocked: true }),
  person('ليلى العامري', { accountId: 'acc_layla' as never, handle: 'layla' }),
  person('Maximiliane-Alexandra von und zu Hohenlohe-Schillingsfürst-Langenburg', {
    handle: 'maximiliane-alexandra.hohenlohe',
  }),
];

/** Jonas with an account. */
export function withAccount(rooms: readonly RoomView[], more: Partial<EngineState> = {}): EngineState {
  return stateOf(rooms, {
    account: { accountId: jonas.accountId, handle: 'jonas', devices, recoveryCodeMade: true },
    registration: 'open',
    people,
    privacy: { readReceipts: true, typing: true, presence: false, strict: false },
    ...more,
  });
}

/** Of two, by handle. */
export function direct(other: Member, more: Partial<RoomView> = {}): RoomView {
  return room(`Direct${other.name.replace(/\W/g, '')}`, {
    kind: 'direct',
    members: [
      { ...jonas, role: 'owner' },
      { ...other, role: 'owner' },
    ],
    myRole: 'owner',
    ...more,
  });
}

/** Of several, some with more than one device. */
export const lake: RoomView = room('Lake', {
  kind: 'group',
  title: 'Lake house',
  myRole: 'owner',
  members: [
    { ...jonas, role: 'owner' },
    { ...jonas, role: 'owner', deviceId: 'dev_phone' as never, self: false },
    member('Mara', { role: 'admin', trust: 'verified', handle: 'mara', presence: { online: true } }),
    member('Mara', { role: 'admin', trust: 'verified', handle: 'mara', deviceId: 'dev_mara2' as never }),
    member('Noor', { handle: 'noor' }),
    member('ليلى العامري', { accountId: 'acc_layla' as never, handle: 'layla' }),
    member('Maximiliane-Alexandra von und zu Hohenlohe-Schillingsfürst-Langenburg', {
      handle: 'maximiliane-alexandra.hohenlohe',
      trust: 'verified-by-link',
    }),
    member('Kim', { role: 'guest', guest: true, trust: 'verified-by-link' }),
  ],
  preview: { text: 'Perfect. Don’t tell Elif, it’s her surprise.', own: true, atMs: at(14, 35) },
});
