import type { RoomMember } from '@sotto/core';
import type { AccountId, DeviceId, History, SignedTrustRecord } from '@sotto/protocol';
import type { PresenceView, PrivacyView } from '../peopleIntents.ts';
import type { RoomId, SendingBlocked, Trust } from '../projection.ts';
import type { RoomState } from './roomState.ts';
import type { RoomStep } from './roomStep.ts';

/** Who has just come to this device by adding it to a room. */
export type Acquaintance = 'own' | 'known' | 'stranger' | 'blocked';

/** What a room has to know of people and of what its person wants to tell them. Asked at the moment it matters. */
export interface PeopleRules {
  readonly privacy: PrivacyView;
  /** Whether others can add this device: its account is registered. */
  readonly registered: boolean;
  isBlocked(accountId: AccountId): boolean;
  /** Whose room it is, where another account's device has added this one. */
  acquaintance(accountId: AccountId): Acquaintance;
  /** What about the people of a room stops sending into it. */
  stops(state: RoomState): SendingBlocked | undefined;
  /**
   * Asked before something written goes out: whether a new device of somebody in the room is on its way in, so that it
   * waits a little. The room is woken when that has an end.
   */
  bringsIn(roomId: RoomId): boolean;
  /** Where two have begun a conversation at once: the room in which it goes on, if that is another. */
  goesOnIn(state: RoomState): RoomId | undefined;
  /** The conversation of two with this account, if this device is in one. */
  conversationWith(accountId: AccountId): RoomId | undefined;
  trust(accountId: AccountId): Trust | undefined;
  handle(accountId: AccountId): string | undefined;
  presence(accountId: AccountId): PresenceView | undefined;
  isMuted(roomId: RoomId): boolean;
  /** What another own device says of somebody. It is on the disk when this resolves. */
  take(record: SignedTrustRecord): Promise<void>;
  /** Another own device gives history, or says what became of what this one gave: into the same transaction. */
  historySaid(step: RoomStep, author: RoomMember, said: History): Promise<void>;
  /** Another own device says on which day it was used, since 1970. */
  deviceUsed(deviceId: DeviceId, day: number): void;
}

/** Where nobody is known: nothing stops, nobody is blocked, and whoever adds this device is a stranger. */
export const NOBODY_KNOWN: PeopleRules = {
  privacy: { readReceipts: true, typing: true, presence: true, strict: false },
  registered: false,
  isBlocked: () => false,
  acquaintance: () => 'stranger',
  stops: () => undefined,
  bringsIn: () => false,
  goesOnIn: () => undefined,
  conversationWith: () => undefined,
  trust: () => undefined,
  handle: () => undefined,
  presence: () => undefined,
  isMuted: () => false,
  take: async () => undefined,
  historySaid: async () => undefined,
  deviceUsed: () => undefined,
};
