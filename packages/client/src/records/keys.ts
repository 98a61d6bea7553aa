import type { AccountId, BlobId, DeviceId, InviteToken, MessageId } from '@sotto/protocol';
import type { RoomId } from '../projection.ts';

/** Where each record is kept. Ids are random or hashes; the store sees none of this, but keyed names. */
export const KEYS = {
  identity: 'self/identity',
  profile: 'self/profile',
  inbox: 'self/inbox',
  lock: 'self/lock',
  account: 'self/account',
  /** The account's RSA keys, wrapped, and who may post to it. */
  sealedKeys: 'self/sealedkeys',
  sealedSources: 'self/sealedsources',
  sealedKeysOf: (accountId: AccountId) => `sealedkeys/${accountId}`,
  /** Sealed messages that came: none is taken twice. */
  sealedSeen: (messageId: MessageId) => `sealedseen/${messageId}`,
  /** Large ones that are still at the relay. */
  sealedWaiting: 'sealedwaiting/',
  sealedWaitingAt: (seq: number) => `sealedwaiting/${padded(seq)}`,
  /** A registration that may have reached the relay, and a device that an account may list already. */
  registering: 'self/registering',
  entering: 'self/entering',
  /** What this device tells others of its person. */
  privacy: 'self/privacy',
  /** People, and how sure one is of them. */
  contacts: 'contact/',
  contact: (accountId: AccountId) => `contact/${accountId}`,
  /** Accounts that the relay was asked about, with the newest device list seen. */
  knownAccounts: 'known/',
  knownAccount: (accountId: AccountId) => `known/${accountId}`,
  mutedRooms: 'muted/',
  mutedRoom: (roomId: RoomId) => `muted/${roomId}`,
  /** KeyPackages that others add this device with. */
  keyPackages: 'keypackage/',
  keyPackage: (ref: string) => `keypackage/${ref}`,
  /** KeyPackages of others that this device has used: none is used twice. */
  usedKeyPackages: 'usedpackage/',
  usedKeyPackage: (ref: string) => `usedpackage/${ref}`,
  /** Rooms of an import that is under way: their records go if it does not come to its end. */
  importing: 'self/importing',
  /** History on its way to another own device, or from one, by that device. */
  historiesGiven: 'history/given/',
  historyGiven: (to: DeviceId) => `history/given/${to}`,
  historyPlan: (to: DeviceId) => `history/plan/${to}`,
  historiesTaken: 'history/taken/',
  historyTaken: (from: DeviceId) => `history/taken/${from}`,
  historyParts: (from: DeviceId) => `history/part/${from}/`,
  historyPart: (from: DeviceId, index: number) => `history/part/${from}/${padded(index)}`,
  errands: 'errand/',
  errand: (number: number) => `errand/${padded(number)}`,
  rooms: 'room/',
  room: (roomId: RoomId) => `room/${roomId}`,
  /** The records of `@sotto/core`. */
  conversation: (roomId: RoomId) => `mls/${roomId}/`,
  /** Of a conversation by RSA, in the place of those. */
  sealedRoom: (roomId: RoomId) => `sealedroom/${roomId}/`,
  peers: (roomId: RoomId) => `peer/${roomId}/`,
  peer: (roomId: RoomId, deviceId: DeviceId) => `peer/${roomId}/${deviceId}`,
  outbox: (roomId: RoomId) => `out/${roomId}/`,
  out: (roomId: RoomId, number: number) => `out/${roomId}/${padded(number)}`,
  /** Chunks of files, as the relay has them: their keys stand with the messages. */
  files: (roomId: RoomId) => `file/${roomId}/`,
  fileChunk: (roomId: RoomId, keptAs: MessageId, index: number) =>
    `file/${roomId}/${keptAs}/${padded(index)}`,
  /** What is not finished with them. */
  fileWorks: 'filework/',
  fileWork: (keptAs: MessageId) => `filework/${keptAs}`,
  timeline: (roomId: RoomId) => `log/${roomId}/`,
  item: (roomId: RoomId, order: number) => `log/${roomId}/${padded(order)}`,
  /** What search finds the messages of a block by. */
  segments: (roomId: RoomId) => `find/${roomId}/`,
  segment: (roomId: RoomId, block: number) => `find/${roomId}/${padded(block)}`,
  /** From a message id to its order. */
  place: (roomId: RoomId, messageId: MessageId) => `at/${roomId}/${messageId}`,
  places: (roomId: RoomId) => `at/${roomId}/`,
  /** Replies that quote a message: with it goes what they quote. */
  quotes: (roomId: RoomId) => `quote/${roomId}/`,
  quotesOf: (roomId: RoomId, messageId: MessageId) => `quote/${roomId}/${messageId}/`,
  quote: (roomId: RoomId, messageId: MessageId, order: number) =>
    `quote/${roomId}/${messageId}/${padded(order)}`,
  /** Messages that disappear: those that wait to be read, and those that count, the first to go first. */
  disappearing: (roomId: RoomId) => `expire/${roomId}/`,
  unreadExpiries: (roomId: RoomId) => `expire/${roomId}/unread/`,
  unreadExpiry: (roomId: RoomId, order: number) => `expire/${roomId}/unread/${padded(order)}`,
  expiries: (roomId: RoomId) => `expire/${roomId}/at/`,
  expiry: (roomId: RoomId, { goneAtMs, order }: ExpiryKey) =>
    `expire/${roomId}/at/${padded(goneAtMs)}/${padded(order)}`,
  /** Own entries of the log, by the hash of their payload. */
  ownEntry: (roomId: RoomId, payloadHash: string) => `own/${roomId}/${payloadHash}`,
  ownEntries: (roomId: RoomId) => `own/${roomId}/`,
  rosters: (roomId: RoomId) => `roster/${roomId}/`,
  roster: (roomId: RoomId, epoch: number) => `roster/${roomId}/${epoch}`,
  invites: (roomId: RoomId) => `invite/${roomId}/`,
  invite: (roomId: RoomId, token: InviteToken) => `invite/${roomId}/${token}`,
  visitors: (roomId: RoomId) => `visitor/${roomId}/`,
  visitor: (roomId: RoomId, token: InviteToken, deviceId: DeviceId) =>
    `visitor/${roomId}/${token}/${deviceId}`,
  /** A join request that was granted, by its hash. */
  granted: (roomId: RoomId, token: InviteToken, requestHash: string) =>
    `visitor/${roomId}/${token}/granted/${requestHash}`,
  /** Ratchet trees at the relay, for those who were let in. */
  trees: (roomId: RoomId) => `visitor/${roomId}/tree/`,
  tree: (roomId: RoomId, blobId: BlobId) => `visitor/${roomId}/tree/${blobId}`,
  knocks: (roomId: RoomId) => `knock/${roomId}/`,
  knock: (roomId: RoomId, knockId: string) => `knock/${roomId}/${knockId}`,
  join: (roomId: RoomId) => `join/${roomId}`,
} as const;

/** When a message goes, and where it stands. */
export interface ExpiryKey {
  readonly goneAtMs: number;
  readonly order: number;
}

/** What such a key says. */
export function expiryOf(key: string): ExpiryKey {
  const [goneAtMs, order] = key.split('/').slice(-2).map(Number) as [number, number];
  return { goneAtMs, order };
}

/** Numbers in keys sort as numbers. */
function padded(value: number): string {
  return String(value).padStart(16, '0');
}

/** The number at the end of such a key. */
export function numberOf(key: string): number {
  return Number(key.slice(-16));
}
